//! Missing, cut and damaged files: what they may have held is unknown, never absent.

use crate::harness::{Scene, unpack};
use std::io::Write;

/// The update files of rrc00 that begin at 16:00 and 16:05.
const AT_1600: &str = "rrc00/2014.12/updates.20141222.1600.gz";
const AT_1605: &str = "rrc00/2014.12/updates.20141222.1605.gz";
const SYDNEY_1600: &str = "route-views.sydney/bgpdata/2014.12/UPDATES/updates.20141222.1600.bz2";

/// Three peers with a route to one prefix.
const RIB: &str = "16:00 ABC rib 10.0.1.0/24 @ 64500\n";

/// From the end of the last file's span on, every peer of the collector is unknown until its next
/// message. That is no outage, but the exit code is 3.
#[test]
fn a_missing_file() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:20
         16:11:10 A announce 10.0.1.0/24 @ 64500
         16:12:10 B withdraw 10.0.1.0/24"
    ))
    .without(AT_1605)
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:14")
    .exits(3)
    .shows(
        "prefixes",
        "minute full known seeing min max visibility visibility_low visibility_high status
         16:00-16:04 3 3 3 3 3 1.0000 1.0000 1.0000 up
         16:05       3 0 0 0 3 -      0.0000 1.0000 unknown
         16:06-16:10 3 0 0 0 0 -      0.0000 1.0000 unknown
         16:11       3 1 1 0 1 1.0000 0.3333 1.0000 unknown
         16:12-16:13 3 2 1 1 1 0.5000 0.3333 0.6667 unknown",
    )
    .shows_where(
        "transitions",
        "peer_asn=64501",
        "time from to cause
         16:05    present unknown gap
         16:11:10 unknown present announce",
    )
    .shows_where(
        "files",
        "kind=updates",
        "start state\n 16:00 present\n 16:05 missing\n 16:10 present",
    )
    .shows("outages", "scope entity start");
}

/// A gap cancels a pending settle: the table transfer may be in the missing file.
#[test]
fn a_gap_cancels_the_settle() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:20
         16:01:10 A state 6 1
         16:02:10 A state 1 6"
    ))
    .without(AT_1605)
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:14")
    .shows_where(
        "transitions",
        "peer_asn=64501",
        "time from to cause
         16:01:10 present unknown session_down",
    );
}

/// After a session loss and a gap, the session start may be in the missing file: the first UPDATE
/// after the gap is not taken for it, and nothing settles.
#[test]
fn a_session_start_is_not_inferred_across_a_gap() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:25
         16:01:10 A state 6 1
         16:11:10 A announce 10.0.2.0/24 @ 64500"
    ))
    .without(AT_1605)
    .without_witness("the witness takes the first UPDATE after the gap for the session start (R15)")
    .ask("--prefix 10.0.1.0/24 --from 16:00 --to 16:24")
    .shows_where(
        "transitions",
        "peer_asn=64501",
        "time from to cause
         16:01:10 present unknown session_down",
    );
}

/// Between files a pause of up to a third of the step is no gap: 300 s at RouteViews.
#[test]
fn a_pause_of_a_third_of_the_step_is_no_gap() {
    let later = |stamp: &str| SYDNEY_1600.replace("1600", stamp);
    let scene = |stamp| {
        Scene::of(
            "cover route-views.sydney 16:00 16:30
             16:00 sydney/ABC rib 10.0.1.0/24 @ 64500
             16:09 sydney/ABC keepalive
             16:18 sydney/ABC keepalive",
        )
        .copied(&later("1615"), &later(stamp))
        .without(&later("1615"))
    };
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:25";
    scene("1620")
        .ask(question)
        .exits(0)
        .shows("prefixes", "minute known seeing\n 16:00-16:24 3 3");
    scene("1621").ask(question).exits(3).shows(
        "prefixes",
        "minute known seeing\n 16:00-16:14 3 3\n 16:15-16:24 0 0",
    );
}

/// The same holds between the RIB and the first file: 100 s at RIS.
#[test]
fn a_gap_after_the_rib() {
    let scene = |stamp: &str| {
        Scene::of(&format!("{RIB} cover 16:00 16:10"))
            .copied(AT_1600, &AT_1600.replace("1600", stamp))
            .without(AT_1600)
    };
    let question = "--prefix 10.0.0.0/8 --from 16:00 --to 16:04";
    scene("1601")
        .ask(question)
        .exits(0)
        .shows("prefixes", "minute known min max\n 16:00-16:03 3 3 3");
    scene("1602").ask(question).exits(3).shows(
        "prefixes",
        "minute known min max\n 16:00 0 0 3\n 16:01-16:03 0 0 0",
    );
}

/// At the window's end there is no tolerance.
#[test]
fn a_gap_at_the_windows_end() {
    let scene = Scene::of(&format!("{RIB} cover 16:00 16:10"));
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:10")
        .exits(0)
        .shows("prefixes", "minute known\n 16:00-16:09 3");
    scene
        .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:11")
        .exits(3)
        .shows("prefixes", "minute known\n 16:00-16:09 3\n 16:10 0");
}

