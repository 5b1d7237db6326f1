//! The error that ends a command, as the user sees it.

use super::exit::ExitStatus;
use super::hint::Hint;
use super::printer::print_message;
use std::fmt::Display;

/// Why a command failed: what went wrong and where, and what to do about it.
#[derive(Debug)]
pub(crate) struct CommandError {
    pub error: anyhow::Error,
    pub hint: Option<String>,
    pub status: ExitStatus,
}

impl CommandError {
    /// The work failed.
    pub(crate) fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self {
            error: error.into(),
            hint: None,
            status: ExitStatus::Failed,
        }
    }

    /// The arguments or the question were wrong.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self {
            status: ExitStatus::WrongUsage,
            ..Self::failed(error)
        }
    }

    /// Says what to do about it.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Says where it happened.
    pub(crate) fn context(mut self, context: impl Display + Send + Sync + 'static) -> Self {
        self.error = self.error.context(context);
        self
    }

    /// Prints the error with its causes, and the hint.
    pub(crate) fn report(&self) -> ExitStatus {
        let mut text = String::new();
        for (depth, cause) in self.error.chain().enumerate() {
            let cause = cause.to_string();
            // Many errors already quote their cause.
            if depth == 0 {
                text.push_str(&cause);
            } else if !text.contains(&cause) {
                text.push_str(": ");
                text.push_str(&cause);
            }
        }
        print_message(format_args!("error: {text}"));
        if let Some(hint) = &self.hint {
            print_message(format_args!("hint: {hint}"));
        }
        self.status
    }
}

/// Every error that has a hint ends a command with `?`.
impl<E> From<E> for CommandError
where
    E: Hint + std::error::Error + Send + Sync + 'static,
{
    fn from(error: E) -> Self {
        Self {
            hint: error.hint(),
            status: error.status(),
            error: error.into(),
        }
    }
}
