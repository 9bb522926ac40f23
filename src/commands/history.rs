//! `seededit history`

use jiff::{Timestamp, Zoned};

use crate::cli::{DEFAULT_LIMIT, HistoryForgetArgs, HistoryListArgs, HistoryShowArgs};
use crate::env::Env;
use crate::error::{Audience, ErrorKind, Failure};
use crate::journal::{Filter, Job, JobLock, Journal, JournalError, Listed, OrphanedAnswer};
use crate::ui::{self, Ui};

use super::find_job::{find_job, find_named};
use super::history_line::{Names, head, line};
use super::reporting::stdout_failed;
use super::target::{Servers, is_sandbox};
use super::{context, history_cost, history_details, history_tree, when};

/// The longest text to search for, in characters. SQLite takes patterns of 50,000 bytes, and some characters are escaped.
const MAX_SEARCHED: usize = 10_000;
/// The most jobs that clients may list.
pub(super) const MOST_FOR_CLIENTS: u32 = 200;

pub(super) fn list(args: &HistoryListArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    if let Some(count) =
        args.grep.as_ref().map(|text| text.chars().count()).filter(|count| *count > MAX_SEARCHED)
    {
        let text = ui.audience().choose("the text of --grep", "`text`");
        return Err(Failure::usage(format!("{text} has {count} characters"))
            .hint(format!("give at most {MAX_SEARCHED} of them")));
    }
    let Some(journal) = open(env, args.sandbox)? else { return nothing(args.sandbox, env, ui) };
    let since = args.since.as_deref().map(|text| when::parse(text, &Zoned::now())).transpose()?;
    if args.cost {
        return history_cost::print(&journal, since, ui);
    }
    let filter =
        Filter { limit: Some(args.limit), since, before: None, state: args.status, grep: args.grep.clone() };
    let (listed, unreadable) = journal.list(&filter)?;
    if listed.is_empty() {
        context::mention_unreadable(&unreadable, ui);
        return if journal.is_empty()? { nothing(args.sandbox, env, ui) } else { no_match(ui) };
    }
    let listed_count = listed.len();
    if args.tree {
        history_tree::print(listed.into_iter().map(|listed| listed.job).collect(), &journal, ui)?;
    } else {
        print_list(listed, &journal, ui)?;
    }
    // Who typed a limit knows it. A client may have got its limit from a schema.
    let mentions_rest = ui.audience().choose(args.limit == DEFAULT_LIMIT, true);
    if mentions_rest && listed_count == args.limit as usize {
        let all = journal.count(&filter)?;
        if all > u64::from(args.limit) {
            ui.note(&format!(
                "{} of {all} jobs; {}",
                args.limit,
                how_to_list_more(args.limit, all, ui.audience())
            ));
        }
    }
    if args.sandbox {
        context::mention_unreadable(&unreadable, ui);
    } else {
        context::mention_unfinished(&journal, unreadable, ui)?;
    }
    Ok(0)
}

/// Says how to list more jobs than `limit`, of `all` that match.
fn how_to_list_more(limit: u32, all: u64, audience: Audience) -> String {
    let most = u64::from(MOST_FOR_CLIENTS);
    let for_client = match all {
        all if all <= most => format!("`limit` {all} lists all of them"),
        _ if limit < MOST_FOR_CLIENTS => {
            format!("`limit` lists up to {most}, and `text` and `status` select some")
        }
        _ => "`text` and `status` select some".to_owned(),
    };
    audience.choose(format!("`--limit {all}` lists all of them"), for_client)
}

/// Prints one line for each job.
fn print_list(listed: Vec<Listed>, journal: &Journal, ui: &Ui) -> Result<(), Failure> {
    let (now, columns) = (Timestamp::now().as_millisecond(), ui.stdout_columns());
    if let (Some(columns), false) = (columns, ui.is_json()) {
        ui.line(head(columns)).map_err(stdout_failed)?;
    }
    let with_start = |listed: Listed| {
        let start = journal.chain_start(&listed.job)?;
        Ok((listed, start))
    };
    let listed: Vec<_> = listed.into_iter().map(with_start).collect::<Result<_, JournalError>>()?;
    let names = Names::of(&listed);
    for (Listed { number, job }, start) in &listed {
        let written = if ui.is_json() {
            ui.json(&history_details::summary(job, start.as_ref()))
        } else {
            ui.line(line(*number, job, start.as_ref(), now, &names, columns))
        };
        written.map_err(stdout_failed)?;
    }
    Ok(())
}

pub(super) fn show(args: &HistoryShowArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let Some(journal) = open(env, args.sandbox)? else {
        return Err(Failure::input(format!("no job `{}`", args.job)).hint("there are no jobs yet"));
    };
    let job = find_job(&journal, &args.job, is_sandbox(args.sandbox, env))?;
    let (start, answers) = (journal.chain_start(&job)?, journal.answers(&job));
    let written = if ui.is_json() {
        ui.json(&history_details::everything(&job, start.as_ref(), &answers))
    } else {
        let mut lines = history_details::details(&job, start.as_ref(), &answers, ui).into_iter();
        lines.try_for_each(|line| ui.wrapped_line(&line, history_details::INDENT))
    };
    written.map_err(stdout_failed)?;
    Ok(0)
}

