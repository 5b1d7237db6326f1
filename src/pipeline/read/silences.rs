//! Who fell silent, and whether it came back with a new session.

use super::{Reader, read_error};
use crate::decode::{self, Burst, Scan, Seek};
use crate::model::archive::FileKind;
use crate::model::net::Prefix;
use crate::model::peer::PeerId;
use crate::model::time::Timestamp;
use crate::pipeline::PipelineError;
use crate::replay::gather::{Peers, Reading, Role};
use crate::replay::judge::PeerReport;
use crate::replay::session::Sign;
use crate::replay::signs::{self, PeerSilence};
use crate::replay::{Key, silence};
use crate::select::PrefixSet;
use rustc_hash::FxHashSet;

impl Reader<'_> {
    /// Finds RouteViews peers that fell silent, and whether they came back with a new session.
    pub(in crate::pipeline) fn add_silences(
        &self,
        readings: &[Reading],
        peers: &Peers,
        reports: &[PeerReport],
        signs: &mut [Vec<(Key, Sign)>],
    ) -> Result<(), PipelineError> {
        let rules = self.study.rules;
        let applies = |peer: PeerId| rules.silence_counts(&reports[peer as usize]);
        let end = self.study.window.to;
        for found in signs::silences(readings, peers, rules.silence_threshold(), end, applies) {
            let signs = &mut signs[found.peer as usize];
            signs.push((Key::after(found.silence.from), Sign::Silent));
            if let Some(to) = found.silence.to {
                let anew = self.came_anew(readings, peers, &found, Timestamp(to))?;
                signs.push((Key::before(to), Sign::Speaks { anew }));
            }
        }
        Ok(())
    }

    fn came_anew(
        &self,
        readings: &[Reading],
        peers: &Peers,
        found: &PeerSilence,
        from: Timestamp,
    ) -> Result<bool, PipelineError> {
        let peer = &peers.list[found.peer as usize];
        let to = Timestamp(from.0 + silence::TRANSFER);
        let burst = Burst {
            session: peer.session,
            from,
            to,
        };
        let nothing = PrefixSet::default();
        let scan = Scan {
            kind: FileKind::Updates,
            seek: Seek::Only(&nothing),
            from,
            to: Timestamp(to.0 + 1).min(self.study.window.to),
            silence: None,
            bursts: &[burst],
            heard: &|_| {},
        };
        let mut announced: FxHashSet<Prefix> = FxHashSet::default();
        let reading = readings.iter().filter(|r| r.collector == peer.collector);
        for (_, read) in reading.flat_map(|r| r.with_role(Role::Updates)) {
            let span = read.span();
            if let (Some(first), Some(latest)) = span
                && first <= to
                && from <= latest
            {
                let found = decode::bursts(&read.file.path, &scan);
                let found = found.map_err(|e| read_error(&read.file, e))?;
                announced.extend(found.into_iter().flatten());
            }
        }
        Ok(silence::is_transfer(announced.len(), found.table))
    }
}
