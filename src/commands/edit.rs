//! `seededit edit`

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::json;

use crate::api::{Downloads, Endpoint, Generation, Model, Prompt, Seed};
use crate::cli::EditArgs;
use crate::edit::{
    self, Delivery, Image, Interrupt, OutputRequest, Place, Plan, Planned, Request, RunError, Service,
    Source, Work,
};
use crate::env::Env;
use crate::error::{self, Failure, Kind};
use crate::journal::Journal;
use crate::picture::{Format, adaptive_size};
use crate::settings::{Flags, Settings};
use crate::ui::{Asked, Instruction, OkRecord, Progress, SkippedRecord, Ui};

use super::context::{self, Connection};
use super::{exit_code, report, signals, stdout_failed};

/// No instruction is longer than this many bytes.
const MAX_PROMPT_BYTES: u64 = 1 << 20;
/// How many characters of the Base64 a dry run shows.
const SHOWN_BASE64: usize = 24;

pub(super) fn run(args: &EditArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let typed = Typed::read(args, env)?;
    let name = typed.source.name();
    edit(args, typed, env, ui)
        .or_else(|failure| Ok(report(&failure, Asked { job: None, input: Some(&name) }, ui)))
}

fn edit(args: &EditArgs, typed: Typed, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&flags(args), env)?;
    let sandbox = context::wants_sandbox(&args.connect, env)?;
    let request = Request {
        source: typed.source,
        generation: generation(args, typed.prompt, &settings, sandbox),
        output: OutputRequest {
            output: args.output.clone(),
            format: args.format.map(Into::into),
            quality: args.quality,
            if_exists: settings.if_exists,
        },
    };
    let transport = context::transport(&settings, env);
    let downloads = Downloads { transport: &transport, retries: settings.retries };
    // A dry run does not go to the network, so a link stays one.
    let fetch = (args.fetch && !args.dry_run).then_some(&downloads);
    let name = request.source.name();
    let (plan, image) = match Plan::make(request, fetch)? {
        Planned::Edit(plan, image) => (plan, image),
        Planned::Skipped(path) => return skipped(&path, &name, ui),
    };
    if args.dry_run {
        let endpoint = Endpoint { base: settings.base_url.clone(), path: settings.path.clone() };
        return dry_run(&plan, &image, &endpoint, sandbox, ui).map(|()| 0).map_err(stdout_failed);
    }
    let journal = Journal::open(&context::data_dir(env, sandbox)?)?;
    let connection = Connection::new(&settings, env, sandbox)?;
    if sandbox {
        ui.note("this is the sandbox: the result is not the model's work, and nothing is paid");
    } else {
        context::mention_unfinished(&journal, ui)?;
    }
    let interrupt = signals::watch()?;
    let worst = spend(&plan, image, &connection, &journal, settings.retries, &interrupt, ui)?;
    Ok(exit_code(worst, &interrupt))
}

/// Does what was planned, reports each result, and returns the gravest failure.
pub(super) fn spend(
    plan: &Plan,
    image: Image,
    connection: &Connection,
    journal: &Journal,
    retries: u32,
    interrupt: &Interrupt,
    ui: &Ui,
) -> Result<Option<Kind>, Failure> {
    let progress = Progress::new(ui, interrupt);
    let service = Service {
        transport: &connection.transport,
        endpoint: &connection.endpoint,
        key: &connection.key,
        retries,
    };
    let work = Work { service, journal, events: &progress, interrupt };
    let results = edit::run(plan, image, &work, &mut io::stdout().lock());
    progress.clear();

    let name = plan.source.name();
    let asked = Asked { job: Some(plan.job.as_str()), input: Some(&name) };
    let named = error::Asked { model: &plan.generation.model, base_url: &connection.endpoint.base };
    let listing = if plan.output.place == Place::Stdout { Listing::Nothing } else { Listing::Paths };
    results_told(results, &asked, &Instruction::from(&plan.generation), listing, ui, |error| {
        Failure::from_run(error, named)
    })
}

/// What standard output gets of results, where it is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// The path of each file.
    Paths,
    /// Nothing: a picture went there.
    Nothing,
}

/// Reports each result, and returns the gravest failure.
pub(super) fn results_told(
    results: Vec<Result<Delivery, RunError>>,
    asked: &Asked<'_>,
    instruction: &Instruction<'_>,
    listing: Listing,
    ui: &Ui,
    failure: impl Fn(RunError) -> Failure,
) -> Result<Option<Kind>, Failure> {
    let mut worst: Option<Kind> = None;
    for result in results {
        match result {
            Ok(delivery) => {
                ui.delivered(&delivery, instruction.seed);
                if ui.is_json() {
                    ui.json(&OkRecord::new(asked.clone(), instruction.clone(), &delivery))
                        .map_err(stdout_failed)?;
                } else if let (Listing::Paths, Some(path)) = (listing, &delivery.path) {
                    ui.path(path.as_os_str()).map_err(stdout_failed)?;
                }
            }
            Err(error) => {
                let failure = failure(error);
                report(&failure, asked.clone(), ui);
                worst = Some(worst.map_or(failure.kind, |kind| kind.graver(failure.kind)));
            }
        }
    }
    Ok(worst)
}