/// Before July 2003 an update file of RIS spans 15 minutes.
#[test]
fn spans_of_ris_before_july_2003() {
    Scene::of(
        "cover rrc00 2003-06-30T16:00Z 2003-06-30T16:15Z
         2003-06-30T16:00Z ABC rib 10.0.1.0/24 @ 64500",
    )
    .ask("--prefix 10.0.0.0/8 --from 2003-06-30T16:00Z --to 2003-06-30T16:15Z")
    .exits(0)
    .shows_where("peers", "peer_asn=64501", "seconds_unknown\n 0");
}

/// Records before the cut count; from the last record read on, the rest of the span is a gap.
#[test]
fn a_cut_gz_file() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:15
         16:06:10 A withdraw 10.0.1.0/24
         16:07:10 B withdraw 10.0.1.0/24
         16:11:10 B announce 10.0.1.0/24 @ 64500"
    ))
    .cut_after(AT_1605, 1)
    .ask("--prefix 10.0.0.0/8 --from 16:05 --to 16:12")
    .exits(3)
    .shows(
        "prefixes",
        "minute known seeing min max withdrawals
         16:05       3 3 3 3 0
         16:06       0 0 0 3 1
         16:07-16:10 0 0 0 0 0
         16:11       1 1 0 1 0",
    )
    .shows(
        "transitions",
        "time peer_asn from to cause
         16:06:10 64501 present absent withdraw
         16:06:10 64501 absent unknown gap
         16:06:10 64502 present unknown gap
         16:06:10 64503 present unknown gap
         16:11:10 64502 unknown present announce",
    )
    .shows_where(
        "files",
        "start=16:05",
        "state records flags\n present 1 cut",
    )
    .shows("outages", "scope entity start");
}

/// A file without its trailer is cut all the same: whether more followed cannot be known.
#[test]
fn a_gz_file_without_its_trailer() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:15\n 16:06:10 A withdraw 10.0.1.0/24"
    ))
    .changed(AT_1605, |mut bytes| {
        bytes.truncate(bytes.len() - 8);
        bytes
    })
    .ask("--prefix 10.0.0.0/8 --from 16:05 --to 16:08")
    .exits(3)
    .shows(
        "prefixes",
        "minute known seeing withdrawals
             16:05 3 3 0
             16:06 0 0 1
             16:07 0 0 0",
    );
}

/// Where the checksum over a gzip member fails, none of its bytes count.
#[test]
fn a_gz_file_whose_checksum_fails() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:15\n 16:06:10 A withdraw 10.0.1.0/24"
    ))
    .changed(AT_1605, |mut bytes| {
        let crc = bytes.len() - 8;
        bytes[crc] ^= 1;
        bytes
    })
    .ask("--prefix 10.0.0.0/8 --from 16:04 --to 16:07")
    .exits(3)
    .shows(
        "prefixes",
        "minute known seeing withdrawals
             16:04 3 3 0
             16:05-16:06 0 0 0",
    )
    .shows(
        "transitions",
        "time peer_asn cause\n 16:05 64501 gap\n 16:05 64502 gap\n 16:05 64503 gap",
    );
}

/// A .bz2 in two streams, the second of them cut: the first counts.
#[test]
fn a_cut_bz2_file() {
    Scene::of(
        "cover route-views.sydney 16:00 16:15
         16:00    sydney/ABC rib 10.0.1.0/24 @ 64500
         16:01:10 sydney/A withdraw 10.0.1.0/24
         16:02:10 sydney/B withdraw 10.0.1.0/24",
    )
    .changed(SYDNEY_1600, |packed| {
        let bytes = unpack(&packed);
        let second = crate::harness::record_starts(&bytes)[1];
        let mut file = bzip2_at(&bytes[..second], 9);
        let cut = bzip2_at(&bytes[second..], 9);
        file.extend_from_slice(&cut[..cut.len() - 20]);
        file
    })
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:04")
    .exits(3)
    .shows(
        "prefixes",
        "minute known seeing min max withdrawals
         16:00       3 3 3 3 0
         16:01       0 0 0 3 1
         16:02-16:03 0 0 0 0 0",
    );
}

/// The last block is whole and its checksum right, though the stream's end is cut off: it counts.
#[test]
fn a_bz2_file_cut_behind_its_last_block() {
    Scene::of(
        "cover route-views.sydney 16:00 16:15
         16:00    sydney/ABC rib 10.0.1.0/24 @ 64500
         16:01:10 sydney/A withdraw 10.0.1.0/24",
    )
    .changed(SYDNEY_1600, |mut packed| {
        packed.truncate(packed.len() - 9);
        packed
    })
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:03")
    .exits(3)
    .shows(
        "prefixes",
        "minute known min max withdrawals\n 16:00 3 3 3 0\n 16:01 0 0 3 1\n 16:02 0 0 0 0",
    );
}

