//! Peers by the size of their table: which are counted, why others are not, for how long each was
//! unknown and how often its session was lost.

use crate::model::net::Family;
use crate::model::time::SECOND;
use crate::plot::axes::{self, thousands};
use crate::plot::canvas::{Anchor, Area, Canvas};
use crate::plot::colour::{BLUE, GRID, INK, ORANGE, QUIET};
use crate::plot::error::PlotError;
use crate::plot::figure::Figure;
use crate::plot::font;
use crate::plot::legend::{self, Symbol};
use crate::view::words::duration;
use crate::view::{PeerView, RunView};
use std::cmp::Reverse;

pub(super) const FIGURE: Figure = Figure {
    name: "peers",
    help: "The peers by table size, and which of them are counted",
    caption: |_| "Peers by the size of their table".to_owned(),
    draw,
};

fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let mut peers: Vec<&PeerView> = view.peers.iter().collect();
    if peers.is_empty() {
        let why = "There are no peers: no file was available, or none could be read";
        return legend::notice(canvas, area, why);
    }
    peers.sort_by_key(|p| {
        let size = Reverse(p.table_size);
        let session = (p.collector.as_str(), p.asn, p.ip.as_str());
        (Reverse(p.is_full_feed), size, session)
    });
    let height = area.height() - canvas.px(19.0 * 3.0 + 24.0);
    let fitting = (height / canvas.px(16.0)).floor().max(1.0) as usize;
    let shown = fitting.min(peers.len());
    let area = legend::draw(canvas, area, &entries(&peers, shown))?;
    peers.truncate(shown);
    let names = peers.iter().map(|p| canvas.width(&name(p), 11.0));
    let names = names.fold(0.0, f64::max).min(area.width() / 3.0);
    let widths = peers.iter().map(|p| canvas.width(&remarks(p), 11.0));
    let remarks_width = widths.fold(0.0, f64::max).min(area.width() / 3.0);
    let panel = Area {
        left: area.left + names + canvas.px(10.0),
        top: area.top,
        right: area.right - remarks_width - canvas.px(16.0),
        bottom: area.bottom - canvas.px(20.0),
    };
    let row_height = (panel.height() / shown as f64).min(canvas.px(30.0));
    let panel = Area {
        bottom: panel.top + row_height * shown as f64,
        ..panel
    };
    let largest = peers.iter().filter_map(|p| p.table_size).max();
    let x = SizeAxis {
        panel,
        max: largest.unwrap_or(0).max(1),
    };
    let has_sizes = largest.is_some();
    if has_sizes {
        x.draw(canvas)?;
    }
    let at = (area.left, panel.bottom + canvas.px(11.0));
    let title = match has_sizes {
        true => "Prefixes in the RIB",
        false => "No RIB gives the table size of any peer",
    };
    canvas.text(title, at, 11.0, QUIET, Anchor::Start)?;
    let window = view.manifest.study.window;
    let seconds = ((window.to.0 - window.from.0) / SECOND).max(1) as f64;
    for (row, peer) in peers.into_iter().enumerate() {
        let top = panel.top + row_height * row as f64;
        // Without a table size, the bar only shows for how long the peer was unknown.
        let end = match peer.table_size {
            Some(n) => x.at(n),
            None => panel.left + canvas.px(40.0).min(panel.width()),
        };
        let known = 1.0 - (peer.seconds_unknown as f64 / seconds).clamp(0.0, 1.0);
        let split = panel.left + (end - panel.left) * known;
        let bar = Area {
            left: panel.left,
            top: top + row_height * 0.14,
            right: split,
            bottom: top + row_height * 0.86,
        };
        canvas.rect(bar, if peer.is_full_feed { BLUE } else { ORANGE })?;
        canvas.hatch(Area {
            left: split,
            right: end,
            ..bar
        });
        let middle = top + row_height / 2.0;
        let at = (panel.left - canvas.px(8.0), middle);
        let text = font::fit(&name(peer), canvas.px(11.0), names + 1.0);
        canvas.text(&text, at, 11.0, INK, Anchor::End)?;
        let width = area.right - end - canvas.px(6.0);
        let text = font::fit(&remarks(peer), canvas.px(11.0), width);
        let at = (end + canvas.px(6.0), middle);
        canvas.text(&text, at, 11.0, QUIET, Anchor::Start)?;
    }
    Ok(())
}

fn entries(peers: &[&PeerView], shown: usize) -> Vec<(Symbol, String)> {
    let all = peers.len();
    let counted = peers.iter().filter(|p| p.is_full_feed).count();
    let others = all - counted;
    let unknown = "share of the window in which the peer was unknown".to_owned();
    let mut entries = vec![
        (Symbol::Box(BLUE), format!("counted ({counted})")),
        (
            Symbol::Box(ORANGE),
            format!("not counted ({others}), and why"),
        ),
        (Symbol::Hatch, unknown),
    ];
    if shown < all {
        let text = format!("the first {shown} of {all} peers: counted ones first, then by size");
        entries.push((Symbol::None, text));
    }
    entries
}

/// The axis of table sizes.
struct SizeAxis {
    panel: Area,
    max: u64,
}

impl SizeAxis {
    /// The x coordinate of a size.
    fn at(&self, size: u64) -> f64 {
        self.panel.left + self.panel.width() * size as f64 / self.max as f64
    }

    fn draw(&self, canvas: &Canvas<'_>) -> Result<(), PlotError> {
        let panel = self.panel;
        let label_width = canvas.width(&thousands(self.max), 11.0) + canvas.px(16.0);
        let labels = (panel.width() / label_width).max(1.0) as u64;
        for size in axes::round_numbers(self.max, labels) {
            let x = self.at(size);
            canvas.line(&[(x, panel.top), (x, panel.bottom)], GRID, 1.0)?;
            let at = (x, panel.bottom + canvas.px(11.0));
            canvas.text(&thousands(size), at, 11.0, QUIET, Anchor::Middle)?;
        }
        Ok(())
    }
}

fn name(peer: &PeerView) -> String {
    let family = match peer.family {
        Family::V4 => "",
        Family::V6 => " IPv6",
    };
    format!("AS{} {} {}{family}", peer.asn, peer.ip, peer.collector)
}

/// What is written after a peer's bar.
fn remarks(peer: &PeerView) -> String {
    let mut remarks = Vec::new();
    if peer.table_size.is_none() {
        remarks.push("table size unknown".to_owned());
    }
    if !peer.is_full_feed {
        remarks.push(peer.reason.replace('_', " "));
    }
    match peer.sessions_lost {
        0 => {}
        1 => remarks.push("session lost once".to_owned()),
        n => remarks.push(format!("session lost {n} times")),
    }
    if peer.seconds_unknown > 0 {
        let unknown = duration(peer.seconds_unknown as i64);
        remarks.push(format!("unknown for {unknown}"));
    }
    if peer.stuck_prefixes > 0 {
        remarks.push("kept its routes unchanged in an outage".to_owned());
    }
    remarks.join("; ")
}
