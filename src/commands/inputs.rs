//! Parses the arguments of `edit`: pictures and a prompt.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::api::Prompt;
use crate::cli::{EditArgs, ResultName};
use crate::edit::{NameTemplate, PlanError, Source};
use crate::env::Env;
use crate::error::Failure;
use crate::picture::Format;
use crate::suggest::quoted;
use crate::ui::Ui;

use super::edit_options::Earlier;
use super::left_out::LeftOut;
use super::named_results::NamedResults;
use super::picture_search::{Depth, Found};
use super::prompt_argument::{PromptArgument, ensure_one_reads_stdin, names_file, parse_prompt, read_prompt};

/// The pictures to edit and the prompt.
pub(super) struct EditInputs {
    pub(super) pictures: Vec<Input>,
    /// What looks like a picture in a directory, and is not edited.
    pub(super) left_out: Vec<LeftOut>,
    /// Whether the arguments name one picture, and nothing else.
    pub(super) is_one_named: bool,
    pub(super) prompt: Prompt,
    /// The name for the result of the one picture, if it is itself the result of an edit and has such a name.
    pub(super) continued_name: Option<NameTemplate>,
}

/// A picture from the arguments, or from a directory among them.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) source: Source,
    /// The directory for its results, if it was found in a directory.
    pub(super) directory: Option<PathBuf>,
    /// Whether it is a result that was named as one, and is meant to be edited.
    pub(super) is_named_result: bool,
}

impl EditInputs {
    /// Reads the arguments. `is_sandbox` says in which journal results are looked up, and is called only for those. An
    /// `earlier` edit has the prompt, unless the arguments give another one.
    pub(super) fn read(
        args: &EditArgs,
        earlier: Option<&Earlier>,
        is_sandbox: impl Fn() -> Result<bool, Failure>,
        env: &Env,
        ui: &Ui,
    ) -> Result<EditInputs, Failure> {
        let known = earlier.and_then(|earlier| earlier.prompt.as_ref());
        let separate = args.prompt.is_some() || args.prompt_file.is_some() || known.is_some();
        let (images, last) = match args.arguments.split_last() {
            Some((last, rest)) if !separate => (rest, Some(last)),
            _ => (args.arguments.as_slice(), None),
        };
        if images.is_empty() {
            // One argument is the picture, unless it consists of words.
            let is_picture =
                |only: &OsString| Path::new(only).exists() || !only.to_string_lossy().contains(' ');
            let missing = if last.is_some_and(is_picture) { "prompt" } else { "picture" };
            return Err(Failure::usage(format!("the {missing} is missing"))
                .hint("seededit edit IMAGE \"what to change\", or -p \"what to change\""));
        }
        let mut sources = Vec::with_capacity(images.len());
        for image in images {
            sources.push(Source::parse(image).map_err(|error| Failure::from(PlanError::from(error)))?);
        }
        ensure_streams_are_free(args, last, &sources, env)?;
        let stray = images.iter().find(|image| images.len() > 1 && is_stray_word(image));
        if let (false, Some(word)) = (separate, stray) {
            let name = Path::new(word).display();
            return Err(Failure::usage(format!("there is no picture `{name}`"))
                .hint(quoting_hint(images, last.map(OsString::as_os_str))));
        }
        if let (Some(prompt), Some(word)) = (&args.prompt, stray) {
            let name = Path::new(word).display();
            return Err(Failure::usage(format!("there is no picture `{name}`"))
                .hint(rest_of_prompt_hint(images, prompt)));
        }
        let prompt = match (&args.prompt, &args.prompt_file, last) {
            _ if let Some(prompt) = known => prompt.clone(),
            (Some(argument), _, _) => PromptArgument::parse(argument).prompt("-p")?,
            (None, Some(path), _) => parse_prompt(&read_prompt(path)?)?,
            (None, None, Some(last)) => positional_prompt(last)?,
            (None, None, None) => parse_prompt("")?,
        };
        let mut are_results = vec![false; sources.len()];
        if images.iter().any(|image| ResultName::parse(image).is_some()) {
            let results = NamedResults { sandbox: is_sandbox()?, env, ui };
            for ((image, source), is_result) in images.iter().zip(&mut sources).zip(&mut are_results) {
                if let Some(result) = results.source(image)? {
                    (*source, *is_result) = (result, true);
                }
            }
        }
        let is_searched =
            |source: &Source| matches!(source, Source::File(path) if args.recursive && path.is_dir());
        let is_one_named = matches!(&sources[..], [only] if !is_searched(only));
        let continued_name = match (&sources[..], &are_results[..]) {
            ([Source::File(path)], [true]) => NameTemplate::continuing(path),
            _ => earlier.and_then(|earlier| earlier.continued_name.clone()),
        };
        let Found { pictures, left_out } = find_pictures(sources.into_iter().zip(are_results), args)?;
        ensure_one_result(args, &pictures)?;
        Ok(EditInputs { pictures, left_out, is_one_named, prompt, continued_name })
    }
}

