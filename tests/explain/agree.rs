//! Properties: explanations agree with their cells, and records with the evidence they are given for.

#![allow(
    clippy::unwrap_used,
    reason = "a test ends where its world cannot be set up"
)]

use super::BLOCK;
use crate::harness::{Random, Run, Scene, plain_file, record_starts, unpack};
use crate::laws::{config, question, random_archive};
use dropline::decode::inspect::{self, RecordPosition, RecordQuery};
use dropline::explain::evidence::{self, Evidence, EvidenceKind};
use dropline::explain::group::{self, GroupSelector};
use dropline::explain::{self, AskedTime, PeerExplanation};
use dropline::locate::LocalSource;
use dropline::manifest::{self, Manifest};
use dropline::model::net::Prefix;
use dropline::model::peer::Session;
use dropline::model::record::Carries;
use dropline::model::route::{Cause, Presence};
use dropline::model::time::Timestamp;
use dropline::pipeline::recorded::{self, FileStore};
use dropline::pipeline::{self, Quiet, Replayed};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;

/// A run replayed again from its manifest.
fn replayed(scene: &Scene, run: &Run) -> (Manifest, Replayed) {
    let manifest = manifest::read(&run.dir.join("run.json")).unwrap();
    let source = LocalSource::Mirror(scene.archive());
    let holdings = recorded::files(&manifest, FileStore::Local(&source)).unwrap();
    let run = pipeline::replay(&manifest.study, &manifest.list, holdings, None, &Quiet);
    let run = run.unwrap_or_else(|e| panic!("{e}"));
    (manifest, run)
}

/// The figures of an explanation are those of its cell, for every cell of any archive; and every
/// record shows what it is given as evidence for.
#[test]
fn explanations_agree_with_their_cells() {
    let missing = (any::<bool>(), prop::option::of(0..4usize));
    proptest!(config(6), |(archive in random_archive(120), question in question(), (hole, cut) in missing)| {
        let mut scene = Scene::of(&archive.text()).without_witness("`laws::the_witness_agrees` compares such archives");
        if hole {
            scene = scene.without("rrc01/2014.12/updates.20141222.1610.gz");
        }
        if let Some(records) = cut {
            scene = scene.cut_after("rrc01/2014.12/updates.20141222.1620.gz", records);
        }
        let run = scene.ask(&question);
        let (manifest, again) = replayed(&scene, &run);
        let window = manifest.study.window;
        let mut groups: BTreeMap<String, Vec<group::GroupExplanation>> = BTreeMap::new();
        for (i, row) in run.table("prefixes").iter().enumerate() {
            let prefix: Prefix = row["prefix"].parse().unwrap();
            let at = AskedTime::of(Timestamp::parse(&row["minute"]).unwrap(), window).unwrap();
            let mut explained = explain::prefix(&again, prefix, at).unwrap();
            let now = explained.visibility();
            let counts = [explained.full() as u32, now.known, now.seeing].map(|n| n.to_string());
            let cell = ["full", "known", "seeing"].map(|c| row[&format!("peer_asns_{c}")].clone());
            assert_eq!(counts, cell, "{} {}", row["minute"], row["prefix"]);
            // CollectorData takes the longest: some of the cells.
            if i % 23 == 0 {
                evidence::read(&again, prefix, explained.evidence_mut()).unwrap();
                let counted = explained.vantages.iter().flat_map(|v| &v.peers);
                for view in counted.chain(&explained.others) {
                    check_records(&again, prefix, view);
                }
            }
        }
        for row in run.table("asns") {
            let minute = Timestamp::parse(&row["minute"]).unwrap();
            let asn = row["asn"].parse().unwrap();
            let key = format!("{} {asn}", row["minute"]);
            let families = groups.entry(key).or_insert_with(|| {
                let at = AskedTime::of(minute, window).unwrap();
                group::explain(&again, &manifest.list, GroupSelector::Asn(asn), at)
            });
            let of = families.iter().find(|f| f.family.label() == row["family"]);
            let counts = of.map_or((0, 0), |f| (f.baseline(), f.visible()));
            let cell = ["prefixes_baseline", "prefixes_visible"].map(|c| row[c].parse::<usize>().unwrap());
            assert_eq!([counts.0, counts.1], cell, "{row:?}");
        }
    });
}

