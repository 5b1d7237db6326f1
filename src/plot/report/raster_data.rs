//! The raster of the report as short JSON: each row is a text of codes, each code a state.
//!
//! A code is a number in base 52 with the digits `A`-`Z` and `a`-`z`, always of the same number of
//! digits. A decimal number behind it is the number of minutes that the state lasts, if more than
//! one. `data/report/js/1-data.js` decodes it.

use crate::model::net::Asn;
use crate::model::visibility::Status;
use crate::view::{PrefixSeries, value_at};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The codes and states take at most so many bytes; rows beyond are left out.
const MAX_BYTES: usize = 2_500_000;

/// With more states than this, a state names its dominant upstream only.
const MAX_STATES: usize = 30_000;

/// Letters in a code's alphabet.
const BASE: usize = 52;

/// Which upstreams a state names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UpstreamDetail {
    /// All of them, each with its vantage ASes.
    All,
    /// The one that most vantage ASes had, without their number.
    Dominant,
}

/// The prefixes as runs of states.
pub(super) struct RasterData {
    /// Each state: status, vantage ASes seeing, known and full-feed, fewest and most seeing within
    /// the minute, lowest visibility within it in percent (−1 where none is known); then pairs of an
    /// upstream's index and its vantage ASes.
    pub states: Vec<Vec<i64>>,
    /// By prefix: indices of states, each with its number of minutes.
    rows: Vec<Vec<(usize, u32)>>,
}

impl RasterData {
    /// Collects the states of prefixes. `upstreams` holds the index of each upstream.
    pub(super) fn of(prefixes: &[PrefixSeries], upstreams: &FxHashMap<Asn, usize>) -> Self {
        let data = Self::with_detail(prefixes, upstreams, UpstreamDetail::All);
        match data.states.len() > MAX_STATES {
            true => Self::with_detail(prefixes, upstreams, UpstreamDetail::Dominant),
            false => data,
        }
    }

    fn with_detail(
        prefixes: &[PrefixSeries],
        upstreams: &FxHashMap<Asn, usize>,
        detail: UpstreamDetail,
    ) -> Self {
        let mut indices: FxHashMap<Vec<i64>, usize> = FxHashMap::default();
        let mut states = Vec::new();
        let mut rows = Vec::with_capacity(prefixes.len());
        for prefix in prefixes {
            let mut row: Vec<(usize, u32)> = Vec::new();
            for (first, end) in constant_spans(prefix) {
                let state = state(prefix, first, upstreams, detail);
                let index = *indices.entry(state).or_insert_with_key(|state| {
                    states.push(state.clone());
                    states.len() - 1
                });
                match row.last_mut() {
                    Some((last, minutes)) if *last == index => *minutes += end - first,
                    _ => row.push((index, end - first)),
                }
            }
            rows.push(row);
        }
        Self { states, rows }
    }

    /// The number of letters of a code, and as many rows in codes as [`MAX_BYTES`] allows. Drops the
    /// states that only other rows have.
    pub(super) fn encode(&mut self) -> (usize, Vec<String>) {
        let mut code_length = 1;
        while BASE.pow(code_length as u32) < self.states.len() {
            code_length += 1;
        }
        let mut bytes_left = MAX_BYTES;
        // States are numbered in the order in which the rows use them.
        let mut states_used = 0;
        let mut texts = Vec::new();
        for row in &self.rows {
            let mut text = String::new();
            for &(state, minutes) in row {
                push_code(&mut text, state, code_length);
                if minutes > 1 {
                    text += &minutes.to_string();
                }
            }
            let used = row.iter().map(|&(state, _)| state + 1);
            let used = used.max().unwrap_or(0).max(states_used);
            let new = self.states[states_used..used].iter();
            let new = new.map(|state| json_length(state)).sum::<usize>();
            match bytes_left.checked_sub(text.len() + new) {
                Some(left) => bytes_left = left,
                None => break,
            }
            states_used = used;
            texts.push(text);
        }
        self.states.truncate(states_used);
        (code_length, texts)
    }
}

fn push_code(text: &mut String, state: usize, code_length: usize) {
    for digit in (0..code_length).rev() {
        let letter = (state / BASE.pow(digit as u32) % BASE) as u8;
        text.push(char::from(match letter {
            0..26 => b'A' + letter,
            _ => b'a' + letter - 26,
        }));
    }
}

/// The length in bytes of numbers as a JSON array, with the comma after it.
pub(super) fn json_length(numbers: &[i64]) -> usize {
    let digits = |n: &i64| n.checked_abs().unwrap_or(i64::MAX).max(1).ilog10() as usize + 1;
    let lengths = numbers.iter().map(|n| digits(n) + usize::from(*n < 0) + 1);
    2 + lengths.sum::<usize>()
}

/// The script's number of a status.
pub(super) const fn status_number(status: Status) -> i64 {
    match status {
        Status::Up => 0,
        Status::Degraded => 1,
        Status::Down => 2,
        Status::Unknown => 3,
        Status::Unseen => 4,
    }
}

/// Spans of minutes in which neither the prefix's state nor its upstreams change.
fn constant_spans(prefix: &PrefixSeries) -> Vec<(u32, u32)> {
    let states = prefix.minutes.iter().flat_map(|i| [i.first, i.end]);
    let upstreams = prefix.via.iter().flat_map(|(_, series)| series);
    let upstreams = upstreams.flat_map(|i| [i.first, i.end]);
    let edges: BTreeSet<u32> = states.chain(upstreams).collect();
    let edges: Vec<u32> = edges.into_iter().collect();
    edges.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn state(
    prefix: &PrefixSeries,
    minute: u32,
    upstreams: &FxHashMap<Asn, usize>,
    detail: UpstreamDetail,
) -> Vec<i64> {
    let Some(state) = value_at(&prefix.minutes, minute) else {
        return vec![status_number(Status::Unknown), 0, 0, 0, 0, 0, -1];
    };
    let lowest = state.visibility_range.map(|(low, _)| i64::from(low / 100));
    let mut numbers = vec![
        status_number(state.status),
        i64::from(state.visibility.seeing),
        i64::from(state.visibility.known),
        i64::from(state.full_feed),
        i64::from(state.seeing_range.0),
        i64::from(state.seeing_range.1),
        lowest.unwrap_or(-1),
    ];
    let index = |asn: Asn| upstreams.get(&asn).map_or(-1, |&index| index as i64);
    match detail {
        UpstreamDetail::All => {
            let dominant = state.upstream.map_or(-1, index);
            let via = prefix.via.iter();
            let mut via: Vec<(i64, i64)> = via
                .filter_map(|(asn, series)| {
                    let vantage_ases = *value_at(series, minute)?;
                    Some((index(*asn), i64::from(vantage_ases)))
                })
                .collect();
            via.sort_by_key(|&(index, vantage_ases)| {
                (index != dominant, Reverse(vantage_ases), index)
            });
            numbers.extend(via.into_iter().flat_map(|(index, n)| [index, n]));
        }
        UpstreamDetail::Dominant => {
            let dominant = state.upstream.into_iter();
            numbers.extend(dominant.flat_map(|asn| [index(asn), 0]));
        }
    }
    numbers
}
