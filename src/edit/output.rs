//! The destination and format of a result, decided before anything is sent.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::{self, Reservation, absolute, parent};
use crate::journal::{Artifact, step_mark};
use crate::picture::{Encoding, Format};

use super::collision::{reserve, reserve_free_name, resolve};
use super::destination::{Destination, IfExists, OutputError};
use super::name::{NameFields, NameTemplate, before_extension};
use super::name_limits::{self, ensure_fits};
use super::output_encoding::OutputEncoding;
use super::source::Source;

/// The format of a result unless an option or a name selects another.
const DEFAULT_FORMAT: Format = Format::Jpeg;

/// The options for an output.
#[derive(Debug, Clone, Default)]
pub struct OutputRequest {
    /// `-o`: a file, a directory, or `-`.
    pub output: Option<OsString>,
    /// `-d`: the directory for generated names.
    pub directory: Option<PathBuf>,
    /// `--name`: the template for generated names.
    pub name: Option<NameTemplate>,
    /// `--format`.
    pub format: Option<Format>,
    /// Whether the result of a picture that may be lossless is a PNG unless a name, a format or a quality says otherwise: it has
    /// pixels of the original, which a JPEG would change.
    pub keeps_lossless: bool,
    /// `--quality`, 1 to 100.
    pub quality: Option<u8>,
    /// Whether the result may be transparent.
    pub alpha: bool,
    /// `--if-exists`, or the setting.
    pub if_exists: Option<IfExists>,
}

impl OutputRequest {
    /// Whether it names one file, and not a directory in which names are generated.
    pub fn names_file(&self) -> bool {
        let names_file = |output: &OsString| !names_directory(output) && !Path::new(output).is_dir();
        self.output.as_ref().is_some_and(names_file)
    }

    /// The request for a job that was delivered before. Its result keeps its format even if the default has changed:
    /// older releases delivered every picture as a JPEG by default, and a JPEG cannot be converted to the PNG that it
    /// would be now.
    #[must_use]
    pub fn for_delivered(self, artifact: &Artifact) -> OutputRequest {
        OutputRequest { keeps_lossless: self.keeps_lossless && artifact.format == Format::Png.name(), ..self }
    }
}

/// The destination and format of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The destination.
    pub destination: Destination,
    /// The format and quality.
    pub encoding: OutputEncoding,
    /// Whether its directory is created if it is missing. It is false only for some jobs of older releases.
    pub makes_directory: bool,
}

impl Output {
    /// Decides on the output for a picture from `source`. Reads the disk, but changes nothing.
    ///
    /// # Errors
    /// See [`OutputError`].
    pub fn plan(
        request: &OutputRequest,
        source: &Source,
        fields: &NameFields<'_>,
    ) -> Result<Output, OutputError> {
        Output::resolve(request, source, fields)?.ensure_possible()
    }

    /// Decides on the output as [`Output::plan`] does, but ignores files that exist.
    ///
    /// # Errors
    /// See [`OutputError`].
    pub fn resolve(
        request: &OutputRequest,
        source: &Source,
        fields: &NameFields<'_>,
    ) -> Result<Output, OutputError> {
        let Some(output) = &request.output else {
            let directory = request.directory.as_deref();
            return generated_name(request, source, directory.unwrap_or_else(|| source.directory()), fields);
        };
        if output == "-" {
            let default = default_format(request, source);
            // A JPEG is written exactly as the service delivered it, unless it is processed.
            let format = request.format.or((default != DEFAULT_FORMAT).then_some(default));
            ensure_quality_fits(format, request.quality)?;
            ensure_alpha_fits(request.format.unwrap_or(default), request.alpha)?;
            let encoding = OutputEncoding { format, quality: request.quality };
            return Ok(Output { destination: Destination::Stdout, encoding, makes_directory: false });
        }
        let path = PathBuf::from(output);
        if names_directory(output) || path.is_dir() {
            return generated_name(request, source, &path, fields);
        }
        let path = follow_link(path)?;
        let if_exists = request.if_exists.unwrap_or(IfExists::Fail);
        named(request, path, if_exists)
    }