fn skipped(path: &Path, input: &str, ui: &Ui) -> Result<u8, Failure> {
    if ui.is_json() {
        let asked = Asked { job: None, input: Some(input) };
        let output = path.to_string_lossy().into_owned();
        ui.json(&SkippedRecord { status: "skipped", asked, output }).map_err(stdout_failed)?;
    } else {
        ui.note(&format!("{} exists; nothing was sent", path.display()));
        ui.path(path.as_os_str()).map_err(stdout_failed)?;
    }
    Ok(0)
}

fn flags(args: &EditArgs) -> Flags {
    Flags {
        model: args.model.clone(),
        retries: args.retries,
        response_format: args.response_format,
        watermark: match (args.watermark, args.no_watermark) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        },
        guidance_scale: args.guidance_scale,
        if_exists: if args.force { Some(edit::IfExists::Overwrite) } else { args.if_exists },
        ..context::flags(&args.connect)
    }
}

/// A model that is configured for another service means nothing to the sandbox.
fn generation(args: &EditArgs, prompt: Prompt, settings: &Settings, sandbox: bool) -> Generation {
    let configured = || settings.model.clone();
    let model = match (&args.model, sandbox) {
        (Some(model), _) => model.clone(),
        (None, true) => Model::DEFAULT.parse().unwrap_or_else(|_| configured()),
        (None, false) => configured(),
    };
    Generation {
        model,
        prompt,
        seed: args.seed.unwrap_or_else(|| Seed::draw(&mut fastrand::Rng::new())),
        guidance_scale: settings.guidance_scale,
        watermark: settings.watermark,
        response_format: settings.response_format,
        size: args.size,
    }
}

/// What was typed, taken apart.
struct Typed {
    source: Source,
    prompt: Prompt,
}

impl Typed {
    fn read(args: &EditArgs, env: &Env) -> Result<Typed, Failure> {
        let separate = args.prompt.is_some() || args.prompt_file.is_some();
        let (images, last) = match args.arguments.split_last() {
            Some((last, rest)) if !separate => (rest, Some(last)),
            _ => (args.arguments.as_slice(), None),
        };
        let image = match images {
            [image] => image,
            [] => {
                return Err(Failure::usage("the instruction is missing")
                    .hint("seededit edit IMAGE \"what to change\", or -p \"what to change\""));
            }
            _ => {
                let hint = if separate {
                    "with -p or --prompt-file every argument is a picture"
                } else {
                    "an instruction of several words goes in quotes"
                };
                return Err(
                    Failure::usage(format!("one picture at a time: {} were named", images.len())).hint(hint)
                );
            }
        };
        let source = Source::parse(image).map_err(|error| Failure::from(edit::PlanError::from(error)))?;
        ensure_streams_are_free(args, &source, env)?;
        let text = match (&args.prompt, &args.prompt_file, last) {
            (Some(text), _, _) => text.clone(),
            (None, Some(path), _) => read_prompt(path)?,
            (None, None, Some(last)) => positional_prompt(last)?,
            (None, None, None) => String::new(),
        };
        let prompt = text.parse::<Prompt>().map_err(|error| {
            Failure::new(Kind::Input, anyhow::Error::new(error))
                .hint("say what to change, like \"add a bird\"")
        })?;
        Ok(Typed { source, prompt })
    }
}

/// Standard input and output have one use each.
fn ensure_streams_are_free(args: &EditArgs, source: &Source, env: &Env) -> Result<(), Failure> {
    let reads_prompt = args.prompt_file.as_deref() == Some(Path::new("-"));
    let writes_picture = args.output.as_deref() == Some(OsStr::new("-"));
    if *source == Source::Stdin && reads_prompt {
        return Err(Failure::usage("both the picture and the instruction are to come from standard input")
            .hint("give one of them as an argument"));
    }
    if writes_picture && args.json.json {
        return Err(
            Failure::usage("both the picture and JSON are to go to standard output").hint("give -o a file")
        );
    }
    if *source == Source::Stdin && env.stdin_is_terminal {
        return Err(Failure::input("the picture is to come from standard input, which is a terminal")
            .hint("name a picture, or pipe one in"));
    }
    if writes_picture && env.stdout_is_closed && !args.dry_run {
        return Err(Failure::input("standard output is closed, and the picture is to go there")
            .hint("name a file with -o, or pipe it into a program"));
    }
    if writes_picture && env.stdout_is_terminal && !args.dry_run {
        return Err(Failure::input("standard output is a terminal, which cannot show a picture")
            .hint("name a file with -o, or pipe it into a program"));
    }
    Ok(())
}

