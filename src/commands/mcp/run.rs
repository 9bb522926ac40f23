//! Runs the tools. Each is a command of this program, run in this process with `--json`.

use std::ffi::OsString;
use std::path::is_separator;
use std::sync::Arc;

use crate::batch::SessionLimit;
use crate::cli::{BudgetArgs, Command, ConnectArgs, HistoryCommand, ModelsCommand};
use crate::config::ServiceName;
use crate::edit::Interrupt;
use crate::env::Env;
use crate::error::Failure;
use crate::journal::{Job, Journal};
use crate::money::CostLimit;
use crate::ui::{self, Captured, JobInfo, Ui};

use super::super::find_job::{Named, find_named};
use super::super::host::Host;
use super::super::prompt_argument::parse_prompt;
use super::super::reporting::report;
use super::super::target::Target;
use super::super::{context, edit, history, inspect, merge, models, recover};
use super::answer::{Answer, Shown};
use super::arguments::{EditCall, HistoryCall, InspectCall, MergeCall, ModelsCall, RecoverCall, ToolCall};
use super::command_line::CommandLine;
use super::roots::Roots;
use super::spending::Spending;

/// The jobs that are listed unless the call says how many.
const LISTED: u32 = 20;

/// What all calls of a session share.
pub(super) struct Tools {
    pub(super) connect: ConnectArgs,
    pub(super) budget: BudgetArgs,
    /// What the session may spend; `None` if it may only do what is free.
    pub(super) limit: Option<SessionLimit>,
    /// The same in words, with what else limits it.
    pub(super) spending: Spending,
    pub(super) roots: Roots,
    /// Without a terminal: nobody can be asked.
    pub(super) env: Env,
}

/// The exit code of a command, and what a picture is shown of.
type Done = Result<(u8, Shown), Failure>;

impl Tools {
    /// Runs a call until it ends. `input` is the name of its picture, and `interrupt` cancels it.
    pub(super) fn run(
        &self,
        call: ToolCall,
        input: Option<&str>,
        interrupt: &Interrupt,
        captured: &Arc<Captured>,
    ) -> Answer {
        let ui = Ui::captured(Arc::clone(captured));
        let limit = match call {
            ToolCall::Edit(_) => self.limit.as_ref(),
            _ => None,
        };
        let host = Host::Server { interrupt, limit: self.limit.as_ref(), roots: self.roots.directories() };
        let done = match call {
            ToolCall::Inspect(call) => self.inspect(call, &ui),
            ToolCall::Edit(call) => self.edit(*call, host, &ui),
            ToolCall::Merge(call) => self.merge(&call, &ui),
            ToolCall::History(call) => self.history(call, &ui),
            ToolCall::Models(call) => self.models(call, &ui),
            ToolCall::Recover(call) => self.recover(call, host, &ui),
        };
        let (code, shown) =
            done.unwrap_or_else(|failure| (report(&failure, JobInfo::new(None, input), &ui), Shown::Nothing));
        Answer::of(captured, code, &shown, limit)
    }

    /// Answers a call that is not run.
    pub(super) fn refuse(failure: &Failure, input: Option<&str>) -> Answer {
        let captured = Arc::new(Captured::default());
        let code = report(failure, JobInfo::new(None, input), &Ui::captured(Arc::clone(&captured)));
        Answer::of(&captured, code, &Shown::Nothing, None)
    }

    fn inspect(&self, call: InspectCall, ui: &Ui) -> Done {
        let picture = self.roots.file(&call.picture)?;
        let mut line = CommandLine::of(&["inspect"]);
        line.value("model", call.model);
        line.value("region", call.region);
        line.arguments([&picture]);
        let Command::Inspect(mut args) = line.parse()? else { return Err(unexpected()) };
        args.check = true;
        args.profile = self.connect.profile.clone();
        args.base_url.clone_from(&self.connect.base_url);
        args.sandbox = self.connect.sandbox;
        Ok((inspect::run(&args, &self.env, ui)?, Shown::File(picture)))
    }

    fn edit(&self, call: EditCall, host: Host<'_>, ui: &Ui) -> Done {
        let picture = self.roots.file(&call.picture)?;
        let prompt = parse_prompt(&call.prompt)?;
        let mut line = CommandLine::of(&["edit"]);
        let is_file = call.output.as_ref().is_some_and(|output| !output.ends_with(is_separator));
        line.value("output", call.output.map(|output| self.output(&output)).transpose()?);
        line.if_exists(call.overwrite, if is_file { "fail" } else { "rename" });
        line.value("format", call.format);
        line.value("model", call.model);
        for reference in &call.references {
            line.value("reference", Some(self.roots.file(reference)?));
        }
        line.value("mask", call.mask.map(|mask| self.roots.file(&mask)).transpose()?);
        line.value("region", call.region);
        line.switch("preserve", call.preserve);
        line.value("size", call.size);
        line.value("seed", call.seed.map(|seed| seed.to_string()));
        line.value("negative-prompt", call.negative_prompt);
        line.switch("reuse", !call.new_variation);
        line.switch("dry-run", call.accept_usd.is_none());
        line.value("max-cost", call.accept_usd);
        line.arguments([&picture]);
        let Command::Edit(mut args) = line.parse()? else { return Err(unexpected()) };
        // A plan is compared with what is left of the limit of the session, which a limit in the settings is, too.
        let max_cost = args.budget.max_cost.unwrap_or(CostLimit::Off);
        args.budget = BudgetArgs { max_cost: Some(max_cost), ..self.budget.clone() };
        args.connect = self.connect.clone();
        Ok((edit::run_one(&args, picture, &prompt, host, &self.env, ui)?, Shown::Result))
    }

