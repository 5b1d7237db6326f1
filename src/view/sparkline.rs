//! A curve as one line of block characters, and the times below it.

use super::curves::Dip;
use crate::model::time::{MINUTE, Timestamp};
use chrono::DateTime;

/// From nothing at all to everything.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Unknown, which is never drawn as zero.
const UNKNOWN: char = '·';
/// Outages of less than half of the character's time: neighbours stay apart that would otherwise
/// look like one long outage.
pub(crate) const SHORT: char = '╷';
/// Below the character in which a time lies.
const TICK: char = '└';

/// Distances of the times below a curve, in minutes: the first that leaves room for them is taken.
const DISTANCES: [i64; 17] = [
    1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1_440, 2_880, 10_080, 20_160, 40_320,
];
/// Characters from one time to the next, at least.
const ROOM: i64 = 9;
/// Minutes of a day.
const DAY: i64 = 1_440;

/// At most `width` characters. Each shows the lowest known value of its minutes; one in which outages
/// take less than half of its time has [`SHORT`] instead.
pub(crate) fn sparkline(values: &[Option<f64>], dips: &[Dip], width: usize) -> String {
    let width = values.len().min(width);
    let cell = |i: usize| {
        let (first, end) = (i * values.len() / width, (i + 1) * values.len() / width);
        let known = values.get(first..end).unwrap_or_default();
        let Some(lowest) = known.iter().flatten().copied().reduce(f64::min) else {
            return UNKNOWN;
        };
        let (from, to) = (first as f64, end as f64);
        let within = dips.iter().filter(|dip| dip.from < to && dip.to > from);
        let lost = |dip: &Dip| dip.to.min(to) - dip.from.max(from);
        let (lost, lowest) = within.fold((0.0, lowest), |(sum, lowest), dip| {
            (sum + lost(dip), lowest.min(dip.lowest))
        });
        if lost > 0.0 && lost * 2.0 < to - from {
            return SHORT;
        }
        // Rounded up: the lowest step is for nothing at all.
        STEPS[((lowest * 7.0).ceil() as usize).min(STEPS.len() - 1)]
    };
    (0..width).map(cell).collect()
}

/// The times below a curve of so many minutes from `first` on, that is drawn with so many characters
/// at most; `└16:00` stands below the character whose minutes begin at 16:00, or hold it.
pub(crate) fn time_axis(first: Timestamp, minutes: usize, width: usize) -> String {
    let width = minutes.min(width);
    if width == 0 {
        return String::new();
    }
    let (all, columns) = (minutes as i64, width as i64);
    let fits = |distance: &i64| distance * columns >= ROOM * all;
    let distance = DISTANCES.into_iter().find(fits).unwrap_or(all);
    let start = first.0.div_euclid(MINUTE);
    let mut line = String::new();
    let mut written = 0;
    let mut tick = start + (-start).rem_euclid(distance);
    while tick < start + all {
        let column = ((tick - start) * columns / all) as usize;
        let label = label(tick);
        // A short line may have its only time stand out to the right.
        let is_inside = column + 1 + label.chars().count() <= width || written == 0;
        if column >= written && is_inside {
            line.extend(std::iter::repeat_n(' ', column - written));
            line.push(TICK);
            line.push_str(&label);
            written = column + 1 + label.chars().count();
        }
        tick += distance;
    }
    line
}

/// The time of day of a minute since 1970, or its day at midnight.
fn label(minute: i64) -> String {
    let time = DateTime::from_timestamp_micros(minute * MINUTE);
    let pattern = match minute.rem_euclid(DAY) {
        0 => "%-d %b",
        _ => "%H:%M",
    };
    time.map_or_else(String::new, |time| time.format(pattern).to_string())
}

#[cfg(test)]
mod tests {
    use super::{Dip, sparkline, time_axis};
    use crate::model::time::{MINUTE, Timestamp};

    #[test]
    fn a_short_loss_and_the_unknown_stay_visible() {
        let values = [Some(1.0), Some(0.0), Some(0.01), Some(1.0), None, None];
        assert_eq!(sparkline(&values, &[], 3), "▁▂·");
        assert_eq!(sparkline(&values, &[], 60), "█▁▂█··");
        assert_eq!(sparkline(&[], &[], 60), "");
    }

    fn dip(from: f64, to: f64) -> Dip {
        let lowest = 0.0;
        Dip { from, to, lowest }
    }

    /// Four outages of two minutes are not one of two hours.
    #[test]
    fn short_outages_do_not_merge() {
        let values = [Some(1.0); 240];
        let dips = [62.0, 84.0, 109.0, 130.0].map(|from| dip(from, from + 2.0));
        assert_eq!(sparkline(&values, &dips, 10), "██╷╷╷╷████");
        let long = dip(62.0, 156.0);
        assert_eq!(sparkline(&values, &[long], 10), "██╷▁▁▁▁███");
    }

    /// A loss between two ends of minutes is on no minute's value, and is marked.
    #[test]
    fn a_loss_within_a_minute_is_marked() {
        let values = [Some(1.0); 4];
        assert_eq!(sparkline(&values, &[dip(1.1, 1.4)], 4), "█╷██");
        assert_eq!(sparkline(&values, &[dip(1.1, 1.9)], 4), "█▁██");
        // An outage that runs into the unknown is not drawn there.
        let values = [Some(1.0), Some(0.0), None, None];
        assert_eq!(sparkline(&values, &[dip(1.0, 4.0)], 4), "█▁··");
    }

    #[test]
    fn times_stand_below_their_characters() {
        // 2014-12-22 16:00
        let first = Timestamp(23_654_400 * MINUTE);
        assert_eq!(
            time_axis(first, 660, 60),
            "└16:00    └18:00     └20:00     └22:00     └23 Dec    └02:00"
        );
        assert_eq!(time_axis(first, 5, 60), "└16:00");
        assert_eq!(time_axis(first, 0, 60), "");
    }
}
