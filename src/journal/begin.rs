//! Begins a job, unless another one stands in its way.

use rusqlite::{Transaction, named_params};

use super::open::{Journal, JournalError};
use super::record::{Intent, ReferenceFile};
use super::state::State;

impl Journal {
    /// Records a new job in [`State::Intent`]. If another job stands in its way, returns the id of that job and writes
    /// nothing: a job with the same key or, if `equals` is given, one with the same content that is not in this list.
    ///
    /// Of several processes that begin equal jobs at once, with what they know of in `equals`, only one can.
    ///
    /// The job survives the end of this process at once. It survives a power cut once [`Journal::mark_sent`] has synced
    /// the log; nothing was sent for a job that a power cut removes.
    ///
    /// # Errors
    /// When it cannot be written. Nothing may be sent then.
    pub fn begin(&self, intent: &Intent, equals: Option<&[String]>) -> Result<Option<String>, JournalError> {
        self.transact_unsynced(|transaction| {
            if let Some(known) = equals
                && let Some(other) = unknown_equal(transaction, intent, known)?
            {
                return Ok(Some(other));
            }
            let inserted = transaction.execute(
                "INSERT INTO job (id, created, state, input, input_path, input_link, input_sha256, prompt, model,
                                  seed, guidance_scale, watermark, response_format, size, base_url, path, output,
                                  if_exists, format, quality, key, label, content, makes_directory, treatment,
                                  seed_sent, negative_prompt, reference_files, service, request)
                 VALUES (:id, :created, :state, :input, :input_path, :input_link, :input_sha256, :prompt, :model,
                         :seed, :guidance_scale, :watermark, :response_format, :size, :base_url, :path, :output,
                         :if_exists, :format, :quality, :key, :label, :content, :makes_directory, :treatment,
                         :seed_sent, :negative_prompt, :reference_files, :service, :request)
                 ON CONFLICT (key) WHERE key IS NOT NULL DO NOTHING",
                named_params! {
                    ":id": intent.job,
                    ":created": intent.created,
                    ":state": State::Intent,
                    ":input": intent.input,
                    ":input_path": intent.input_path,
                    ":input_link": intent.input_link,
                    ":input_sha256": intent.input_sha256,
                    ":prompt": intent.prompt,
                    ":model": intent.model,
                    ":seed": intent.seed,
                    ":guidance_scale": intent.guidance_scale,
                    ":watermark": intent.watermark,
                    ":response_format": intent.response_format,
                    ":size": intent.size,
                    ":base_url": intent.base_url,
                    ":path": intent.path,
                    ":output": intent.output,
                    ":if_exists": intent.if_exists,
                    ":format": intent.format,
                    ":quality": intent.quality,
                    ":key": intent.keys.key,
                    ":label": intent.keys.label,
                    ":content": intent.keys.content,
                    ":makes_directory": intent.makes_directory,
                    ":treatment": intent.processing,
                    ":seed_sent": intent.seed_sent,
                    ":negative_prompt": intent.negative_prompt,
                    ":reference_files": ReferenceFile::list_text(&intent.references),
                    ":service": intent.service,
                    ":request": intent.keys.request,
                },
            )?;
            Ok((inserted == 0).then(|| intent.job.clone()))
        })
    }
}

/// Returns a job with the content of `intent` that is not in the list of known ones.
fn unknown_equal(
    transaction: &Transaction<'_>,
    intent: &Intent,
    known: &[String],
) -> rusqlite::Result<Option<String>> {
    let mut statement = transaction.prepare_cached("SELECT CAST(id AS TEXT) FROM job WHERE content = ?1")?;
    let mut rows = statement.query([&intent.keys.content])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        if !known.contains(&id) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::record::JobKeys;
    use super::*;

    fn intent(job: &str, content: &str) -> Intent {
        Intent {
            job: job.to_owned(),
            created: 1,
            input: "in.png".into(),
            input_path: None,
            input_link: None,
            input_sha256: None,
            prompt: "x".into(),
            model: "model".into(),
            seed: 1,
            seed_sent: true,
            guidance_scale: None,
            watermark: None,
            response_format: None,
            size: None,
            negative_prompt: None,
            references: Vec::new(),
            service: None,
            base_url: "https://service.test".into(),
            path: "/".into(),
            output: None,
            if_exists: "fail".into(),
            format: None,
            quality: None,
            processing: None,
            makes_directory: false,
            keys: JobKeys { content: Some(content.to_owned()), ..JobKeys::default() },
        }
    }

    #[test]
    fn a_job_is_not_begun_while_an_equal_one_is_unknown() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        let begin = |job: &str, content: &str, equals: Option<&[String]>| {
            journal.begin(&intent(job, content), equals).unwrap()
        };
        assert_eq!(begin("a", "x", Some(&[])), None);
        assert_eq!(begin("b", "x", Some(&[])).as_deref(), Some("a"));
        assert_eq!(begin("c", "x", Some(&["a".into()])), None);
        assert_eq!(begin("d", "y", Some(&[])), None);
        assert_eq!(begin("e", "x", None), None);
        assert!(journal.job("b").unwrap().is_none());
    }

    #[test]
    fn of_several_processes_that_begin_equal_jobs_one_can() {
        let dir = tempfile::tempdir().unwrap();
        drop(Journal::open(dir.path()).unwrap());
        let begun: Vec<bool> = thread::scope(|scope| {
            let start = |number: usize| {
                let data = dir.path();
                scope.spawn(move || {
                    let journal = Journal::open(data).unwrap();
                    journal.begin(&intent(&format!("j{number}"), "x"), Some(&[])).unwrap().is_none()
                })
            };
            let threads: Vec<_> = (0..4).map(start).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(begun.iter().filter(|begun| **begun).count(), 1);
    }
}
