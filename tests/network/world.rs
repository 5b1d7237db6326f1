//! A scenario, its archive on loopback, and the program that asks for it.

use super::{Ask, Fault, Proxy};
use crate::harness::{Outcome, Scene, Server, dated, read_csv};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use temp_dir::TempDir;

/// Three collectors; a loss from 16:06 to 16:12 that all see; a second prefix that stays.
const SCENARIO: &str = "
    cover 16:00 16:20
    cover route-views.sydney 16:00 16:30
    cover route-views2 16:00 16:30
    16:00    ABC              table 4 300
    16:00    sydney/DEF       table 4 300
    16:00    route-views2/GHI table 4 300
    16:00    ABC              rib 10.0.1.0/24 @ 64500
    16:00    sydney/DEF       rib 10.0.1.0/24 @ 64500
    16:00    route-views2/GHI rib 10.0.1.0/24 @ 64500
    16:00    ABC              rib 10.0.2.0/24 @ 64499
    16:00    sydney/DEF       rib 10.0.2.0/24 @ 64499
    16:06:10 ABC              withdraw 10.0.1.0/24
    16:06:20 sydney/DEF       withdraw 10.0.1.0/24
    16:06:30 route-views2/GHI withdraw 10.0.1.0/24
    16:07    B                announce 10.0.2.0/24 @ 64498 64499
    16:12    ABC              announce 10.0.1.0/24 @ 64500
    16:12:10 sydney/DEF       announce 10.0.1.0/24 @ 64500
    16:12:20 route-views2/GHI announce 10.0.1.0/24 @ 64500\n";

/// What is asked of all of it.
pub const QUESTION: &str = "--prefix 10.0.0.0/8 --from 16:02 --to 16:18 --collector rrc00 \
    --collector route-views.sydney --collector route-views2";

/// Trouble passes sooner than in the world outside.
const HASTE: &str = "--retries 2 --timeout 1 --retry-wait 0.01";

/// Every table of a run.
const TABLES: [&str; 6] = [
    "prefixes.csv",
    "asns.csv",
    "transitions.csv",
    "outages.csv",
    "peers.csv",
    "files.csv",
];

/// An archive behind a server, and a folder for caches and tables.
pub struct World {
    pub scene: Scene,
    pub server: Server,
    dir: TempDir,
}

/// What came of asking.
pub struct Answer {
    pub outcome: Outcome,
    pub dir: PathBuf,
}

impl World {
    pub fn new() -> Self {
        Self::of(Scene::of(SCENARIO))
    }

    pub fn of(scene: Scene) -> Self {
        let server = Server::of(&scene.archive());
        let dir = TempDir::new().expect("a temporary folder");
        Self { scene, server, dir }
    }

    /// A proxy before its server.
    pub fn behind(&self, plan: impl Fn(&Ask) -> Fault + Send + Sync + 'static) -> Proxy {
        Proxy::before(self.server.port, plan)
    }

