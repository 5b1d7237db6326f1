//! In which form a run's folder is shown, drawn and handed on.

use clap::{Args, ValueEnum};
use dropline::plot::{Figure, Format, Size};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Show {
    /// Folder of the run
    pub run: PathBuf,
    /// Which form
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub format: ShowFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowFormat {
    /// For a terminal, as wide as it is (`COLUMNS`, or 80 columns where it is none)
    Text,
    /// The outages as the table has them
    Csv,
    /// The story with stable keys
    Json,
    /// A page for others to render
    Markdown,
}

#[derive(Debug, Args)]
pub struct Plot {
    /// Folder of the run
    pub run: PathBuf,
    /// Which figure (repeatable; default: all)
    #[arg(long, value_name = "FIGURE", value_enum)]
    pub figure: Vec<FigureName>,
    /// Width and height in pixels
    #[arg(long, value_name = "WxH", default_value = "1200x675", value_parser = Size::parse)]
    pub size: Size,
    /// Which form (repeatable; default: both)
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Vec<FigureFormat>,
    /// Folder for the figures [default: `figures` in the run's folder]
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FigureName {
    /// Visible prefixes, with what the unknown leaves open
    Line,
    /// Prefix by minute, coloured by upstream
    Raster,
    /// Paths by upstream over time
    Upstreams,
    /// Who lost what in which order, and got it back
    Order,
    /// Who was listened to
    Peers,
}

impl FigureName {
    pub const fn of(self) -> Figure {
        match self {
            Self::Line => Figure::Line,
            Self::Raster => Figure::Raster,
            Self::Upstreams => Figure::Upstreams,
            Self::Order => Figure::Order,
            Self::Peers => Figure::Peers,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FigureFormat {
    /// Sharp at any size, its text outlined
    Svg,
    /// Pixels
    Png,
}

impl FigureFormat {
    pub const fn of(self) -> Format {
        match self {
            Self::Svg => Format::Svg,
            Self::Png => Format::Png,
        }
    }
}

#[derive(Debug, Args)]
pub struct Export {
    /// Folder of the run
    pub run: PathBuf,
    /// Which form
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: ExportFormat,
    /// Whose series (repeatable; default: all that the run has)
    #[arg(long, value_name = "SCOPE", value_enum)]
    pub scope: Vec<SeriesScope>,
    /// Write to a file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// The outages as the table has them, as JSON
    Json,
    /// The outages in the Common Outage Data Format, as IODA's API gives them out
    Codf,
    /// The minutes as series, as IODA's API gives signals out; unknown minutes are null
    Series,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SeriesScope {
    /// Visible prefixes of the country
    Country,
    /// Visible prefixes of each AS
    Asn,
    /// Visibility of each prefix
    Prefix,
}
