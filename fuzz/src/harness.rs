//! The parts of the tests' harness that the shared files ask for.

#[path = "../../tests/harness/decoded.rs"]
mod decoded;

pub use decoded::{Saying, Word, everything, find, sayings};
