//! Resolves the flags and settings of `edit` and `batch`.

mod earlier;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::api::{Endpoint, FieldError, Model, Prompt, Seed};
use crate::batch::manifest::{Defaults, PromptTemplate};
use crate::batch::{BatchOptions, Dedup, Given, JobSpec, PictureRef, RequestDefaults};
use crate::cli::{BudgetArgs, ConnectArgs, RequestArgs, ResultArgs, ServiceArgs};
use crate::edit::{IfExists, MaskRequest, OutputRequest, Processing, Reference, Source, with_mask_file};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::journal::Journal;
use crate::picture::restore::{EditArea, RestoreOptions, ResultMode};
use crate::settings::{Flags, Settings};
use crate::ui::Ui;

use super::context;
use super::in_flight::SentTo;
use super::limits;
use super::price::PriceLookup;
use super::prompt_argument::PromptArgument;
use super::successor;
use super::target::Target;

pub(super) use self::earlier::{Earlier, EarlierPicture};

/// The resolved flags and settings of `edit` or `batch`.
pub(super) struct EditOptions<'a> {
    pub(super) settings: Settings,
    pub(super) target: Target,
    model: Model,
    /// The default model that the service has withdrawn, if another one is used instead.
    withdrawn: Option<Model>,
    /// Whether the edits were begun with the withdrawn model, so that the notes about the service were printed.
    pub(super) has_switched: bool,
    /// The journal, if it existed and a model was looked up there. Opening it takes longer than what is asked of it.
    journal: Option<Arc<Journal>>,
    processing: Processing,
    /// The prompts of `--then`.
    then: Vec<Prompt>,
    /// What the picture has to be, if an earlier edit is repeated.
    expected: Option<EarlierPicture>,
    request: &'a RequestArgs,
    results: &'a ResultArgs,
}

