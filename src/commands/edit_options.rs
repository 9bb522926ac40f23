//! From what was typed to what is asked, for the commands that make pictures.

use std::path::{Path, PathBuf};

use crate::api::{Endpoint, Model, Prompt, RequestPath, Seed};
use crate::batch::manifest::Defaults;
use crate::batch::{BatchOptions, Dedup, JobSpec, Picture, RequestDefaults};
use crate::cli::{ConnectArgs, RequestArgs, ResultArgs, ServiceArgs};
use crate::edit::{IfExists, OutputRequest, Processing, Source, masked};
use crate::env::Env;
use crate::error::Failure;
use crate::error_chain::error_chain;
use crate::picture::restore::{EditArea, RestoreOptions, ResultMode};
use crate::settings::{Flags, Settings};

use super::context;
use super::target::Target;

/// What the flags of a command that makes pictures say, resolved.
pub(super) struct EditOptions<'a> {
    pub(super) settings: Settings,
    pub(super) target: Target,
    processing: Processing,
    request: &'a RequestArgs,
    results: &'a ResultArgs,
}

impl<'a> EditOptions<'a> {
    pub(super) fn resolve(
        request: &'a RequestArgs,
        results: &'a ResultArgs,
        service: &ServiceArgs,
        connect: &ConnectArgs,
        env: &Env,
    ) -> Result<EditOptions<'a>, Failure> {
        let flags = Flags {
            model: request.model.clone(),
            retries: service.retries,
            response_format: service.response_format,
            watermark: match (request.watermark, request.no_watermark) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            guidance_scale: request.guidance_scale,
            if_exists: if results.force { Some(IfExists::Overwrite) } else { results.if_exists },
            ..context::flags(connect)
        };
        let settings = context::settings(&flags, env)?;
        let target = Target::find(connect, &settings, env)?;
        let processing = processing(request, results)?;
        Ok(EditOptions { settings, target, processing, request, results })
    }

    /// A model that is configured for another service means nothing to the sandbox.
    pub(super) fn model(&self) -> Model {
        let configured = || self.settings.model.clone();
        match (&self.request.model, self.target.is_built_in()) {
            (Some(model), _) => model.clone(),
            (None, true) => Model::DEFAULT.parse().unwrap_or_else(|_| configured()),
            (None, false) => configured(),
        }
    }

    /// The service that jobs are known by. A sandbox of one command has no lasting address, and all of
    /// them are alike.
    pub(super) fn endpoint(&self) -> Endpoint {
        let path: RequestPath = self.settings.path.clone();
        Endpoint { base: self.settings.base_url.clone(), path }
    }

    /// The file of the mask.
    pub(super) fn mask(&self) -> Option<&Path> {
        self.results.mask.as_deref()
    }

    /// Whether results are put into their original.
    pub(super) fn is_merged(&self) -> bool {
        is_merged(self.results)
    }

    fn terms(&self) -> RequestDefaults {
        RequestDefaults { response_format: self.settings.response_format, size: self.request.size }
    }

    /// What holds for a run that knows jobs again by `memory`.
    pub(super) fn rules(&self, memory: Dedup) -> BatchOptions {
        BatchOptions {
            terms: self.terms(),
            output: OutputRequest {
                output: None,
                directory: self.results.out_dir.clone(),
                name: self.results.name.clone(),
                format: self.results.format.map(Into::into),
                keeps_png: self.is_merged(),
                quality: self.results.quality,
                alpha: self.results.merging.alpha.is_some(),
                if_exists: self.settings.if_exists,
            },
            endpoint: self.endpoint(),
            memory,
            shard: None,
            redo: false,
            processing: self.processing.clone(),
            fetches: self.request.fetch,
            tries_directories: !self.results.dry_run,
            piped: None,
        }
    }

    /// What holds where a row says nothing.
    pub(super) fn defaults(&self, base: &Path, prompt: Option<&Prompt>) -> Defaults {
        Defaults {
            base: base.to_owned(),
            prompt: prompt.map(|prompt| prompt.as_str().to_owned()),
            then: self.then(),
            model: self.model().to_string(),
            seed: self.request.seed.map(Seed::value),
            guidance_scale: self.settings.guidance_scale.map(|scale| scale.value()),
            watermark: self.settings.watermark,
            count: self.request.count.unwrap_or(1),
            directory: self.results.out_dir.clone(),
        }
    }

    /// What is asked of one picture that was named as an argument; its results go below `directory`.
    pub(super) fn wish(
        &self,
        source: &Source,
        prompt: &Prompt,
        directory: Option<PathBuf>,
    ) -> Result<JobSpec, Failure> {
        let count = self.request.count.unwrap_or(1);
        let drawn = || fastrand::u32(Seed::MIN..=Seed::MAX - (count - 1));
        let wish = JobSpec {
            line: None,
            picture: Picture::read(source, Path::new("")),
            prompt: prompt.as_str().to_owned(),
            then: self.then(),
            model: self.model().to_string(),
            seed: Some(self.request.seed.map_or_else(drawn, Seed::value)),
            guidance_scale: self.settings.guidance_scale.map(|scale| scale.value()),
            watermark: self.settings.watermark,
            count,
            output: None,
            directory: directory.or_else(|| self.results.out_dir.clone()).map(PathBuf::into_os_string),
            id: None,
        };
        match wish.faults().first() {
            Some(fault) => Err(Failure::input(fault.to_string()).hint("a smaller --seed, or fewer of them")),
            None => Ok(wish),
        }
    }

    fn then(&self) -> Vec<String> {
        self.request.then.iter().map(|prompt| prompt.as_str().to_owned()).collect()
    }
}

/// What is done to pictures, and to the answers.
fn processing(request: &RequestArgs, results: &ResultArgs) -> Result<Processing, Failure> {
    let back = RestoreOptions {
        way: match (results.preserve, results.keep_size) {
            (true, _) => ResultMode::Preserve,
            (_, true) => ResultMode::KeepSize,
            _ => ResultMode::Delivered,
        },
        area: results.region.map_or(EditArea::All, EditArea::Region),
        options: results.merging.options(),
    };
    let merging = &results.merging;
    if merging.threshold.is_some() && !results.preserve {
        return Err(Failure::usage(
            "--threshold says what counts as an edit, which only --preserve looks for",
        )
        .hint("add --preserve"));
    }
    if merging.feather.is_some() && !results.preserve && results.region.is_none() {
        return Err(Failure::usage("--feather is for results of --preserve and --region")
            .hint("a mask fades as its grey levels say"));
    }
    let processing = Processing::new(request.fitting(), back);
    match &results.mask {
        None => Ok(processing),
        Some(mask) if is_link(mask) => {
            Err(Failure::input("a mask is not fetched from a link").hint("download it first"))
        }
        Some(mask) => masked(processing, mask).map_err(|error| {
            Failure::input(error_chain(&error))
                .hint("a mask is a picture that is white where something may change")
        }),
    }
}

/// Whether what should be a file is a link, which messages must not show.
pub(super) fn is_link(path: &Path) -> bool {
    path.to_string_lossy().contains("://")
}

fn is_merged(results: &ResultArgs) -> bool {
    results.preserve || results.region.is_some() || results.mask.is_some()
}
