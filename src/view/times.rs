//! Times in sentences: the day once, then the time of day. All are UTC.

use crate::model::time::{MINUTE, SECOND, TimeDelta, Timestamp, Window};
use crate::study::Study;
use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// How finely times are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// To the second, which is how finely archives record.
    Seconds,
    /// To the minute: of a reconstruction the seconds are invented.
    Minutes,
}

impl Precision {
    /// Of the times of a study.
    pub(crate) const fn of(study: &Study) -> Self {
        match study.reconstruction {
            true => Self::Minutes,
            false => Self::Seconds,
        }
    }
}

/// Tells times in one sentence. A day is named when it differs from the day told last, its year
/// likewise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    precision: Precision,
    told: Option<NaiveDate>,
}

impl Clock {
    /// For a sentence that stands alone: the first time is told with its day.
    pub(crate) const fn new(precision: Precision) -> Self {
        let told = None;
        Self { precision, told }
    }

    /// For a sentence below one that names the day of a window: times of a window that lies within
    /// one day need none.
    pub(crate) fn within(window: Window, precision: Precision) -> Self {
        let last = Timestamp(window.to.0 - 1).max(window.from);
        let (first, last) = (utc(window.from), utc(last));
        let told = first.zip(last).and_then(|(first, last)| {
            (first.date_naive() == last.date_naive()).then(|| first.date_naive())
        });
        Self { precision, told }
    }

    /// `22 December 2014, 16:15:18`, `23 December, 01:46:12` or `16:15:18`. Fractions are cut off.
    pub(crate) fn tell(&mut self, time: Timestamp) -> String {
        let Some(utc) = utc(time) else {
            return time.to_string();
        };
        let day = utc.date_naive();
        let clock = match self.precision {
            Precision::Seconds => utc.format("%H:%M:%S"),
            Precision::Minutes => utc.format("%H:%M"),
        };
        let told = self.told.replace(day);
        match told {
            Some(told) if told == day => clock.to_string(),
            Some(told) if told.year() == day.year() => {
                format!("{}, {clock}", day.format("%-d %B"))
            }
            _ => format!("{}, {clock}", day.format("%-d %B %Y")),
        }
    }

    /// The same with its preposition: `at 16:15:18`, `on 23 December, 01:46:12`.
    pub(crate) fn tell_at(&mut self, time: Timestamp) -> String {
        let told = self.tell(time);
        let preposition = if told.contains(',') { "on" } else { "at" };
        format!("{preposition} {told}")
    }

    /// Whether two times are told alike.
    pub(crate) fn is_same(self, a: Timestamp, b: Timestamp) -> bool {
        let unit = match self.precision {
            Precision::Seconds => SECOND,
            Precision::Minutes => MINUTE,
        };
        a.0.div_euclid(unit) == b.0.div_euclid(unit)
    }

    /// A length of time: as [`duration`](super::words::duration) has it, or in whole minutes where
    /// seconds are invented.
    pub(crate) fn lasted(self, length: TimeDelta) -> String {
        let seconds = length.as_secs();
        match self.precision {
            Precision::Seconds => super::words::duration(seconds),
            Precision::Minutes if seconds < 60 => "less than a minute".to_owned(),
            Precision::Minutes => {
                let minutes = (seconds + 30) / 60;
                match minutes {
                    ..60 => format!("about {minutes} min"),
                    _ => format!("about {} h {} min", minutes / 60, minutes % 60),
                }
            }
        }
    }
}

fn utc(time: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(time.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends where its times are none")]
mod tests {
    use super::{Clock, Precision};
    use crate::model::time::{TimeDelta, Timestamp, Window};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_day_is_told_once_and_a_year_once() {
        let mut clock = Clock::new(Precision::Seconds);
        let told = [
            "2014-12-22T16:15:18Z",
            "2014-12-22T16:15:19Z",
            "2014-12-23T01:46:12Z",
            "2015-01-01T00:00:00Z",
        ];
        let told = told.map(|time| clock.tell(at(time)));
        assert_eq!(
            told,
            [
                "22 December 2014, 16:15:18",
                "16:15:19",
                "23 December, 01:46:12",
                "1 January 2015, 00:00:00"
            ]
        );
    }

    #[test]
    fn a_window_of_one_day_needs_no_day() {
        let window = |from: &str, to: &str| Window {
            from: at(from),
            to: at(to),
        };
        let day = window("2008-02-24T10:01Z", "2008-02-25T00:00Z");
        let mut clock = Clock::within(day, Precision::Minutes);
        assert_eq!(clock.tell(at("2008-02-24T11:30:59Z")), "11:30");
        let night = window("2014-12-22T16:00Z", "2014-12-23T03:00Z");
        let mut clock = Clock::within(night, Precision::Minutes);
        assert_eq!(
            clock.tell(at("2014-12-22T16:15:18Z")),
            "22 December 2014, 16:15"
        );
    }

    #[test]
    fn invented_seconds_are_not_told() {
        let clock = Clock::new(Precision::Minutes);
        let lasted = |seconds| clock.lasted(TimeDelta::from_secs(seconds));
        assert_eq!(lasted(47), "less than a minute");
        assert_eq!(lasted(130), "about 2 min");
        assert_eq!(lasted(9 * 3600 + 31 * 60 - 6), "about 9 h 31 min");
        assert!(clock.is_same(at("2014-12-22T16:15:18Z"), at("2014-12-22T16:15:59Z")));
    }
}
