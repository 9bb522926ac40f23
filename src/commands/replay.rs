//! `seededit replay`: an earlier edit, completed with what the command line changes, and run like any other edit.

mod continued;
mod files;
mod fill;
mod find;

use std::ffi::OsString;
use std::path::Path;

use crate::api::{LocalServer, Model, Prompt, Seed};
use crate::cards::ModelCard;
use crate::cli::{ConnectArgs, EarlierFlag, EditArgs, ReplayArgs, ResultName};
use crate::color::ColorWhen;
use crate::config::ServiceName;
use crate::edit::{NameTemplate, Source};
use crate::env::Env;
use crate::error::{Failure, local_server_hint};
use crate::journal::{Intent, Job, Journal, MadeFrom};
use crate::settings::Settings;
use crate::suggest::quoted;
use crate::ui::Ui;

use super::edit_options::{Earlier, EarlierPicture, flags, model};
use super::inputs::is_stray_word;
use super::named_results::shown;
use super::prompt_argument::PromptArgument;
use super::target::{Servers, Target};
use super::{context, edit};

use self::continued::{Continued, Steps};
use self::find::{Found, RecordedEdit, find};

pub(super) fn run(args: &ReplayArgs, color: ColorWhen, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    args.ensure_consistent()?;
    ensure_picture(args)?;
    let mut edit = args.to_edit();
    let settings = context::settings(&context::flags(&edit.connect), env)?;
    let target = Target::find(&edit.connect, &settings, env)?;
    let data = context::data_dir(env, target.is_sandbox())?;
    let journal = Journal::open_existing(&data)?;
    let earlier = match find(&args.edit, journal.as_ref(), target.is_sandbox(), ui)? {
        Found::Job(job, journal) => {
            let steps = steps_to(*job, journal)?;
            let job = steps.last().map(|step| step.intent.job.clone()).unwrap_or_default();
            use_service(&mut edit, &steps[steps.len() - 1], &settings, target, env, ui)?;
            let continued = match Steps::of(args, &edit, &steps, &settings_of(&edit, env)?, target)? {
                Steps::From(continued) => Some(continued),
                Steps::NotSaved => {
                    ui.note("no result of an earlier step can be used, so this begins with the original picture again");
                    None
                }
                Steps::Changed => {
                    ui.note("flags can change the earlier steps, so all steps are made again; without them, only --then is");
                    None
                }
                Steps::All => None,
            };
            let mut picture = None;
            if let Some(Continued { job, file, sha256, .. }) = &continued {
                edit.arguments = vec![argument(file)];
                let job = job.intent.job.clone();
                picture = Some(EarlierPicture { sha256: sha256.clone(), job });
            } else if args.picture.is_none() {
                let first = &steps[0].intent;
                edit.arguments = vec![files::picture(first, &job)?];
                // A link that was downloaded here is downloaded here again.
                edit.request.fetch |= first.input_link.is_some() && first.input_sha256.is_some();
                if edit.request.fetch && edit.request.count.unwrap_or(1) > 1 {
                    return Err(Failure::input(format!(
                        "the picture of job {job} is a link, which may have changed; that is checked for one result only"
                    ))
                    .hint(format!("name the picture: seededit replay {job} IMAGE")));
                }
                picture =
                    first.input_sha256.clone().map(|sha256| EarlierPicture { sha256, job: job.clone() });
            }
            let earlier = of_job(args, &mut edit, &steps, continued.as_ref(), target, env, ui)?;
            files::ensure_unchanged(args, &edit, &steps[steps.len() - 1].intent)?;
            let continued_name = match (&args.picture, &continued) {
                (_, Some(Continued { file, .. })) => NameTemplate::continuing(file),
                (None, None) if matches!(journal.made_from(&steps[0])?, MadeFrom::Result(_)) => {
                    let path = steps[0].intent.input_path.as_ref();
                    path.and_then(|path| NameTemplate::continuing(path.as_path()))
                }
                _ => None,
            };
            Earlier { continued_name, picture, ..earlier }
        }
        Found::Recorded(record) => of_record(args, &mut edit, &record, target, env, ui)?,
    };
    if edit.strict && !edit.results.preserve {
        return Err(Failure::usage("--strict is about what --preserve keeps").hint("add --preserve"));
    }
    edit::run_repeating(&edit, Some(&earlier), color, env, ui)
}

/// Returns the steps of a chain up to this job, the first one first. A job that is no later step is alone.
fn steps_to(job: Job, journal: &Journal) -> Result<Vec<Job>, Failure> {
    /// The most steps of a chain that are followed back to its picture.
    const MAX_STEPS: usize = 1_000;
    let mut steps = vec![job];
    while let Some(before) = journal.step_before(&steps[steps.len() - 1])? {
        if steps.len() >= MAX_STEPS {
            break;
        }
        steps.push(before);
    }
    steps.reverse();
    Ok(steps)
}

