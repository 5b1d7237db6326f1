//! One attempt at one URL: from where the last one broke off to the end of the body.
//!
//! The bytes received so far are in `NAME.part`, and how to resume in `NAME.part.json`. The rest is
//! requested with `If-Range` (RFC 9110 §13.1.5); the response is compared with what was recorded,
//! because not every server knows that header. Where they differ, the file is fetched from its
//! start.

use super::cache::{failed, read_json, remove, with_suffix, write_json};
use super::http::{HttpClient, HttpError, ThroughputCheck, broken};
use super::{DownloadProgress, FetchError, Request};
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, IF_RANGE, LAST_MODIFIED, RANGE,
};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

/// Longest file, bytes: no archive's file is longer.
const MOST: u64 = 8 << 30;
/// Number of first bytes that are enough to recognise the content.
const HEAD: usize = 64;

/// How to resume a download that broke off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ResumeInfo {
    url: String,
    /// Strong ones only: a weak one does not vouch for every byte (RFC 9110 §8.8.1).
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    total: Option<u64>,
}

impl ResumeInfo {
    fn of(url: &str, response: &Response) -> Self {
        let headers = response.headers();
        let is_strong = |etag: &String| !etag.starts_with("W/");
        Self {
            url: url.to_owned(),
            etag: text(headers, ETAG).filter(is_strong),
            last_modified: text(headers, LAST_MODIFIED),
            total: match response.status() {
                StatusCode::OK => text(headers, CONTENT_LENGTH).and_then(|n| n.parse().ok()),
                _ => content_range(headers).and_then(|(_, total)| total),
            },
        }
    }

    fn validator(&self) -> Option<&str> {
        self.etag.as_deref().or(self.last_modified.as_deref())
    }

    /// Whether an answer is about the same bytes.
    fn is_same(&self, other: &Self) -> bool {
        // A server that knows If-Range may leave Last-Modified out of what it then sends.
        let is_same_date =
            other.last_modified.is_none() || self.last_modified == other.last_modified;
        self.etag == other.etag
            && (self.etag.is_some() || is_same_date)
            && (self.total.is_none() || self.total == other.total)
    }
}

/// Removes what was received so far.
pub(super) fn discard(part: &Path) -> Result<(), FetchError> {
    remove(part)?;
    remove(&with_suffix(part, "json"))
}

/// Tries a URL once; when that went well, the whole body is in `part`, and on disk.
pub(super) fn attempt(
    http: &HttpClient,
    url: &str,
    part: &Path,
    wanted: &Request,
    watcher: &dyn DownloadProgress,
) -> Result<Result<ResumeInfo, HttpError>, FetchError> {
    let note = with_suffix(part, "json");
    let there = fs::metadata(part).map_or(0, |m| m.len());
    let broken_off = read_json::<ResumeInfo>(&note).filter(|s| s.url == url && there > 0);
    let mut request = http.get(url);
    let broken_off = broken_off.filter(|start| start.validator().is_some());
    if let Some(validator) = broken_off.as_ref().and_then(ResumeInfo::validator) {
        request = request
            .header(RANGE, format!("bytes={there}-"))
            .header(IF_RANGE, validator);
    }
    let response = match http.send(request) {
        Ok(response) => response,
        Err(error) => return Ok(Err(error)),
    };
    let start = ResumeInfo::of(url, &response);
    let range = content_range(response.headers());
    match (response.status(), broken_off) {
        (StatusCode::OK, _) => {
            discard(part)?;
            write_json(&note, &start)?;
            receive(http, response, part, 0, start, wanted, watcher)
        }
        (StatusCode::PARTIAL_CONTENT, Some(before))
            if before.is_same(&start) && range.and_then(|r| r.0) == Some(there) =>
        {
            receive(http, response, part, there, start, wanted, watcher)
        }
        // All of it was received by an earlier attempt.
        (StatusCode::RANGE_NOT_SATISFIABLE, Some(before)) if start.total == Some(there) => {
            Ok(Ok(before))
        }
        _ => {
            discard(part)?;
            Ok(Err(HttpError::transient(
                "the file changed during the download",
            )))
        }
    }
}

fn receive(
    http: &HttpClient,
    mut response: Response,
    part: &Path,
    there: u64,
    start: ResumeInfo,
    wanted: &Request,
    watcher: &dyn DownloadProgress,
) -> Result<Result<ResumeInfo, HttpError>, FetchError> {
    let opened = File::options().create(true).append(true).open(part);
    let mut file = opened.map_err(|e| failed(part, e))?;
    watcher.started(wanted, start.total, there);
    let mut received = there;
    let mut head: Vec<u8> = Vec::new();
    let mut pace = ThroughputCheck::new(http.options().timeout);
    let mut buffer = vec![0; 1 << 16];
    let ended = loop {
        let n = match response.read(&mut buffer) {
            Ok(0) => break Ok(()),
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => break Err(HttpError::transient(broken(&e))),
        };
        if received < HEAD as u64 && there == 0 {
            head.extend_from_slice(&buffer[..n.min(HEAD)]);
            if head.len() >= 3
                && let Err(why) = wanted.check.head(&head)
            {
                break Err(HttpError::WrongContent(why));
            }
        }
        file.write_all(&buffer[..n]).map_err(|e| failed(part, e))?;
        received += n as u64;
        watcher.received(wanted, n as u64);
        if received > MOST {
            break Err(HttpError::WrongContent(
                "it is longer than any file of an archive".to_owned(),
            ));
        }
        if let Err(error) = pace.check(n as u64) {
            break Err(error);
        }
    };
    let short = start.total.filter(|total| *total != received);
    let ended = match (ended, short) {
        (Ok(()), Some(total)) => Err(HttpError::transient(format!(
            "received {received} of {total} bytes"
        ))),
        (Err(HttpError::Transient { why, .. }), _) => {
            let of = start.total.map(|total| format!(" of {total}"));
            let of = of.unwrap_or_default();
            Err(HttpError::transient(format!(
                "{why} after {received} bytes{of}"
            )))
        }
        (ended, _) => ended,
    };
    match ended {
        Ok(()) => {
            file.sync_all().map_err(|e| failed(part, e))?;
            Ok(Ok(start))
        }
        Err(error) => Ok(Err(error)),
    }
}

/// First byte and length of the whole, as `Content-Range` gives them: `bytes 5-9/10`, `bytes */10`.
fn content_range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let text = text(headers, CONTENT_RANGE)?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let first = range
        .split_once('-')
        .and_then(|(first, _)| first.trim().parse().ok());
    Some((first, total.trim().parse().ok()))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