    /// Checks an output against the disk, and applies the rule for files that exist.
    ///
    /// # Errors
    /// As [`Output::plan`].
    pub fn ensure_possible(self) -> Result<Output, OutputError> {
        let destination = match self.destination {
            Destination::File { path, if_exists } => resolve(path, if_exists, self.makes_directory)?,
            other => other,
        };
        Ok(Output { destination, ..self })
    }

    /// Checks that the output's directory is writable; if it is missing, the directory that it will be created in.
    /// Leaves nothing behind.
    ///
    /// # Errors
    /// [`OutputError::Directory`]
    pub fn ensure_writable(&self) -> Result<(), OutputError> {
        self.ensure_directory(files::ensure_writable)
    }

    /// Checks the permissions of the directory that [`Output::ensure_writable`] checks. Creates nothing, and so it does not
    /// notice a full disk.
    ///
    /// # Errors
    /// [`OutputError::Directory`]
    pub fn ensure_permitted(&self) -> Result<(), OutputError> {
        self.ensure_directory(files::ensure_permitted)
    }

    fn ensure_directory(&self, check: impl Fn(&Path) -> io::Result<()>) -> Result<(), OutputError> {
        let Some(directory) = self.path().map(parent) else { return Ok(()) };
        let existing = directory.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
        check(existing).map_err(|source| {
            // Nobody knows the working directory by its name in a path.
            let path = if existing == Path::new(".") { absolute(existing) } else { existing.to_owned() };
            OutputError::Directory { path, source }
        })
    }

    /// Reserves the output's path, and creates its directory if allowed. Returns `None` if there is no file.
    ///
    /// # Errors
    /// When the directory cannot be written, or another process writes the same file.
    pub fn reserve(&self) -> Result<Option<Reservation>, OutputError> {
        let Destination::File { path, if_exists } = &self.destination else { return Ok(None) };
        if self.makes_directory {
            let directory = parent(path);
            files::create_directory(directory)
                .map_err(|source| OutputError::Io { path: directory.to_owned(), source })?;
        }
        match if_exists {
            IfExists::Rename => reserve_free_name(path).map(Some),
            _ => reserve(path).map(Some),
        }
    }

    /// Reserves the output's path as [`Output::reserve`] does, and disk space for this many bytes there.
    ///
    /// # Errors
    /// As [`Output::reserve`]; also if the disk is full.
    pub fn reserve_with_space(&self, bytes: u64) -> Result<Option<Reservation>, OutputError> {
        let reservation = self.reserve()?;
        if let Some(reservation) = &reservation {
            let path = || reservation.target().to_owned();
            reservation.allocate(bytes).map_err(|source| OutputError::Io { path: path(), source })?;
        }
        Ok(reservation)
    }

    /// Returns the output for a kept result of a step before the last one: with `-step1` before the extension. If
    /// the last result goes to standard output, the file is named after `beside`.
    #[must_use]
    pub fn of_step(&self, step: usize, beside: &Path) -> Output {
        let path = match &self.destination {
            Destination::File { path, .. } | Destination::Skipped(path) => path.clone(),
            Destination::Stdout => beside.to_owned(),
        };
        let extension = DEFAULT_FORMAT.extension();
        let name = path.with_extension(extension);
        let name = before_extension(name.file_name().unwrap_or_default(), &step_mark(step));
        Output {
            destination: Destination::File { path: path.with_file_name(name), if_exists: IfExists::Rename },
            encoding: OutputEncoding { format: Some(DEFAULT_FORMAT), quality: None },
            makes_directory: self.makes_directory,
        }
    }