/// The first piece of evidence fits the presence, and every record fits its piece.
fn check_records(run: &Replayed, prefix: Prefix, view: &PeerExplanation) {
    let fits = |kind: EvidenceKind| match kind {
        EvidenceKind::StartRib => view.presence != Presence::Unknown,
        EvidenceKind::NotObserved => view.presence == Presence::Unknown,
        EvidenceKind::Change(cause) => match cause {
            Cause::Announce | Cause::RibAdded => view.presence == Presence::Present,
            Cause::Settle | Cause::RibRemoved => view.presence == Presence::Absent,
            Cause::Withdraw => view.presence != Presence::Present,
            Cause::Silence => true,
            Cause::SessionDown | Cause::SessionUp | Cause::Gap | Cause::Damage => {
                view.presence == Presence::Unknown
            }
        },
    };
    assert!(fits(view.evidence[0].kind), "{view:?}");
    let session = run.reports[view.peer as usize].peer.session;
    for evidence in view.evidence.iter().chain(&view.path_evidence) {
        let Some(record) = &evidence.record else {
            let without = without_record(evidence);
            assert!(without, "{evidence:?}");
            continue;
        };
        if let Some(fields) = record.session {
            assert_eq!((fields.peer_asn, fields.peer_ip), (session.asn, session.ip));
            assert_eq!(Some(record.time), evidence.time);
        }
        let agrees = match (&record.carries, evidence.kind) {
            (Carries::Update(update), EvidenceKind::Change(cause)) => match cause {
                Cause::Announce => update.announces.iter().any(|r| r.prefix == prefix),
                Cause::Withdraw => update.withdraws.iter().any(|r| r.prefix == prefix),
                Cause::Settle => update.end_of_rib == Some(prefix.family().label()),
                Cause::SessionUp | Cause::Silence => true,
                _ => false,
            },
            (Carries::StateChange { old, new }, EvidenceKind::Change(cause)) => match cause {
                Cause::SessionDown => *old == 6 && *new != 6,
                Cause::SessionUp => *old != 6 && *new == 6,
                Cause::Silence => true,
                _ => false,
            },
            (
                Carries::Rib(listing),
                EvidenceKind::StartRib | EvidenceKind::Change(Cause::RibAdded),
            ) => listing.prefix == prefix && !listing.of_peer.is_empty(),
            (
                Carries::Other(_),
                EvidenceKind::Change(Cause::Damage | Cause::Silence | Cause::SessionUp),
            ) => true,
            _ => false,
        };
        assert!(agrees, "{evidence:?}");
    }
}

/// Whether evidence of this kind has no record.
fn without_record(evidence: &Evidence) -> bool {
    let no_record = match evidence.kind {
        EvidenceKind::StartRib | EvidenceKind::NotObserved => true,
        EvidenceKind::Change(cause) => matches!(
            cause,
            Cause::Gap | Cause::Settle | Cause::RibRemoved | Cause::Silence
        ),
    };
    no_record && evidence.note.is_some()
}

/// Whatever stands in a file: a record is found, or not, and no more.
#[test]
fn records_of_garbled_files() {
    proptest!(config(8), |(archive in random_archive(60), seed in any::<u64>())| {
        let scene = Scene::of(&archive.text());
        let mut random = Random(seed);
        let folder = temp_dir::TempDir::new().unwrap();
        let session = |n: u8| Session {
            asn: 64500 + u32::from(n),
            ip: [192, 0, 2, n].into(),
        };
        for file in [
            "rrc00/2014.12/bview.20141222.1600.gz",
            "rrc00/2014.12/updates.20141222.1600.gz",
            "rrc01/2014.12/updates.20141222.1605.gz",
        ] {
            let mut bytes = unpack(&fs::read(scene.archive().join(file)).unwrap());
            let starts = record_starts(&bytes);
            for _ in 0..random.below(20) {
                let at = random.below(bytes.len());
                bytes[at..].iter_mut().take(1).for_each(|byte| *byte = random.next() as u8);
            }
            bytes.truncate(bytes.len() - random.below(bytes.len() / 3));
            let path = plain_file(folder.path(), "garbled", &bytes);
            let prefix: Prefix = BLOCK.parse().unwrap();
            let places = starts.iter().flat_map(|&start| {
                let time = Timestamp::from_secs(1_419_264_000 + start as i64 % 300);
                let of = session(1 + start as u8 % 5);
                [RecordPosition::At(start as u64), RecordPosition::At(start as u64 + 1), RecordPosition::FirstOf(of, time), RecordPosition::LastOf(of, time)]
            });
            let wanted: Vec<RecordQuery> = places
                .map(|position| RecordQuery { position, session: session(1), prefix })
                .collect();
            let found = inspect::find(&path, &wanted).unwrap();
            assert_eq!(found.len(), wanted.len());
            for (wanted, found) in wanted.iter().zip(found) {
                if let (RecordPosition::At(offset), Some(found)) = (wanted.position, found) {
                    assert_eq!(found.offset, offset);
                    assert!(!found.to_string().is_empty());
                }
            }
        }
    });
}
