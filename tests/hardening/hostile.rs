//! Files made to harm: what unfolds a thousandfold, what claims to be endless, what is endless.
//! The program reads each within bounds, of memory above all, and says what is wrong.

#![allow(
    clippy::expect_used,
    reason = "a test ends where its world cannot be set up"
)]

use crate::harness::{dropline, message, record, update};
use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use temp_dir::TempDir;

/// 22 December 2014, 16:00.
const TIME: u32 = 0x5498_4000;

/// What a run came to.
struct Ran {
    code: Option<i32>,
    stderr: String,
    /// Peak of resident memory, MB.
    peak: u64,
    seconds: u64,
}

/// Runs the program over one loose file, and watches its memory.
fn run(name: &str, bytes: &[u8]) -> Ran {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join(name);
    fs::write(&path, bytes).expect("a file can be written");
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_dropline"))
        .args(["run", "--no-report", "--collector", "rrc00", "--file"])
        .arg(&path)
        .args(["--prefix", "10.0.0.0/8", "--full-feed", "all"])
        .args(["--min-vantage", "1", "--from"])
        .args(["2014-12-22T16:00Z", "--to", "2014-12-22T16:05Z", "-o"])
        .arg(dir.path().join("out"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(dir.path().join("stderr")).expect("a file can be written"))
        .spawn()
        .expect("the program starts");
    let mut peak = 0;
    let status = loop {
        peak = peak.max(resident(child.id()));
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        assert!(began.elapsed() < Duration::from_secs(240), "{name} hangs");
        std::thread::sleep(Duration::from_millis(5));
    };
    Ran {
        code: status.code(),
        stderr: fs::read_to_string(dir.path().join("stderr")).expect("a file"),
        peak,
        seconds: began.elapsed().as_secs(),
    }
}

/// The most memory that a process has had so far, MB; 0 where the system does not tell.
fn resident(id: u32) -> u64 {
    let status = fs::read_to_string(Path::new("/proc").join(id.to_string()).join("status"));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}

/// It is read within bounds, as damaged.
fn assert_bounded(name: &str, bytes: &[u8], most: u64) {
    let ran = run(name, bytes);
    assert_eq!(ran.code, Some(3), "{name}: {}", ran.stderr);
    assert!(ran.peak < most, "{name}: {} MB", ran.peak);
    assert!(ran.seconds < 120, "{name}: {} s", ran.seconds);
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).expect("bytes to memory");
    gzip.finish().expect("bytes to memory")
}

/// One member, or one stream, of so many megabytes of zeros.
fn zeros(megabytes: usize, mut packer: impl Write) {
    let chunk = vec![0; 1 << 20];
    for _ in 0..megabytes {
        packer.write_all(&chunk).expect("bytes to memory");
    }
    packer.flush().expect("bytes to memory");
}

const UPDATES: &str = "updates.20141222.1600";

#[test]
fn a_gigabyte_of_zeros_in_a_megabyte_of_gz() {
    let mut packed = Vec::new();
    zeros(
        1024,
        GzEncoder::new(&mut packed, flate2::Compression::best()),
    );
    assert!(packed.len() < 2 << 20, "{}", packed.len());
    assert_bounded(&format!("{UPDATES}.gz"), &packed, 400);
}

#[test]
fn a_gigabyte_of_zeros_in_bz2() {
    let mut packed = Vec::new();
    zeros(
        1024,
        BzEncoder::new(&mut packed, bzip2::Compression::best()),
    );
    assert!(packed.len() < 1 << 20, "{}", packed.len());
    assert_bounded(&format!("{UPDATES}.bz2"), &packed, 700);
}

#[test]
fn a_hundred_thousand_empty_gz_members() {
    let packed = gz(&[]).repeat(100_000);
    let ran = run(&format!("{UPDATES}.gz"), &packed);
    assert!(ran.peak < 200, "{} MB", ran.peak);
    assert!(ran.seconds < 60, "{} s", ran.seconds);
}

#[test]
fn four_hundred_thousand_empty_bz2_streams() {
    let pack = |bytes: &[u8]| {
        let mut packer = BzEncoder::new(Vec::new(), bzip2::Compression::best());
        packer.write_all(bytes).expect("bytes to memory");
        packer.finish().expect("bytes to memory")
    };
    let good = pack(&announcement(64500));
    let packed = [pack(&[]).repeat(400_000), good.clone()].concat();
    let ran = run(&format!("{UPDATES}.bz2"), &packed);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("10.0.1.0/24"), "{}", ran.stderr);
    assert!(ran.peak < 200, "{} MB", ran.peak);
    assert!(ran.seconds < 60, "{} s", ran.seconds);
    // Where only the stream's checksum fails, one of its blocks may be another's.
    let mut wrong = good;
    let last = wrong.len() - 2;
    wrong[last] ^= 0x55;
    let ran = run(&format!("{UPDATES}.bz2"), &wrong);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("checksum"), "{}", ran.stderr);
}

