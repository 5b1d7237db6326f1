//! `report.html`: one file that holds everything it shows and makes no network request.
//!
//! minijinja fills the template in `data/report/` and escapes every text; the script draws with
//! uPlot. The page's content security policy allows these two scripts alone, by their hashes.

mod cells;
mod chart_data;
mod downsample;
mod events;
mod order;
mod page;
mod published;
mod raster_data;

use crate::view::RunView;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chart_data::ChartData;
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

/// The report's name in a run's folder.
pub(crate) const FILE_NAME: &str = "report.html";

/// Why there is no report. Both would be bugs.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The template does not fit its context.
    #[error("the report cannot be made")]
    Template(#[from] minijinja::Error),
    /// A chart's data cannot be written as JSON.
    #[error("the report's data cannot be written")]
    Data(#[from] serde_json::Error),
}

/// Renders the report as HTML. The same view gives the same bytes.
///
/// # Errors
/// The template cannot be filled.
pub fn html(view: &RunView) -> Result<String, ReportError> {
    let charts = ChartData::of(view);
    // Without `<` nothing in the JSON can end the script element or open a comment.
    let json = serde_json::to_string(&charts.json)?.replace('<', "\\u003c");
    let page = page::context(view, &charts);
    let mut environment = Environment::new();
    environment.add_function("links", links);
    environment.add_template(FILE_NAME, TEMPLATE)?;
    let template = environment.get_template(FILE_NAME)?;
    let assets = minijinja::context! {
        script_hashes => format!("{} {}", csp_hash(LIBRARY), csp_hash(SCRIPT)),
        style => STYLE,
        library_style => LIBRARY_STYLE,
        library => LIBRARY,
        script => SCRIPT,
        data => json,
    };
    Ok(template
        .render(minijinja::context! { ..assets, ..Value::from(minijinja::value::Serde(&page)) })?)
}

/// A script's hash as a source in a content security policy (CSP level 3, `hash-source`).
fn csp_hash(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

/// A text as HTML, escaped, with its http(s) addresses as links.
fn links(text: String) -> Value {
    let mut html = String::new();
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
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
