//! Decompressed bytes on their way from a container to the scan: one buffer, filled at its end
//! and used up from its start, scanned in place.

/// Free room offered at the end.
pub const CHUNK: usize = 1 << 18;

/// See the module.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Buffer {
    /// What is there.
    pub fn filled(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Free room of at least [`CHUNK`] bytes, to be filled from its start.
    pub fn room(&mut self) -> &mut [u8] {
        self.make_room(CHUNK);
        &mut self.bytes[self.end..]
    }

    /// So many bytes of the room were filled.
    pub fn add(&mut self, n: usize) {
        self.end = (self.end + n).min(self.bytes.len());
    }

    /// Appends bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.bytes[self.end..self.end + bytes.len()].copy_from_slice(bytes);
        self.end += bytes.len();
    }

    /// So many bytes from the start are used up.
    pub fn use_up(&mut self, n: usize) {
        self.start = (self.start + n).min(self.end);
    }

    /// Forgets what lies beyond the first `n` bytes.
    pub fn truncate(&mut self, n: usize) {
        self.end = self.end.min(self.start.saturating_add(n));
    }

    fn make_room(&mut self, n: usize) {
        if self.bytes.len() - self.end >= n {
            return;
        }
        // What is left is less than a record: moving it is cheap.
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.bytes.len() - self.end < n {
            // Twice as much at least, so that a long record is not moved for every chunk of it.
            let least = (self.end + n).max(2 * self.bytes.len());
            self.bytes.resize(least, 0);
        }
    }
}
