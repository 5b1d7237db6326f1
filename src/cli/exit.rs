//! The exit status of the program.

/// How the program ended. Scripts rely on the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Done.
    Done,
    /// The work failed.
    Failed,
    /// The arguments or the question were wrong.
    WrongUsage,
    /// Done, but data that the window needed was missing or damaged.
    Incomplete,
    /// Compared, and different from what was expected.
    Differs,
}

impl ExitStatus {
    /// The exit code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::WrongUsage => 2,
            Self::Incomplete => 3,
            Self::Differs => 4,
        }
    }
}
