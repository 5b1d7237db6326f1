//! Ctrl-C: ends the program at once. Files come into place by rename alone, so nothing half done
//! is left where it could be taken for whole; the next run takes up broken downloads, and what was
//! read.

use super::write_line;

/// What a shell expects of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// Listens for Ctrl-C, and for being asked to end.
pub fn listen() {
    // Without it the system ends the program as it always does.
    let _ = ctrlc::set_handler(|| {
        write_line("interrupted");
        write_line("hint: what was fetched and read is kept; the same command goes on from there");
        leave();
    });
}

#[allow(
    clippy::exit,
    reason = "the work goes on in threads that cannot be asked to stop"
)]
fn leave() {
    std::process::exit(INTERRUPTED);
}
