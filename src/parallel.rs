//! Work by several processors.

use std::num::NonZero;
use std::thread;

/// Does two things at once.
pub(crate) fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, two: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let two = two();
        match one.join() {
            Ok(one) => (one, two),
            // A thread ends without a result only when it panics, and then so does this one.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// `work` done on each, by as many threads as there are processors; the results in their order.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    if threads == 1 || items.len() == 1 {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let share = items.len().div_ceil(threads).max(1);
        let parts: Vec<_> = items
            .chunks(share)
            .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>()))
            .collect();
        // A thread that panicked takes this one with it, as if it had been its own work.
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn work_in_parallel_keeps_its_order(items in prop::collection::vec(any::<u32>(), 0..200)) {
            prop_assert_eq!(in_parallel(&items, |item| u64::from(*item) + 1), items.iter().map(|item| u64::from(*item) + 1).collect::<Vec<_>>());
        }
    }
}
