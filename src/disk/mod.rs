//! Files on the local disk, for every stage that has to read or write one: hashing ([`hash`]),
//! writing a file whole or not at all (`AtomicFile`), and reading a text of bounded length
//! ([`text`]).

mod atomic_file;
mod file_hash;
pub mod text;

pub(crate) use atomic_file::{AtomicFile, write_atomically};
pub(crate) use file_hash::hash_reader;
pub use file_hash::{FileHash, hash};
