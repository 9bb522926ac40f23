//! What of a plan is in the way of something else in it, in words.

use crate::edit::IfExists;

use super::manifest::Fault;
use super::options::{BatchOptions, Dedup, PlanningError};
use super::path_use::PathUse;
use super::plan_store::{Conflict, PlanStore};
use super::resolve::order;

/// Tells each fault, and returns how many that were.
pub(super) fn tell_clashes(
    sheet: &PlanStore,
    rules: &BatchOptions,
    tell: &mut dyn FnMut(Fault),
) -> Result<u64, PlanningError> {
    let named = |clash: &Conflict| match clash.with {
        Some(line) => format!("line {line}"),
        None => "an earlier picture".to_owned(),
    };
    let mut count = 0;
    sheet.same_ids(&mut |clash| {
        let what = format!("the id is already used by {}", named(&clash));
        count += 1;
        tell(Fault { line: clash.line, what, hint: Some("give each row its own id".into()) });
        Ok(())
    })?;
    let file = |clash: &Conflict| -> rusqlite::Result<String> {
        let order = sheet.at(clash.place)?.and_then(|entry| order(entry, rules).ok());
        let output = order.and_then(|order| order.aim(None).ok());
        let path = output.as_ref().and_then(|output| output.path());
        Ok(path.map_or_else(String::new, |path| path.display().to_string()))
    };
    let mut fault = |clash: &Conflict, what: String, hint: &str| {
        count += 1;
        tell(Fault { line: clash.line, what, hint: Some(hint.into()) });
    };
    let is_own = |clash: &Conflict| clash.line.is_some() && clash.line == clash.with;
    sheet.same_targets(&mut |clash| {
        let file = file(&clash)?;
        let what = if is_own(&clash) {
            format!("several results of the row would be written to {file}")
        } else {
            format!("{file} is also the output of {}", named(&clash))
        };
        let hint = "name the outputs, or make the names differ with --name, for example {stem}-{seed}.{ext}";
        fault(&clash, what, hint);
        Ok(())
    })?;
    // A batch is run again, and would find another picture there each time; whoever edits one in place by
    // hand wants just that.
    let by_others = !matches!(rules.memory, Dedup::Manifest(_));
    sheet.claimed(PathUse::Picture, by_others, &mut |clash| {
        let file = file(&clash)?;
        let what = match is_own(&clash) {
            true => format!("{file} is the input of the row itself"),
            false if clash.with.is_none() => format!("{file} is the input of another edit"),
            false => format!("{file} is the input of {}", named(&clash)),
        };
        fault(&clash, what, "name another output: the next run would edit this result again, and pay for it");
        Ok(())
    })?;
    sheet.claimed(PathUse::Directory, false, &mut |clash| {
        let what = format!("{} must be a directory for the result of {}", file(&clash)?, named(&clash));
        fault(&clash, what, "name another output");
        Ok(())
    })?;
    sheet.claimed(PathUse::Report, false, &mut |clash| {
        fault(&clash, format!("{} is also the file of --report", file(&clash)?), "name another --report");
        Ok(())
    })?;
    sheet.claimed(PathUse::Mask, false, &mut |clash| {
        fault(&clash, format!("{} is also the mask", file(&clash)?), "name another output");
        Ok(())
    })?;
    sheet.claimed(PathUse::Step, false, &mut |clash| {
        let what = format!("{} is also the output of a step of {}", file(&clash)?, named(&clash));
        fault(&clash, what, "name another output");
        Ok(())
    })?;
    // By another rule than this one, nothing is written over it.
    if rules.output.if_exists == Some(IfExists::Overwrite) {
        sheet.claimed(PathUse::Result, true, &mut |clash| {
            let what = format!("{} still holds the result of {}", file(&clash)?, named(&clash));
            fault(
                &clash,
                what,
                "run the rows in two parts so that the old result is copied first, or name another output",
            );
            Ok(())
        })?;
    }
    Ok(count)
}
