//! `seededit compare`

use serde_json::json;

use crate::cli::CompareArgs;
use crate::color::ColorWhen;
use crate::edit::{RawPicture, Source};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::picture::Size;
use crate::picture::comparison::{Comparison, ComparisonError, compare};
use crate::picture::sheet::{Grid, Line, Tile, in_a_row, sheet};
use crate::ui::{self, Ui};

use super::drawn_output::{Drawn, DrawnOutput};
use super::named_results::NamedResults;
use super::offline;
use super::reporting::stdout_failed;
use super::show::Screen;
use super::target::is_sandbox;

/// The longest side of each picture on a sheet, in pixels.
const LONGEST_SIDE: u32 = 1024;
/// The lines of figures below pictures in a terminal.
const TEXT_LINES: u32 = 6;
/// Captions need this many pixels, however small the pictures are.
const LEAST_CELL: u32 = 320;

pub(super) fn run(args: &CompareArgs, color: ColorWhen, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let is_shown = args.output.is_none() && !args.json.json && env.stdout_is_terminal;
    if args.diff && args.output.is_none() && !is_shown {
        return Err(Failure::usage("--diff draws a picture, and standard output is not a terminal")
            .hint("name a file with -o"));
    }
    offline::start_threads()?;
    let named = NamedResults { sandbox: is_sandbox(args.sandbox, env), env, ui };
    let before = offline::picture(&args.before, "compare", &named)?;
    let after = offline::picture(&args.after, "compare", &named)?;
    if (&before, &after) == (&Source::Stdin, &Source::Stdin) {
        return Err(Failure::usage("both pictures are to come from standard input").hint("give `-` once"));
    }
    let output = args
        .output
        .as_deref()
        .map(|file| DrawnOutput::plan(file, args.drawn.rule(), &[&before, &after], args.json.json, env));
    let output = output.transpose()?;
    if output.as_ref().is_some_and(|output| output.is_skipped(ui)) {
        return Ok(0);
    }
    let pictures = (offline::read(&before)?, offline::read(&after)?);
    let compared = Compared::new(before, after, pictures)?;
    let drawn = match output {
        Some(output) => Some(output.write(compared.draw(args.diff)?)?),
        None => None,
    };
    if is_shown {
        let screen = Screen::of_terminal(None, color, env)?;
        screen.draw(TEXT_LINES, ui, |room| compared.draw_in(room, args.diff))?;
    }
    compared.print(drawn.as_ref(), ui)?;
    Ok(0)
}

/// Two pictures, and what differs between them.
struct Compared {
    before: Source,
    after: Source,
    found: Comparison,
}

impl Compared {
    fn new(before: Source, after: Source, pictures: (RawPicture, RawPicture)) -> Result<Compared, Failure> {
        let found = compare(pictures.0.bytes(), pictures.1.bytes()).map_err(|error| match error {
            ComparisonError::Before(error) => offline::undecoded(&before, error),
            ComparisonError::After(error) => offline::undecoded(&after, error),
            error @ ComparisonError::Resize(_) => Failure::new(ErrorKind::Internal, error),
        })?;
        Ok(Compared { before, after, found })
    }

    /// Draws the difference alone in full size, or both pictures and the difference with captions.
    fn draw(&self, only_difference: bool) -> Result<image::RgbImage, Failure> {
        let found = &self.found;
        if only_difference {
            return Ok(found.difference(found.size));
        }
        let within = Size { width: LONGEST_SIDE, height: LONGEST_SIDE };
        let failed = |error| Failure::new(ErrorKind::Internal, error);
        let text = |text: String| Line::Text(text);
        let named = |what: &str, source: &Source, size: Size| {
            vec![Line::Name(format!("{what}: {}", offline::caption(source))), text(size.to_string())]
        };
        let Figures { changed, largest, mean } = self.figures();
        let mut figures = vec![Line::Name("difference".into()), text(changed)];
        figures.push(text(format!("largest {largest}, mean {mean} of 255")));
        figures.extend(self.scaled().map(text));
        let tiles = [
            Tile {
                image: found.before(within).map_err(failed)?,
                caption: named("before", &self.before, found.before_size),
            },
            Tile {
                image: found.after(within).map_err(failed)?,
                caption: named("after", &self.after, found.after_size),
            },
            Tile { image: found.difference(within), caption: figures },
        ];
        let cell = tiles[0].image.width().max(LEAST_CELL);
        sheet(&tiles, Grid { columns: 3, cell }, u64::MAX)
            .ok_or_else(|| Failure::new(ErrorKind::Internal, anyhow::anyhow!("the sheet is too large")))
    }