    fn merge(&self, call: &MergeCall, ui: &Ui) -> Done {
        let pictures = [self.roots.file(&call.original)?, self.roots.file(&call.edited)?];
        let mut line = CommandLine::of(&["merge"]);
        line.value("output", Some(self.output(&call.output)?));
        line.if_exists(call.overwrite, "fail");
        line.arguments(&pictures);
        let Command::Merge(args) = line.parse()? else { return Err(unexpected()) };
        Ok((merge::run(&args, &self.env, ui)?, Shown::Result))
    }

    fn history(&self, call: HistoryCall, ui: &Ui) -> Done {
        let sandbox = self.target()?.is_sandbox();
        let show = call.job.is_some();
        let mut line = CommandLine::of(&["history", if show { "show" } else { "list" }]);
        line.switch("sandbox", sandbox);
        if !show {
            line.value("limit", Some(call.limit.unwrap_or(LISTED).to_string()));
            line.value("status", call.status);
            line.value("grep", call.text);
        }
        line.arguments(call.job);
        let Command::History(args) = line.parse()? else { return Err(unexpected()) };
        let code = match args.into_inner().command {
            Some(HistoryCommand::Show(args)) => history::show(&args, &self.env, ui)?,
            Some(HistoryCommand::List(args)) => history::list(&args, &self.env, ui)?,
            _ => return Err(unexpected()),
        };
        Ok((code, Shown::Nothing))
    }

    fn models(&self, call: ModelsCall, ui: &Ui) -> Done {
        let service = call.service.map(|name| name.parse::<ServiceName>()).transpose();
        let service = service.map_err(|error| Failure::usage(error.to_string()))?;
        let mut profile = self.connect.profile.clone();
        profile.service = service.or(profile.service);
        let mut line = CommandLine::of(&["models", if call.model.is_some() { "show" } else { "list" }]);
        line.arguments(call.model);
        let Command::Models(args) = line.parse()? else { return Err(unexpected()) };
        let code = match args.into_inner().command {
            Some(ModelsCommand::Show(mut args)) => {
                args.profile = profile;
                models::show(&args, &self.env, ui)?
            }
            Some(ModelsCommand::List(mut args)) => {
                args.profile = profile;
                models::list(&args, &self.env, ui)?
            }
            _ => return Err(unexpected()),
        };
        Ok((code, Shown::Nothing))
    }

    fn recover(&self, call: RecoverCall, host: Host<'_>, ui: &Ui) -> Done {
        let directory = call.directory.map(|directory| self.roots.output(&directory)).transpose()?;
        let jobs = if directory.is_some() { call.jobs } else { self.recoverable(&call.jobs, ui)? };
        if jobs.is_empty() && directory.is_none() {
            ui.note("nothing to recover");
            return Ok((0, Shown::Nothing));
        }
        let mut line = CommandLine::of(&["recover"]);
        line.value("to", directory);
        line.arguments(jobs);
        let Command::Recover(mut args) = line.parse()? else { return Err(unexpected()) };
        args.connect = self.connect.clone();
        Ok((recover::run(&args, host, &self.env, ui)?, Shown::Result))
    }

    /// Returns the ids of the jobs whose results belong in a root.
    ///
    /// # Errors
    /// If one that is named does not.
    fn recoverable(&self, names: &[String], ui: &Ui) -> Result<Vec<String>, Failure> {
        let sandbox = self.target()?.is_sandbox();
        let Some(journal) = Journal::open_for_recovery(&context::data_dir(&self.env, sandbox)?)? else {
            return Ok(Vec::new());
        };
        let found = if names.is_empty() {
            Named { jobs: journal.unfinished()?.jobs, orphans: Vec::new() }
        } else {
            find_named(&journal, names, sandbox)?
        };
        let is_inside =
            |job: &Job| job.intent.output.as_ref().is_some_and(|path| self.roots.contain(path.as_path()));
        let (inside, outside): (Vec<Job>, Vec<Job>) = found.jobs.into_iter().partition(is_inside);
        let elsewhere = outside.len() + found.orphans.len();
        if elsewhere > 0 && !names.is_empty() {
            return Err(Failure::input("a result belongs to a directory that this server may not use")
                .hint("say with `directory` where to write it"));
        }
        if elsewhere > 0 {
            let jobs = ui::count(elsewhere, "unfinished job");
            ui.note(&format!("the results of {jobs} belong elsewhere; `directory` says where to write them"));
        }
        Ok(inside.into_iter().map(|job| job.intent.job).collect())
    }

    /// Returns an output within the roots. A path that ends with a separator names a directory.
    fn output(&self, path: &str) -> Result<OsString, Failure> {
        let mut output = self.roots.output(path)?.into_os_string();
        if path.ends_with(is_separator) {
            output.push("/");
        }
        Ok(output)
    }

    fn target(&self) -> Result<Target, Failure> {
        let settings = context::settings(&context::flags(&self.connect), &self.env)?;
        Target::find(&self.connect, &settings, &self.env)
    }
}

/// The failure of a command line that is parsed as another command.
fn unexpected() -> Failure {
    Failure::usage("the arguments are those of another command")
}
