//! Output formats of what is made from a run's folder: summary, figures, exports.

use crate::plot::{FIGURES, Figure, ImageFormat, Size};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// For a terminal, at its width (`COLUMNS`; 80 columns in a pipe)
    Text,
    /// The table of outages
    Csv,
    /// The summary, with stable keys
    Json,
    /// The summary as Markdown
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct PlotArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Figure to draw (repeatable; default: all)
    #[arg(long, value_name = "FIGURE", value_parser = figure())]
    pub figure: Vec<Figure>,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1200x675", value_parser = Size::parse)]
    pub size: Size,
    /// File format (repeatable; default: both)
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Vec<FigureFormat>,
    /// Folder for the figures [default: `figures` in the run's folder]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// Takes the name of a figure of [`FIGURES`].
fn figure() -> impl TypedValueParser<Value = Figure> {
    let value = |figure: &Figure| PossibleValue::new(figure.name).help(figure.help);
    let names = PossibleValuesParser::new(FIGURES.iter().map(value));
    names.try_map(|name| {
        let mut figures = FIGURES.into_iter();
        figures
            .find(|figure| figure.name == name)
            .ok_or("no such figure")
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FigureFormat {
    /// Vector graphics, text as outlines
    Svg,
    /// Pixel image
    Png,
}

impl FigureFormat {
    pub(crate) const fn of(self) -> ImageFormat {
        match self {
            Self::Svg => ImageFormat::Svg,
            Self::Png => ImageFormat::Png,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// Folder of the run
    pub run: PathBuf,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: ExportFormat,
    /// Scope of the series (repeatable; default: all that the run has)
    #[arg(long, value_name = "SCOPE", value_enum)]
    pub scope: Vec<SeriesScope>,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// The table of outages, as JSON
    Json,
    /// The outages in the Common Outage Data Format, as IODA's API returns them
    Codf,
    /// Minute-by-minute series, as IODA's API returns signals; unknown minutes are null
    Series,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeriesScope {
    /// Visible prefixes of the country
    Country,
    /// Visible prefixes of each AS
    Asn,
    /// Visibility of each prefix
    Prefix,
}