pub(super) fn forget(args: &HistoryForgetArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let directory = context::data_dir(env, is_sandbox(args.sandbox, env))?;
    let Some(journal) = Journal::open_for_recovery(&directory)? else {
        return nothing(args.sandbox, env, ui);
    };
    let mut orphans = Vec::new();
    let jobs: Vec<Job> = match &args.before {
        Some(before) => {
            let before = Some(when::parse(before, &Zoned::now())?);
            let (listed, unreadable) = journal.list(&Filter { before, ..Filter::default() })?;
            context::mention_unreadable(&unreadable, ui);
            listed.into_iter().map(|listed| listed.job).collect()
        }
        None => {
            let named = find_named(&journal, &args.jobs, is_sandbox(args.sandbox, env))?;
            orphans = named.orphans;
            named.jobs
        }
    };
    let mut servers = Servers::default();
    let in_sandbox = is_sandbox(args.sandbox, env);
    let is_running = |job: &Job| JobLock::is_held(journal.directory(), &job.intent.job);
    let (running, jobs): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(is_running);
    if let (Some(job), None) = (running.first(), &args.before) {
        return Err(Failure::running(&job.intent.job));
    }
    let (done, open): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(|job| job.state.is_forgettable());
    let (dismissed, open): (Vec<&Job>, Vec<&Job>) =
        open.into_iter().partition(|job| servers.is_dismissable(job, in_sandbox));
    // A result that was paid for is given up only by name.
    let (refused, open): (Vec<&Job>, Vec<&Job>) =
        open.into_iter().partition(|job| args.before.is_none() && job.is_link_dead());
    if let (Some(job), None) = (open.first(), &args.before) {
        return Err(Failure::input(format!("job {} is {}, and is not forgotten", job.intent.job, job.state))
            .hint(
                "`seededit recover` brings jobs to their end, or finds that a link leads to nothing; what was lost stays \
                 listed",
            ));
    }
    let all: Vec<&Job> = done.iter().chain(&dismissed).chain(&refused).copied().collect();
    let is_agreed = args.yes || all.is_empty() && orphans.is_empty();
    if !is_agreed && !is_confirmed(&all, &orphans, ui)? {
        ui.note("nothing was forgotten");
        return Ok(0);
    }
    let names = |jobs: &[&Job]| jobs.iter().map(|job| job.intent.job.clone()).collect::<Vec<String>>();
    let removed = journal.forget(&names(&done))? + journal.dismiss(&names(&[dismissed, refused].concat()))?;
    // A process may have begun to work on one of them meanwhile.
    let running = running.len() + (all.len() - removed.min(all.len()));
    orphans.iter().for_each(|orphan| journal.remove_orphan(orphan));
    journal.sweep()?;
    if removed > 0 || orphans.is_empty() {
        ui.success(&format!("{} forgotten", ui::count(removed, "job")));
    }
    if !orphans.is_empty() {
        ui.success(&format!("{} removed", ui::count(orphans.len(), "answer")));
    }
    if running > 0 {
        ui.note(&format!("{} kept: in progress in another process", ui::count(running, "job")));
    }
    if !open.is_empty() {
        ui.note(&format!("{} kept: unfinished, or lost", ui::count(open.len(), "job")));
    }
    Ok(0)
}

/// Asks whether these jobs may be removed, because a later run of their batch would pay for them again.
fn is_confirmed(jobs: &[&Job], orphans: &[OrphanedAnswer], ui: &Ui) -> Result<bool, Failure> {
    if !ui.can_confirm() {
        return Err(Failure::usage("forgetting needs a confirmation, and this is not a terminal")
            .hint("nothing was removed; add --yes"));
    }
    for orphan in orphans {
        let path = orphan.path.display();
        if !ui
            .confirm(&format!("remove {path}? It may be all that is left of an edit that was paid for."))
            .map_err(|error| Failure::new(ErrorKind::Input, error))?
        {
            return Ok(false);
        }
    }
    if jobs.is_empty() {
        return Ok(true);
    }
    let what = match jobs {
        [job] => format!("job {} (\"{}\")", job.intent.job, job.intent.prompt),
        jobs => ui::count(jobs.len(), "job"),
    };
    let unsaved = if jobs.iter().any(|job| job.is_link_dead()) {
        " The result of a job that was paid for was never saved, and cannot be fetched any more then."
    } else {
        ""
    };
    ui.confirm(&format!("forget {what}?{unsaved} A batch that is run again pays for it again."))
        .map_err(|error| Failure::new(ErrorKind::Input, error))
}

pub(super) fn open(env: &Env, sandbox: bool) -> Result<Option<Journal>, Failure> {
    Ok(Journal::open_existing(&context::data_dir(env, is_sandbox(sandbox, env))?)?)
}

/// Reports that there are no jobs. Mentions the sandbox's journal if that has some.
fn nothing(sandbox: bool, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let has_sandbox_jobs = !sandbox
        && match open(env, true)? {
            Some(journal) => !journal.is_empty()?,
            None => false,
        };
    ui.note(if has_sandbox_jobs {
        "no jobs yet; the sandbox has a history of its own: `seededit history --sandbox`"
    } else {
        "no jobs yet"
    });
    Ok(0)
}

fn no_match(ui: &Ui) -> Result<u8, Failure> {
    ui.note("no job matches");
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_client_is_told_to_list_more_than_it_may() {
        let most = MOST_FOR_CLIENTS;
        for (limit, all, text) in [
            (20, 200, "`limit` 200 lists all of them"),
            (20, 201, "`limit` lists up to 200, and `text` and `status` select some"),
            (most, 1234, "`text` and `status` select some"),
        ] {
            assert_eq!(how_to_list_more(limit, all, Audience::Client), text);
        }
        assert_eq!(how_to_list_more(20, 1234, Audience::CommandLine), "`--limit 1234` lists all of them");
    }
}
