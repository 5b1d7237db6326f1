//! The nouns: what the stages hand to each other. No IO, no panics, no policy.

pub mod archive;
pub mod day;
pub mod net;
pub(crate) mod packed;
pub mod path;
pub mod peer;
pub mod record;
pub mod route;
pub mod time;
pub mod visibility;
