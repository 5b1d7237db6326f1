//! HTTP servers on loopback, on the standard library's listener: one that answers as a function
//! says, one that serves a folder's files, and one whose pages a test puts there and takes away.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How dates are written in HTTP headers (RFC 9110, 5.6.7).
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// A request, as far as the tests' servers look at it.
pub struct Request {
    /// The decoded path, without the slash in front.
    pub path: String,
    /// The decoded parameters behind the `?`.
    pub query: BTreeMap<String, String>,
    /// The value of the `Range` header.
    range: Option<String>,
}

/// An answer. Length, date and the end of the connection are added when it is sent.
#[derive(Clone)]
pub struct Answer {
    status: u16,
    /// Lines that end in a line break each.
    headers: String,
    body: Vec<u8>,
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// A server that answers as a function says, until the tests end. It takes one request from each
/// connection.
pub struct Server {
    pub port: u16,
}

/// A server of pages that a test can change while it runs. It remembers what was requested.
pub struct Site {
    server: Server,
    pages: Arc<Mutex<Pages>>,
}

#[derive(Default)]
struct Pages {
    answers: BTreeMap<String, Answer>,
    requests: Vec<String>,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.into(),
        }
    }

    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, value.to_string()).with("Content-Type", "application/json")
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// Without a body: a client need not read one before it sends its next request.
    fn not_found() -> Self {
        Self::new(404, "")
    }
}

impl Server {
    pub fn new(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let port = listener.local_addr().expect("its address").port();
        let handler: Arc<Handler> = Arc::new(handler);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let handler = Arc::clone(&handler);
                std::thread::spawn(move || serve(&stream, &*handler));
            }
        });
        Self { port }
    }

    /// Serves the files of a folder as they are at each request. It knows ranges, and does not
    /// know `If-Range`.
    pub fn of(dir: &Path) -> Self {
        let dir = dir.to_owned();
        Self::new(move |request| file_under(&dir, request))
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Site {
    /// A server without any page.
    pub fn new() -> Self {
        let pages: Arc<Mutex<Pages>> = Arc::default();
        let shared = Arc::clone(&pages);
        let server = Server::new(move |request| {
            let mut pages = lock(&shared);
            pages.requests.push(request.path.clone());
            let answer = pages.answers.get(&request.path).cloned();
            answer.unwrap_or_else(Answer::not_found)
        });
        Self { server, pages }
    }

    /// Its base URL.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Answers requests for a path with this from now on.
    pub fn put(&self, path: &str, status: u16, body: &[u8]) {
        let answer = Answer::new(status, body);
        lock(&self.pages).answers.insert(path.to_owned(), answer);
    }

    /// Puts every file of a folder at its path below it.
    pub fn put_folder(&self, dir: &Path) {
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let inside = path.strip_prefix(dir).expect("a path inside");
                let body = fs::read(&path).expect("a file");
                self.put(&inside.to_string_lossy(), 200, &body);
            }
        }
    }

    /// Answers requests for a path with 404 from now on.
    pub fn remove(&self, path: &str) {
        lock(&self.pages).answers.remove(path);
    }

    /// The paths that were requested since the last call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.pages).requests)
    }
}

fn lock(pages: &Mutex<Pages>) -> MutexGuard<'_, Pages> {
    pages.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers one request and closes the connection.
fn serve(mut stream: &TcpStream, handler: &Handler) {
    let Some(request) = request(stream) else {
        return;
    };
    let answer = handler(&request);
    let head = format!(
        "HTTP/1.1 {} -\r\n{}Content-Length: {}\r\nDate: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.headers,
        answer.body.len(),
        chrono::Utc::now().format(HTTP_DATE),
    );
    // A client may close the connection before it has read everything.
    let sent = stream.write_all(head.as_bytes());
    let _ = sent.and_then(|()| stream.write_all(&answer.body));
}

fn request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let target = first.split(' ').nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut request = Request {
        path: decoded(path).trim_start_matches('/').to_owned(),
        query: pairs.map(|(k, v)| (decoded(k), decoded(v))).collect(),
        range: None,
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("range")
        {
            request.range = Some(value.trim().to_owned());
        }
    }
    Some(request)
}

/// Replaces each `%xx` by its byte.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend([b"%", part.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn file_under(dir: &Path, request: &Request) -> Answer {
    let path = PathBuf::from(&request.path);
    let is_inside = path.components().all(|c| matches!(c, Component::Normal(_)));
    let path = dir.join(path);
    let (true, Ok(body), Ok(metadata)) = (is_inside, fs::read(&path), fs::metadata(&path)) else {
        return Answer::not_found();
    };
    let modified = metadata.modified().expect("the time of a change");
    let modified = chrono::DateTime::<chrono::Utc>::from(modified).format(HTTP_DATE);
    let answer = match &request.range {
        Some(range) => part(range, body),
        None => Answer::new(200, body),
    };
    answer
        .with("Content-Type", "application/octet-stream")
        .with("Accept-Ranges", "bytes")
        .with("Last-Modified", &modified.to_string())
}

/// The bytes of a range, `bytes=FIRST-` or `bytes=FIRST-LAST` (RFC 9110, 14.2).
fn part(range: &str, body: Vec<u8>) -> Answer {
    let length = body.len();
    let bounds = range.strip_prefix("bytes=").and_then(|r| r.split_once('-'));
    let first = bounds.and_then(|(first, _)| first.parse::<usize>().ok());
    let last = bounds.and_then(|(_, last)| last.parse::<usize>().ok());
    let last = last.unwrap_or(usize::MAX).min(length.saturating_sub(1));
    match first {
        Some(first) if first <= last && first < length => Answer::new(206, &body[first..=last])
            .with("Content-Range", &format!("bytes {first}-{last}/{length}")),
        _ => Answer::new(416, "").with("Content-Range", &format!("bytes */{length}")),
    }
}
