//! Reports the conflicts within a plan: duplicate ids, and results that would be written to a path in use.

use std::collections::HashSet;

use crate::edit::{IfExists, NameTemplate};
use crate::suggest::quoted;

use super::conflict_queries::Conflict;
use super::manifest::Fault;
use super::options::{BatchOptions, Dedup};
use super::path_keys::PathKeys;
use super::path_use::PathUse;
use super::plan_store::{PlanStore, PlanStoreError};
use super::resolve::task;
use super::task::Task;

/// Reports each conflict to `on_fault` and returns their number.
pub(super) fn report_conflicts(
    store: &PlanStore,
    options: &BatchOptions,
    path_keys: &PathKeys,
    on_fault: &mut dyn FnMut(Fault),
) -> Result<u64, PlanStoreError> {
    let earlier_row = |conflict: &Conflict| -> Result<String, PlanStoreError> {
        if let Some(line) = conflict.earlier_line {
            return Ok(format!("line {line}"));
        }
        let picture = store.picture(conflict.earlier)?;
        let source = picture.and_then(|picture| picture.source(options.stdin.as_ref()).ok());
        Ok(source.map_or_else(|| "an earlier picture".to_owned(), |source| source.label()))
    };
    let mut count = 0;
    store.duplicate_ids(&mut |conflict| {
        let message = format!("the id is already used by {}", earlier_row(&conflict)?);
        count += 1;
        // The number of the specification.
        store.mark_faulty(conflict.position)?;
        on_fault(Fault {
            hint: Some("give each row its own id".into()),
            ..Fault::new(conflict.line, message)
        });
        Ok(())
    })?;
    let task_of = |conflict: &Conflict| -> Result<Option<Task>, PlanStoreError> {
        Ok(store.entry_at(conflict.position)?.and_then(|entry| task(entry, options).ok()))
    };
    let file = |conflict: &Conflict| -> Result<String, PlanStoreError> {
        let output = task_of(conflict)?.and_then(|task| task.resolve_output(None).ok());
        let path = output.as_ref().and_then(|output| output.path());
        Ok(path.map_or_else(String::new, |path| path.display().to_string()))
    };
    let mut report = |conflict: &Conflict, message: String, hint: &str| {
        count += 1;
        on_fault(Fault { hint: Some(hint.into()), ..Fault::new(conflict.line, message) });
        store.mark_faulty_at(conflict.position)
    };
    let is_same_row = |conflict: &Conflict| conflict.line.is_some() && conflict.line == conflict.earlier_line;
    // `output` of a row is one file for all of its results.
    let names_file = |conflict: &Conflict| -> Result<bool, PlanStoreError> {
        Ok(task_of(conflict)?.is_some_and(|task| task.line.is_some() && task.output.names_file()))
    };
    let mut hint = None;
    store.duplicate_targets(&mut |conflict| {
        let file = file(&conflict)?;
        let earlier = earlier_row(&conflict)?;
        let message = if is_same_row(&conflict) {
            format!("several results of the row would be written to {file}")
        } else if conflict.line.is_some() {
            format!("{file} is also the output of {earlier}")
        } else {
            let input = task_of(&conflict)?.map_or_else(String::new, |task| task.source.label());
            if input == earlier {
                format!("several results of {input} would be written to {file}")
            } else {
                format!("{file} is the output of both {earlier} and {input}")
            }
        };
        if is_same_row(&conflict) && names_file(&conflict)? {
            let hint = "name a directory as its `output`, such as \"out/\"; --name says how the results in it are called";
            return report(&conflict, message, hint);
        }
        if hint.is_none() {
            hint = Some(match distinct_names(store, options, path_keys)? {
                Some(template) => {
                    format!("make the names differ: --name {}", quoted(&template.to_string()))
                }
                None => "give each row an output of its own".to_owned(),
            });
        }
        report(&conflict, message, hint.as_deref().unwrap_or_default())
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
            format!("{file} is the input of {}", earlier_row(&conflict)?)
        };
        let hint = "name another output: the next run would edit this result again, and pay for it";
        report(&conflict, message, hint)
    })?;
    store.conflicting_path_uses(PathUse::Material, false, &mut |conflict| {
        let message = format!("{} is also a mask or a reference", file(&conflict)?);
        report(&conflict, message, "name another output")
    })?;
    store.conflicting_path_uses(PathUse::Directory, false, &mut |conflict| {
        let (file, row) = (file(&conflict)?, earlier_row(&conflict)?);
        report(
            &conflict,
            format!("{file} must be a directory for the result of {row}"),
            "name another output",
        )
    })?;
    store.conflicting_path_uses(PathUse::Report, false, &mut |conflict| {
        let message = format!("{} is also the file of --report", file(&conflict)?);
        report(&conflict, message, "name another --report")
    })?;
    store.conflicting_path_uses(PathUse::Page, false, &mut |conflict| {
        let message = format!("{} is also the file of --html", file(&conflict)?);
        report(&conflict, message, "name another --html")
    })?;
    store.conflicting_path_uses(PathUse::Mask, false, &mut |conflict| {
        report(&conflict, format!("{} is also the mask", file(&conflict)?), "name another output")
    })?;
    store.conflicting_path_uses(PathUse::StepResult, false, &mut |conflict| {
        let (file, row) = (file(&conflict)?, earlier_row(&conflict)?);
        report(&conflict, format!("{file} is also the output of a step of {row}"), "name another output")
    })?;
    // Only this rule replaces an existing file.
    if options.output.if_exists == Some(IfExists::Overwrite) {
        store.conflicting_path_uses(PathUse::EarlierResult, true, &mut |conflict| {
            let message =
                format!("{} still holds the result of {}", file(&conflict)?, earlier_row(&conflict)?);
            let hint =
                "run the rows in two parts so that the old result is copied first, or name another output";
            report(&conflict, message, hint)
        })?;
    }
    Ok(count)
}

