//! Prefetch: blocks that are decompressed in parallel before their bytes are needed.

use super::block::{self, Block};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};

/// Blocks being decompressed in the whole process: they take most of the memory while files are
/// read. Each file may always have one.
static IN_PROGRESS: AtomicUsize = AtomicUsize::new(0);

/// The bits between two magic numbers, presumably one block, and its decompression.
pub(crate) struct Prefetch {
    /// First bit, counted from the start of the file.
    pub from: u64,
    /// Bit after the last.
    pub to: u64,
    work: Work,
}

enum Work {
    /// Decompressed by the caller when its bytes are needed.
    Inline,
    /// Being decompressed by a thread of the pool.
    Pooled(Receiver<Option<Block>>),
}

/// Compressed bytes, and the bit of the file at which they start.
type CompressedBits<'a> = (&'a [u8], u64);

impl Prefetch {
    /// Whether another block may be started.
    pub(crate) fn has_capacity(queue: &VecDeque<Self>) -> bool {
        queue.is_empty() || is_parallel() && IN_PROGRESS.load(Ordering::Relaxed) < max_in_progress()
    }

    /// Starts to decompress the bits `[from, to)`.
    pub(crate) fn new((input, base): CompressedBits<'_>, level: u8, from: u64, to: u64) -> Self {
        if !is_parallel() {
            let work = Work::Inline;
            return Self { from, to, work };
        }
        let start = (from - base) / 8;
        let own = input[start as usize..input.len().min((to - base).div_ceil(8) as usize)].to_vec();
        let own_base = base + start * 8;
        let (sender, result) = sync_channel(1);
        rayon::spawn_fifo(move || {
            // The receiver is gone where damage was found before this block.
            let _ = sender.send(block::decode(&own, level, from - own_base, to - own_base));
        });
        IN_PROGRESS.fetch_add(1, Ordering::Relaxed);
        let work = Work::Pooled(result);
        Self { from, to, work }
    }

    /// The decompressed block; none if the bits are not one. `input` must reach back to its start.
    pub(crate) fn finish(self, (input, base): CompressedBits<'_>, level: u8) -> Option<Block> {
        match &self.work {
            Work::Inline => block::decode(input, level, self.from - base, self.to - base),
            Work::Pooled(result) => result.recv().ok().flatten(),
        }
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        if let Work::Pooled(_) = self.work {
            IN_PROGRESS.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Whether the pool can work while the caller waits. A thread of the pool must not wait for the pool:
/// it could wait for ever.
fn is_parallel() -> bool {
    rayon::current_num_threads() > 1 && rayon::current_thread_index().is_none()
}

/// Enough to keep every thread busy while finished blocks wait to be read.
fn max_in_progress() -> usize {
    2 * rayon::current_num_threads()
}
