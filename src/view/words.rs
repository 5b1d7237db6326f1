//! Times, counts and shares as people read them, and sentences that everything for people shares.

use crate::model::time::{SECOND, Timestamp};
use crate::model::visibility::Status;

/// Said wherever a run is shown whose tables were rebuilt from published times.
pub(crate) const RECONSTRUCTION: &str = "RECONSTRUCTION from published times: not a measurement";

/// Said wherever results are shown: what BGP data cannot tell.
pub(crate) const CONTROL_PLANE: &str =
    "This is the control plane only: a route can stand while its hosts are down, and the reverse";

/// A status as people read it.
pub(crate) const fn status(status: Status) -> &'static str {
    match status {
        // It may well be seen by some.
        Status::Unseen => "not yet seen by half of the networks",
        _ => status.label(),
    }
}

/// Why every minute is unknown: `counted` vantage ASes count, at most `known` of them are known at a
/// time, and `needed` are asked for.
pub(crate) fn too_few_vantage_ases(counted: u32, known: u32, needed: u32) -> String {
    let ases = match counted {
        0 => "no vantage AS counts".to_owned(),
        1 => "1 vantage AS counts".to_owned(),
        n if n < needed => format!("{n} vantage ASes count"),
        n => format!("of {n} vantage ASes that count, at most {known} are known at a time"),
    };
    format!("{ases}, and `--min-vantage` asks for {needed}")
}

/// Day and second in UTC, `2014-12-22 16:15:18`. Fractions of a second are cut off.
pub(crate) fn second(time: Timestamp) -> String {
    let whole = Timestamp(time.0.div_euclid(SECOND) * SECOND).to_string();
    whole.trim_end_matches('Z').replacen('T', " ", 1)
}

/// A length of time in seconds: `47 s`, `3 min 10 s` or, rounded to minutes, `9 h 31 min`.
pub(crate) fn duration(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => {
            let minutes = (seconds + 30) / 60;
            format!("{} h {} min", minutes / 60, minutes % 60)
        }
    }
}

/// A count with its noun: `1 prefix`, `4 prefixes`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", plural(n, one, many))
}

/// The noun that goes with a count.
pub(crate) fn plural<'a>(n: usize, one: &'a str, many: &'a str) -> &'a str {
    if n == 1 { one } else { many }
}

/// Ten-thousandths as a whole percentage, rounded half up: `97 %`.
pub(crate) fn percent(ten_thousandths: u32) -> String {
    format!("{} %", (ten_thousandths + 50) / 100)
}

/// Escapes control characters and marks of text direction, so that foreign text, such as a server's
/// answer or a file's name, cannot control the terminal.
pub(crate) fn escaped_controls(text: &str) -> String {
    let is_direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t' || is_direction(c);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match is_control(c) {
            true => escaped.extend(c.escape_default()),
            false => escaped.push(c),
        }
    }
    escaped
}
