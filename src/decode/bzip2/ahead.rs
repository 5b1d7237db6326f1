//! Blocks that are decoded before it is their turn.

use super::block::{self, Decoded};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

/// Blocks under way in the whole process: they are what memory goes into while files are read.
/// Each file may always have one.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// A span between two marks.
pub struct Ahead {
    pub from: u64,
    pub to: u64,
    work: Work,
}

enum Work {
    /// Decoded when it is its turn, by who asks.
    Here,
    /// Being decoded by one of the pool's threads.
    Elsewhere(Receiver<Option<Decoded>>),
}

/// Compressed bytes, and the bit of the file that they start at.
type Held<'a> = (&'a [u8], u64);

impl Ahead {
    /// Whether another block may be begun.
    pub fn has_room(ahead: &VecDeque<Self>) -> bool {
        ahead.is_empty() || is_parallel() && UNDER_WAY.load(Ordering::Relaxed) < most()
    }

    /// Begins a span.
    pub fn new((held, base): Held<'_>, level: u8, from: u64, to: u64) -> Self {
        if !is_parallel() {
            let work = Work::Here;
            return Self { from, to, work };
        }
        let start = (from - base) / 8;
        let own = held[start as usize..held.len().min((to - base).div_ceil(8) as usize)].to_vec();
        let own_base = base + start * 8;
        let (give, result) = sync_channel(1);
        rayon::spawn_fifo(move || {
            // Nobody waits for it any more where the file turned out to be damaged before.
            let _ = give.send(block::decode(&own, level, from - own_base, to - own_base));
        });
        UNDER_WAY.fetch_add(1, Ordering::Relaxed);
        let work = Work::Elsewhere(result);
        Self { from, to, work }
    }

    /// Its bytes, if it is a block. `held` must reach back to its start.
    pub fn decoded(self, (held, base): Held<'_>, level: u8) -> Option<Decoded> {
        match &self.work {
            Work::Here => block::decode(held, level, self.from - base, self.to - base),
            Work::Elsewhere(result) => result.recv().ok().flatten(),
        }
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        if let Work::Elsewhere(_) = self.work {
            UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Whether others can decode while the caller waits: a thread of the pool that waited for the
/// pool could wait for ever.
fn is_parallel() -> bool {
    rayon::current_num_threads() > 1 && rayon::current_thread_index().is_none()
}

/// Enough to keep every thread busy while finished blocks wait for their turn.
fn most() -> usize {
    2 * rayon::current_num_threads()
}