/// An UPDATE of peer A: 10.0.1.0/24, originated by an AS.
fn announcement(origin: u32) -> Vec<u8> {
    let path = [
        &[0x40, 1, 1, 0, 0x40, 2, 6, 2, 1][..],
        &origin.to_be_bytes(),
    ]
    .concat();
    let next_hop = [0x40, 3, 4, 192, 0, 2, 1];
    let body = update(&[], &[&path[..], &next_hop].concat(), &[24, 10, 0, 1]);
    record(TIME + 10, 16, 4, &message(true, 2, &body))
}

/// Records of 1970 and 2106, and a clock that jumps back and forth.
#[test]
fn times_that_jump() {
    let times = [
        0,
        1,
        TIME - 86_400,
        TIME,
        TIME + 200,
        0x7fff_ffff,
        0xffff_ffff,
    ];
    let one = |n: u32| {
        let mut bytes = announcement(64_500 + n % 1000);
        bytes[..4].copy_from_slice(&times[n as usize * 5 % 7].to_be_bytes());
        bytes
    };
    let bytes: Vec<u8> = (0..20_000).flat_map(one).collect();
    let ran = run(UPDATES, &bytes);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
    assert!(ran.peak < 200, "{} MB", ran.peak);
    assert!(ran.seconds < 60, "{} s", ran.seconds);
}

/// A dump all of whose routes are of peers that it does not have.
#[test]
fn a_million_routes_of_unknown_peers() {
    let table = [&[192, 0, 2, 254, 0, 0, 0, 0][..]].concat();
    let path = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5];
    let listing = [
        &[
            0, 0, 0, 1, 24, 10, 0, 1, 0, 1, 0x9c, 0x40, 0, 0, 0, 0, 0, 13,
        ][..],
        &path,
    ];
    let listing = record(TIME, 13, 2, &listing.concat()).repeat(1_200_000);
    let bytes = [record(TIME, 13, 1, &table), listing].concat();
    let ran = run("bview.20141222.1600.gz", &gz(&bytes));
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("not in the PEER_INDEX_TABLE"),
        "{}",
        ran.stderr
    );
    assert!(ran.peak < 700, "{} MB", ran.peak);
    assert!(ran.seconds < 120, "{} s", ran.seconds);
}

#[test]
fn millions_of_damaged_records() {
    // Unassigned type; 3,000,000 of them in 36 MB.
    let plain = record(TIME, 99, 0, &[]).repeat(3_000_000);
    assert_bounded(&format!("{UPDATES}.gz"), &gz(&plain), 700);
}

#[test]
fn lengths_that_cannot_be() {
    let mut endless = record(TIME, 16, 4, &[0; 64]);
    endless[8..12].fill(0xff);
    let path = |length: u16, bytes: &[u8]| {
        let length = length.to_be_bytes();
        let attributes = [&[0x40, 1, 1, 0, 0x50, 2][..], &length, bytes].concat();
        record(
            TIME,
            16,
            4,
            &message(true, 2, &update(&[], &attributes, &[24, 10, 0, 1])),
        )
    };
    let nlri = |nlri: &[u8]| record(TIME, 16, 4, &message(true, 2, &update(nlri, &[], &[])));
    let cases: [(&str, Vec<u8>); 6] = [
        ("a record of four gigabytes", endless),
        (
            "an attribute beyond its message",
            path(0xffff, &[2, 1, 0, 0, 0xfb, 0xf5]),
        ),
        (
            "a path segment of 255 ASes",
            path(6, &[2, 255, 0, 0, 0xfb, 0xf5]),
        ),
        ("a prefix of 255 bits", nlri(&[255, 10, 0, 1])),
        ("a prefix of 33 bits", nlri(&[33, 10, 0, 1, 0, 0])),
        ("a message of nothing", record(TIME, 16, 4, &[])),
    ];
    for (name, bytes) in cases {
        let ran = run(UPDATES, &bytes);
        assert_eq!(ran.code, Some(3), "{name}: {}", ran.stderr);
        assert!(ran.peak < 200, "{name}: {} MB", ran.peak);
    }
}

/// A path of 64 KB is odd, and valid.
#[test]
fn a_path_of_sixteen_thousand_ases() {
    let segment = [&[2, 255][..], &[0, 0, 0xfb, 0xf5].repeat(255)].concat();
    let path = segment.repeat(60);
    let length = (path.len() as u16).to_be_bytes();
    let attributes = [&[0x40, 1, 1, 0, 0x50, 2][..], &length, &path].concat();
    let body = message(true, 2, &update(&[], &attributes, &[24, 10, 0, 1]));
    let bytes = record(TIME, 16, 4, &body).repeat(50);
    let ran = run(UPDATES, &bytes);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
    assert!(ran.peak < 300, "{} MB", ran.peak);
}

/// A dump whose table claims 65,535 peers, and has none of them.
#[test]
fn a_peer_table_that_claims_all_peers() {
    let table = [&[192, 0, 2, 254, 0, 0, 0xff, 0xff][..], &[2; 5]].concat();
    let listing = [0, 0, 0, 1, 24, 10, 0, 1, 0xff, 0xff, 0, 0];
    let bytes = [record(TIME, 13, 1, &table), record(TIME, 13, 2, &listing)].concat();
    let ran = run("bview.20141222.1600", &bytes);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.peak < 200, "{} MB", ran.peak);
}

