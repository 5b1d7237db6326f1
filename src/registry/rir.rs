//! The five regional Internet registries (RIRs), and where their archives keep the statistics of a
//! day.
//!
//! All five are below one folder, `pub/stats` of a registry's FTP site; each registry mirrors the
//! other four. The naming patterns have changed over the years, so the file of a day has several
//! possible paths, most likely first.

use crate::model::day::Day;

/// The RIPE NCC's mirror of all five archives.
pub(crate) const REGISTRY_URL: &str = "https://ftp.ripe.net/pub/stats";

/// How many days older than the wanted day a file may be.
pub(crate) const LOOKBACK_DAYS: u32 = 40;

/// From so many days back on, only the most likely path of each form is tried: a registry that has
/// nothing for weeks shall not be asked hundreds of times.
const LIKELY_ONLY_AFTER: u32 = 5;

/// ARIN's first file of the extended form: year, month, day.
const ARIN_EXTENDED: (i32, u32, u32) = (2013, 3, 5);

/// A regional Internet registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Registry {
    /// AFRINIC, Africa.
    Afrinic,
    /// APNIC, Asia and the Pacific.
    Apnic,
    /// ARIN, North America.
    Arin,
    /// LACNIC, Latin America and the Caribbean.
    Lacnic,
    /// RIPE NCC, Europe, the Middle East and Central Asia.
    RipeNcc,
}

/// The two forms of statistics. The extended one lists free blocks and holders too; both say what
/// a country held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatisticsForm {
    /// `delegated-apnic-extended-20141221`.
    Extended,
    /// `delegated-apnic-20141221`.
    Plain,
}

/// A path at which the statistics of a day may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsPath {
    /// The day in the file's name.
    pub day: Day,
    /// The form in the file's name.
    pub form: StatisticsForm,
    /// The path below the mirror's root.
    pub path: String,
}

impl Registry {
    /// All five, in the order of their names.
    pub const ALL: [Self; 5] = [
        Self::Afrinic,
        Self::Apnic,
        Self::Arin,
        Self::Lacnic,
        Self::RipeNcc,
    ];

    /// The name in its files and folders.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Afrinic => "afrinic",
            Self::Apnic => "apnic",
            Self::Arin => "arin",
            Self::Lacnic => "lacnic",
            Self::RipeNcc => "ripencc",
        }
    }

    /// Parses the name of a registry, as in [`Registry::name`].
    ///
    /// # Errors
    /// None of the five has it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|r| r.name() == text);
        found.ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|r| r.name()).collect();
            format!("`{text}` is no registry; they are {}", names.join(", "))
        })
    }

    /// The first day of its archive. Before AFRINIC's, the other registries listed African space.
    pub(crate) fn first_day(self) -> Day {
        let (year, month, day) = match self {
            Self::Afrinic => (2005, 2, 18),
            Self::Apnic => (2001, 5, 1),
            Self::Arin => (2003, 11, 20),
            Self::Lacnic => (2004, 1, 1),
            Self::RipeNcc => (2003, 11, 26),
        };
        Day::new(year, month, day).unwrap_or(Day::EARLIEST)
    }

    /// The paths at which to look for its newest file not after a day, best first; empty if its
    /// archive begins later.
    pub fn paths(self, newest: Day) -> Vec<StatisticsPath> {
        let mut paths = Vec::new();
        for back in 0..=LOOKBACK_DAYS {
            let day = newest.before(back);
            if day < self.first_day() {
                break;
            }
            let of_day = self.paths_of_day(day);
            let mut likely: Vec<StatisticsForm> = Vec::new();
            for path in of_day {
                let first_of_form = !likely.contains(&path.form);
                if back < LIKELY_ONLY_AFTER || first_of_form {
                    likely.push(path.form);
                    paths.push(path);
                }
            }
        }
        paths
    }

    /// The paths at which the file of one day may be, best first.
    fn paths_of_day(self, day: Day) -> Vec<StatisticsPath> {
        let name = self.name();
        let year = |folder: &str| -> Vec<String> {
            let years = years(day).into_iter();
            years.map(|y| format!("{folder}/{y}")).collect()
        };
        let (folders, endings): (Vec<String>, &[&str]) = match self {
            Self::Afrinic => (year(name), &[""]),
            Self::Apnic => (year(name), &[".gz"]),
            Self::RipeNcc => (year(name), &[".bz2"]),
            // Files of recent years have not been moved into the archive yet.
            Self::Arin if day.year() < 2017 => (
                [year("arin/archive"), vec![name.to_owned()]].concat(),
                &["", ".gz"],
            ),
            Self::Arin => (
                [vec![name.to_owned()], year("arin/archive")].concat(),
                &["", ".gz"],
            ),
            Self::Lacnic => (
                [vec![name.to_owned()], year("lacnic/archive")].concat(),
                &[""],
            ),
        };
        let mut paths = Vec::new();
        for form in self.forms(day) {
            let infix = match form {
                StatisticsForm::Extended => "extended-",
                StatisticsForm::Plain => "",
            };
            for ending in endings {
                for folder in &folders {
                    // Files were compressed only when they were moved into the archive.
                    if *ending == ".gz" && folder == "arin" {
                        continue;
                    }
                    let file = format!("delegated-{name}-{infix}{}{ending}", day.compact());
                    let path = format!("{folder}/{file}");
                    paths.push(StatisticsPath { day, form, path });
                }
            }
        }
        paths
    }

    /// The forms in which its statistics of a day may exist. The extended form dates from 2008.
    fn forms(self, day: Day) -> Vec<StatisticsForm> {
        let (year, month, first) = match self {
            Self::Arin => ARIN_EXTENDED,
            _ => (2008, 1, 1),
        };
        match Day::new(year, month, first) {
            Some(since) if day >= since => vec![StatisticsForm::Extended, StatisticsForm::Plain],
            _ => vec![StatisticsForm::Plain],
        }
    }
}

