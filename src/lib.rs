//! dropline
pub mod decode;
pub mod detect;
pub mod encode;
pub mod locate;
pub mod model;
pub mod pipeline;
pub mod replay;
pub mod select;
pub mod study;
pub mod tally;
pub mod write;