    /// Returns an output beside this one, with `mark` before the extension. A file that exists there is kept, and a
    /// number is added.
    #[must_use]
    pub fn beside(&self, mark: &str) -> Output {
        let destination = match &self.destination {
            Destination::File { path, .. } => {
                let name = before_extension(path.file_name().unwrap_or_default(), mark);
                Destination::File { path: path.with_file_name(name), if_exists: IfExists::Rename }
            }
            other => other.clone(),
        };
        Output { destination, ..self.clone() }
    }

    /// Checks that the names of the results of this number of earlier steps are not too long.
    ///
    /// # Errors
    /// [`OutputError::TooLong`]
    pub fn ensure_steps_fit(&self, steps: usize, beside: &Path) -> Result<(), OutputError> {
        match (steps, self.of_step(steps, beside).path()) {
            (1.., Some(longest)) => ensure_fits(longest, name_limits::NUMBER),
            _ => Ok(()),
        }
    }

    /// The path of the file, unless the result goes to standard output.
    pub fn path(&self) -> Option<&Path> {
        match &self.destination {
            Destination::Stdout => None,
            Destination::File { path, .. } | Destination::Skipped(path) => Some(path),
        }
    }
}

/// Returns an output with a generated name in `directory`: by the template, else `{stem}-edited.{ext}`.
fn generated_name(
    request: &OutputRequest,
    source: &Source,
    directory: &Path,
    fields: &NameFields<'_>,
) -> Result<Output, OutputError> {
    let default;
    let template = match &request.name {
        Some(template) => template,
        None => {
            default = NameTemplate::default_for(fields.number.is_some());
            &default
        }
    };
    let format = request.format.unwrap_or_else(|| default_format(request, source));
    let path = directory.join(template.fill(fields, format.extension())?);
    let if_exists = request.if_exists.unwrap_or(IfExists::Rename);
    let request = if template.has_extension() {
        &OutputRequest { format: Some(format), ..request.clone() }
    } else {
        request
    };
    named(request, path, if_exists)
}

/// Returns the format for a result when neither `--format` nor an extension selects one.
fn default_format(request: &OutputRequest, source: &Source) -> Format {
    let is_kept = request.alpha || (request.keeps_lossless && source.may_be_lossless());
    // Only a JPEG has a quality.
    if is_kept && request.quality.is_none() { Format::Png } else { DEFAULT_FORMAT }
}

/// Returns the output at `path`, in the format of its extension.
fn named(request: &OutputRequest, path: PathBuf, if_exists: IfExists) -> Result<Output, OutputError> {
    let format = format_of(&path, request.format)?;
    ensure_quality_fits(Some(format), request.quality)?;
    ensure_alpha_fits(format, request.alpha)?;
    let encoding = OutputEncoding { format: Some(format), quality: request.quality };
    Ok(Output { destination: Destination::File { path, if_exists }, encoding, makes_directory: true })
}

/// Follows a symbolic link, so that its target is replaced and not the link.
fn follow_link(path: PathBuf) -> Result<PathBuf, OutputError> {
    if !path.is_symlink() {
        return Ok(path);
    }
    match fs::canonicalize(&path) {
        Ok(target) => Ok(target),
        Err(_) => Err(OutputError::NotAFile(path)),
    }
}

fn format_of(path: &Path, requested: Option<Format>) -> Result<Format, OutputError> {
    let named = Format::of_name(path);
    match (named, requested) {
        (Some(named), Some(requested)) if named != requested => {
            Err(OutputError::Contradiction { path: path.to_owned(), named, requested })
        }
        (Some(format), _) | (None, Some(format)) if Encoding::for_format(format).is_some() => Ok(format),
        _ => Err(OutputError::UnknownFormat(path.to_owned())),
    }
}

fn ensure_quality_fits(format: Option<Format>, quality: Option<u8>) -> Result<(), OutputError> {
    match (format, quality) {
        (Some(format), Some(_)) if format != Format::Jpeg => Err(OutputError::Quality(format)),
        _ => Ok(()),
    }
}

