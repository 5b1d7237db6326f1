//! Asks a BGPKIT broker which files there are (api.bgpkit.com, or one's own).
//!
//! Questions and answers are bgpkit-broker's types; the requests are our own. Its client has no
//! connect timeout and no retries, takes an answer of any length, pages for as long as full pages
//! come, reads a `.env` in the current folder, and panics where the system has no CA certificates.
//!
//! What its answers mean, as its server's source has it: the end of the span is exclusive; an
//! update file is listed if it ends after the span's start; a page has at most 1,000 items; an
//! unknown collector has none; without a start the database's phantom files of 1970 come too.

use super::patterns::named;
use crate::fetch::http::{HttpClient, HttpError};
use crate::model::archive::FileKind;
use crate::model::peer::Collector;
use crate::model::time::{SECOND, Timestamp};
use bgpkit_broker::{BrokerItem, QueryParams};
use serde::Deserialize;
use std::path::Path;

/// The public broker.
pub(crate) const PUBLIC: &str = "https://api.bgpkit.com/v3/broker";

/// The server refuses to give more at a time.
const PAGE: i64 = 1000;
/// A year of five-minute files is 106 pages.
const MOST_PAGES: i64 = 300;
/// A page is some 300 kB.
const MOST_BYTES: u64 = 16 << 20;

/// A file that a broker lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The collector.
    pub collector: Collector,
    /// RIB or updates.
    pub kind: FileKind,
    /// The time in its name.
    pub start: Timestamp,
    /// Where it is.
    pub url: String,
    /// Its length, rounded.
    pub bytes: Option<u64>,
}

/// A page of an answer.
#[derive(Deserialize)]
struct Page {
    total: Option<i64>,
    error: Option<String>,
    data: Vec<BrokerItem>,
}

/// A broker, and the way to it.
pub(crate) struct Broker<'a> {
    web: &'a HttpClient,
    url: String,
}

impl<'a> Broker<'a> {
    /// The broker at a URL, such as [`PUBLIC`].
    pub(crate) fn new(web: &'a HttpClient, url: &str) -> Self {
        Self {
            web,
            url: url.trim().trim_end_matches('/').to_owned(),
        }
    }

    /// Its URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The files of some collectors in `[from, to)`, by collector, kind and start.
    ///
    /// # Errors
    /// It does not answer, or not as a broker does; why, for people.
    pub(crate) fn search(
        &self,
        collectors: &[Collector],
        kind: FileKind,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Listed>, String> {
        let names: Vec<&str> = collectors.iter().map(Collector::name).collect();
        let mut params = QueryParams::new()
            .ts_start(&Timestamp(from.0 / SECOND * SECOND).to_string())
            .ts_end(&Timestamp((to.0 + SECOND - 1) / SECOND * SECOND).to_string())
            .collector_id(&names.join(","))
            .data_type(match kind {
                FileKind::Rib => "rib",
                FileKind::Updates => "updates",
            })
            .page_size(PAGE);
        let mut listed: Vec<Listed> = Vec::new();
        let mut seen = 0;
        for number in 1..=MOST_PAGES {
            params = params.page(number);
            let page = self.page(&params)?;
            let items = page.data.len() as i64;
            seen += items;
            listed.extend(
                page.data
                    .iter()
                    .filter_map(|item| read(item, collectors, kind)),
            );
            // A server may give less at a time than it was asked for.
            let is_last = match page.total {
                Some(total) => seen >= total,
                None => items < PAGE,
            };
            if is_last || items == 0 {
                listed.retain(|l| l.start >= from && l.start < to);
                listed.sort_by(|a, b| {
                    (&a.collector, a.start, &a.url).cmp(&(&b.collector, b.start, &b.url))
                });
                listed.dedup_by(|a, b| (&a.collector, a.start) == (&b.collector, b.start));
                return Ok(listed);
            }
        }
        Err(format!("its answer has more than {MOST_PAGES} pages"))
    }

    fn page(&self, params: &QueryParams) -> Result<Page, String> {
        let url = format!("{}/search{params}", self.url);
        let body = self.web.get_small(&url, MOST_BYTES);
        let body = body.map_err(|trouble| match trouble {
            HttpError::NotFound => "HTTP 404 Not Found".to_owned(),
            trouble => trouble.why().to_owned(),
        })?;
        let page: Page = serde_json::from_slice(&body)
            .map_err(|e| format!("its answer is not a broker's: {e}"))?;
        match page.error {
            Some(error) => Err(format!("it says: {error}")),
            None => Ok(page),
        }
    }
}

/// A listed file. Its time is the one in its name, or the broker's where the name has another form.
fn read(item: &BrokerItem, collectors: &[Collector], kind: FileKind) -> Option<Listed> {
    let collector = collectors.iter().find(|c| c.name() == item.collector_id)?;
    let is_kind = match kind {
        FileKind::Rib => item.is_rib(),
        FileKind::Updates => item.data_type == "updates",
    };
    let is_web = item.url.starts_with("http://") || item.url.starts_with("https://");
    if !is_kind || !is_web {
        return None;
    }
    let start = match named(Path::new(&item.url)) {
        Some((named, start)) if named == kind => start,
        Some(_) => return None,
        None => Timestamp(item.ts_start.and_utc().timestamp_micros()),
    };
    let size = [item.exact_size, item.rough_size]
        .into_iter()
        .find(|n| *n > 0);
    Some(Listed {
        collector: collector.clone(),
        kind,
        start,
        url: item.url.clone(),
        bytes: size.and_then(|n| u64::try_from(n).ok()),
    })
}

/// Whether the library knows a collector; there may be newer ones, and there were others.
pub(crate) fn is_known(collector: &Collector) -> bool {
    let known = bgpkit_broker::load_collectors().unwrap_or_default();
    known.iter().any(|c| c.id == collector.name())
}
