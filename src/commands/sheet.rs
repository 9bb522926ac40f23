//! `seededit sheet`

use serde_json::json;

use crate::cli::SheetArgs;
use crate::edit::Source;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::picture::metadata::{Metadata, MetadataSummary};
use crate::picture::sheet::{Grid, Line, Tile, sheet};
use crate::picture::{View, ViewError, view};
use crate::ui::{self, JobInfo, SkippedRecord, Ui};

use super::drawn_output::{Drawn, DrawnOutput};
use super::named_results::NamedResults;
use super::offline;
use super::reporting::stdout_failed;
use super::target::is_sandbox;

/// The most pixels of a sheet: as many as of a picture that can be read.
const MAX_PIXELS: u64 = 100_000_000;

pub(super) fn run(args: &SheetArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    offline::start_threads()?;
    let named = NamedResults { sandbox: is_sandbox(args.sandbox, env), env, ui };
    let sources = args.images.iter().map(|image| offline::picture(image, "sheet", &named));
    let sources = sources.collect::<Result<Vec<Source>, Failure>>()?;
    if sources.iter().filter(|source| **source == Source::Stdin).count() > 1 {
        return Err(Failure::usage("several pictures are to come from standard input").hint("give `-` once"));
    }
    let inputs: Vec<&Source> = sources.iter().collect();
    let output = DrawnOutput::plan(&args.output, args.drawn.rule(), &inputs, args.json.json, env)?;
    if output.is_skipped(ui) {
        return Ok(0);
    }
    let mut grid = Grid::of(sources.len());
    if let Some(columns) = args.columns {
        grid.columns = columns;
    }
    let mut tiles = Vec::with_capacity(sources.len());
    let mut left_out = 0;
    // One after the other, so that only one picture is in memory in its full size.
    for source in &sources {
        match tile(source, grid) {
            Ok(tile) => tiles.push(tile),
            Err(failure) if args.skip_unreadable => {
                left_out += 1;
                report_left_out(source, &failure, ui)?;
            }
            Err(failure) if failure.hint.is_none() => {
                return Err(failure.hint("leave it out with --skip-unreadable"));
            }
            Err(failure) => return Err(failure),
        }
    }
    if tiles.is_empty() {
        return Err(Failure::input("no picture can be read, so there is no sheet").hint("check the paths"));
    }
    let image = sheet(&tiles, grid, MAX_PIXELS).ok_or_else(|| {
        Failure::input(format!("a sheet of {} is too large", ui::count(tiles.len(), "picture")))
            .hint("draw several sheets, or more columns (--columns)")
    })?;
    print(&output.write(image)?, tiles.len(), grid.columns.min(tiles.len() as u32), ui)?;
    if left_out == 0 {
        return Ok(0);
    }
    let are = if left_out == 1 { "picture was left out" } else { "pictures were left out" };
    ui.failed(&Failure::new(ErrorKind::Partial, anyhow::anyhow!("{left_out} {are}")));
    Ok(ErrorKind::Partial.exit_code())
}

/// Reads a picture, and makes it small.
fn tile(source: &Source, grid: Grid) -> Result<Tile, Failure> {
    let picture = offline::read(source)?;
    let View { image, .. } = view(picture.bytes(), grid.picture()).map_err(|error| match error {
        ViewError::Decode(error) => offline::undecoded(source, error),
        error @ ViewError::Resize(_) => Failure::new(ErrorKind::Internal, error),
    })?;
    let stated = MetadataSummary::of(&Metadata::read(picture.bytes(), picture.header().format)).provenance;
    let mut caption = vec![Line::Name(offline::caption(source))];
    caption.extend(stated.prompt.map(Line::Text));
    caption.extend(stated.seed.map(|seed| Line::Text(format!("seed {seed}"))));
    Ok(Tile { image, caption })
}

fn report_left_out(source: &Source, failure: &Failure, ui: &Ui) -> Result<(), Failure> {
    let (name, message) = (source.name(), failure.message());
    if ui.is_json() {
        let record = SkippedRecord {
            status: "skipped",
            job: JobInfo::new(None, Some(&name)),
            output: None,
            reason: "unreadable",
            message: message.as_str().into(),
        };
        return ui.json(&record).map_err(stdout_failed);
    }
    ui.note(&format!("left out: {message}"));
    Ok(())
}

fn print(drawn: &Drawn, pictures: usize, columns: u32, ui: &Ui) -> Result<(), Failure> {
    if ui.is_json() {
        let mut record = json!({"status": "ok", "pictures": pictures, "columns": columns});
        drawn.describe(&mut record);
        return ui.json(&record).map_err(stdout_failed);
    }
    drawn.print(&ui::count(pictures, "picture"), ui)
}
