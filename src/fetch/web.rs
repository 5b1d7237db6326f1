//! HTTP with manners: what an answer means, and how long to wait.

use super::host::{Hosts, Turn};
use super::{FetchError, Manners};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use std::error::Error;
use std::io::Read;
use std::time::{Duration, Instant};

const USER_AGENT: &str = concat!("dropline/", env!("CARGO_PKG_VERSION"));
const MOST_REDIRECTS: usize = 5;

/// Why an attempt failed.
#[derive(Debug)]
pub enum Trouble {
    /// The server does not have it.
    NotFound,
    /// Another attempt may do better, after the server's own time if it gave one.
    Passing {
        /// What happened.
        why: String,
        /// When to come again.
        after: Option<Duration>,
    },
    /// What came is not what was asked for.
    Unfit(String),
    /// Another attempt would not do better.
    Lasting(String),
}

impl Trouble {
    /// Something that passes.
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Passing {
            why: why.into(),
            after: None,
        }
    }

    /// What happened, for people.
    pub fn why(&self) -> &str {
        match self {
            Self::NotFound => "not found",
            Self::Passing { why, .. } | Self::Unfit(why) | Self::Lasting(why) => why,
        }
    }
}

/// An HTTP client with manners.
pub struct Web {
    client: Client,
    manners: Manners,
    hosts: Hosts,
}

impl Web {
    /// A client.
    ///
    /// # Errors
    /// None can be made.
    pub fn new(manners: Manners) -> Result<Self, FetchError> {
        let build = || {
            Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(manners.timeout)
                // For each operation: until the answer begins, and for each piece of its body.
                .timeout(manners.timeout)
                .redirect(Policy::custom(redirect))
        };
        // Where the system has no CA certificates, plain http still works; https says why not.
        let client = build()
            .build()
            .or_else(|_| build().tls_certs_only([]).build());
        Ok(Self {
            client: client.map_err(|e| FetchError::Client(cause(&e)))?,
            manners,
            hosts: Hosts::default(),
        })
    }

    /// Its manners.
    pub const fn manners(&self) -> &Manners {
        &self.manners
    }