impl<'a> EditOptions<'a> {
    pub(super) fn resolve(
        request: &'a RequestArgs,
        results: &'a ResultArgs,
        budget: &BudgetArgs,
        service: &ServiceArgs,
        connect: &ConnectArgs,
        env: &Env,
    ) -> Result<EditOptions<'a>, Failure> {
        let settings = context::settings(&flags(request, results, budget, service, connect), env)?;
        let target = Target::find(connect, &settings, env)?;
        let default = model(&settings, target)?;
        let journal = successor::journal(&settings, target, env)?;
        let instead = successor::instead_of(&settings, &default, target, journal.as_ref())?;
        let (model, withdrawn) = match instead {
            Some(successor) => (successor, Some(default)),
            None => (default, None),
        };
        let mut processing = processing(request, results)?;
        processing.metadata = results.metadata(settings.metadata);
        processing.region_context = settings.region_context;
        processing.keeps_answer = results.keep_answer;
        if request.references.iter().any(|path| is_link(path)) {
            return Err(Failure::input("a reference cannot be a link").hint("download it first"));
        }
        let step = |step: &Prompt| PromptArgument::parse(step.as_str()).prompt("--then");
        Ok(EditOptions {
            then: request.then.iter().map(step).collect::<Result<_, Failure>>()?,
            settings,
            target,
            model,
            withdrawn,
            has_switched: false,
            journal: journal.map(Arc::new),
            processing,
            expected: None,
            request,
            results,
        })
    }

    /// The id of the model to request.
    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Prints which model is used instead of one that the service has withdrawn, if there is one, and its price.
    pub(super) fn announce_successor(&self, prices: &PriceLookup<'_>, ui: &Ui) -> Result<(), Failure> {
        match &self.withdrawn {
            Some(withdrawn) => successor::announce(withdrawn, &self.model, prices, ui),
            None => Ok(()),
        }
    }

    /// Whether the model may be replaced if the service turns out to have withdrawn it.
    pub(super) fn may_replace(&self) -> bool {
        self.withdrawn.is_none() && successor::may_replace(&self.settings)
    }

    /// Takes note that the service does not have the model of an edit, and that no other was used instead.
    ///
    /// # Errors
    /// If the journal cannot be written.
    pub(super) fn model_is_missing(&self, journal: &Journal) -> Result<(), Failure> {
        successor::forget(&self.settings, self.withdrawn.as_ref().unwrap_or(&self.model), journal)
    }

    /// Opens the journal, which is created if it is missing.
    pub(super) fn journal(&self, env: &Env) -> Result<Arc<Journal>, Failure> {
        match &self.journal {
            Some(journal) => Ok(Arc::clone(journal)),
            None => Ok(Arc::new(Journal::open(&context::data_dir(env, self.target.is_sandbox())?)?)),
        }
    }

    fn replaces(&self) -> Option<Given<Model>> {
        self.withdrawn.clone().map(Given::from)
    }

    /// Returns the same options with another model.
    pub(super) fn with_model(&self, model: Model) -> EditOptions<'a> {
        EditOptions {
            settings: self.settings.clone(),
            target: self.target,
            model,
            withdrawn: Some(self.model.clone()),
            has_switched: true,
            journal: self.journal.clone(),
            processing: self.processing.clone(),
            then: self.then.clone(),
            expected: self.expected.clone(),
            request: self.request,
            results: self.results,
        }
    }

    /// Returns the specification of the same edit with the model of these options, which replaces the one that it has.
    pub(super) fn replacing(&self, spec: JobSpec) -> JobSpec {
        let has_drawn_seed = spec.line.is_none() && self.request.seed.is_none() && spec.seed.is_some();
        JobSpec {
            model: self.model.clone().into(),
            replaces: Some(spec.model),
            is_replaceable: false,
            seed: if has_drawn_seed { self.drawn_seed(spec.count) } else { spec.seed },
            ..spec
        }
    }

    /// The endpoint that identifies jobs. The built-in sandbox has no permanent address, so the configured one is used
    /// instead.
    pub(super) fn endpoint(&self) -> Endpoint {
        self.settings.endpoint()
    }

    /// Where the requests of these options go.
    pub(super) fn sent_to(&self) -> SentTo {
        SentTo { target: self.target, base_url: self.settings.base_url.clone() }
    }

    /// The file of `--mask`.
    pub(super) fn mask(&self) -> Option<&Path> {
        self.results.mask.as_deref()
    }

    /// Whether edits cost nothing.
    pub(super) fn is_free(&self) -> bool {
        self.target.is_sandbox() || self.settings.models.service().is_free()
    }

    /// Whether results are restored into their original.
    pub(super) fn is_merged(&self) -> bool {
        is_merged(self.results)
    }

    /// How pictures are processed before upload, within the limits of the model, and answers afterwards.
    pub(super) fn processing(&self) -> Result<Processing, Failure> {
        let card = self.settings.models.find(self.model.as_str())?;
        Ok(self.processing.for_model(&card, self.settings.models.service()))
    }

    fn request_defaults(&self) -> RequestDefaults {
        RequestDefaults {
            models: self.settings.models.clone(),
            path: self.settings.path.clone(),
            response_format: self.settings.response_format,
            size: self.request.size.clone(),
            negative_prompt: self.request.negative_prompt.clone(),
        }
    }

    /// The options of a run that recognizes earlier jobs by `dedup`.
    pub(super) fn batch_options(&self, dedup: Dedup) -> BatchOptions {
        BatchOptions {
            request: self.request_defaults(),
            output: OutputRequest {
                output: None,
                directory: self.results.out_dir.clone(),
                name: self.results.name.clone(),
                format: self.results.format.map(Into::into),
                keeps_lossless: self.is_merged(),
                quality: self.results.quality,
                alpha: self.results.merging.alpha.is_some(),
                if_exists: self.settings.if_exists,
            },
            endpoint: self.endpoint(),
            dedup,
            shard: None,
            skip_unreadable: false,
            redo: false,
            processing: self.processing.clone(),
            once: false,
            results_within: None,
            fetch_links: self.request.fetch,
            is_dry_run: self.results.dry_run,
            stdin: None,
        }
    }

    /// The defaults for rows of a manifest.
    ///
    /// # Errors
    /// If a prompt of `--then` has a brace without its partner.
    pub(super) fn defaults(&self, base: &Path, prompt: Option<PromptTemplate>) -> Result<Defaults, Failure> {
        let steps = self.then.iter().map(|step| prompt_template(step.as_str()));
        Ok(Defaults {
            base: base.to_owned(),
            prompt,
            then: steps.collect::<Result<_, Failure>>()?,
            model: self.model.clone().into(),
            replaces: self.replaces(),
            is_replaceable: self.may_replace(),
            models: self.settings.models.clone(),
            seed: self.request.seed,
            guidance_scale: self.settings.guidance_scale,
            watermark: self.settings.watermark,
            count: self.request.count.unwrap_or(1),
            directory: self.results.out_dir.clone(),
            references: self.references(),
        })
    }

    /// The job specification for a picture from the command line, with its results in `directory`. Without `--seed`, it
    /// has a random seed, unless earlier results are used again: then planning chooses one.
    pub(super) fn job_spec(
        &self,
        source: &Source,
        prompt: &Prompt,
        directory: Option<PathBuf>,
        dedup: &Dedup,
    ) -> Result<JobSpec, Failure> {
        let count = self.request.count.unwrap_or(1);
        let drawn = || if *dedup == Dedup::Results { None } else { self.drawn_seed(count) };
        let seed = self.request.seed.or_else(drawn);
        let picture = PictureRef::new(source, Path::new(""));
        let spec = JobSpec {
            then: self.then(),
            replaces: self.replaces(),
            is_replaceable: self.may_replace(),
            seed,
            guidance_scale: self.settings.guidance_scale,
            watermark: self.settings.watermark,
            count,
            directory: directory.or_else(|| self.results.out_dir.clone()).map(PathBuf::into_os_string),
            references: self.references(),
            ..JobSpec::new(picture, prompt.clone().into(), self.model.clone().into())
        };
        match spec.validate().first() {
            Some(fault) => Err(Failure::input(fault.to_string()).hint("lower --seed or --count")),
            None => Ok(spec),
        }
    }

    /// Returns a random seed for the first of `count` variations. `None` if the model takes no seed: the variations are
    /// numbered then.
    fn drawn_seed(&self, count: u32) -> Option<Seed> {
        let card = self.settings.models.find(self.model.as_str()).ok()?;
        let seeds = card.seed.as_ref()?;
        // The seed of the last variation must not be too large either.
        let last = seeds.max.min(Seed::MAX) - (count - 1);
        fastrand::u32(seeds.min.min(last)..=last).try_into().ok()
    }

    /// The pictures of `--reference`, not read yet.
    fn references(&self) -> Vec<Reference> {
        self.request.references.iter().map(|path| Reference::new(path)).collect()
    }

    /// The number of steps of each edit.
    pub(super) fn step_count(&self) -> u64 {
        1 + self.then.len() as u64
    }

    fn then(&self) -> Vec<Given<Prompt>> {
        self.then.iter().cloned().map(Given::from).collect()
    }
}

