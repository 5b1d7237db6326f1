//! Why a figure cannot be drawn or written.

use crate::view::ViewError;
use std::io;
use std::path::PathBuf;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The run's folder cannot be read.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The figure cannot be drawn.
    #[error("a figure cannot be drawn: {0}")]
    Drawing(String),
    /// The file cannot be written.
    #[error("cannot write `{0}`")]
    Io(PathBuf, #[source] io::Error),
}
