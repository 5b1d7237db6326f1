//! HTTP: what a response means for the next attempt, and how long to wait for it.

use super::host::{HostSlot, Hosts};
use super::{FetchError, HttpOptions};
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
pub(crate) enum HttpError {
    /// The server does not have it.
    NotFound,
    /// Another attempt may succeed, after the time that the server gives, if it does.
    Transient {
        /// What happened, for people.
        why: String,
        /// The server's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// The content is not what was requested.
    WrongContent(String),
    /// Another attempt would fail as well.
    Permanent(String),
}

impl HttpError {
    /// A transient error without `Retry-After`.
    pub(crate) fn transient(why: impl Into<String>) -> Self {
        Self::Transient {
            why: why.into(),
            retry_after: None,
        }
    }

    /// What happened, for people.
    pub(crate) fn why(&self) -> &str {
        match self {
            Self::NotFound => "not found",
            Self::Transient { why, .. } | Self::WrongContent(why) | Self::Permanent(why) => why,
        }
    }
}

/// An HTTP client that keeps to its [`HttpOptions`].
pub struct HttpClient {
    client: Client,
    options: HttpOptions,
    hosts: Hosts,
}

impl HttpClient {
    /// A client.
    ///
    /// # Errors
    /// None can be made.
    pub fn new(options: HttpOptions) -> Result<Self, FetchError> {
        let build = || {
            Client::builder()
                .user_agent(USER_AGENT)
                .connect_timeout(options.timeout)
                // For each operation: until the answer begins, and for each piece of its body.
                .timeout(options.timeout)
                .redirect(Policy::custom(redirect))
        };
        // Where the system has no CA certificates, plain http still works; https says why not.
        let client = build()
            .build()
            .or_else(|_| build().tls_certs_only([]).build());
        Ok(Self {
            client: client.map_err(|e| FetchError::Client(cause(&e)))?,
            options,
            hosts: Hosts::default(),
        })
    }

    /// Its limits.
    pub const fn options(&self) -> &HttpOptions {
        &self.options
    }

    /// A request for a URL.
    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.client.get(url)
    }

    /// Sends a request; the answer if its status is one of success, or 416.
    pub(super) fn send(&self, request: RequestBuilder) -> Result<Response, HttpError> {
        let response = request.send().map_err(|e| self.classify(&e))?;
        let status = response.status();
        let why = || format!("HTTP {status}");
        match status {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                Ok(response)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(HttpError::NotFound),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Err(HttpError::Transient {
                    why: why(),
                    retry_after: retry_after(response.headers(), Utc::now()),
                })
            }
            _ if status.is_server_error() => Err(HttpError::Transient {
                why: why(),
                retry_after: retry_after(response.headers(), Utc::now()),
            }),
            // A success without content, such as 204, is none.
            _ if status.is_success() => Err(HttpError::transient(why())),
            _ => Err(HttpError::Permanent(why())),
        }
    }

    /// Fetches a small document, in at most two attempts.
    ///
    /// # Errors
    /// It cannot be fetched, or is longer than `most` bytes.
    pub(crate) fn get_small(&self, url: &str, most: u64) -> Result<Vec<u8>, HttpError> {
        let mut delays = self.retry_delays(url).take(1);
        loop {
            let slot = self.slot(url);
            let tried = self.small_once(url, most);
            drop(slot);
            match tried {
                Err(error @ HttpError::Transient { .. }) => match delays.next() {
                    Some(wait) => self.sleep(url, &error, wait),
                    None => return Err(error),
                },
                other => return other,
            }
        }
    }

    fn small_once(&self, url: &str, most: u64) -> Result<Vec<u8>, HttpError> {
        let response = self.send(self.get(url))?;
        if response.status() != StatusCode::OK {
            return Err(HttpError::Permanent(format!("HTTP {}", response.status())));
        }
        let mut body = Vec::new();
        let mut pace = ThroughputCheck::new(self.options.timeout);
        let mut left = response.take(most + 1);
        let mut buffer = vec![0; 1 << 16];
        loop {
            match left.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => {
                    body.extend_from_slice(&buffer[..n]);
                    pace.check(n as u64)?;
                }
                Err(e) => return Err(HttpError::transient(broken(&e))),
            }
        }
        if body.len() as u64 > most {
            return Err(HttpError::WrongContent("the answer is too long".to_owned()));
        }
        Ok(body)
    }

    /// The waits between attempts at a URL, one for each further attempt that is allowed.
    pub(super) fn retry_delays(&self, url: &str) -> impl Iterator<Item = Duration> + use<> {
        let retries = match self.hosts.seems_down(url) {
            false => self.options.retries,
            true => self.options.retries.min(1),
        };
        ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(self.options.first_wait)
            .with_max_delay(self.options.longest_wait)
            .with_max_times(retries)
            .build()
    }

    /// How long to wait after an error: at least `wait`, longer if the server asks for it.
    pub(super) fn delay(&self, error: &HttpError, wait: Duration) -> Duration {
        let asked = match error {
            HttpError::Transient { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        wait.max(asked).min(self.options.longest_wait)
    }

    /// Waits after an error. If the server asked for it, all other requests to its host wait too.
    pub(super) fn sleep(&self, url: &str, error: &HttpError, wait: Duration) {
        let wait = self.delay(error, wait);
        if let HttpError::Transient {
            retry_after: Some(_),
            ..
        } = error
        {
            self.hosts.pause(url, wait);
        }
        std::thread::sleep(wait);
    }

    /// Waits until another request to a URL's host is allowed.
    pub(super) fn slot(&self, url: &str) -> HostSlot {
        self.hosts.slot(url, self.options.per_host)
    }

    /// Records whether a request to a URL's host succeeded.
    pub(super) fn record_result(&self, url: &str, had: bool) {
        self.hosts.record_result(url, had);
    }

    fn classify(&self, error: &reqwest::Error) -> HttpError {
        if error.is_redirect() || error.is_builder() {
            return HttpError::Permanent(cause(error));
        }
        if error.is_timeout() {
            return HttpError::transient("no answer in time");
        }
        HttpError::transient(cause(error))
    }
}

/// Ends an attempt that is too slow: a body must bring a kilobyte a second.
pub(super) struct ThroughputCheck {
    span: Duration,
    since: Instant,
    bytes: u64,
}

impl ThroughputCheck {
    pub(super) fn new(span: Duration) -> Self {
        Self {
            span,
            since: Instant::now(),
            bytes: 0,
        }
    }

    pub(super) fn check(&mut self, bytes: u64) -> Result<(), HttpError> {
        const PER_SECOND: f64 = 1024.0;
        self.bytes += bytes;
        let took = self.since.elapsed();
        if took < self.span {
            return Ok(());
        }
        let slow = (self.bytes as f64) < PER_SECOND * took.as_secs_f64();
        if slow {
            let (bytes, seconds) = (self.bytes, took.as_secs_f32());
            return Err(HttpError::transient(format!(
                "too slow: {bytes} bytes in {seconds:.1} s"
            )));
        }
        *self = Self::new(self.span);
        Ok(())
    }
}

/// Follows up to five redirects, and none from https to http.
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