/// The years in whose folders the file of a day may be: around New Year, the adjacent one too.
fn years(day: Day) -> Vec<i32> {
    let year = day.year();
    match day.month_day() {
        (12, 31) => vec![year, year + 1],
        (1, 1) => vec![year, year - 1],
        _ => vec![year],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn paths(registry: Registry, of: &str) -> Vec<String> {
        let paths = registry.paths_of_day(day(of)).into_iter();
        paths.map(|p| p.path).collect()
    }

    /// Paths of real files.
    #[test]
    fn every_registry_has_its_pattern_of_the_time() {
        let expected = [
            (
                "apnic 2014-12-21",
                "apnic/2014/delegated-apnic-extended-20141221.gz apnic/2014/delegated-apnic-20141221.gz",
            ),
            ("apnic 2004-02-29", "apnic/2004/delegated-apnic-20040229.gz"),
            (
                "apnic 2015-12-31",
                "apnic/2015/delegated-apnic-extended-20151231.gz apnic/2016/delegated-apnic-extended-20151231.gz apnic/2015/delegated-apnic-20151231.gz apnic/2016/delegated-apnic-20151231.gz",
            ),
            (
                "ripencc 2012-11-28",
                "ripencc/2012/delegated-ripencc-extended-20121128.bz2 ripencc/2012/delegated-ripencc-20121128.bz2",
            ),
            (
                "ripencc 2004-01-01",
                "ripencc/2004/delegated-ripencc-20040101.bz2 ripencc/2003/delegated-ripencc-20040101.bz2",
            ),
            (
                "afrinic 2012-12-31",
                "afrinic/2012/delegated-afrinic-extended-20121231 afrinic/2013/delegated-afrinic-extended-20121231 afrinic/2012/delegated-afrinic-20121231 afrinic/2013/delegated-afrinic-20121231",
            ),
            (
                "arin 2013-03-04",
                "arin/archive/2013/delegated-arin-20130304 arin/delegated-arin-20130304 arin/archive/2013/delegated-arin-20130304.gz",
            ),
            (
                "arin 2016-06-02",
                "arin/archive/2016/delegated-arin-extended-20160602 arin/delegated-arin-extended-20160602 arin/archive/2016/delegated-arin-extended-20160602.gz arin/archive/2016/delegated-arin-20160602 arin/delegated-arin-20160602 arin/archive/2016/delegated-arin-20160602.gz",
            ),
            (
                "arin 2017-01-02",
                "arin/delegated-arin-extended-20170102 arin/archive/2017/delegated-arin-extended-20170102 arin/archive/2017/delegated-arin-extended-20170102.gz arin/delegated-arin-20170102 arin/archive/2017/delegated-arin-20170102 arin/archive/2017/delegated-arin-20170102.gz",
            ),
            (
                "lacnic 2018-09-26",
                "lacnic/delegated-lacnic-extended-20180926 lacnic/archive/2018/delegated-lacnic-extended-20180926 lacnic/delegated-lacnic-20180926 lacnic/archive/2018/delegated-lacnic-20180926",
            ),
        ];
        for (asked, expected) in expected {
            let (registry, of) = asked.split_once(' ').unwrap();
            let found = paths(Registry::parse(registry).unwrap(), of);
            assert_eq!(found.join(" "), expected, "{asked}");
        }
    }

    /// Never a later day, never more than 40 days back, and never before the archive begins.
    #[test]
    fn days_go_back_and_no_further_than_they_may() {
        for registry in Registry::ALL {
            let wanted = day("2014-12-21");
            let days: Vec<Day> = registry.paths(wanted).iter().map(|p| p.day).collect();
            assert!(days.is_sorted_by(|a, b| a >= b), "{registry:?}");
            assert_eq!((days[0], days[days.len() - 1]), (wanted, wanted.before(40)));
            assert!(days.len() < 120, "{registry:?}: {}", days.len());
            let first = registry.first_day();
            assert!(registry.paths(first.before(1)).is_empty());
            let earliest = registry.paths(first.before(0)).pop().unwrap();
            assert_eq!(earliest.day, first);
        }
        assert!(Registry::parse("ripe").is_err());
    }
}