/// Ensures that `-o` with one name is used for one result.
fn ensure_one_result(args: &EditArgs, pictures: &[Input]) -> Result<(), Failure> {
    let Some(output) = &args.output else { return Ok(()) };
    let results = pictures.len() as u64 * u64::from(args.request.count.unwrap_or(1));
    if results == 1
        || output.to_string_lossy().ends_with(std::path::is_separator)
        || Path::new(output).is_dir()
    {
        return Ok(());
    }
    Err(Failure::usage(format!("-o names one output, and there are {results} results"))
        .hint("several results go to a directory: -d DIR"))
}

/// Finds the pictures in the arguments and, with `-R`, those in directories among them.
fn find_pictures(sources: impl Iterator<Item = (Source, bool)>, args: &EditArgs) -> Result<Found, Failure> {
    let mut all = Found::default();
    for (source, is_named_result) in sources {
        match &source {
            Source::File(path) if args.recursive && path.is_dir() => {
                let out = args.results.out_dir.as_deref().unwrap_or(Path::new("."));
                let mut found = Found::default();
                found.search(path, out, out, Depth::Tree);
                if found.is_empty() {
                    return Err(Failure::input(format!("no picture in {}", path.display())).hint(
                        "pictures are found by their extensions, such as .jpg, .png, .webp, .heic or .tiff",
                    ));
                }
                all.pictures.append(&mut found.pictures);
                all.left_out.append(&mut found.left_out);
            }
            _ => all.pictures.push(Input { source, directory: None, is_named_result }),
        }
    }
    Ok(all)
}

fn extension(path: &Path) -> Option<Format> {
    path.extension().and_then(OsStr::to_str).and_then(Format::from_extension)
}

/// Ensures that standard input and standard output have one use each.
fn ensure_streams_are_free(
    args: &EditArgs,
    last: Option<&OsString>,
    sources: &[Source],
    env: &Env,
) -> Result<(), Failure> {
    let from_stdin = sources.iter().filter(|source| **source == Source::Stdin).count();
    let argument = args.prompt.as_deref().or_else(|| last.and_then(|last| last.to_str()));
    let reads_prompt = args.prompt_file.as_deref() == Some(Path::new("-"))
        || argument.is_some_and(|argument| PromptArgument::parse(argument).is_stdin());
    let writes_picture = args.output.as_deref() == Some(OsStr::new("-"));
    if from_stdin > 1 {
        return Err(Failure::usage("several pictures are to come from standard input").hint("give `-` once"));
    }
    let steps = args
        .request
        .then
        .iter()
        .map(|step| ("a prompt of --then", PromptArgument::parse(step.as_str()).is_stdin()));
    let uses = [("the picture", from_stdin > 0), ("the prompt", reads_prompt)];
    ensure_one_reads_stdin(uses.into_iter().chain(steps))?;
    if from_stdin > 0 && env.stdin_is_terminal {
        return Err(Failure::input("the picture is to come from standard input, which is a terminal")
            .hint("name a picture, or pipe one in"));
    }
    if writes_picture {
        ensure_stdout_takes_picture(args.json.json, args.results.dry_run, env)?;
    }
    Ok(())
}

