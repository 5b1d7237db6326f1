//! What a figure is made of.

use super::canvas::{Area, Canvas};
use super::error::PlotError;
use crate::view::RunView;

/// A figure of a run: how it is called, what it shows and how it is drawn.
///
/// Each figure is a constant in a file of its own under `plot/figures`; [`FIGURES`](super::FIGURES)
/// lists them.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// Its name on the command line, and that of its files.
    pub name: &'static str,
    /// What it shows, for the help of the command line.
    pub help: &'static str,
    /// What it shows, as the figure itself says below its headline.
    pub(super) caption: fn(&RunView) -> String,
    /// Draws it into the area that the frame leaves.
    pub(super) draw: fn(&mut Canvas<'_>, &RunView, Area) -> Result<(), PlotError>,
}
