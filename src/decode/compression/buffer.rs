//! Decompressed bytes on their way from the decompressor to the reader of records: one buffer, filled
//! at its end and consumed from its start, so that records are parsed in place.

/// Free space offered at the end, in bytes.
pub(crate) const CHUNK: usize = 1 << 18;

/// A growing byte queue whose contents are contiguous.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// The bytes that are filled and not yet consumed.
    pub(crate) fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Free space of at least [`CHUNK`] bytes; see [`Buffer::add`].
    pub(crate) fn free(&mut self) -> &mut [u8] {
        self.reserve(CHUNK);
        &mut self.bytes[self.end..]
    }

    /// Marks the first `n` bytes of the free space as filled.
    pub(crate) fn add(&mut self, n: usize) {
        self.end = (self.end + n).min(self.bytes.len());
    }

    /// Appends bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// Removes the first `n` bytes.
    pub(crate) fn consume(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }

    /// Keeps the first `n` bytes only.
    pub(crate) fn truncate(&mut self, n: usize) {
        self.end = self.end.min(self.start.saturating_add(n));
    }

    fn reserve(&mut self, n: usize) {
        if self.bytes.len() - self.end >= n {
            return;
        }
        // What is left is less than a record: moving it is cheap.
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() - self.end < n {
            // At least doubled, so that a long record is not moved for every chunk of it.
            let least = (self.end + n).max(2 * self.bytes.len());
            self.bytes.resize(least, 0);
        }
    }
}
