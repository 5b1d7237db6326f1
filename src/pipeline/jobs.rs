//! Runs jobs on as many threads as the pool has, the heaviest first.
//!
//! The threads are not the pool's: a thread that waits for blocks of its file to be decompressed must
//! not start another file meanwhile. So no more files are open at once than there are threads.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A job with its weight. Of two jobs of the same weight the earlier one goes first.
struct Weighed<J> {
    weight: u64,
    number: usize,
    job: J,
}

impl<J> Ord for Weighed<J> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_weight = self.weight.cmp(&other.weight);
        by_weight.then_with(|| other.number.cmp(&self.number))
    }
}

impl<J> PartialOrd for Weighed<J> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<J> PartialEq for Weighed<J> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<J> Eq for Weighed<J> {}

/// The jobs that wait, and the results.
struct Board<J, R, E> {
    waiting: BinaryHeap<Weighed<J>>,
    numbered: usize,
    running: usize,
    done: Vec<R>,
    failed: Option<E>,
}

impl<J, R, E> Board<J, R, E> {
    fn post(&mut self, jobs: Vec<(u64, J)>) {
        for (weight, job) in jobs {
            let number = self.numbered;
            self.numbered += 1;
            self.waiting.push(Weighed {
                weight,
                number,
                job,
            });
        }
    }
}

/// Runs the jobs, heaviest first, and those that they add. Results come in the order in which they
/// were ready.
///
/// # Errors
/// A job failed. Jobs that are running then are finished first, and no more are started.
pub(super) fn all<J: Send, R: Send, E: Send>(
    jobs: Vec<(u64, J)>,
    run: impl Fn(J, &mut Vec<(u64, J)>) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let mut board = Board {
        waiting: BinaryHeap::new(),
        numbered: 0,
        running: 0,
        done: Vec::new(),
        failed: None,
    };
    board.post(jobs);
    let board = Mutex::new(board);
    let changed = Condvar::new();
    thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|| worker(&board, &changed, &run));
        }
    });
    let board = board.into_inner().unwrap_or_else(PoisonError::into_inner);
    board.failed.map_or(Ok(board.done), Err)
}

/// Counts a running job, and stops counting it even where the job panics: other threads would wait
/// for it forever otherwise.
struct AtWork<'a, J, R, E> {
    board: &'a Mutex<Board<J, R, E>>,
    changed: &'a Condvar,
}

impl<J, R, E> Drop for AtWork<'_, J, R, E> {
    fn drop(&mut self) {
        lock(self.board).running -= 1;
        self.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn worker<J, R, E>(
    board: &Mutex<Board<J, R, E>>,
    changed: &Condvar,
    run: &impl Fn(J, &mut Vec<(u64, J)>) -> Result<R, E>,
) {
    let mut now = lock(board);
    loop {
        if now.failed.is_some() {
            return;
        }
        let Some(next) = now.waiting.pop() else {
            if now.running == 0 {
                return;
            }
            now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        now.running += 1;
        drop(now);
        let at_work = AtWork { board, changed };
        let mut more = Vec::new();
        let result = run(next.job, &mut more);
        let mut after = lock(board);
        match result {
            Ok(result) => after.done.push(result),
            Err(error) => after.failed = Some(error),
        }
        after.post(more);
        drop(after);
        drop(at_work);
        now = lock(board);
    }
}