/// The flags that are settings.
pub(super) fn flags(
    request: &RequestArgs,
    results: &ResultArgs,
    budget: &BudgetArgs,
    service: &ServiceArgs,
    connect: &ConnectArgs,
) -> Flags {
    Flags {
        model: request.model.clone(),
        retries: service.retries,
        response_format: service.response_format,
        watermark: match (request.watermark, request.no_watermark) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        guidance_scale: request.guidance_scale,
        metadata: results.metadata.metadata,
        region_context: results.region_context,
        limits: limits::flags(budget),
        if_exists: if results.force { Some(IfExists::Overwrite) } else { results.if_exists },
        ..context::flags(connect)
    }
}

/// Parses a prompt for all rows of a manifest.
///
/// # Errors
/// If a brace has no partner.
pub(super) fn prompt_template(text: &str) -> Result<PromptTemplate, Failure> {
    text.parse::<PromptTemplate>().map_err(|error| {
        Failure::new(ErrorKind::Input, anyhow::Error::new(error))
            .hint("fields in braces are columns of the manifest, as in -p \"{color} curtains\"")
    })
}

/// Returns the id of the model that the settings select.
///
/// The built-in sandbox has only models with a card. A model without one is that of another host.
pub(super) fn model(settings: &Settings, target: Target) -> Result<Model, Failure> {
    let name = context::model_name(settings)?;
    let service = settings.models.service();
    let has_card = || settings.models.catalog().model(&service.name, name).is_ok();
    let card = match &service.default_model {
        Some(default) if target.is_built_in() && settings.models.are_elsewhere() && !has_card() => {
            settings.models.find(default)?
        }
        _ => settings.models.find(name)?,
    };
    card.id.parse().map_err(|error: FieldError| Failure::input(error.to_string()))
}

/// How pictures are processed before upload, and answers afterwards.
fn processing(request: &RequestArgs, results: &ResultArgs) -> Result<Processing, Failure> {
    let restore = RestoreOptions {
        mode: match (results.preserve, results.keep_size) {
            (true, _) => ResultMode::Preserve,
            (_, true) => ResultMode::KeepSize,
            _ => ResultMode::AsAnswered,
        },
        area: results.region.map_or(EditArea::All, EditArea::Region),
        merge: results.merging.options(),
    };
    let merging = &results.merging;
    if merging.threshold.is_some() && !results.preserve {
        return Err(Failure::usage(
            "--threshold says what counts as an edit, which only --preserve looks for",
        )
        .hint("add --preserve"));
    }
    if merging.detail.is_some() && !results.preserve {
        return Err(Failure::usage("--detail is for results of --preserve").hint("add --preserve"));
    }
    if merging.feather.is_some() && !results.preserve && results.region.is_none() {
        return Err(Failure::usage("--feather is for results of --preserve and --region")
            .hint("with --mask, the mask's gray levels set the blending"));
    }
    if results.region_context.is_some() && results.region.is_none() {
        return Err(Failure::usage("--region-context is about what is uploaded around a --region")
            .hint("add --region; a row of a manifest has its own region_context"));
    }
    if merging.placement.is_some() && !results.preserve && results.region.is_none() && results.mask.is_none()
    {
        return Err(Failure::usage("--placement says where the answer lies on the picture, which stays only with --preserve, --region or --mask")
            .hint("add --preserve"));
    }
    let mut processing = Processing::new(request.fitting(), restore);
    processing.page = request.page;
    match &results.mask {
        None => Ok(processing),
        Some(mask) if is_link(mask) => {
            Err(Failure::input("a mask cannot be a link").hint("download it first"))
        }
        Some(path) => {
            let (channel, is_inverted) = (results.mask_from.map(Into::into), results.mask_invert);
            Ok(with_mask_file(processing, MaskRequest { path, channel, is_inverted })?)
        }
    }
}

/// Whether a path is a link. Messages must not show it, because links can contain secrets.
pub(super) fn is_link(path: &Path) -> bool {
    path.to_string_lossy().contains("://")
}

fn is_merged(results: &ResultArgs) -> bool {
    results.preserve || results.region.is_some() || results.mask.is_some()
}
