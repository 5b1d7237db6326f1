//! A file's contents, serialised to few bytes until they are asked for: a month of ten collectors
//! is nearly 90,000 files, each with a handful of peers and events.

use super::archive::{Ending, FileContents};

/// [`FileContents`] as bytes in memory (postcard), several times smaller than the value itself.
#[derive(Debug, Clone)]
pub(crate) struct PackedContents(Box<[u8]>);

impl PackedContents {
    /// Packs a file's contents.
    ///
    /// # Errors
    /// Gives the contents back where they cannot be serialised; no input is known that causes it.
    pub(crate) fn new(contents: FileContents) -> Result<Self, Box<FileContents>> {
        match postcard::to_allocvec(&contents) {
            // Boxed, to release the spare capacity of the vector.
            Ok(bytes) => Ok(Self(bytes.into_boxed_slice())),
            Err(_) => Err(Box::new(contents)),
        }
    }

    /// The contents as they were packed.
    pub(crate) fn unpack(&self) -> FileContents {
        postcard::from_bytes(&self.0).unwrap_or_else(|_| unreadable())
    }
}

/// Stands for contents that cannot be unpacked, which would be a bug: nothing is known of the file.
fn unreadable() -> FileContents {
    FileContents {
        peers: Vec::new(),
        prefixes: Vec::new(),
        paths: Vec::new(),
        routes: Vec::new(),
        sessions: Vec::new(),
        entries: Vec::new(),
        discovered: Vec::new(),
        has_all_covering: false,
        first: None,
        last: None,
        latest: None,
        bytes: 0,
        sha256: String::new(),
        records: std::collections::BTreeMap::new(),
        damaged: Vec::new(),
        ending: Ending::Cut {
            offset: 0,
            reason: "its decoded contents were lost in memory: a bug in dropline".to_owned(),
        },
    }
}
