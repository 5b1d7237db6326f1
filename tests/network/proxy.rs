//! A proxy that does what networks and servers do when they fail.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What is asked of the proxy.
#[derive(Debug, Clone)]
pub struct Ask {
    pub path: String,
    /// How often the path was asked for before.
    pub before: usize,
    pub range: Option<String>,
    pub if_range: Option<String>,
    pub at: Instant,
}

impl Ask {
    /// Whether it is for a file of that name.
    pub fn is_for(&self, name: &str) -> bool {
        self.path.ends_with(name)
    }

    /// The first ask for the path.
    pub fn is_first(&self) -> bool {
        self.before == 0
    }
}

/// What is done to an answer.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// Answer with this status and these headers and nothing of the file.
    status: Option<(u16, String)>,
    /// Answer with this body in place of the file's.
    body: Option<Vec<u8>>,
    /// Add headers.
    headers: String,
    /// Send only so much of the body, and then...
    until: Option<(usize, Then)>,
    /// Say that the body is so much longer, or shorter.
    length: i64,
    /// Send so many bytes at a time, with a pause after each.
    drip: Option<(usize, Duration)>,
    /// Ask for the whole file whatever range is wanted, and give it as 200.
    no_ranges: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Close,
    Stall,
}

impl Fault {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn status(status: u16) -> Self {
        Self::status_with(status, "")
    }

    /// Headers end in a line break each.
    pub fn status_with(status: u16, headers: &str) -> Self {
        Self {
            status: Some((status, headers.to_owned())),
            ..Self::default()
        }
    }

    pub fn body(body: &[u8]) -> Self {
        Self {
            body: Some(body.to_vec()),
            ..Self::default()
        }
    }

    pub fn page() -> Self {
        Self::body(
            b"<!DOCTYPE html>\n<html><body>Please log in to use this network</body></html>\n",
        )
    }

    /// The connection ends after so much of the body.
    pub fn reset_at(n: usize) -> Self {
        Self {
            until: Some((n, Then::Close)),
            ..Self::default()
        }
    }

    /// Nothing more comes after so much of the body.
    pub fn stall_at(n: usize) -> Self {
        Self {
            until: Some((n, Then::Stall)),
            ..Self::default()
        }
    }

    /// The connection is taken, and never answered.
    pub fn mute() -> Self {
        Self::stall_at(usize::MAX)
    }

    pub fn lies_about_length(by: i64) -> Self {
        Self {
            length: by,
            ..Self::default()
        }
    }

    pub fn drip(bytes: usize, pause: Duration) -> Self {
        Self {
            drip: Some((bytes, pause)),
            ..Self::default()
        }
    }

    pub fn and_header(mut self, line: &str) -> Self {
        self.headers.push_str(line);
        self.headers.push_str("\r\n");
        self
    }

    pub fn and_body(mut self, body: &[u8]) -> Self {
        self.body = Some(body.to_vec());
        self
    }

    pub fn and_no_ranges(mut self) -> Self {
        self.no_ranges = true;
        self
    }

    pub fn and_reset_at(mut self, n: usize) -> Self {
        self.until = Some((n, Then::Close));
        self
    }
}

type Plan = dyn Fn(&Ask) -> Fault + Send + Sync;

/// Listens until the test ends.
pub struct Proxy {
    port: u16,
    asks: Arc<Mutex<Vec<Ask>>>,
    busiest: Arc<Mutex<(usize, usize)>>,
}

impl Proxy {
    /// In front of a server on loopback.
    pub fn before(upstream: u16, plan: impl Fn(&Ask) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let asks: Arc<Mutex<Vec<Ask>>> = Arc::default();
        let busiest: Arc<Mutex<(usize, usize)>> = Arc::default();
        let counts: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let plan: Arc<Plan> = Arc::new(plan);
        let (log, busy) = (Arc::clone(&asks), Arc::clone(&busiest));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (plan, log, busy) = (Arc::clone(&plan), Arc::clone(&log), Arc::clone(&busy));
                let counts = Arc::clone(&counts);
                std::thread::spawn(move || {
                    let mut client = client;
                    let Some((head, mut ask)) = read_ask(&client) else {
                        return;
                    };
                    {
                        let mut counts = counts.lock().unwrap();
                        let count = counts.entry(ask.path.clone()).or_default();
                        ask.before = *count;
                        *count += 1;
                    }
                    let open = Open::new(busy);
                    log.lock().unwrap().push(ask.clone());
                    let fault = plan(&ask);
                    // A client that has gone away is no trouble of ours.
                    let _ = answer(&mut client, &head, upstream, &fault, open);
                    let _ = client.shutdown(Shutdown::Both);
                });
            }
        });
        Self {
            port,
            asks,
            busiest,
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What was asked so far, in order.
    pub fn asks(&self) -> Vec<Ask> {
        self.asks.lock().unwrap().clone()
    }

    /// What was asked for a file of that name.
    pub fn asks_for(&self, name: &str) -> Vec<Ask> {
        self.asks().into_iter().filter(|a| a.is_for(name)).collect()
    }

    /// Most asks that were open at a time.
    pub fn busiest(&self) -> usize {
        self.busiest.lock().unwrap().1
    }
}

