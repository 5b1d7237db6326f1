//! One figure a file. A new figure is a constant [`Figure`] in a new file, and an entry in
//! [`FIGURES`].

mod line;
mod order;
mod peers;
mod raster;
mod upstreams;

use super::figure::Figure;

/// Every figure, in the order in which they are listed and drawn.
pub const FIGURES: [Figure; 5] = [
    line::FIGURE,
    raster::FIGURE,
    upstreams::FIGURE,
    order::FIGURE,
    peers::FIGURE,
];
