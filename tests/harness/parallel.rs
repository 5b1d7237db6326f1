//! Many cases of one test at a time.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does something for each case, on as many threads as the machine runs at once. The results are in
/// the order of the cases.
///
/// A pool's threads print into the output of whichever test used the pool first, and where that one
/// passes, the reason for a failure is lost. These threads print into the output of their own test.
pub fn in_parallel<T, R: Send>(
    cases: impl IntoIterator<Item = T, IntoIter: Send>,
    each: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let cases = Mutex::new(cases.into_iter().enumerate());
    let results = Mutex::new(Vec::new());
    let next = || cases.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some((number, case)) = next() {
            let result = each(case);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((number, result));
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}