/// Each block of a .bz2 has its checksum: those before the failing one count.
#[test]
fn a_bz2_file_with_a_damaged_block() {
    Scene::of(
        "cover route-views.sydney 16:00 16:15
         16:00    sydney/ABC rib 10.0.1.0/24 @ 64500
         16:01:10 sydney/A withdraw 10.0.1.0/24
         16:02:10 sydney/D announce-table 4 60000 @ 64500
         16:03:10 sydney/B withdraw 10.0.1.0/24",
    )
    .changed(SYDNEY_1600, |packed| {
        // 250 kB in blocks of 100 kB; the last 10 bytes are the end of the stream.
        let mut file = bzip2_at(&unpack(&packed), 1);
        let in_last_block = file.len() - 20;
        file[in_last_block] ^= 4;
        file
    })
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
    .exits(3)
    .shows(
        "prefixes",
        "minute known seeing min max withdrawals
         16:00       3 3 3 3 0
         16:01       3 2 2 3 1
         16:02       0 0 0 2 0
         16:03-16:04 0 0 0 0 0",
    );
}

fn bzip2_at(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut packed = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(level));
    let written = packed.write_all(bytes).and_then(|()| packed.finish());
    assert!(written.is_ok(), "bytes to memory");
    written.unwrap_or_default()
}

/// A whole file without a record shows that nothing happened; a file of no bytes is a missing file.
#[test]
fn an_empty_file_is_covered_and_no_file_at_all_is_not() {
    let scene = Scene::of(&format!("{RIB} cover 16:00 16:15"));
    let question = "--prefix 10.0.0.0/8 --from 16:04 --to 16:07";
    scene
        .ask(question)
        .exits(0)
        .shows("prefixes", "minute known\n 16:04-16:06 3")
        .shows_where(
            "files",
            "start=16:05",
            "state records flags\n present 0 empty",
        );
    scene
        .changed(AT_1605, |_| Vec::new())
        .ask(question)
        .exits(3)
        .shows("prefixes", "minute known\n 16:04 3\n 16:05-16:06 0");
}

/// route-views2 lies under two roots that are one archive: a file in both is read once.
#[test]
fn both_roots_of_route_views2_are_read_once() {
    let under = |root: &str, stamp: &str| {
        format!("{root}bgpdata/2014.12/UPDATES/updates.20141222.{stamp}.bz2")
    };
    Scene::of(
        "cover route-views2 16:00 16:30
         16:00    route-views2/ABC rib 10.0.1.0/24 @ 64500
         16:09    route-views2/ABC announce 10.0.1.0/24 @ 64500
         16:17:10 route-views2/ABC announce 10.0.1.0/24 @ 64510",
    )
    .copied(&under("route-views2/", "1600"), &under("", "1600"))
    .copied(&under("route-views2/", "1615"), &under("", "1615"))
    .without(&under("route-views2/", "1615"))
    .ask("--prefix 10.0.0.0/8 --from 16:08 --to 16:18")
    .exits(0)
    .shows(
        "prefixes",
        "minute seeing announcements origins
         16:08       3 0 AS64500
         16:09       3 3 AS64500
         16:10-16:16 3 0 AS64500
         16:17       3 3 AS64510",
    )
    .shows(
        "files",
        "kind start state\n rib 16:00 present\n updates 16:00 present\n updates 16:15 present",
    );
}

/// A collector whose clock runs ahead of its files' spans is flagged.
#[test]
fn a_clock_ahead_is_flagged() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:10\n 16:07:10 A withdraw 10.0.1.0/24"
    ))
    .copied(AT_1605, AT_1600)
    .without(AT_1605)
    .ask("--prefix 10.0.0.0/8 --from 16:00 --to 16:05")
    .shows_where("files", "kind=updates", "start flags\n 16:00 clock_ahead");
}

/// A RIB under the name of an update file does not show what happened in the file's span.
#[test]
fn a_rib_named_as_an_update_file() {
    Scene::of(&format!(
        "{RIB} cover 16:00 16:15\n 16:06:10 A withdraw 10.0.1.0/24\n 16:11:10 BC keepalive"
    ))
    .copied("rrc00/2014.12/bview.20141222.1600.gz", AT_1605)
    .without_witness("the witness takes it for a file without records")
    .ask("--prefix 10.0.0.0/8 --from 16:03 --to 16:12")
    .exits(3)
    .prints("updates.20141222.1605.gz`: at 0: the file holds a RIB dump instead of updates")
    .shows(
        "prefixes",
        "minute known seeing min max\n 16:03-16:04 3 3 3 3\n 16:05 0 0 0 3\n 16:06-16:11 0 0 0 0",
    )
    .shows_where(
        "files",
        "start=16:05 kind=updates",
        "state flags\n present cut",
    );
}
