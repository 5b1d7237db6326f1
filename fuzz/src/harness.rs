//! The parts of the tests' harness that the shared files ask for.

#[path = "../../tests/harness/decoded.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod decoded;

pub use decoded::{Recorded, RecordedAction, everything, find, recorded};