    /// Draws the same without captions, for a terminal.
    fn draw_in(&self, room: Size, only_difference: bool) -> Result<image::RgbImage, Failure> {
        let found = &self.found;
        if only_difference {
            return Ok(found.difference(room));
        }
        let gap = (room.width / 60).max(1);
        let within = Size { width: (room.width.saturating_sub(2 * gap) / 3).max(1), ..room };
        let failed = |error| Failure::new(ErrorKind::Internal, error);
        let (before, after) = (found.before(within).map_err(failed)?, found.after(within).map_err(failed)?);
        Ok(in_a_row(&[before, after, found.difference(within)], gap))
    }

    /// The figures for people.
    fn figures(&self) -> Figures {
        let Comparison { changed, largest, mean, .. } = &self.found;
        Figures {
            changed: format!("{} of the pixels changed", ui::percent(*changed)),
            largest: level(*largest),
            mean: level(*mean),
        }
    }

    /// Says that the pictures had to be brought to one size.
    fn scaled(&self) -> Option<String> {
        let Comparison { before_size, after_size, size, .. } = &self.found;
        (before_size != after_size).then(|| format!("compared at {size}, the smaller size"))
    }

    fn print(&self, drawn: Option<&Drawn>, ui: &Ui) -> Result<(), Failure> {
        if ui.is_json() {
            return ui.json(&self.record(drawn)).map_err(stdout_failed);
        }
        let Figures { changed, largest, mean } = self.figures();
        if let Some(drawn) = drawn {
            if let Some(scaled) = self.scaled() {
                ui.note(&format!("{scaled}: {} and {}", self.found.before_size, self.found.after_size));
            }
            return drawn.print(&format!("{changed}, largest difference {largest}, mean {mean}"), ui);
        }
        let picture = |name: &str, source: &Source, size: Size| {
            format!("{name:<9} {}  {size}", ui::sanitize(&source.name()))
        };
        let mut lines = vec![
            picture("before", &self.before, self.found.before_size),
            picture("after", &self.after, self.found.after_size),
        ];
        lines.extend(self.scaled().map(|scaled| format!("size      {scaled}")));
        lines.push(format!("changed   {changed}"));
        lines.push(format!("largest   {largest} of 255"));
        lines.push(format!("mean      {mean} of 255"));
        lines.iter().try_for_each(|line| ui.wrapped_line(line, 10)).map_err(stdout_failed)
    }

    fn record(&self, drawn: Option<&Drawn>) -> serde_json::Value {
        let Comparison { before_size, after_size, size, changed, largest, mean, .. } = &self.found;
        let rounded = |number: f64| (number * 1e9).round() / 1e9;
        let sizes = |size: &Size| json!({"width": size.width, "height": size.height});
        json!({
            "status": "ok",
            "before": self.before.name(),
            "after": self.after.name(),
            "before_size": sizes(before_size),
            "after_size": sizes(after_size),
            "compared_size": sizes(size),
            "changed": rounded(*changed),
            "largest": rounded(*largest),
            "mean": rounded(*mean),
            "output": drawn.map(Drawn::name),
        })
    }
}

struct Figures {
    changed: String,
    largest: String,
    mean: String,
}

/// A difference from 0 to 255. A difference that is there is never shown as 0.
fn level(level: f64) -> String {
    match level {
        0.0 => "0".into(),
        ..0.01 => "less than 0.01".into(),
        _ if level.fract() == 0.0 => format!("{level:.0}"),
        _ => format!("{level:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_difference_is_not_shown_as_none() {
        assert_eq!(
            [0.0, 0.004, 0.25, 12.0, 12.345].map(level),
            ["0", "less than 0.01", "0.25", "12", "12.35"]
        );
    }
}
