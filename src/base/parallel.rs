//! Work that several processors share.
//!
//! Functions reach rayon as trait objects, so that its scheduler is compiled once. Compiled for each closure, it was a
//! third of the code about pictures, and of the time to build that.

use std::sync::Mutex;

use rayon::prelude::*;

use crate::sync::lock;

/// Calls two functions, at the same time if a processor is free, and returns both results.
pub fn join<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    let (mut one, mut other) = (Some(one), Some(other));
    let (mut first, mut second) = (None, None);
    join_objects(&mut || first = one.take().map(|call| call()), &mut || {
        second = other.take().map(|call| call());
    });
    match (first, second) {
        (Some(first), Some(second)) => (first, second),
        _ => unreachable!("both functions were called, or one of them panicked"),
    }
}

fn join_objects(one: &mut (dyn FnMut() + Send), other: &mut (dyn FnMut() + Send)) {
    rayon::join(one, other);
}

/// Calls `work` with each item, in no particular order. An item should be worth some microseconds, for example the row
/// of a picture rather than a pixel.
pub fn for_each<T: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
    let items: Vec<Mutex<Option<T>>> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
    for_each_index(items.len(), &|at| {
        let item = lock(&items[at]).take();
        item.into_iter().for_each(&work);
    });
}

/// Calls `work` with each item, like [`for_each`], and returns the results in the order of the items.
pub fn map<T: Send, R: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let mut results: Vec<Option<R>> = Vec::new();
    let items: Vec<T> = items.into_iter().collect();
    results.resize_with(items.len(), || None);
    for_each(items.into_iter().zip(&mut results), |(item, result)| *result = Some(work(item)));
    results.into_iter().flatten().collect()
}

fn for_each_index(count: usize, work: &(dyn Fn(usize) + Sync)) {
    (0..count).into_par_iter().for_each(work);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn both_results_are_returned_in_order() {
        let text = String::from("moved");
        assert_eq!(join(move || text, || 2), (String::from("moved"), 2));
    }

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let squares = map(0..1000, |n| n * n);
        assert!(squares.iter().enumerate().all(|(n, square)| *square == n * n));
        assert!(map(0..0, |n| n).is_empty());
    }

    #[test]
    fn each_item_is_used_once() {
        let mut counts = vec![0; 1000];
        let calls = AtomicUsize::new(0);
        for_each(counts.chunks_mut(7), |counts| {
            calls.fetch_add(1, Ordering::Relaxed);
            counts.iter_mut().for_each(|count| *count += 1);
        });
        assert_eq!(calls.into_inner(), 143);
        assert!(counts.iter().all(|count| *count == 1));
    }

    #[test]
    fn a_panic_reaches_the_caller() {
        let call = || for_each(0..10, |n| assert!(n < 9, "the last item panics, as the test wants"));
        assert!(std::panic::catch_unwind(call).is_err());
        let call = || join(|| (), || panic!("this one panics, as the test wants"));
        assert!(std::panic::catch_unwind(call).is_err());
    }
}