/// Returns a template with which all results have different names: the one in use, with one more field. `None` if there
/// is none, because rows name the same output.
fn distinct_names(
    store: &PlanStore,
    options: &BatchOptions,
    path_keys: &PathKeys,
) -> Result<Option<NameTemplate>, PlanStoreError> {
    /// What is added, most readable first. Ids of jobs always differ.
    const SUFFIXES: [&str; 8] =
        ["{stem}", "{ext_in}", "{number}", "{id}", "{stem}-{number}", "{ext_in}-{number}", "{seed}", "{job}"];

    let several = options.output.name.is_none() && store.has_variations()?;
    let template = options.output.name.clone().unwrap_or_else(|| NameTemplate::default_for(several));
    let text = template.to_string();
    let (name, extension) = text
        .rsplit_once('.')
        .map_or((&*text, String::new()), |(name, extension)| (name, format!(".{extension}")));
    for suffix in SUFFIXES {
        let Ok(candidate) = format!("{name}-{suffix}{extension}").parse::<NameTemplate>() else { continue };
        let mut options = options.clone();
        options.output.name = Some(candidate.clone());
        if are_distinct(store, &options, path_keys)? {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// Whether all results would be written to different files.
fn are_distinct(
    store: &PlanStore,
    options: &BatchOptions,
    path_keys: &PathKeys,
) -> Result<bool, PlanStoreError> {
    let mut seen = HashSet::new();
    let mut next = 0;
    loop {
        let page = store.page_from(next)?;
        let Some(last) = page.last() else { return Ok(true) };
        next = last.position + 1;
        for entry in page {
            // Faults of other kinds are reported elsewhere.
            let Ok(Ok(output)) = task(entry, options).map(|task| task.resolve_output(None)) else {
                return Ok(false);
            };
            if output.path().is_some_and(|path| !seen.insert(path_keys.output(path))) {
                return Ok(false);
            }
        }
    }
}