/// A second peer table that does not add up takes the first one's place, with nobody in it: its routes
/// are nobody's, and not those of the peer who stood there before. Found by fuzzing.
#[test]
fn a_broken_peer_table_behind_a_whole_one() {
    let peer = [0, 192, 0, 2, 1, 192, 0, 2, 1, 0xfb, 0xf5];
    let table = [&[192, 0, 2, 254, 0, 0, 0, 1][..], &peer].concat();
    let broken = [&table[..], &[0; 8]].concat();
    let entry = [
        0, 0, 0, 0, 0, 0, 0, 13, 0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5,
    ];
    let listing = [&[0, 0, 0, 1, 24, 10, 0, 1, 0, 1][..], &entry].concat();
    let records = [(1, &table), (1, &broken), (2, &listing)];
    let bytes = records.map(|(subtype, body)| record(TIME, 13, subtype, body));
    let ran = run("bview.20141222.1600", &bytes.concat());
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let said =
        "record at 31: malformed PEER_INDEX_TABLE; record at 70: a RIB entry's peer index is not";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
}

/// A route over many networks that flaps changes how all of them are reached, each time: what is
/// kept of that is minutes, not flaps times networks.
#[test]
fn a_covering_route_that_flaps_over_thousands_of_networks() {
    const NETWORKS: u16 = 2000;
    const FLAPS: u32 = 8000;
    let origin = [&[0x40, 1, 1, 0][..], &[0x40, 2, 10, 2, 2]].concat();
    let path = [&origin[..], &[0, 0, 0xfb, 0xf5, 0, 0, 0xfb, 0xf4]].concat();
    let update = |withdrawn: &[u8], announced: &[u8]| {
        let attributes: &[u8] = if announced.is_empty() { &[] } else { &path };
        message(true, 2, &update(withdrawn, attributes, announced))
    };
    let mut bytes = Vec::new();
    for number in 0..NETWORKS {
        let [high, low] = number.to_be_bytes();
        let network = [24, 10, high, low];
        bytes.extend(record(TIME, 16, 4, &update(&[], &network)));
        bytes.extend(record(TIME + 1, 16, 4, &update(&network, &[])));
    }
    for flap in 0..FLAPS {
        // Microseconds, so that every flap has an instant of its own.
        let micros = (flap * 100).to_be_bytes();
        let said = match flap % 2 {
            0 => update(&[], &[8, 10]),
            _ => update(&[8, 10], &[]),
        };
        bytes.extend(record(TIME + 2, 17, 4, &[&micros[..], &said].concat()));
    }
    let ran = run(UPDATES, &bytes);
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
    assert!(ran.peak < 200, "{} MB", ran.peak);
    assert!(ran.seconds < 120, "{} s", ran.seconds);
}

/// Incident files of a depth and width that nobody writes: the answer stays short.
#[test]
fn incident_files_without_end() {
    let deep = 100_000;
    for text in [
        format!("x = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("x = {}1{}", "{a=".repeat(deep), "}".repeat(deep)),
        format!("[{}]", vec!["a"; deep].join(".")),
        format!("x = \"{}", "a".repeat(deep)),
    ] {
        let dir = TempDir::new().expect("a temporary folder");
        let path = dir.path().join("incident.toml");
        fs::write(&path, text).expect("a file can be written");
        let said = dropline(&["run".as_ref(), path.as_os_str()]);
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(said.stderr.contains("incident.toml"), "{}", said.stderr);
        assert!(said.stderr.len() < 2000, "{}", said.stderr.len());
    }
}

/// A hundred years of empty files are not made.
#[test]
fn an_event_table_that_covers_a_century() {
    let dir = TempDir::new().expect("a temporary folder");
    let events = dir.path().join("events");
    let line = "cover rrc00 1970-01-02T00:00Z 2070-01-01T00:00Z\n";
    fs::write(&events, line).expect("a file can be written");
    let out = dir.path().join("out");
    let said = dropline(&[
        "encode".as_ref(),
        events.as_os_str(),
        "-o".as_ref(),
        out.as_os_str(),
    ]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("line 1"), "{}", said.stderr);
    assert!(!out.exists());
}

/// A registry's file with a name in Latin-1, and with lines of nothing that can be read.
#[test]
fn a_statistics_file_in_another_encoding() {
    let dir = TempDir::new().expect("a temporary folder");
    let path = dir.path().join("delegated-apnic-20141222");
    let mut bytes = b"2|apnic|20141222|1|19830613|20141221|+1000\n".to_vec();
    bytes.extend(b"apnic|KP|ipv4|175.45.176.0|1024|20091221|allocated|caf\xe9\n\0\0\0\xff|||\n");
    fs::write(&path, bytes).expect("a file can be written");
    let said = dropline(&[
        "select".as_ref(),
        "--country".as_ref(),
        "KP".as_ref(),
        "--date".as_ref(),
        "2014-12-22".as_ref(),
        "--delegated".as_ref(),
        path.as_os_str(),
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("175.45.176.0/22"), "{}", said.stdout);
}
