//! Compressed files: gzip, bzip2 or none, decompressed as a stream, with an exact account of which
//! bytes a checksum verifies.

mod buffer;
mod bzip2;
mod container;
mod decompress;
mod gzip;
mod input;

pub(crate) use buffer::Buffer;
pub(crate) use container::Container;
pub use decompress::decompress;
pub(crate) use decompress::verify;
pub(crate) use input::Fault;