/// Ensures that a picture can be written to standard output: no JSON goes there, and it is neither closed nor a
/// terminal. A dry run writes none.
pub(super) fn ensure_stdout_takes_picture(json: bool, dry_run: bool, env: &Env) -> Result<(), Failure> {
    if json {
        return Err(
            Failure::usage("both the picture and JSON are to go to standard output").hint("give -o a file")
        );
    }
    let why = match (env.stdout_is_closed, env.stdout_is_terminal) {
        (true, _) => "standard output is closed, so the picture cannot be written to it",
        (_, true) => "standard output is a terminal, which cannot show a picture",
        _ => return Ok(()),
    };
    if dry_run {
        Ok(())
    } else {
        Err(Failure::input(why).hint("name a file with -o, or pipe it into a program"))
    }
}

/// Whether an argument before the prompt looks like a word of it rather than the name of a picture.
pub(super) fn is_stray_word(argument: &OsStr) -> bool {
    let path = Path::new(argument);
    if ResultName::parse(argument).is_some() {
        return false;
    }
    match Source::parse(argument) {
        Ok(Source::File(_)) => path.extension().is_none() && fs::symlink_metadata(path).is_err(),
        _ => false,
    }
}

/// Suggests the same command with its words in quotes. Only file names are shown: links can contain secrets.
fn quoting_hint(images: &[OsString], last: Option<&OsStr>) -> String {
    const PLAIN: &str = "put a prompt of several words in quotes";
    let words: Vec<&str> =
        images.iter().map(OsString::as_os_str).chain(last).filter_map(OsStr::to_str).collect();
    let last_is_quoted = last.is_some_and(|last| last.to_string_lossy().contains(char::is_whitespace));
    let has_links = images.iter().any(|image| !matches!(Source::parse(image), Ok(Source::File(_))));
    if last_is_quoted {
        return format!("check the path; {PLAIN}");
    }
    if has_links || words.len() != images.len() + 1 {
        return PLAIN.to_owned();
    }
    // `edit a.jpg "add a bird" b.jpg`
    let (prompts, names): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.contains(char::is_whitespace) && is_stray_word(OsStr::new(word)));
    if let ([prompt], true) = (&prompts[..], names.iter().all(|name| names_picture(name))) {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        return format!("put the prompt last: seededit edit {} {}", names.join(" "), quoted(prompt));
    }
    let is_file = |word: &&&str| !is_stray_word(OsStr::new(word));
    let before = words.iter().take_while(is_file).count();
    let after = words.iter().rev().take_while(|word| Path::new(word).is_file()).count();
    let prompt = before..words.len().saturating_sub(after).max(before);
    if prompt.is_empty() {
        return PLAIN.to_owned();
    }
    let names = [&words[..prompt.start], &words[prompt.end..]].concat();
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let prompt = quoted(&words[prompt].join(" "));
    format!("put the prompt in quotes: seededit edit {} {prompt}", names.join(" "))
}

/// Suggests the same command with the words after `-p` in quotes: `edit a.jpg -p add a bird`.
fn rest_of_prompt_hint(images: &[OsString], prompt: &str) -> String {
    let (words, pictures): (Vec<&OsString>, Vec<&OsString>) =
        images.iter().partition(|word| is_stray_word(word));
    let is_file = |picture: &&OsString| matches!(Source::parse(picture), Ok(Source::File(_)));
    let texts = |words: Vec<&OsString>| words.iter().map(|word| word.to_str().map(str::to_owned)).collect();
    let (all_files, words, pictures): (bool, Option<Vec<String>>, Option<Vec<String>>) =
        (pictures.iter().all(is_file), texts(words), texts(pictures));
    // Links can contain secrets.
    let (true, Some(words), Some(pictures)) = (all_files, words, pictures) else {
        return "put a prompt of several words in quotes".to_owned();
    };
    if words.iter().any(|word| word.contains(char::is_whitespace)) {
        return "give one prompt: with -p, or as the last argument without -p".to_owned();
    }
    let pictures: Vec<String> = pictures.iter().map(|picture| quoted(picture)).collect();
    let prompt = quoted(&format!("{prompt} {}", words.join(" ")));
    format!("put the prompt in quotes: seededit edit {} -p {prompt}", pictures.join(" "))
}

