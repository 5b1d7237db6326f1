//! Figures and the report, drawn from what [`view`](crate::view) has read back of a run's folder.
//!
//! [`FIGURES`] lists the figures; each is drawn within the same frame of headline, caption and
//! source. [`report`] is one HTML page with everything.

mod axes;
mod canvas;
mod colour;
mod error;
mod figure;
mod figures;
mod font;
mod frame;
mod legend;
mod marks;
mod members;
mod order;
pub mod report;
mod size;

use crate::disk::write_atomically;
use crate::view::RunView;
use canvas::Canvas;
pub use canvas::RenderedFigure;
pub use error::PlotError;
pub use figure::Figure;
pub use figures::FIGURES;
pub use size::Size;
use std::path::{Path, PathBuf};

/// The format of a figure's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImageFormat {
    /// Vectors, with text as outlines: sharp at any size and the same without the font.
    Svg,
    /// Pixels, rendered from the same drawing.
    Png,
}

impl ImageFormat {
    /// Both formats, in the order in which they are written.
    pub(crate) const ALL: [Self; 2] = [Self::Svg, Self::Png];

    /// The extension of its files.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Which figures to draw, and how.
#[derive(Debug, Clone)]
pub(crate) struct FigureOptions {
    /// The figures, in the order in which they are drawn.
    pub figures: Vec<Figure>,
    /// The formats; each figure is written in all of them.
    pub formats: Vec<ImageFormat>,
    /// Width and height of each figure, in pixels.
    pub size: Size,
}

impl Default for FigureOptions {
    fn default() -> Self {
        Self {
            figures: FIGURES.to_vec(),
            formats: ImageFormat::ALL.to_vec(),
            size: Size::default(),
        }
    }
}

/// The folder of the figures within a run's folder.
pub(crate) fn figures_dir(run: &Path) -> PathBuf {
    run.join("figures")
}

/// Draws a figure. The same view gives the same bytes.
///
/// # Errors
/// It cannot be drawn; that would be a bug.
pub fn draw(view: &RunView, figure: Figure, size: Size) -> Result<RenderedFigure, PlotError> {
    let mut svg = String::new();
    let mut canvas = Canvas::new(&mut svg, size)?;
    let area = frame::draw(&canvas, view, figure)?;
    (figure.draw)(&mut canvas, view, area)?;
    let hatched = canvas.end()?;
    canvas::finish(&svg, &hatched, size)
}

/// Draws figures into `dir`, which is created if need be: `NAME.svg` and `NAME.png`. Returns the
/// paths of the files.
///
/// # Errors
/// A figure cannot be drawn or written.
pub(crate) fn draw_all(
    view: &RunView,
    options: &FigureOptions,
    dir: &Path,
) -> Result<Vec<PathBuf>, PlotError> {
    std::fs::create_dir_all(dir).map_err(|e| PlotError::Io(dir.to_owned(), e))?;
    let mut written = Vec::new();
    for &figure in &options.figures {
        let rendered = draw(view, figure, options.size)?;
        for &format in &options.formats {
            let path = dir.join(format!("{}.{}", figure.name, format.extension()));
            let bytes = match format {
                ImageFormat::Svg => rendered.svg().into_bytes(),
                ImageFormat::Png => rendered.png()?,
            };
            write_atomically(&path, &bytes).map_err(|e| PlotError::Io(path.clone(), e))?;
            written.push(path);
        }
    }
    Ok(written)
}

/// Removes the figures that an earlier run left in a run's folder: they would be taken for those of
/// the new run.
///
/// # Errors
/// A file cannot be removed.
pub(crate) fn remove_stale(run: &Path) -> Result<(), PlotError> {
    let dir = figures_dir(run);
    for figure in FIGURES {
        for format in ImageFormat::ALL {
            let path = dir.join(format!("{}.{}", figure.name, format.extension()));
            match std::fs::remove_file(&path) {
                Err(e) if path.exists() => return Err(PlotError::Io(path, e)),
                _ => {}
            }
        }
    }
    // This fails where the folder holds other files, and then it stays.
    let _ = std::fs::remove_dir(dir);
    Ok(())
}
