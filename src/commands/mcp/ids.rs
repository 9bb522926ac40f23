//! The ids of requests. Each is answered once, so that a message that is repeated is not carried out twice.

use std::collections::{HashMap, VecDeque};

use rmcp::ErrorData;
use rmcp::model::RequestId;

/// The longest id, in bytes.
const MAX_BYTES: usize = 256;
/// How many answered requests are remembered.
const REMEMBERED: usize = 10_000;

/// The ids of requests that were received.
#[derive(Default)]
pub(super) struct Ids {
    /// Whether each is in progress.
    known: HashMap<RequestId, bool>,
    /// Those that are not in progress, oldest first.
    answered: VecDeque<RequestId>,
}

/// A request that is not carried out.
#[derive(Debug, PartialEq)]
pub(super) struct Refused {
    pub(super) error: ErrorData,
    /// The id of the answer. `None` if another request has it that is still to be answered.
    pub(super) id: Option<RequestId>,
}

impl Ids {
    /// Notes that a request was received.
    ///
    /// # Errors
    /// If its id is that of an earlier request, or too long.
    pub(super) fn begin(&mut self, id: &RequestId) -> Result<(), Refused> {
        if is_too_long(id) {
            let error = ErrorData::invalid_request(format!("the id has more than {MAX_BYTES} bytes"), None);
            return Err(Refused { error, id: None });
        }
        let Some(is_in_progress) = self.known.get(id) else {
            self.known.insert(id.clone(), true);
            return Ok(());
        };
        let error = ErrorData::invalid_request(
            format!("the id {id} is that of an earlier request, so nothing was done"),
            None,
        );
        Err(Refused { error, id: (!is_in_progress).then(|| id.clone()) })
    }

    /// Whether an answer with this id is not taken for that of a request in progress.
    pub(super) fn is_answerable(&self, id: &RequestId) -> bool {
        self.known.get(id) != Some(&true)
    }

    /// Notes that a request was answered.
    pub(super) fn answer(&mut self, id: &RequestId) {
        let Some(is_in_progress @ true) = self.known.get_mut(id) else { return };
        *is_in_progress = false;
        self.answered.push_back(id.clone());
        if self.answered.len() > REMEMBERED
            && let Some(oldest) = self.answered.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

/// Whether an id is longer than any client needs.
pub(super) fn is_too_long(id: &RequestId) -> bool {
    matches!(id, RequestId::String(text) if text.len() > MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_used_once_and_an_answer_to_a_repetition_is_not_taken_for_that_to_the_first() {
        let (mut ids, one, text) = (Ids::default(), RequestId::Number(1), RequestId::String("1".into()));
        ids.begin(&one).unwrap();
        ids.begin(&text).unwrap();
        assert_eq!(ids.begin(&one).unwrap_err().id, None);
        ids.answer(&one);
        assert_eq!(ids.begin(&one).unwrap_err().id, Some(one));
    }

    #[test]
    fn memory_is_limited() {
        let mut ids = Ids::default();
        for number in 0..REMEMBERED as i64 + 5 {
            let id = RequestId::Number(number);
            ids.begin(&id).unwrap();
            ids.answer(&id);
            ids.answer(&id);
        }
        assert_eq!((ids.known.len(), ids.answered.len()), (REMEMBERED, REMEMBERED));
        assert_eq!(ids.begin(&RequestId::String("x".repeat(257).into())).unwrap_err().id, None);
    }
}