/// Whether a word is a file name with a picture's extension: then the prompt was probably forgotten.
fn names_picture(text: &str) -> bool {
    !text.contains(char::is_whitespace) && extension(Path::new(text)).is_some()
}

/// Whether an argument in the place of the prompt names a result, and no file that has a prompt.
fn names_result(text: &str) -> bool {
    let file = text.strip_prefix('@').unwrap_or_default();
    // A word after the `@` is more likely the name of a file that does not exist.
    let is_result =
        matches!(ResultName::parse(OsStr::new(text)), Some(ResultName::Current | ResultName::Back(_)));
    is_result && (file.is_empty() || !Path::new(file).exists())
}

fn positional_prompt(last: &OsString) -> Result<Prompt, Failure> {
    match last.to_str() {
        Some(text) if names_picture(text) && !Path::new(text).exists() => {
            Err(Failure::input(format!("`{text}` looks like a picture's name, not a prompt"))
                .hint("put the prompt last, or give it with -p"))
        }
        // Probably a directory of pictures, without a prompt.
        Some(text) if Path::new(text).is_dir() => Err(names_file(text, "-p")),
        Some(text) if names_result(text) => {
            Err(Failure::usage(format!("the last argument is the prompt, and `{text}` is a result"))
                .hint(format!("put the prompt last: seededit edit {text} \"what to change\"")))
        }
        Some(text) => PromptArgument::parse(text).prompt("-p"),
        None => Err(Failure::input("the prompt is not UTF-8 text").hint("put it in a file: -p @FILE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unquoted_prompt_is_suggested_in_quotes() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name).into_os_string();
        let (picture, last) = (path("in.png"), path("last.png"));
        fs::write(&picture, "").unwrap();
        fs::write(&last, "").unwrap();
        let shown = |path: &OsStr| quoted(path.to_str().unwrap());
        let hint = |words: &[&OsStr]| {
            let words: Vec<OsString> = words.iter().map(|word| word.to_os_string()).collect();
            let (last, images) = words.split_last().unwrap();
            quoting_hint(images, Some(last))
        };
        let [add, a, bird, it_s] = ["add", "a", "bird", "bird's"].map(OsStr::new);
        let command = |rest: String| format!("put the prompt in quotes: seededit edit {rest}");
        assert_eq!(hint(&[&picture, add, a, bird]), command(format!("{} \"add a bird\"", shown(&picture))));
        assert_eq!(hint(&[add, a, bird, &last]), command(format!("{} \"add a bird\"", shown(&last))));
        assert_eq!(hint(&[&picture, add, it_s]), command(format!("{} \"add bird's\"", shown(&picture))));
        let link = OsStr::new("https://host.example/a.png?signature=secret");
        assert_eq!(hint(&[link, add, bird]), "put a prompt of several words in quotes");
        assert!(hint(&[&picture, add, OsStr::new("a bird")]).starts_with("check the path"));
        let phrase = OsStr::new("a bird");
        assert_eq!(
            hint(&[OsStr::new("a.png"), phrase, OsStr::new("b.png")]),
            "put the prompt last: seededit edit a.png b.png \"a bird\""
        );
        let after_p = |words: &[&OsStr]| {
            rest_of_prompt_hint(&words.iter().map(|word| word.to_os_string()).collect::<Vec<_>>(), "add")
        };
        assert_eq!(after_p(&[&picture, a, bird]), command(format!("{} -p \"add a bird\"", shown(&picture))));
        assert_eq!(after_p(&[link, a, bird]), "put a prompt of several words in quotes");
    }
}