    /// A request for a URL.
    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.client.get(url)
    }

    /// Sends a request; the answer if its status is one of success, or 416.
    pub(super) fn send(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let response = request.send().map_err(|e| self.trouble(&e))?;
        let status = response.status();
        let why = || format!("HTTP {status}");
        match status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                Ok(response)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(Trouble::NotFound),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Err(Trouble::Passing {
                    why: why(),
                    after: retry_after(response.headers(), Utc::now()),
                })
            }
            _ if status.is_server_error() => Err(Trouble::Passing {
                why: why(),
                after: retry_after(response.headers(), Utc::now()),
            }),
            // An empty success is none.
            _ if status.is_success() => Err(Trouble::passing(why())),
            _ => Err(Trouble::Lasting(why())),
        }
    }

    /// A small document, in two attempts at most: there is another way.
    ///
    /// # Errors
    /// It could not be had, or is longer than `most`.
    pub fn small(&self, url: &str, most: u64) -> Result<Vec<u8>, Trouble> {
        let mut waits = self.waits(url).take(1);
        loop {
            let turn = self.turn(url);
            let tried = self.small_once(url, most);
            drop(turn);
            match tried {
                Err(trouble @ Trouble::Passing { .. }) => match waits.next() {
                    Some(wait) => self.sleep(url, &trouble, wait),
                    None => return Err(trouble),
                },
                other => return other,
            }
        }
    }

    fn small_once(&self, url: &str, most: u64) -> Result<Vec<u8>, Trouble> {
        let response = self.send(self.get(url))?;
        if response.status() != StatusCode::OK {
            return Err(Trouble::Lasting(format!("HTTP {}", response.status())));
        }
        let mut body = Vec::new();
        let mut pace = Pace::new(self.manners.timeout);
        let mut left = response.take(most + 1);
        let mut buffer = vec![0; 1 << 16];
        loop {
            match left.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    body.extend_from_slice(&buffer[..n]);
                    pace.check(n as u64)?;
                }
                Err(e) => return Err(Trouble::passing(broken(&e))),
            }
        }
        if body.len() as u64 > most {
            return Err(Trouble::Unfit("the answer is too long".to_owned()));
        }
        Ok(body)
    }

    /// The waits between attempts at a URL; as many as there may be more attempts.
    pub(super) fn waits(&self, url: &str) -> impl Iterator<Item = Duration> + use<> {
        let retries = match self.hosts.seems_down(url) {
            false => self.manners.retries,
            true => self.manners.retries.min(1),
        };
        ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(self.manners.first_wait)
            .with_max_delay(self.manners.longest_wait)
            .with_max_times(retries)
            .build()
    }

    /// How long to wait after trouble, at least `wait`.
    pub(super) fn patience(&self, trouble: &Trouble, wait: Duration) -> Duration {
        let asked = match trouble {
            Trouble::Passing { after, .. } => after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        wait.max(asked).min(self.manners.longest_wait)
    }

    /// Waits after trouble; if the server asked for it, so do all others that want something of
    /// the host.
    pub(super) fn sleep(&self, url: &str, trouble: &Trouble, wait: Duration) {
        let wait = self.patience(trouble, wait);
        if let Trouble::Passing { after: Some(_), .. } = trouble {
            self.hosts.keep_quiet(url, wait);
        }
        std::thread::sleep(wait);
    }

    /// Waits for a turn at a URL's host.
    pub(super) fn turn(&self, url: &str) -> Turn {
        self.hosts.turn(url, self.manners.per_host)
    }

    /// Notes whether a file could be had of a URL's host.
    pub(super) fn note(&self, url: &str, had: bool) {
        self.hosts.note(url, had);
    }

    fn trouble(&self, error: &reqwest::Error) -> Trouble {
        if error.is_redirect() || error.is_builder() {
            return Trouble::Lasting(cause(error));
        }
        if error.is_timeout() {
            return Trouble::passing("no answer in time");
        }
        Trouble::passing(cause(error))
    }
}

/// Ends an attempt that hardly moves: a body must bring a kilobyte a second.
pub(super) struct Pace {
    span: Duration,
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub(super) fn new(span: Duration) -> Self {
        Self {
            span,
            since: Instant::now(),
            bytes: 0,
        }
    }

    pub(super) fn check(&mut self, bytes: u64) -> Result<(), Trouble> {
        const PER_SECOND: f64 = 1024.0;
        self.bytes += bytes;
        let took = self.since.elapsed();
        if took < self.span {
            return Ok(());
        }
        let slow = (self.bytes as f64) < PER_SECOND * took.as_secs_f64();
        if slow {
            let (bytes, seconds) = (self.bytes, took.as_secs_f32());
            return Err(Trouble::passing(format!(
                "too slow: {bytes} bytes in {seconds:.1} s"
            )));
        }
        *self = Self::new(self.span);
        Ok(())
    }
}

/// Follows a few redirects, and none that gives encryption up.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let was_encrypted = attempt.previous().iter().any(|u| u.scheme() == "https");
    if attempt.previous().len() > MOST_REDIRECTS {
        attempt.error("too many redirects")
    } else if was_encrypted && attempt.url().scheme() != "https" {
        attempt.error("redirected from https to http")
    } else {
        attempt.follow()
    }
}

/// Why reading a body failed, for people.
pub(super) fn broken(error: &std::io::Error) -> String {
    match error
        .get_ref()
        .and_then(|e| e.downcast_ref::<reqwest::Error>())
    {
        Some(inner) if inner.is_timeout() => "stalled".to_owned(),
        Some(inner) => cause(inner),
        None if error.kind() == std::io::ErrorKind::TimedOut => "stalled".to_owned(),
        None => error.to_string(),
    }
}

/// The innermost cause: the outer ones only say what was being done.
fn cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Retry-After as seconds or as a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}
