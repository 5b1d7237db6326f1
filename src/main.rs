//! The program. Everything it does is in the library's [`dropline::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    dropline::cli::main()
}
