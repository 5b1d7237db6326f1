//! BGPKIT's own server (`cargo install bgpkit-broker --features cli`), with an index of the test
//! archive.

use super::World;
use super::broker::{Item, index};
use super::world::closed_port;
use dropline::model::archive::FileKind;
use std::fmt::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The index as the server's database has it.
fn sql(items: &[Item], url: &str) -> String {
    let mut sql = "CREATE TABLE collectors (id INTEGER PRIMARY KEY, name TEXT, url TEXT, \
        project TEXT, updates_interval INTEGER);\n\
        CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT);\n\
        CREATE TABLE files (timestamp INTEGER, collector_id INTEGER, type_id INTEGER, \
        rough_size INTEGER, exact_size INTEGER, \
        constraint files_unique_pk unique (timestamp, collector_id, type_id));\n\
        INSERT INTO types VALUES (1, 'updates'), (2, 'rib');\n"
        .to_owned();
    let mut names: Vec<&str> = items.iter().map(|i| i.collector.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for (id, name) in names.iter().enumerate() {
        let (project, step) = match name.starts_with("rrc") {
            true => ("ripe-ris", 300),
            false => ("route-views", 900),
        };
        let _ = writeln!(
            sql,
            "INSERT INTO collectors VALUES ({id}, '{name}', '{url}/{name}', '{project}', {step});"
        );
    }
    for item in items {
        let id = names.iter().position(|n| *n == item.collector).unwrap_or(0);
        let kind = match item.kind {
            FileKind::Updates => 1,
            FileKind::Rib => 2,
        };
        let (start, bytes) = (item.start, item.bytes);
        let _ = writeln!(
            sql,
            "INSERT INTO files VALUES ({start}, {id}, {kind}, {bytes}, 0);"
        );
    }
    sql
}

fn make_database(path: &Path, sql: &str) {
    let script = "import sqlite3, sys\n\
        c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
    let made = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .arg(sql)
        .status();
    assert!(made.expect("python3 starts").success(), "no database");
}

#[test]
#[ignore = "needs bgpkit-broker and python3"]
fn an_installed_broker_lists_the_files() {
    let world = World::new();
    let clean = world.clean();
    let url = world.server.url();
    let path = world.path("broker.sqlite3");
    make_database(&path, &sql(&index(&world.scene.archive(), &url), &url));
    let port = closed_port();
    let running = Command::new("bgpkit-broker")
        .arg("serve")
        .arg(&path)
        .args(["--no-update", "-H", "127.0.0.1", "-r", "/v3/broker", "-p"])
        .arg(port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _running = Running(running.expect("bgpkit-broker starts"));
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "the broker does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    let broker = format!("http://127.0.0.1:{port}/v3/broker");
    let answer = world.ask_broker(&broker, "").agrees_with(&clean);
    assert_eq!(answer.text("run.json").matches(": \"broker\"").count(), 3);
    // One that knows nothing of a collector says so by an empty list.
    world
        .ask_broker(&format!("{broker}/nowhere"), "--offline")
        .exits(2);
}
