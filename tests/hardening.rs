//! Nothing that lies in an archive breaks the program: broken and hostile files, names that lead
//! out of a folder, a disk that is full, an end at any moment.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up, and says what it measures"
)]

mod broken;
mod downs;
#[cfg(unix)]
mod ends;
mod escapes;
mod flips;
#[cfg(unix)]
mod full;
mod hostile;
#[cfg(unix)]
mod works;
