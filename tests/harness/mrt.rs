//! Files of an archive as bytes.

use std::io::Read;

/// What a compressed file holds.
pub fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = match packed {
        [b'B', b'Z', ..] => bzip2::read::MultiBzDecoder::new(packed).read_to_end(&mut bytes),
        _ => flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut bytes),
    };
    read.expect("a whole file");
    bytes
}

/// Where each MRT record starts, and where the last one ends.
pub fn record_starts(bytes: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    while let Some(header) = starts.last().and_then(|&at| bytes.get(at..at + 12)) {
        let length = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        starts.push(starts.last().copied().unwrap_or(0) + 12 + length as usize);
    }
    starts
}

/// A record of any type (RFC 6396 §2).
pub fn record(seconds: u32, kind: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let [time, length] = [seconds, body.len() as u32].map(u32::to_be_bytes);
    let [kind, subtype] = [kind, subtype].map(u16::to_be_bytes);
    [&time[..], &kind, &subtype, &length, body].concat()
}

/// What stands in an UPDATE behind its header (RFC 4271 §4.3).
pub fn update(withdrawn: &[u8], attributes: &[u8], announced: &[u8]) -> Vec<u8> {
    let [w, a] = [withdrawn, attributes].map(|part| (part.len() as u16).to_be_bytes());
    [&w, withdrawn, &a, attributes, announced].concat()
}

/// A record's body: a message of peer A of the scenarios (RFC 6396 §4.4.2, §4.4.3).
pub fn message(four_byte: bool, kind: u8, body: &[u8]) -> Vec<u8> {
    let asns: &[u8] = match four_byte {
        true => &[0, 0, 0xfb, 0xf5, 0, 0, 0xfb, 0xf1],
        false => &[0xfb, 0xf5, 0xfb, 0xf1],
    };
    let ends = [0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254];
    let length = (19 + body.len() as u16).to_be_bytes();
    [asns, &ends, &[0xff; 16], &length, &[kind], body].concat()
}
