//! Answers that no job knows: mentioned, and on the user's word turned into files.

use serde_json::json;

use crate::config::ServiceName;
use crate::edit::{Recovery, RunError};
use crate::error::{ErrorKind, Failure, Hint};
use crate::error_chain::error_chain;
use crate::journal::OrphanedAnswer;
use crate::ui::{self, JobInfo, Progress};

use super::super::context;
use super::super::reporting::stdout_failed;
use super::super::target::Target;
use super::RecoverRun;

impl RecoverRun<'_> {
    /// Reports every answer that no job knows, and how to get its picture.
    pub(super) fn mention_orphans(&mut self) -> Result<(), Failure> {
        for orphan in self.journal.orphaned_answers()? {
            let (recover, forget) = self.flags_of_orphans();
            let (job, path, size) = (orphan.job(), orphan.path.display(), ui::bytes(orphan.bytes));
            // It may be all that is left of a paid edit.
            let cause = anyhow::anyhow!(
                "the journal does not know the job of an answer that was received: {path} ({size})"
            );
            let failure = Failure::new(ErrorKind::Undelivered, cause).hint(Hint::with(|audience| {
                let command = format!("`seededit recover {job}{recover}`");
                let tool =
                    format!("{} with `jobs` [\"{job}\"] and a `directory`", audience.command("recover"));
                format!(
                    "{} writes its picture to a file; `seededit history forget {job}{forget}` removes it",
                    audience.choose(command, tool)
                )
            }));
            self.reporter.job_failed(JobInfo::new(Some(orphan.job()), None), &failure);
        }
        Ok(())
    }

    /// Writes the pictures in these answers to files. Removes an answer whose pictures are all written.
    pub(super) fn rescue(&mut self, orphans: &[OrphanedAnswer]) -> Result<(), Failure> {
        if orphans.is_empty() {
            return Ok(());
        }
        let transport = context::transport(self.settings, self.env)?;
        for orphan in orphans {
            if self.interrupt.signal().is_some() {
                break;
            }
            let progress = Progress::new(self.ui, self.interrupt);
            let recovery = Recovery { to: self.args.to.as_deref(), ..self.recovery(&transport, &progress) };
            let rescued = recovery.rescue(orphan, &self.settings.base_url);
            progress.clear();
            match rescued {
                Ok(results) if !results.is_empty() => self.rescued(orphan, results)?,
                Ok(_) => self.not_rescued(orphan, anyhow::anyhow!("it has no picture")),
                Err(error) => self.not_rescued(orphan, error.into()),
            }
        }
        Ok(())
    }

    fn rescued(
        &mut self,
        orphan: &OrphanedAnswer,
        results: Vec<Result<std::path::PathBuf, RunError>>,
    ) -> Result<(), Failure> {
        let is_complete = results.iter().all(Result::is_ok);
        for result in results {
            match result {
                Ok(path) if self.ui.is_json() => {
                    let record =
                        json!({ "status": "rescued", "job": orphan.job(), "output": path.to_string_lossy() });
                    self.ui.json(&record).map_err(stdout_failed)?;
                }
                Ok(path) => self.ui.success(&format!(
                    "{}  the picture as the service sent it for job {}",
                    path.display(),
                    orphan.job()
                )),
                Err(error) => self.not_rescued(orphan, anyhow::anyhow!(error_chain(&error))),
            }
        }
        if is_complete {
            self.journal.remove_orphan(orphan);
        }
        Ok(())
    }

    /// The flags with which `recover` finds an answer and its picture again, and those with which `history forget` finds it,
    /// after a space.
    fn flags_of_orphans(&self) -> (String, &'static str) {
        let service = self.settings.models.service().name.as_str();
        match self.target {
            Target::BuiltInSandbox => (" --sandbox".into(), " --sandbox"),
            Target::SandboxServer => (format!(" --base-url {}", self.settings.base_url), " --sandbox"),
            Target::Service if service == ServiceName::DEFAULT => (String::new(), ""),
            Target::Service => (format!(" --service {service}"), ""),
        }
    }

    fn not_rescued(&mut self, orphan: &OrphanedAnswer, cause: anyhow::Error) {
        let (job, forget) = (orphan.job(), self.flags_of_orphans().1);
        let cause = cause.context(format!("the answer {} brings no file", orphan.path.display()));
        // Nothing but its links tells where it came from, and they are only followed at the service that is named.
        let elsewhere =
            format!("if it came from another server, name that: `seededit recover {job} --base-url URL`");
        let failure = Failure::new(ErrorKind::Undelivered, cause).hint(format!(
            "the answer is kept; {elsewhere}; `seededit history forget {job}{forget}` removes it for good"
        ));
        self.reporter.job_failed(JobInfo::new(Some(orphan.job()), None), &failure);
    }
}
