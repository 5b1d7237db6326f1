//! What was found in a file, folded small until it is asked for: a month of ten collectors is
//! nearly 90,000 files, each with a handful of peers and of events.

use super::archive::{Decoded, Ending};

/// What was found in a file, in as few bytes as will do.
#[derive(Debug, Clone)]
pub struct Folded(Box<[u8]>);

impl Folded {
    /// Folds it. What cannot be folded, for which there is no reason known, is given back.
    ///
    /// # Errors
    /// As said.
    pub fn new(decoded: Decoded) -> Result<Self, Box<Decoded>> {
        match postcard::to_allocvec(&decoded) {
            // Without the room that it had to grow in.
            Ok(bytes) => Ok(Self(bytes.into_boxed_slice())),
            Err(_) => Err(Box::new(decoded)),
        }
    }

    /// As it was.
    pub fn unfold(&self) -> Decoded {
        postcard::from_bytes(&self.0).unwrap_or_else(|_| lost())
    }
}

/// What was folded here comes out again; if it ever did not, nothing would be known of the file.
fn lost() -> Decoded {
    Decoded {
        peers: Vec::new(),
        prefixes: Vec::new(),
        paths: Vec::new(),
        events: Vec::new(),
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
            reason: "what was found in it was lost: a bug in dropline".to_owned(),
        },
    }
}
