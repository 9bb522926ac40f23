//! Answers that no job knows: mentioned, and on the user's word turned into files.

use serde_json::json;

use crate::commands::find_job::orphaned;
use crate::edit::{Recovery, RunError};
use crate::error::{ErrorKind, Failure};
use crate::error_chain::error_chain;
use crate::journal::OrphanedAnswer;
use crate::ui::{JobInfo, Progress};

use super::super::context;
use super::super::reporting::stdout_failed;
use super::RecoverRun;

impl RecoverRun<'_> {
    /// Reports every answer that no job knows, and how to get its picture.
    pub(super) fn mention_orphans(&mut self) -> Result<(), Failure> {
        for orphan in self.journal.orphaned_answers()? {
            let failure = orphaned(&orphan, self.target.is_sandbox());
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

    fn not_rescued(&mut self, orphan: &OrphanedAnswer, cause: anyhow::Error) {
        let flag = if self.target.is_sandbox() { " --sandbox" } else { "" };
        let cause = cause.context(format!("the answer {} brings no file", orphan.path.display()));
        let failure = Failure::new(ErrorKind::Undelivered, cause)
            .hint(format!("the answer is kept; `seededit history forget {}{flag}` removes it", orphan.job()));
        self.reporter.job_failed(JobInfo::new(Some(orphan.job()), None), &failure);
    }
}
