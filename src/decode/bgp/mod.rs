//! BGP messages (RFC 4271): the header, and what an UPDATE withdraws and announces. A message is
//! checked as a whole before any of it is used.

mod attributes;
mod non_update;
mod path;
mod update;

pub(crate) use attributes::AS_PATH;

pub(crate) use attributes::{next_attribute, rib_path, usual_first_asn};
pub(crate) use path::RawPath;
pub(crate) use path::segment;
pub(crate) use update::UpdateMessage;
pub(crate) use update::{Routes, update};

use super::bytes::ByteReader;

/// Length of the message header: marker, length and type (RFC 4271 §4.1).
pub(crate) const HEADER: usize = 19;
const UPDATE: u8 = 2;
/// Body length at which collectors running Zebra clipped messages before 2009.
pub(crate) const CLIPPED_BODY: usize = 4096;
/// RFC 4271 §4.1: "MUST be set to all ones".
const MARKER: [u8; 16] = [0xff; 16];

/// What is wrong with a message or record, for people.
pub(crate) type Malformed = &'static str;

/// A BGP message, as far as routes depend on it.
pub(crate) enum Message<'a> {
    Update(UpdateMessage<'a>),
    /// An OPEN, NOTIFICATION, KEEPALIVE or ROUTE-REFRESH.
    NonUpdate,
}

/// Parses a BGP message. `body` is the length of the record body that contains it.
pub(crate) fn message<'a>(
    bytes: &'a [u8],
    four_byte: bool,
    add_path: bool,
    body: usize,
) -> Result<Message<'a>, Malformed> {
    let mut r = ByteReader(bytes);
    if r.array().ok_or("truncated BGP message header")? != MARKER {
        return Err("BGP marker is not all ones");
    }
    let length = usize::from(r.u16().ok_or("truncated BGP message header")?);
    let kind = r.u8().ok_or("truncated BGP message header")?;
    if length < HEADER {
        return Err("BGP message length is below 19 bytes");
    }
    let clipped = length > bytes.len() && body == CLIPPED_BODY;
    if length != bytes.len() && !clipped {
        return Err("BGP message length does not match the MRT record");
    }
    match kind {
        UPDATE => update(r.0, four_byte, add_path, clipped).map(Message::Update),
        1 | 3..=5 | 128 if clipped || non_update::is_valid(kind, r.0) => Ok(Message::NonUpdate),
        1 | 3..=5 | 128 => Err("message contents do not match the BGP message type"),
        _ => Err("unknown BGP message type"),
    }
}

/// Whether the bytes are exactly one message, by its header.
pub(crate) fn is_framed(bytes: &[u8]) -> bool {
    let mut r = ByteReader(bytes);
    r.array() == Some(MARKER) && r.u16().is_some_and(|n| usize::from(n) == bytes.len())
}
