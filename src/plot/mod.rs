//! Figures and the report, drawn from what [`view`](crate::view) reads back of a run's folder:
//! [`all`] draws the figures, one a module and each within the same frame; [`report`] is a page with
//! everything.

mod canvas;
mod colour;
mod font;
mod frame;
mod line;
mod order;
mod peers;
mod raster;
pub mod report;
mod size;
mod time;
mod upstreams;

use crate::view::{RunView, ViewError};
use crate::write::part;
use canvas::Canvas;
pub use canvas::Drawn;
pub use size::Size;
use std::io;
use std::path::{Path, PathBuf};

/// A figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Visible prefixes with what the unknown leaves open, outages, published times.
    Line,
    /// Prefix by minute, coloured by upstream.
    Raster,
    /// Paths by upstream over time.
    Upstreams,
    /// Who lost what in which order, and got it back.
    Order,
    /// Who was listened to.
    Peers,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Line,
        Self::Raster,
        Self::Upstreams,
        Self::Order,
        Self::Peers,
    ];

    /// Its name, and that of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Raster => "raster",
            Self::Upstreams => "upstreams",
            Self::Order => "order",
            Self::Peers => "peers",
        }
    }
}

/// What a figure is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Outlines: sharp at any size.
    Svg,
    /// Pixels.
    Png,
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Svg, Self::Png];

    /// The ending of its files.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Which figures are wanted, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub figures: Vec<Figure>,
    /// As what.
    pub formats: Vec<Format>,
    /// How large.
    pub size: Size,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            figures: Figure::ALL.to_vec(),
            formats: Format::ALL.to_vec(),
            size: Size::default(),
        }
    }
}

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// The run's folder cannot be read.
    #[error(transparent)]
    RunView(#[from] ViewError),
    /// It cannot be drawn.
    #[error("a figure cannot be drawn: {0}")]
    Drawing(String),
    /// It cannot be written.
    #[error("cannot write `{0}`")]
    Io(PathBuf, #[source] io::Error),
}

impl PlotError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::RunView(error) => error.hint(),
            Self::Drawing(_) => "this is a bug in dropline, please report it",
            Self::Io(_, error) => part::hint(error),
        }
    }
}

/// The folder of a run's figures.
pub fn folder(run: &Path) -> PathBuf {
    run.join("figures")
}

/// Draws a figure.
///
/// # Errors
/// It cannot be drawn.
pub fn draw(view: &RunView, figure: Figure, size: Size) -> Result<Drawn, PlotError> {
    let mut svg = String::new();
    let mut canvas = Canvas::new(&mut svg, size)?;
    let area = frame::draw(&canvas, view, figure)?;
    match figure {
        Figure::Line => line::draw(&mut canvas, view, area)?,
        Figure::Raster => raster::draw(&mut canvas, view, area)?,
        Figure::Upstreams => upstreams::draw(&mut canvas, view, area)?,
        Figure::Order => order::draw(&mut canvas, view, area)?,
        Figure::Peers => peers::draw(&mut canvas, view, area)?,
    }
    let hatched = canvas.end()?;
    canvas::finish(&svg, &hatched, size)
}

/// Draws figures into a folder, which is made: `NAME.svg` and `NAME.png`. Says what was written.
///
/// # Errors
/// A figure cannot be drawn or written.
pub fn all(view: &RunView, wanted: &Wanted, dir: &Path) -> Result<Vec<PathBuf>, PlotError> {
    std::fs::create_dir_all(dir).map_err(|e| PlotError::Io(dir.to_owned(), e))?;
    let mut written = Vec::new();
    for &figure in &wanted.figures {
        let drawn = draw(view, figure, wanted.size)?;
        for &format in &wanted.formats {
            let path = dir.join(format!("{}.{}", figure.name(), format.ending()));
            let bytes = match format {
                Format::Svg => drawn.svg().into_bytes(),
                Format::Png => drawn.png()?,
            };
            part::whole(&path, &bytes).map_err(|e| PlotError::Io(path.clone(), e))?;
            written.push(path);
        }
    }
    Ok(written)
}

/// Removes the figures of an earlier run from a run's folder: they would be taken for its own.
///
/// # Errors
/// A file cannot be removed.
pub fn forget_older(run: &Path) -> Result<(), PlotError> {
    let dir = folder(run);
    for figure in Figure::ALL {
        for format in Format::ALL {
            let path = dir.join(format!("{}.{}", figure.name(), format.ending()));
            match std::fs::remove_file(&path) {
                Err(e) if path.exists() => return Err(PlotError::Io(path, e)),
                _ => {}
            }
        }
    }
    // Whoever keeps files of their own there keeps the folder.
    let _ = std::fs::remove_dir(dir);
    Ok(())
}