/// An ask that is being answered.
struct Open(Arc<Mutex<(usize, usize)>>);

impl Open {
    fn new(busy: Arc<Mutex<(usize, usize)>>) -> Self {
        {
            let mut busy = busy.lock().unwrap();
            busy.0 += 1;
            busy.1 = busy.1.max(busy.0);
        }
        Self(busy)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().unwrap().0 -= 1;
    }
}

fn read_ask(client: &TcpStream) -> Option<(Vec<String>, Ask)> {
    let mut reader = BufReader::new(client);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    let header = |name: &str| {
        let found = head.iter().filter_map(|line| line.split_once(": "));
        let mut found = found.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned())
    };
    let ask = Ask {
        path,
        before: 0,
        range: header("range"),
        if_range: header("if-range"),
        at: Instant::now(),
    };
    Some((head, ask))
}

fn answer(
    client: &mut TcpStream,
    head: &[String],
    upstream: u16,
    fault: &Fault,
    open: Open,
) -> std::io::Result<()> {
    if fault.until == Some((usize::MAX, Then::Stall)) {
        return stall(client);
    }
    if let Some((status, headers)) = &fault.status {
        let text = "HTTP/1.1 ".to_owned()
            + &format!(
                "{status} Trouble\r\nContent-Length: 7\r\nConnection: close\r\n{headers}\r\n"
            );
        client.write_all(text.as_bytes())?;
        return client.write_all(b"trouble");
    }
    let (mut status, mut headers, mut body) = ask_upstream(head, upstream, fault.no_ranges)?;
    if let Some(other) = &fault.body {
        status = "HTTP/1.1 200 OK".to_owned();
        headers.clear();
        body.clone_from(other);
    }
    let length = body.len() as i64 + fault.length;
    let mut text = format!("{status}\r\n{headers}{}", fault.headers);
    text.push_str(&format!(
        "Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ));
    let (until, then) = fault.until.unwrap_or((usize::MAX, Then::Close));
    let sent = &body[..body.len().min(until)];
    // With its last byte the client is free to ask for something else.
    let (most, last) = sent.split_at(sent.len().saturating_sub(1));
    let open = Some(open).filter(|_| !last.is_empty());
    client.write_all(text.as_bytes())?;
    match fault.drip {
        Some((bytes, pause)) => {
            for piece in most.chunks(bytes) {
                client.write_all(piece)?;
                client.flush()?;
                std::thread::sleep(pause);
            }
        }
        None => client.write_all(most)?,
    }
    drop(open);
    client.write_all(last)?;
    match then {
        Then::Stall if sent.len() < body.len() => stall(client),
        _ => Ok(()),
    }
}

/// Says nothing until the client has gone away.
fn stall(client: &mut TcpStream) -> std::io::Result<()> {
    let mut rest = [0; 1024];
    while client.read(&mut rest)? > 0 {}
    Ok(())
}

/// Status line, headers without those of length and connection, body.
fn ask_upstream(
    head: &[String],
    port: u16,
    no_ranges: bool,
) -> std::io::Result<(String, String, Vec<u8>)> {
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let mut text = String::new();
    for line in head {
        let lower = line.to_ascii_lowercase();
        let is_range = lower.starts_with("range:") || lower.starts_with("if-range:");
        let is_dropped = lower.starts_with("connection:") || no_ranges && is_range;
        if !is_dropped {
            text.push_str(line);
            text.push_str("\r\n");
        }
    }
    text.push_str("Connection: close\r\n\r\n");
    server.write_all(text.as_bytes())?;
    let mut all = Vec::new();
    server.read_to_end(&mut all)?;
    let end = all.windows(4).position(|w| w == b"\r\n\r\n");
    let end = end.ok_or_else(|| std::io::Error::other("no answer"))?;
    let answered = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = answered.lines();
    let status = lines.next().unwrap_or_default().to_owned();
    let kept = lines.filter(|line| {
        let lower = line.to_ascii_lowercase();
        !["content-length:", "connection:", "transfer-encoding:"]
            .iter()
            .any(|name| lower.starts_with(name))
    });
    let headers = kept.map(|line| format!("{line}\r\n")).collect();
    Ok((status, headers, all[end + 4..].to_vec()))
}