fn ensure_alpha_fits(format: Format, alpha: bool) -> Result<(), OutputError> {
    if alpha && format == Format::Jpeg { Err(OutputError::Opaque(format)) } else { Ok(()) }
}

fn names_directory(output: &OsStr) -> bool {
    output.as_encoded_bytes().last().is_some_and(|last| std::path::is_separator(char::from(*last)))
}

#[cfg(test)]
mod tests {
    use super::super::name::no_columns;
    use super::*;

    fn request(output: Option<&Path>) -> OutputRequest {
        OutputRequest { output: output.map(Into::into), ..OutputRequest::default() }
    }

    fn plan(request: &OutputRequest) -> Result<Output, OutputError> {
        plan_for(request, &Source::File("in.photo.png".into()))
    }

    fn plan_for(request: &OutputRequest, source: &Source) -> Result<Output, OutputError> {
        let started = jiff::Timestamp::UNIX_EPOCH;
        let fields = NameFields { source, seed: 1, number: None, started, job: "job", column: &no_columns };
        Output::plan(request, source, &fields)
    }

    fn path_of(output: Output) -> PathBuf {
        match output.destination {
            Destination::File { path, .. } => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_an_output_the_result_is_written_beside_the_input() {
        let dir = tempfile::tempdir().unwrap();
        let source = Source::File(dir.path().join("in.photo.png"));
        let planned = path_of(plan_for(&request(None), &source).unwrap());
        assert_eq!(planned, dir.path().join("in.photo-edited.jpg"));
    }

    #[test]
    fn the_result_of_a_lossless_picture_is_a_png_if_it_keeps_pixels_and_no_option_differs() {
        let dir = tempfile::tempdir().unwrap();
        let keeping = OutputRequest { keeps_lossless: true, ..request(Some(dir.path())) };
        let name = |request: &OutputRequest, source: &str| {
            let path = path_of(plan_for(request, &Source::File(source.into())).unwrap());
            path.file_name().unwrap().to_owned()
        };
        assert_eq!(name(&keeping, "in.PNG"), "in-edited.png");
        assert_eq!(name(&keeping, "in.tiff"), "in-edited.png");
        assert_eq!(name(&keeping, "in.jpg"), "in-edited.jpg");
        assert_eq!(name(&keeping, "in.heic"), "in-edited.jpg");
        let transparent = OutputRequest { alpha: true, ..keeping.clone() };
        assert_eq!(name(&transparent, "in.heic"), "in-edited.png");
        assert_eq!(name(&request(Some(dir.path())), "in.png"), "in-edited.jpg");
        let format = OutputRequest { format: Some(Format::Jpeg), ..keeping.clone() };
        assert_eq!(name(&format, "in.png"), "in-edited.jpg");
        let quality = OutputRequest { quality: Some(90), ..keeping.clone() };
        assert_eq!(name(&quality, "in.png"), "in-edited.jpg");
        let template = OutputRequest { name: Some("{stem}.webp".parse().unwrap()), ..keeping.clone() };
        assert_eq!(name(&template, "in.png"), "in.webp");
        let stdout = OutputRequest { output: Some("-".into()), ..keeping };
        assert_eq!(plan(&stdout).unwrap().encoding.format, Some(Format::Png));
        assert_eq!(plan(&OutputRequest { keeps_lossless: false, ..stdout }).unwrap().encoding.format, None);
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named_by_its_path() {
        let refused = |path: &Path| {
            let output = Output {
                destination: Destination::File { path: path.to_owned(), if_exists: IfExists::Fail },
                encoding: OutputEncoding { format: None, quality: None },
                makes_directory: true,
            };
            let error = output.ensure_directory(|_| Err(io::ErrorKind::PermissionDenied.into())).unwrap_err();
            error.to_string()
        };
        let here = std::env::current_dir().unwrap();
        assert_eq!(refused(Path::new("x.png")), format!("cannot write to the directory {}", here.display()));
        let dir = tempfile::tempdir().unwrap();
        let expected = format!("cannot write to the directory {}", dir.path().display());
        assert_eq!(refused(&dir.path().join("x.png")), expected);
        assert_eq!(refused(&dir.path().join("new/deep/x.png")), expected);
    }

    #[test]
    fn an_existing_generated_name_gets_a_number_and_a_given_name_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("in.photo-edited.jpg"), "").unwrap();
        let planned = path_of(plan(&request(Some(dir.path()))).unwrap());
        assert_eq!(planned, dir.path().join("in.photo-edited-2.jpg"));

        let given = dir.path().join("out.jpg");
        fs::write(&given, "").unwrap();
        assert!(matches!(plan(&request(Some(&given))), Err(OutputError::Exists(_))));
        let skip = OutputRequest { if_exists: Some(IfExists::Skip), ..request(Some(&given)) };
        assert_eq!(plan(&skip).unwrap().destination, Destination::Skipped(given));
    }

    #[test]
    fn a_name_must_have_a_supported_extension_that_agrees_with_the_flag() {
        let dir = tempfile::tempdir().unwrap();
        let named =
            |name: &str, format| plan(&OutputRequest { format, ..request(Some(&dir.path().join(name))) });
        assert!(matches!(named("out", None), Err(OutputError::UnknownFormat(_))));
        assert!(matches!(named("out.bmp", None), Err(OutputError::UnknownFormat(_))));
        assert!(matches!(named("out.jpg", Some(Format::Png)), Err(OutputError::Contradiction { .. })));
        assert_eq!(named("out", Some(Format::Png)).unwrap().encoding.format, Some(Format::Png));
        assert_eq!(named("OUT.JPEG", None).unwrap().encoding.format, Some(Format::Jpeg));
    }

    #[test]
    fn a_quality_is_accepted_only_for_jpeg() {
        let dir = tempfile::tempdir().unwrap();
        let request = OutputRequest { quality: Some(80), ..request(Some(&dir.path().join("x.png"))) };
        assert!(matches!(plan(&request), Err(OutputError::Quality(Format::Png))));
    }

    #[test]
    fn a_missing_directory_is_created_later_and_a_special_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let missing = dir.path().join("missing/deep/out.jpg");
        let planned = plan(&request(Some(&missing))).unwrap();
        assert!(planned.makes_directory && !dir.path().join("missing").exists());
        planned.reserve().unwrap();
        assert!(dir.path().join("missing/deep").is_dir());
        let older =
            Output { makes_directory: false, ..plan(&request(Some(&dir.path().join("x/a.jpg")))).unwrap() };
        assert!(matches!(older.ensure_possible(), Err(OutputError::NoDirectory(_))));
        if cfg!(unix) {
            let force = OutputRequest {
                format: Some(Format::Png),
                if_exists: Some(IfExists::Overwrite),
                ..request(Some(Path::new("/dev/null")))
            };
            assert!(matches!(plan(&force), Err(OutputError::NotAFile(_))));
        }
    }

    #[test]
    fn a_directory_for_generated_names_may_be_missing_but_not_be_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let below = |name: &str| {
            let mut output = dir.path().join(name).into_os_string();
            output.push("/");
            plan(&OutputRequest { output: Some(output), ..request(None) })
        };
        assert_eq!(path_of(below("a/b").unwrap()), dir.path().join("a/b/in.photo-edited.jpg"));
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(matches!(below("file"), Err(OutputError::NotADirectory(_))));
        assert!(matches!(below("file/b"), Err(OutputError::NotADirectory(_))));
        assert!(!dir.path().join("a").exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_is_followed_so_that_it_stays_a_symlink() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.jpg"), dir.path().join("link.jpg"));
        fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let force = OutputRequest { if_exists: Some(IfExists::Overwrite), ..request(Some(&link)) };
        assert_eq!(path_of(plan(&force).unwrap()), real.canonicalize().unwrap());
    }
}
