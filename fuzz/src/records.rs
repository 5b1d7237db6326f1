//! A mutator that knows MRT: it changes one record and keeps the framing, so that chance does not
//! spend itself on lengths.

use libfuzzer_sys::fuzzer_mutate;

const HEADER: usize = 12;

/// Changes `size` bytes of `data`, of which the first `head` are the target's own; the new size.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32, head: usize) -> usize {
    let records = spans(&data[head.min(size)..size]);
    // Now and then anything goes; so it does where there is no record to change.
    if seed.is_multiple_of(4) || records.is_empty() {
        return fuzzer_mutate(data, size, most);
    }
    let (from, to) = records[(seed / 4) as usize % records.len()];
    let (from, to) = (from + head, to + head);
    let room = most.min(data.len()) - size;
    let mut body = data[from + HEADER..to].to_vec();
    let length = body.len();
    body.resize(length + room, 0);
    let length = if length + room == 0 {
        0
    } else {
        fuzzer_mutate(&mut body, length, length + room)
    };
    let rest = data[to..size].to_vec();
    data[from + 8..from + HEADER].copy_from_slice(&(length as u32).to_be_bytes());
    data[from + HEADER..from + HEADER + length].copy_from_slice(&body[..length]);
    let end = from + HEADER + length;
    data[end..end + rest.len()].copy_from_slice(&rest);
    if !seed.is_multiple_of(3) {
        mend_message(&mut data[from..end]);
    }
    end + rest.len()
}

/// Where whole records lie.
fn spans(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + HEADER) {
        let length = u32::from_be_bytes([header[8], header[9], header[10], header[11]]) as usize;
        if length > bytes.len() - at - HEADER {
            break;
        }
        spans.push((at, at + HEADER + length));
        at += HEADER + length;
    }
    spans
}

/// Sets the length of the BGP message in a record to what is there.
fn mend_message(record: &mut [u8]) {
    let marker = record.windows(16).position(|w| w == [0xff; 16]);
    if let Some(at) = marker
        && record.len() >= at + 19
    {
        let length = (record.len() - at).min(usize::from(u16::MAX)) as u16;
        record[at + 16..at + 18].copy_from_slice(&length.to_be_bytes());
    }
}
