//! The lines of country, ASes and all that is watched: `country` and `asns` as runs, with the band
//! that what is unknown leaves open.

use super::columns::{Reader, count};
use super::rows::Part;
use super::runs::{Runs, add};
use super::{Level, Line, Units, Whose};
use crate::model::net::{Asn, Family, Prefix};
use crate::model::time::Timestamp;
use crate::model::visibility::Status;
use crate::study::manifest::Manifest;
use crate::write::asns;
use crate::write::back::ReadError;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn lines(
    dir: &Path,
    manifest: &Manifest,
    parts: &[Part],
) -> Result<Vec<Line>, ReadError> {
    let prefixes = &manifest.prefixes;
    let mut lines = Vec::new();
    let members: FxHashMap<_, _> = Family::BOTH
        .into_iter()
        .map(|family| {
            (
                family,
                Members::of(prefixes, parts, |p, _| p.family() == family),
            )
        })
        .collect();
    let name = manifest.study.selection.country.as_deref();
    match name {
        Some(name) => {
            let found = groups(dir, manifest, Key::Country)?;
            for ((_, family), minutes) in found {
                if let Some(members) = members.get(&family) {
                    let line = line(Whose::Country, name.to_owned(), family, minutes, members);
                    lines.push(line);
                }
            }
        }
        None => {
            let watched = Family::BOTH
                .into_iter()
                .filter_map(|f| Some((f, members.get(&f)?)));
            let watched = watched.filter(|(_, members)| members.count > 0);
            lines.extend(watched.map(|(family, members)| Line {
                whose: Whose::Whole,
                entity: String::new(),
                family,
                minutes: members.whole(),
            }));
        }
    }
    for ((asn, family), minutes) in groups(dir, manifest, Key::Asn)? {
        let is_its = |p: Prefix, part: &Part| p.family() == family && part.origins.contains(&asn);
        let members = Members::of(prefixes, parts, is_its);
        let name = format!("AS{asn}");
        lines.push(line(Whose::Asn(asn), name, family, minutes, &members));
    }
    Ok(lines)
}

/// A table's minute of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Counted {
    baseline: Option<u32>,
    visible: u32,
    units: Units,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Country,
    Asn,
}

type Groups = BTreeMap<(Asn, Family), Runs<Counted>>;

fn groups(dir: &Path, manifest: &Manifest, key: Key) -> Result<Groups, ReadError> {
    let schema = match key {
        Key::Country => &asns::COUNTRY,
        Key::Asn => &asns::ASNS,
    };
    let window = manifest.study.window;
    let mut groups = Groups::new();
    let mut reader = Reader::open(dir, manifest, schema, &[])?;
    while let Some(rows) = reader.next()? {
        let columns = [
            "asn",
            "prefixes_baseline",
            "prefixes_visible",
            "units_baseline",
            "units_direct",
            "units_covered",
            "units_none",
            "units_unknown",
        ];
        let [asn, baseline, visible, units @ ..] = columns.map(|name| reader.column(name));
        let [units_baseline, units @ ..] = units;
        let [minutes, families, statuses] =
            ["minute", "family", "status"].map(|name| reader.column(name));
        for row in 0..rows {
            let Some(time) = minutes.time(row) else {
                continue;
            };
            let minute = window.minute_index(Timestamp(time)) as u32;
            let family = match families.text(row).as_deref() {
                Some("6") => Family::V6,
                _ => Family::V4,
            };
            let [direct, covered, none, unknown] = units.map(|cells| count(cells, row));
            let status = statuses.text(row).and_then(|s| Status::parse(&s));
            let counted = Counted {
                baseline: baseline.int(row).and_then(|n| u32::try_from(n).ok()),
                visible: count(visible, row),
                units: Units {
                    baseline: units_baseline.int(row).and_then(|n| u64::try_from(n).ok()),
                    direct,
                    covered,
                    none,
                    unknown,
                },
                status: status.unwrap_or(Status::Unknown),
            };
            let key = (count(asn, row), family);
            add(groups.entry(key).or_default(), minute, counted);
        }
    }
    Ok(groups)
}

fn line(
    whose: Whose,
    name: String,
    family: Family,
    minutes: Runs<Counted>,
    members: &Members,
) -> Line {
    let mut levels = Vec::new();
    for run in minutes {
        for minute in run.first..run.end {
            let sum = members.at(minute);
            let counted = run.value;
            let most = members.count.max(counted.visible);
            let level = Level {
                baseline: counted.baseline,
                visible: counted.visible,
                low: counted.visible.saturating_sub(sum.doubtful_up),
                high: counted.visible.saturating_add(sum.doubtful_down).min(most),
                unknown: sum.unknown,
                members: members.count,
                units: Some(counted.units),
                status: counted.status,
            };
            add(&mut levels, minute, level);
        }
    }
    Line {
        whose,
        entity: match family {
            Family::V4 => name,
            Family::V6 => format!("{name} IPv6"),
        },
        family,
        minutes: levels,
    }
}

/// The prefixes of a line, summed.
struct Members {
    count: u32,
    /// By minute; as long as any member has minutes.
    sums: Vec<Sum>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    visible: u32,
    /// Visible, but not if the unknown do not see it.
    doubtful_up: u32,
    /// Not visible, but if the unknown see it.
    doubtful_down: u32,
    unknown: u32,
}

impl Members {
    fn of(prefixes: &[Prefix], parts: &[Part], is_one: impl Fn(Prefix, &Part) -> bool) -> Self {
        let mut members = Self {
            count: 0,
            sums: Vec::new(),
        };
        let all = prefixes.iter().zip(parts);
        for (_, part) in all.filter(|(prefix, part)| is_one(**prefix, part)) {
            members.count += 1;
            let end = part.marks.last().map_or(0, |run| run.end as usize);
            if members.sums.len() < end {
                members.sums.resize(end, Sum::default());
            }
            for run in &part.marks {
                let mark = run.value;
                let minutes = run.first as usize..run.end as usize;
                for sum in members.sums.get_mut(minutes).into_iter().flatten() {
                    sum.visible += u32::from(mark.is_visible);
                    sum.doubtful_up += u32::from(mark.is_visible && !mark.is_low);
                    sum.doubtful_down += u32::from(!mark.is_visible && mark.is_high);
                    sum.unknown += u32::from(mark.is_unknown);
                }
            }
        }
        members
    }

    fn at(&self, minute: u32) -> Sum {
        self.sums.get(minute as usize).copied().unwrap_or_default()
    }

    /// All of them as a line of their own.
    fn whole(&self) -> Runs<Level> {
        let mut levels = Vec::new();
        let mut was_seen = false;
        for (minute, sum) in (0u32..).zip(&self.sums) {
            was_seen = was_seen || sum.visible > 0;
            let status = match (sum.unknown * 2 > self.count, was_seen) {
                (true, _) => Status::Unknown,
                (false, false) => Status::Unseen,
                (false, true) => Status::of(sum.visible, self.count),
            };
            let level = Level {
                baseline: None,
                visible: sum.visible,
                low: sum.visible - sum.doubtful_up,
                high: sum.visible + sum.doubtful_down,
                unknown: sum.unknown,
                members: self.count,
                units: None,
                status,
            };
            add(&mut levels, minute, level);
        }
        levels
    }
}
