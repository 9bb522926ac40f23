//! `seededit skill`

use crate::error::Failure;
use crate::ui::Ui;

use super::reporting::stdout_failed;

/// Tests run its commands.
const SKILL: &str = include_str!("skill.md");

pub(super) fn run(ui: &Ui) -> Result<u8, Failure> {
    ui.data(SKILL.as_bytes()).map_err(stdout_failed)?;
    Ok(0)
}