/// Ensures that the second argument is neither a prompt nor a directory: `replay` has no -R.
fn ensure_picture(args: &ReplayArgs) -> Result<(), Failure> {
    if let Some(directory) = args.picture.as_ref().map(Path::new).filter(|path| path.is_dir()) {
        let edit = quoted(&args.edit.to_string_lossy());
        return Err(Failure::input(format!("{} is a directory", directory.display()))
            .hint(format!("name one picture: seededit replay {edit} IMAGE")));
    }
    let Some(word) = args.picture.as_deref() else { return Ok(()) };
    let name = word.to_string_lossy();
    if !is_stray_word(word) {
        let is_missing =
            |path: &Path| path.metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        return match Source::parse(word) {
            Ok(Source::File(path)) if ResultName::parse(word).is_none() && is_missing(&path) => {
                Err(Failure::input(format!("there is no file `{name}`"))
                    .hint("check the path of the picture; another prompt follows -p"))
            }
            _ => Ok(()),
        };
    }
    Err(Failure::usage(format!("there is no picture `{name}`")).hint(format!(
        "another prompt follows -p: seededit replay {} -p {}",
        quoted(&args.edit.to_string_lossy()),
        quoted(&name)
    )))
}

/// Sends to the service of the job, unless the command line names one.
///
/// # Errors
/// If the settings lead somewhere else all the same: a picture is not sent to another host than before without a word.
fn use_service(
    edit: &mut EditArgs,
    made: &Job,
    settings: &Settings,
    target: Target,
    env: &Env,
    ui: &Ui,
) -> Result<(), Failure> {
    let Intent { service, base_url, job, .. } = &made.intent;
    let ConnectArgs { profile, base_url: given, .. } = &mut edit.connect;
    if profile.profile.is_some() || profile.service.is_some() || given.is_some() {
        return Ok(());
    }
    if let Some(name) = service.as_ref().filter(|name| **name != settings.models.service().name) {
        profile.service = name.parse::<ServiceName>().ok();
    }
    let here = context::settings(&context::flags(&edit.connect), env)?.base_url.to_string();
    if target.is_built_in() || here == *base_url {
        return Ok(());
    }
    // A sandbox that has ended cannot be asked again, and one is like another.
    if target.is_sandbox() && Servers::default().of(made) != LocalServer::Sandbox {
        ui.note(&format!("the sandbox of job {job} has ended, so this goes to the one at {here}"));
        return Ok(());
    }
    let why = Failure::input(format!("job {job} was sent to {base_url}, and the settings name {here}"));
    let stopped = base_url.parse().ok().filter(|_| Servers::default().of(made) == LocalServer::Stopped);
    Err(match stopped.and_then(|base| local_server_hint(&base)) {
        Some(hint) => why.hint(hint),
        None => why.hint(format!(
            "--base-url {base_url} sends there again; --service or --profile names another service"
        )),
    })
}

/// Completes an edit with what a job was. `steps` are the steps of its chain, or the job alone. An edit that is `continued`
/// has the prompts of its further steps only.
fn of_job(
    args: &ReplayArgs,
    edit: &mut EditArgs,
    steps: &[Job],
    continued: Option<&Continued<'_>>,
    target: Target,
    env: &Env,
    ui: &Ui,
) -> Result<Earlier, Failure> {
    let intent = &steps[steps.len() - 1].intent;
    if edit.request.model.is_none() {
        edit.request.model = Some(fill::stored(intent, "model", &intent.model)?);
    }
    let settings = settings_of(edit, env)?;
    let card = settings.models.find(model(&settings, target)?.as_str())?;
    let (earlier, left_out) = fill::complete(edit, args, steps, &settings, &card)?;
    for why in left_out {
        ui.note(&format!("{why}, so the one of job {} is not used", intent.job));
    }
    let Some(Continued { job, file, prompt, then, .. }) = continued else {
        let (first, further) = (&steps[0].intent.prompt, &steps[1..]);
        let has_other_steps = !edit.request.then.is_empty() || args.leaves_out(EarlierFlag::Then);
        let mut what = format!("repeats job {}", intent.job);
        let then: Vec<&str> = match has_other_steps {
            true => edit.request.then.iter().map(Prompt::as_str).collect(),
            false => further.iter().map(|step| step.intent.prompt.as_str()).collect(),
        };
        if has_other_steps && !further.is_empty() {
            what.push_str(" without its further steps");
        }
        announce(&what, [first.as_str()].into_iter().chain(then), edit, &earlier, &card, ui);
        return Ok(earlier);
    };
    let earlier = Earlier { prompt: Some(prompt.clone()), then: then.clone(), ..earlier };
    edit.request.then.clear();
    edit.request.keep_steps &= !then.is_empty();
    // The result has no other pages.
    edit.request.page = None;
    let what = format!(
        "continues {}, the result of job {}, which is not paid for again",
        shown(file).display(),
        job.intent.job
    );
    announce(&what, [prompt].into_iter().chain(then).map(Prompt::as_str), edit, &earlier, &card, ui);
    Ok(earlier)
}

