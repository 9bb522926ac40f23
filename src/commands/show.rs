//! `seededit show`

use std::path::{Path, PathBuf};

use image::RgbImage;

use crate::cli::ShowArgs;
use crate::color::ColorWhen;
use crate::edit::{RawPicture, Source};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::picture::{Size, View, ViewError, view};
use crate::ui::{self, Canvas, JobInfo, Protocol, Ui};

use super::named_results::NamedResults;
use super::reporting::{report, stdout_failed};
use super::target::is_sandbox;
use super::{offline, viewer};

/// The lines below a picture that stay free, so that it is still there when the shell asks for the next command.
const PROMPT_LINES: u32 = 1;

pub(super) fn run(args: &ShowArgs, color: ColorWhen, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let named = NamedResults { sandbox: is_sandbox(args.sandbox, env), env, ui };
    let sources = args.images.iter().map(|image| offline::picture(image, "show", &named));
    let sources = sources.collect::<Result<Vec<Source>, Failure>>()?;
    if args.open {
        return open(&sources, env);
    }
    let screen = Screen::of_terminal(args.protocol, color, env)?;
    offline::start_threads()?;
    let mut worst: Option<ErrorKind> = None;
    for source in &sources {
        let shown =
            offline::read(source).and_then(|picture| screen.show(source, &picture, sources.len() > 1, ui));
        if let Err(failure) = shown {
            report(&failure, JobInfo::new(None, Some(&source.name())), ui);
            worst = Some(failure.kind.max(worst));
        }
    }
    Ok(worst.map_or(0, ErrorKind::exit_code))
}

fn open(sources: &[Source], env: &Env) -> Result<u8, Failure> {
    let files: Vec<PathBuf> = sources
        .iter()
        .map(|source| match source {
            // A missing or damaged file gets a message here, and not in another program.
            Source::File(path) => offline::read(source).map(|_| path.clone()),
            other => Err(Failure::usage(format!("--open needs files, and {} is none", other.label()))
                .hint("save the picture first")),
        })
        .collect::<Result<_, Failure>>()?;
    files.iter().try_for_each(|file| viewer::open(file, env))?;
    Ok(0)
}

/// Ensures that standard output is a terminal: nothing else can show pictures.
pub(super) fn ensure_terminal(env: &Env) -> Result<(), Failure> {
    if env.stdout_is_terminal {
        return Ok(());
    }
    Err(Failure::usage("standard output is not a terminal, so it cannot show a picture")
        .hint("run it in a terminal, open the picture with --open, or describe it with `seededit inspect`"))
}

/// Whether the terminal is to get no colors, and so no pictures.
fn is_plain(color: ColorWhen, env: &Env) -> bool {
    match color {
        ColorWhen::Always => false,
        ColorWhen::Never => true,
        ColorWhen::Auto => {
            env.var_os("NO_COLOR").is_some() || env.var("TERM").is_some_and(|term| term == "dumb")
        }
    }
}

/// What shows pictures.
pub(super) enum Screen {
    Canvas(Canvas),
    /// A terminal without colors, which gets a line of text for each picture.
    Text,
}

impl Screen {
    /// Asks the terminal on standard output what it can draw.
    ///
    /// # Errors
    /// If standard output is no terminal, or a signal arrives.
    pub(super) fn of_terminal(
        protocol: Option<Protocol>,
        color: ColorWhen,
        env: &Env,
    ) -> Result<Screen, Failure> {
        ensure_terminal(env)?;
        if protocol.is_none() && is_plain(color, env) {
            return Ok(Screen::Text);
        }
        Canvas::of_terminal(protocol, env).map(Screen::Canvas).map_err(|signal| {
            Failure::new(ErrorKind::Interrupted(signal), anyhow::anyhow!("interrupted; nothing was shown"))
        })
    }

    /// Draws what `paint` returns for the room that there is, with `lines` lines of text besides it and those that the command
    /// has printed so far. A terminal without colors gets nothing.
    pub(super) fn draw(
        &self,
        lines: u32,
        ui: &Ui,
        paint: impl FnOnce(Size) -> Result<RgbImage, Failure>,
    ) -> Result<(), Failure> {
        let Screen::Canvas(canvas) = self else { return Ok(()) };
        put(&paint(canvas.room(PROMPT_LINES + lines, ui.take_lines()))?, canvas, ui)
    }

    /// Shows a picture, after its name if that is wanted.
    pub(super) fn show(
        &self,
        source: &Source,
        picture: &RawPicture,
        is_named: bool,
        ui: &Ui,
    ) -> Result<(), Failure> {
        let Screen::Canvas(canvas) = self else {
            let header = picture.header();
            let text = format!(
                "{}  {} {}, {}",
                ui::sanitize(&source.name()),
                header.upright(),
                header.format,
                ui::bytes(picture.byte_count())
            );
            return ui.line(text).map_err(stdout_failed);
        };
        let room = canvas.room(PROMPT_LINES + u32::from(is_named), ui.take_lines());
        let View { image, .. } = view(picture.bytes(), room).map_err(|error| match error {
            ViewError::Decode(error) => offline::undecoded(source, error),
            error @ ViewError::Resize(_) => Failure::new(ErrorKind::Internal, error),
        })?;
        if is_named {
            ui.path(Path::new(&source.name()).as_os_str()).map_err(stdout_failed)?;
        }
        put(&image, canvas, ui)
    }
}

/// Draws a picture. Its lines are no reason to draw the next one smaller.
fn put(image: &RgbImage, canvas: &Canvas, ui: &Ui) -> Result<(), Failure> {
    let drawn = canvas.draw(image).map_err(|error| Failure::new(ErrorKind::Internal, error))?;
    let written = ui.data(&drawn);
    ui.take_lines();
    written.map_err(stdout_failed)
}
