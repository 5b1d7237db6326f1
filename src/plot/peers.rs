//! Peers by the size of their table: who counts, why others do not, for how long each was unknown
//! and how often its session was lost.

use super::PlotError;
use super::canvas::{Area, Canvas, Stands};
use super::colour::{BLUE, GRID, INK, ORANGE, QUIET};
use super::font;
use super::frame::{self, Sign};
use super::time::{self, thousands};
use crate::model::net::Family;
use crate::model::time::SECOND;
use crate::view::{PeerView, RunView};

pub(super) fn draw(canvas: &mut Canvas<'_>, view: &RunView, area: Area) -> Result<(), PlotError> {
    let mut peers: Vec<&PeerView> = view.peers.iter().collect();
    if peers.is_empty() {
        return frame::note(
            canvas,
            area,
            "There is no peer: no file was there, or none could be read",
        );
    }
    peers.sort_by_key(|p| {
        let size = std::cmp::Reverse(p.table_size);
        (
            std::cmp::Reverse(p.is_full_feed),
            size,
            p.collector.as_str(),
            p.asn,
            p.ip.as_str(),
        )
    });
    let room = area.height() - canvas.px(19.0 * 3.0 + 24.0);
    let most = (room / canvas.px(16.0)).floor().max(1.0) as usize;
    let shown = most.min(peers.len());
    let counted = peers.iter().filter(|p| p.is_full_feed).count();
    let mut entries = vec![
        (Sign::Box(BLUE), format!("counts ({counted})")),
        (
            Sign::Box(ORANGE),
            format!("does not count ({}), and why", peers.len() - counted),
        ),
        (
            Sign::Hatch,
            "share of the window in which it was unknown".to_owned(),
        ),
    ];
    if shown < peers.len() {
        let text = format!(
            "the first {shown} of {} peers: who counts, by size",
            peers.len()
        );
        entries.push((Sign::Nothing, text));
    }
    let area = frame::legend(canvas, area, &entries)?;
    peers.truncate(shown);
    let names = peers.iter().map(|p| canvas.width(&name(p), 11.0));
    let names = names.fold(0.0, f64::max).min(area.width() / 3.0);
    let behind = peers.iter().map(|p| canvas.width(&words(p), 11.0));
    let words_room = behind.fold(0.0, f64::max).min(area.width() / 3.0);
    let panel = Area {
        left: area.left + names + canvas.px(10.0),
        top: area.top,
        right: area.right - words_room - canvas.px(16.0),
        bottom: area.bottom - canvas.px(20.0),
    };
    let height = (panel.height() / shown as f64).min(canvas.px(30.0));
    let panel = Area {
        bottom: panel.top + height * shown as f64,
        ..panel
    };
    let largest = peers
        .iter()
        .filter_map(|p| p.table_size)
        .max()
        .unwrap_or(0)
        .max(1);
    let x = |n: u64| panel.left + panel.width() * n as f64 / largest as f64;
    let room = canvas.width(&thousands(largest), 11.0) + canvas.px(16.0);
    let few = (panel.width() / room).max(1.0) as u64;
    let is_known = peers.iter().any(|p| p.table_size.is_some());
    let marks = time::round_numbers(largest, few)
        .into_iter()
        .filter(|_| is_known);
    for n in marks {
        canvas.line(&[(x(n), panel.top), (x(n), panel.bottom)], GRID, 1.0)?;
        let at = (x(n), panel.bottom + canvas.px(11.0));
        canvas.text(&thousands(n), at, 11.0, QUIET, Stands::Around)?;
    }
    let at = (area.left, panel.bottom + canvas.px(11.0));
    let below = match is_known {
        true => "Prefixes in the RIB",
        false => "No RIB tells the size of any peer's table",
    };
    canvas.text(below, at, 11.0, QUIET, Stands::After)?;
    let window = view.manifest.study.window;
    let seconds = ((window.to.0 - window.from.0) / SECOND).max(1) as f64;
    for (place, peer) in peers.into_iter().enumerate() {
        let top = panel.top + height * place as f64;
        // Where no table is known, the bar only tells for how long the peer was unknown.
        let end = match peer.table_size {
            Some(n) => x(n),
            None => panel.left + canvas.px(40.0).min(panel.width()),
        };
        let known = 1.0 - (peer.seconds_unknown as f64 / seconds).clamp(0.0, 1.0);
        let split = panel.left + (end - panel.left) * known;
        let bar = Area {
            left: panel.left,
            top: top + height * 0.14,
            right: split,
            bottom: top + height * 0.86,
        };
        canvas.rect(bar, if peer.is_full_feed { BLUE } else { ORANGE })?;
        canvas.hatch(Area {
            left: split,
            right: end,
            ..bar
        });
        let middle = top + height / 2.0;
        let at = (panel.left - canvas.px(8.0), middle);
        let text = font::fit(&name(peer), canvas.px(11.0), names + 1.0);
        canvas.text(&text, at, 11.0, INK, Stands::Before)?;
        let most = area.right - end - canvas.px(6.0);
        let text = font::fit(&words(peer), canvas.px(11.0), most);
        let at = (end + canvas.px(6.0), middle);
        canvas.text(&text, at, 11.0, QUIET, Stands::After)?;
    }
    Ok(())
}

fn name(peer: &PeerView) -> String {
    let family = match peer.family {
        Family::V4 => "",
        Family::V6 => " IPv6",
    };
    format!("AS{} {} {}{family}", peer.asn, peer.ip, peer.collector)
}

/// What stands behind its bar.
fn words(peer: &PeerView) -> String {
    let mut said = Vec::new();
    if peer.table_size.is_none() {
        said.push("no table known".to_owned());
    }
    if !peer.is_full_feed {
        said.push(peer.reason.replace('_', " "));
    }
    match peer.sessions_lost {
        0 => {}
        1 => said.push("session lost once".to_owned()),
        n => said.push(format!("session lost {n} times")),
    }
    if peer.seconds_unknown > 0 {
        said.push(format!(
            "unknown for {}",
            crate::view::words::duration(peer.seconds_unknown as i64)
        ));
    }
    if peer.stuck_prefixes > 0 {
        said.push("kept routes as if nothing had happened".to_owned());
    }
    said.join("; ")
}