/// Completes an edit with what a file records.
fn of_record(
    args: &ReplayArgs,
    edit: &mut EditArgs,
    record: &RecordedEdit,
    target: Target,
    env: &Env,
    ui: &Ui,
) -> Result<Earlier, Failure> {
    let file = record.file.display();
    if args.picture.is_none() {
        return Err(Failure::usage(format!(
            "{file} records an edit, but not of which picture, and no job here made it"
        ))
        .hint(format!("name the picture that was edited: seededit replay {file} IMAGE")));
    }
    let unusable = |what: &str| Failure::input(format!("{file} records a {what} that cannot be used"));
    if let (None, Some(model)) = (&edit.request.model, &record.model) {
        edit.request.model =
            Some(model.parse::<Model>().map_err(|_| unusable("model").hint("name one with --model"))?);
    }
    if let (None, Some(seed), false) = (edit.request.seed, &record.seed, args.leaves_out(EarlierFlag::Seed)) {
        edit.request.seed = Some(
            seed.parse::<Seed>()
                .map_err(|_| unusable("seed").hint("give one with --seed, or say --without seed"))?,
        );
    }
    edit.results.record |= !args.leaves_out(EarlierFlag::Record);
    let prompt: Prompt = record.prompt.parse().map_err(|_| unusable("prompt").hint("give one with -p"))?;
    let settings = settings_of(edit, env)?;
    let card = settings.models.find(model(&settings, target)?.as_str())?;
    let earlier = Earlier {
        prompt: Some(prompt.clone()).filter(|_| args.prompt.is_none() && args.prompt_file.is_none()),
        then: Vec::new(),
        guidance_scale: settings.guidance_scale,
        watermark: settings.watermark,
        response_format: settings.response_format,
        metadata: settings.metadata,
        region_context: settings.region_context,
        continued_name: None,
        picture: None,
    };
    let what = format!("repeats the edit that {file} records");
    announce(&what, [prompt.as_str()].into_iter(), edit, &earlier, &card, ui);
    Ok(earlier)
}

/// Says what is repeated or continued, and with what, before anything is sent. `prompts` are those of the earlier edit, or
/// those that follow it, step by step.
fn announce<'a>(
    what: &str,
    prompts: impl Iterator<Item = &'a str>,
    edit: &EditArgs,
    earlier: &Earlier,
    card: &ModelCard,
    ui: &Ui,
) {
    /// The most characters of a prompt that are shown. Those that services take are shorter.
    const MOST: usize = 10_000;

    let prompts: Vec<String> = prompts
        .map(|prompt| match prompt.char_indices().nth(MOST) {
            None => format!("\"{prompt}\""),
            Some((end, _)) => format!("\"{}…\" ({} bytes in all)", &prompt[..end], prompt.len()),
        })
        .collect();
    let mut with = vec![format!("model {}", card.id)];
    match edit.request.seed {
        _ if card.seed.is_none() => {}
        Some(seed) => with.push(format!("seed {}", seed.value())),
        None => with.push("a new seed".into()),
    }
    if earlier.prompt.is_none() {
        with.push(new_prompt(edit));
    }
    ui.note(&format!("this {what}: {}, with {}", prompts.join(", then "), with.join(", ")));
}

/// Names the prompt of the command line. A file or standard input is read later, and only once.
fn new_prompt(edit: &EditArgs) -> String {
    let file = |path: &Path| match path == Path::new("-") {
        true => "another prompt, from standard input".to_owned(),
        false => format!("another prompt, from {}", path.display()),
    };
    match (&edit.prompt, &edit.prompt_file) {
        (Some(prompt), _) => match PromptArgument::parse(prompt) {
            PromptArgument::Words(words) => format!("another prompt: \"{words}\""),
            PromptArgument::File(path) => file(path),
        },
        (None, Some(path)) => file(path),
        (None, None) => "another prompt".to_owned(),
    }
}

fn settings_of(edit: &EditArgs, env: &Env) -> Result<Settings, Failure> {
    context::settings(&flags(&edit.request, &edit.results, &edit.budget, &edit.service, &edit.connect), env)
}

/// A path as an argument that names this file and nothing else: relative to the working directory if it is in it.
fn argument(path: &Path) -> OsString {
    let short = shown(path).into_os_string();
    let is_file = matches!(Source::parse(&short), Ok(Source::File(_))) && ResultName::parse(&short).is_none();
    if is_file { short } else { path.as_os_str().to_owned() }
}
