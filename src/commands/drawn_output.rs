//! The file of a picture that a command draws.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf, is_separator};

use image::{DynamicImage, RgbImage};

use crate::edit::{
    Destination, IfExists, NameFields, Output, OutputError, OutputRequest, PlanError, Source, no_columns,
    save,
};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::picture::metadata::drawn;
use crate::picture::{self, ColorSpace, EncodeError, Encoding, Format, Size};
use crate::ui::{self, Ui};

use super::change_picture::ensure_apart;
use super::inputs::ensure_stdout_takes_picture;
use super::reporting::stdout_failed;

/// Where a drawn picture goes, decided before it is drawn.
pub(super) struct DrawnOutput {
    output: Output,
}

/// A drawn picture that was written.
pub(super) struct Drawn {
    /// `None` for standard output.
    path: Option<PathBuf>,
    size: Size,
    format: Format,
    bytes: u64,
}

impl DrawnOutput {
    /// Plans the file. It may not be one of the inputs. Standard output gets a PNG, unless JSON goes there.
    pub(super) fn plan(
        file: &OsStr,
        if_exists: Option<IfExists>,
        inputs: &[&Source],
        json: bool,
        env: &Env,
    ) -> Result<DrawnOutput, Failure> {
        let is_stdout = file == "-";
        if is_stdout {
            ensure_stdout_takes_picture(json, false, env)?;
        } else if file.to_string_lossy().ends_with(is_separator) || Path::new(file).is_dir() {
            return Err(Failure::input(format!("{} is a directory", Path::new(file).display()))
                .hint("name a file with -o, such as sheet.png"));
        }
        let request = OutputRequest {
            output: Some(file.to_owned()),
            format: is_stdout.then_some(Format::Png),
            if_exists,
            ..OutputRequest::default()
        };
        let source = Source::File(file.into());
        let started = jiff::Timestamp::now();
        let fields =
            NameFields { source: &source, seed: 0, number: None, started, job: "", column: &no_columns };
        let output = Output::plan(&request, &source, &fields).map_err(refused)?;
        let read: Vec<&Path> = inputs.iter().filter_map(|source| file_of(source)).collect();
        if let Some(path) = output.path() {
            ensure_apart(path, &read)?;
        }
        output.ensure_writable().map_err(refused)?;
        Ok(DrawnOutput { output })
    }

    /// Says that the file exists and stays as it is, if it does.
    pub(super) fn is_skipped(&self, ui: &Ui) -> bool {
        let Destination::Skipped(path) = &self.output.destination else { return false };
        ui.note(&format!("{} exists; nothing was written", path.display()));
        true
    }

    pub(super) fn write(&self, image: RgbImage) -> Result<Drawn, Failure> {
        let format = self.output.encoding.format.unwrap_or(Format::Png);
        let encoding = Encoding::for_format(format).unwrap_or(Encoding::Png);
        let image = DynamicImage::from(image);
        let bytes = picture::encode(&image, &ColorSpace::SRGB, encoding).map_err(|error| match error {
            EncodeError::Size { .. } => Failure::from(PlanError::from(OutputError::from(error))),
            error => Failure::new(ErrorKind::Internal, error),
        })?;
        let bytes = drawn(bytes, format);
        let written = save(&self.output, &bytes, None, &mut io::stdout().lock());
        let path = written.map_err(|error| {
            let name = self.output.path().map_or("standard output".into(), |path| path.display().to_string());
            Failure::new(ErrorKind::Input, anyhow::Error::new(error).context(format!("cannot write {name}")))
                .hint("name an output that can be written with -o")
        })?;
        Ok(Drawn { path, size: Size::of(&image), format, bytes: bytes.len() as u64 })
    }
}

impl Drawn {
    /// The name in records.
    pub(super) fn name(&self) -> String {
        self.path.as_ref().map_or("-".into(), |path| path.to_string_lossy().into_owned())
    }

    /// Adds the fields of the file to a record.
    pub(super) fn describe(&self, record: &mut serde_json::Value) {
        record["output"] = self.name().into();
        record["width"] = self.size.width.into();
        record["height"] = self.size.height.into();
        record["format"] = self.format.name().into();
        record["bytes"] = self.bytes.into();
    }

    /// Prints the file with further words, and its path on standard output.
    pub(super) fn print(&self, details: &str, ui: &Ui) -> Result<(), Failure> {
        let output = self.path.as_ref().map_or("standard output".into(), |path| path.display().to_string());
        ui.success(&format!("{output}  {} {}, {}  {details}", self.size, self.format, ui::bytes(self.bytes)));
        match &self.path {
            Some(path) => ui.data(&ui.result_line(path.as_os_str())).map_err(stdout_failed),
            None => Ok(()),
        }
    }
}

fn file_of(source: &Source) -> Option<&Path> {
    match source {
        Source::File(path) => Some(path),
        _ => None,
    }
}

/// Replaces hints about `--format` and `-d`: here, only the name of the file can be changed.
fn refused(error: OutputError) -> Failure {
    let hint = match &error {
        OutputError::UnknownFormat(_) => Some("end its name with .png, .jpg or .webp"),
        OutputError::Directory { .. } => Some("name an output that can be written with -o"),
        _ => None,
    };
    let failure = Failure::from(PlanError::from(error));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