    pub fn cache(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The answer from the local archive.
    pub fn clean(&self) -> Answer {
        let archive = self.scene.archive();
        let args = format!("run --archive {} {QUESTION}", archive.display());
        self.call("clean", &args)
    }

    /// Asks the archives at a URL by their patterns.
    pub fn ask(&self, url: &str) -> Answer {
        self.ask_with(url, "")
    }

    pub fn ask_with(&self, url: &str, flags: &str) -> Answer {
        self.ask_into("net", url, flags)
    }

    pub fn ask_into(&self, folder: &str, url: &str, flags: &str) -> Answer {
        let mirrors = format!("--no-broker --ris-url {url} --routeviews-url {url}");
        self.call(folder, &format!("run {QUESTION} {mirrors} {HASTE} {flags}"))
    }

    /// Asks a broker.
    pub fn ask_broker(&self, broker: &str, flags: &str) -> Answer {
        let args = format!("run {QUESTION} --broker {broker} {HASTE} {flags}");
        self.call("net", &args)
    }

    /// Asks the cache alone.
    pub fn offline(&self) -> Answer {
        self.call("offline", &format!("run --offline {QUESTION}"))
    }

    /// Runs the program with words of the shorthand.
    pub fn call(&self, folder: &str, args: &str) -> Answer {
        self.call_with(folder, args, &[])
    }

    /// The same, in another environment.
    pub fn call_with(&self, folder: &str, args: &str, env: &[(&str, &str)]) -> Answer {
        let dir = self.dir.path().join(folder);
        let mut command = self.command(&dir, args);
        command.envs(env.iter().copied());
        let output = command.output().expect("the program starts");
        let outcome = Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        Answer { outcome, dir }
    }

    /// Starts the program and lets it run.
    pub fn start(&self, folder: &str, url: &str, flags: &str) -> Child {
        let mirrors = format!("--no-broker --ris-url {url} --routeviews-url {url}");
        let dir = self.dir.path().join(folder);
        let mut command = self.command(&dir, &format!("run {QUESTION} {mirrors} {flags}"));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program starts")
    }

    fn command(&self, dir: &Path, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dropline"));
        command.args(args.split_whitespace().map(dated));
        if args.starts_with("run") {
            command.arg("--no-report").arg("-o").arg(dir);
        }
        command
            .env("DROPLINE_CACHE", self.cache())
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("BGPKIT_BROKER_URL")
            .env_remove("RAYON_NUM_THREADS");
        command
    }
}

impl Answer {
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.dir.join(name)).unwrap_or_default()
    }

    /// Minutes and prefixes, and minutes and ASes, that are down.
    fn down(&self) -> BTreeSet<(String, String)> {
        let mut down = BTreeSet::new();
        for (table, key) in [("prefixes.csv", "prefix"), ("asns.csv", "asn")] {
            for row in read_csv(&self.text(table)) {
                if row["status"] == "down" {
                    down.insert((row["minute"].clone(), row[key].clone()));
                }
            }
        }
        down
    }

    pub fn prints(self, text: &str) -> Self {
        let said = &self.outcome.stderr;
        assert!(said.contains(text), "`{text}` is not in:\n{said}");
        self
    }

    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.outcome.code, code, "{}", self.outcome.stderr);
        self
    }

    /// Every table is that of the other run, byte for byte.
    pub fn agrees_with(self, clean: &Self) -> Self {
        assert_eq!(
            self.outcome.code, clean.outcome.code,
            "{}",
            self.outcome.stderr
        );
        for table in TABLES {
            let (ours, theirs) = (self.text(table), clean.text(table));
            assert!(!theirs.is_empty(), "{table}");
            assert_eq!(ours, theirs, "{table}\n{}", self.outcome.stderr);
        }
        self
    }

    /// It ends with 3, names what it could not have, and has nothing down that is not.
    pub fn stays_honest_beside(self, clean: &Self) -> Self {
        let said = &self.outcome.stderr;
        assert_eq!(self.outcome.code, 3, "{said}");
        assert!(said.contains("warning: "), "{said}");
        assert!(!self.text("prefixes.csv").is_empty());
        let (ours, theirs) = (self.down(), clean.down());
        let false_ones: Vec<_> = ours.difference(&theirs).collect();
        assert!(
            false_ones.is_empty(),
            "down, but not: {false_ones:?}\n{said}"
        );
        self
    }

    /// The rows of `files.csv` that are missing: start, and what was the problem.
    pub fn missing(&self) -> Vec<(String, String)> {
        let rows = read_csv(&self.text("files.csv")).into_iter();
        rows.filter(|row| row["state"] == "missing")
            .map(|row| (row["url"].clone(), row["problem"].clone()))
            .collect()
    }
}

/// A port that nobody listens on.
pub fn closed_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}

/// The files of a folder, by their paths under it.
pub fn files_under(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => {
                    let path = entry.path();
                    let path = path.strip_prefix(dir).expect("under it");
                    found.push(path.display().to_string());
                }
            }
        }
    }
    found.sort();
    found
}
