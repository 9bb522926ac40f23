//! Reports the conflicts within a plan: duplicate ids, and results that would be written to a path in use.

use crate::edit::IfExists;

use super::conflict_queries::Conflict;
use super::manifest::Fault;
use super::options::{BatchOptions, Dedup};
use super::path_use::PathUse;
use super::plan_store::{PlanStore, PlanStoreError};
use super::resolve::task;

/// Reports each conflict to `on_fault` and returns their number.
pub(super) fn report_conflicts(
    store: &PlanStore,
    options: &BatchOptions,
    on_fault: &mut dyn FnMut(Fault),
) -> Result<u64, PlanStoreError> {
    let earlier_row = |conflict: &Conflict| match conflict.earlier_line {
        Some(line) => format!("line {line}"),
        None => "an earlier picture".to_owned(),
    };
    let mut count = 0;
    store.duplicate_ids(&mut |conflict| {
        let message = format!("the id is already used by {}", earlier_row(&conflict));
        count += 1;
        on_fault(Fault { line: conflict.line, message, hint: Some("give each row its own id".into()) });
        Ok(())
    })?;
    let file = |conflict: &Conflict| -> Result<String, PlanStoreError> {
        let task = store.entry_at(conflict.position)?.and_then(|entry| task(entry, options).ok());
        let output = task.and_then(|task| task.resolve_output(None).ok());
        let path = output.as_ref().and_then(|output| output.path());
        Ok(path.map_or_else(String::new, |path| path.display().to_string()))
    };
    let mut report = |conflict: &Conflict, message: String, hint: &str| {
        count += 1;
        on_fault(Fault { line: conflict.line, message, hint: Some(hint.into()) });
    };
    let is_same_row = |conflict: &Conflict| conflict.line.is_some() && conflict.line == conflict.earlier_line;
    store.duplicate_targets(&mut |conflict| {
        let file = file(&conflict)?;
        let message = if is_same_row(&conflict) {
            format!("several results of the row would be written to {file}")
        } else {
            format!("{file} is also the output of {}", earlier_row(&conflict))
        };
        let hint = "name the outputs, or make the names differ with --name, for example {stem}-{seed}.{ext}";
        report(&conflict, message, hint);
        Ok(())
    })?;
    // The next run of a manifest would find another picture there. A single edit may replace its own picture.
    let by_others = !matches!(options.dedup, Dedup::Manifest(_));
    store.conflicting_path_uses(PathUse::Input, by_others, &mut |conflict| {
        let file = file(&conflict)?;
        let message = if is_same_row(&conflict) {
            format!("{file} is the input of the row itself")
        } else if conflict.earlier_line.is_none() {
            format!("{file} is the input of another edit")
        } else {
            format!("{file} is the input of {}", earlier_row(&conflict))
        };
        let hint = "name another output: the next run would edit this result again, and pay for it";
        report(&conflict, message, hint);
        Ok(())
    })?;
    store.conflicting_path_uses(PathUse::Directory, false, &mut |conflict| {
        let (file, row) = (file(&conflict)?, earlier_row(&conflict));
        report(
            &conflict,
            format!("{file} must be a directory for the result of {row}"),
            "name another output",
        );
        Ok(())
    })?;
    store.conflicting_path_uses(PathUse::Report, false, &mut |conflict| {
        let message = format!("{} is also the file of --report", file(&conflict)?);
        report(&conflict, message, "name another --report");
        Ok(())
    })?;
    store.conflicting_path_uses(PathUse::Mask, false, &mut |conflict| {
        report(&conflict, format!("{} is also the mask", file(&conflict)?), "name another output");
        Ok(())
    })?;
    store.conflicting_path_uses(PathUse::StepResult, false, &mut |conflict| {
        let (file, row) = (file(&conflict)?, earlier_row(&conflict));
        report(&conflict, format!("{file} is also the output of a step of {row}"), "name another output");
        Ok(())
    })?;
    // Only this rule replaces an existing file.
    if options.output.if_exists == Some(IfExists::Overwrite) {
        store.conflicting_path_uses(PathUse::EarlierResult, true, &mut |conflict| {
            let message =
                format!("{} still holds the result of {}", file(&conflict)?, earlier_row(&conflict));
            let hint =
                "run the rows in two parts so that the old result is copied first, or name another output";
            report(&conflict, message, hint);
            Ok(())
        })?;
    }
    Ok(count)
}
