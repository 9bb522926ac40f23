//! Emits outcomes in the order of the plan, although tasks finish in any order.

use super::plan_store::PlanStore;
use super::run::{BatchError, Report};

/// Buffers outcomes until all earlier tasks have been emitted. They are buffered on disk: behind one slow task there
/// may be a million others.
#[derive(Default)]
pub(super) struct Reorder {
    /// Nothing before this position is missing.
    next: u64,
    /// The number of buffered outcomes.
    buffered: u64,
}

impl Reorder {
    /// Emits the outcome of the task at `position` and all outcomes that waited for it. Buffers it if an earlier outcome
    /// is missing.
    pub(super) fn add(
        &mut self,
        position: u64,
        bytes: &[u8],
        store: &PlanStore,
        report: &mut dyn Report,
    ) -> Result<(), BatchError> {
        // Every task that is reported is pending, so if it is the next pending one, nothing before it is missing.
        if position != self.next && self.next_pending(store)? != Some(position) {
            store.buffer(position, bytes)?;
            self.buffered += 1;
            return Ok(());
        }
        report.emit(bytes)?;
        self.next = position + 1;
        while self.buffered > 0
            && let Some(position) = self.next_pending(store)?
            && let Some((_, bytes)) = store.unbuffer(Some(position))?
        {
            report.emit(&bytes)?;
            self.buffered -= 1;
            self.next = position + 1;
        }
        Ok(())
    }

    /// Returns the position of the next task that will be reported, and remembers it: there may be many tasks before it
    /// that are not reported, which are not searched again.
    fn next_pending(&mut self, store: &PlanStore) -> Result<Option<u64>, BatchError> {
        let pending = store.next_pending(self.next)?;
        self.next = pending.unwrap_or(self.next);
        Ok(pending)
    }
}
