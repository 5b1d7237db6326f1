//! `report.html`: one file that holds all it shows, and asks no network for anything.
//!
//! The template is in `data/report/`, filled by minijinja, which escapes every text; the script
//! draws with uPlot. The page's policy lets only these very scripts run, by their hashes.

mod coarse;
mod data;
mod page;
mod published;
mod words;

use crate::view::RunView;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, Value};
use sha2::{Digest, Sha256};

const TEMPLATE: &str = include_str!("../../../data/report/report.html");
const STYLE: &str = include_str!("../../../data/report/style.css");
const LIBRARY: &str = include_str!("../../../data/report/uPlot-1.6.32.iife.min.js");
const LIBRARY_STYLE: &str = include_str!("../../../data/report/uPlot-1.6.32.min.css");
const SCRIPT: &str = concat!(
    include_str!("../../../data/report/js/1-data.js"),
    include_str!("../../../data/report/js/2-theme.js"),
    include_str!("../../../data/report/js/3-lines.js"),
    include_str!("../../../data/report/js/4-raster.js"),
    include_str!("../../../data/report/js/5-tables.js"),
    include_str!("../../../data/report/js/6-start.js"),
);

/// The file's name in a run's folder.
pub const NAME: &str = "report.html";

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The template does not fit the page.
    #[error("the report cannot be made")]
    Template(#[from] minijinja::Error),
    /// A figure's data cannot be written down.
    #[error("the report's data cannot be written")]
    Data(#[from] serde_json::Error),
}

/// The report as HTML. The same view gives the same bytes.
///
/// # Errors
/// The template cannot be filled.
pub fn html(view: &RunView) -> Result<String, ReportError> {
    let figures = data::figures(view);
    // What ends a script, or opens a comment, cannot stand in JSON that is written so.
    let json = serde_json::to_string(&figures.json)?.replace('<', "\\u003c");
    let page = page::page(view, &figures);
    let mut environment = Environment::new();
    environment.add_function("links", links);
    environment.add_template(NAME, TEMPLATE)?;
    let template = environment.get_template(NAME)?;
    let fixed = minijinja::context! {
        script_hashes => format!("{} {}", hash(LIBRARY), hash(SCRIPT)),
        style => STYLE,
        library_style => LIBRARY_STYLE,
        library => LIBRARY,
        script => SCRIPT,
        data => json,
    };
    Ok(template
        .render(minijinja::context! { ..fixed, ..Value::from(minijinja::value::Serde(&page)) })?)
}

/// A script as a content security policy names it.
fn hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// A text with its http(s) addresses as links, all of it escaped.
fn links(text: String) -> Value {
    let mut html = String::new();
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            html.push(' ');
        }
        let is_link = word.starts_with("https://") || word.starts_with("http://");
        let url = word.trim_end_matches([',', ';', ')', '.']);
        match is_link {
            true => {
                let (escaped, rest) = (escape(url), escape(&word[url.len()..]));
                html += &format!("<a href=\"{escaped}\" rel=\"noreferrer\">{escaped}</a>{rest}");
            }
            false => html += &escape(word),
        }
    }
    Value::from_safe_string(html)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#x27;",
            c => escaped.push(c),
        }
    }
    escaped
}