/// Whether a word is a file name with a picture's extension: nearly always a forgotten instruction.
fn names_picture(text: &str) -> bool {
    let extension = Path::new(text).extension().and_then(OsStr::to_str);
    !text.contains(char::is_whitespace) && extension.and_then(Format::from_extension).is_some()
}

fn positional_prompt(last: &OsString) -> Result<String, Failure> {
    if Path::new(last).exists() {
        return Err(Failure::input(format!("{} is a file, not an instruction", Path::new(last).display()))
            .hint("put the instruction last, or give it with -p"));
    }
    match last.to_str() {
        Some(text) if names_picture(text) => {
            Err(Failure::input(format!("`{text}` looks like a picture's name, not an instruction"))
                .hint("put the instruction last, or give it with -p"))
        }
        Some(text) => Ok(text.to_owned()),
        None => Err(Failure::input("the instruction is not UTF-8 text").hint("give it with --prompt-file")),
    }
}

fn read_prompt(path: &Path) -> Result<String, Failure> {
    let name = if path == Path::new("-") { "standard input".into() } else { path.display().to_string() };
    let read = || -> io::Result<String> {
        let mut text = String::new();
        let stream: Box<dyn Read> =
            if path == Path::new("-") { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
        stream.take(MAX_PROMPT_BYTES + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let text = read().map_err(|error| {
        Failure::new(
            Kind::Input,
            anyhow::Error::new(error).context(format!("cannot read the instruction from {name}")),
        )
        .hint("check the path; the instruction is UTF-8 text")
    })?;
    if text.len() as u64 > MAX_PROMPT_BYTES {
        return Err(
            Failure::input(format!("the instruction in {name} is longer than 1 MiB")).hint("shorten it")
        );
    }
    Ok(text)
}

/// Prints what would be sent and written, and sends and writes nothing.
fn dry_run(plan: &Plan, image: &Image, endpoint: &Endpoint, sandbox: bool, ui: &Ui) -> io::Result<()> {
    let (image, back) = match image {
        Image::Link(url) => (crate::secret::mask(url), None),
        Image::Loaded(loaded) => (
            shortened(&loaded.bytes, loaded.header.format.media_type()),
            Some(adaptive_size(loaded.header.upright())),
        ),
    };
    let body = plan.generation.shown(&image);
    let url = match sandbox {
        true => format!("the sandbox, {}", endpoint.path),
        false => crate::secret::mask(&endpoint.generations()),
    };
    let request_id = crate::api::RequestId::new(plan.job.as_str(), 1);
    let output = match &plan.output.place {
        Place::Stdout => "-".to_owned(),
        Place::File { path, .. } | Place::Skipped(path) => path.to_string_lossy().into_owned(),
    };
    if ui.is_json() {
        return ui.json(&json!({
            "status": "planned",
            "job": plan.job.as_str(),
            "input": plan.source.name(),
            "output": output,
            "request": {"method": "POST", "url": url, "client_request_id": request_id.as_str(), "body": body},
            "width": back.map(|size| size.width),
            "height": back.map(|size| size.height),
            "usd": null,
        }));
    }
    let back = back.map_or("told by the picture, which is not read here".to_owned(), |size| size.to_string());
    // Line by line, since line breaks are hostile too.
    let body = serde_json::to_string_pretty(&body).map_err(io::Error::other)?;
    let body = body.lines().map(crate::ui::sanitize).collect::<Vec<_>>().join("\n");
    let lines = [
        format!("POST {url}"),
        "Authorization: Bearer [key]".to_owned(),
        "Content-Type: application/json".to_owned(),
        format!("X-Client-Request-Id: {}", request_id.as_str()),
        String::new(),
        body,
        String::new(),
        format!("output: {}", crate::ui::sanitize(&output)),
        format!("size that comes back: {back}"),
        "price: told by the service with its answer".to_owned(),
    ];
    ui.line(lines.join("\n"))
}

/// The data URI that would be sent, with most of it left out.
fn shortened(bytes: &[u8], media_type: &str) -> String {
    use base64::Engine;
    let head =
        base64::engine::general_purpose::STANDARD.encode(&bytes[..bytes.len().min(SHOWN_BASE64 / 4 * 3)]);
    let all = bytes.len().div_ceil(3) * 4;
    format!("data:{media_type};base64,{head}… ({all} characters)")
}
