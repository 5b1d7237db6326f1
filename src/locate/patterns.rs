//! The archives' own naming, and what it leads to expect.
//!
//! RIS `rrc00/2014.12/{bview,updates}.20141222.1600.gz`, RouteViews
//! `NAME/bgpdata/2014.12/{RIBS/rib,UPDATES/updates}.20141222.1600.bz2`; route-views2 is under
//! both `bgpdata/` and `route-views2/bgpdata/`, which are one archive. RIS dumps its tables every
//! eight hours, RouteViews every two.

use crate::model::archive::{ArchiveFile, FileKind, Url};
use crate::model::peer::{Collector, Project};
use crate::model::time::{MINUTE, Timestamp};
use std::borrow::Cow;
use std::path::Path;

/// Where the RIS archive is published.
pub const RIS_URL: &str = "https://data.ris.ripe.net";
/// Where the RouteViews archive is published.
pub const ROUTEVIEWS_URL: &str = "https://archive.routeviews.org";

/// Where a project's archive is published.
pub(crate) const fn published_at(project: Project) -> &'static str {
    match project {
        Project::Ris => RIS_URL,
        Project::RouteViews => ROUTEVIEWS_URL,
    }
}

/// The folders that a collector's months lie in; its first is the usual one.
pub(super) fn roots(collector: &Collector) -> Vec<String> {
    match (collector.project(), collector.name()) {
        (Project::Ris, name) => vec![name.to_owned()],
        (_, name @ "route-views2") => vec!["bgpdata".to_owned(), format!("{name}/bgpdata")],
        (_, name) => vec![format!("{name}/bgpdata")],
    }
}

/// The paths under which an archive may have a file; the first is the usual one.
pub fn paths(collector: &Collector, kind: FileKind, start: Timestamp) -> Vec<String> {
    let (month, stamp) = (start.month(), start.stamp());
    let rest = match (collector.project(), kind) {
        (Project::Ris, FileKind::Rib) => format!("{month}/bview.{stamp}.gz"),
        (Project::Ris, FileKind::Updates) => format!("{month}/updates.{stamp}.gz"),
        (Project::RouteViews, FileKind::Rib) => format!("{month}/RIBS/rib.{stamp}.bz2"),
        (Project::RouteViews, FileKind::Updates) => {
            format!("{month}/UPDATES/updates.{stamp}.bz2")
        }
    };
    let roots = roots(collector).into_iter();
    roots.map(|root| format!("{root}/{rest}")).collect()
}

/// Public URL of a file.
pub fn url(collector: &Collector, kind: FileKind, start: Timestamp) -> String {
    let base = published_at(collector.project());
    format!("{base}/{}", paths(collector, kind, start)[0])
}

/// Public URL of a file, or its path where it has none.
pub(crate) fn url_of(file: &ArchiveFile) -> Cow<'_, str> {
    match &file.url {
        Url::Published => Cow::Owned(url(&file.collector, file.kind, file.start)),
        Url::Path(path) => Cow::Borrowed(path),
    }
}

/// Kind and start of a file by its name.
pub fn named(path: &Path) -> Option<(FileKind, Timestamp)> {
    let name = path.file_name()?.to_str()?;
    let name = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".bz2"))
        .unwrap_or(name);
    let (stem, stamp) = name.split_once('.')?;
    let kind = match stem {
        "bview" | "rib" => FileKind::Rib,
        "updates" => FileKind::Updates,
        _ => return None,
    };
    Some((kind, Timestamp::parse_stamp(stamp)?))
}

/// How often a collector's archive has a RIB, in microseconds.
pub(super) const fn rib_period(project: Project) -> i64 {
    match project {
        Project::Ris => 8 * 60 * MINUTE,
        Project::RouteViews => 2 * 60 * MINUTE,
    }
}

/// The starts of the RIBs to expect in `[from, to)`, oldest first.
pub(super) fn ribs(
    collector: &Collector,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Timestamp> + use<> {
    let period = rib_period(collector.project());
    let first = (from.0 + period - 1).div_euclid(period) * period;
    let starts = (0..).map(move |i| Timestamp(first.saturating_add(period * i)));
    starts.take_while(move |start| *start < to)
}

/// The starts of the update files to expect over `[from, to)`, oldest first: the one that holds
/// `from` too.
pub(super) fn updates(
    collector: &Collector,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Timestamp> + '_ {
    let step = collector.step(from);
    let mut next = Timestamp(from.0.div_euclid(step) * step);
    std::iter::from_fn(move || {
        let start = next;
        next.0 += collector.step(start);
        (start < to).then_some(start)
    })
}
