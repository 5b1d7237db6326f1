//! The second look, at prefixes that gave themselves away elsewhere.

use super::{Look, Reader, size};
use crate::decode::{CoveringDetail, Filter};
use crate::model::archive::FileContents;
use crate::model::net::Prefix;
use crate::model::route::PrefixId;
use crate::model::time::Timestamp;
use crate::pipeline::{PipelineError, work};
use crate::replay::input::{CollectorData, DecodedFile, Role};
use crate::watchlist::{PrefixSet, SetRelation};
use std::borrow::Cow;

impl Reader<'_> {
    /// Reads files again for prefixes that gave themselves away elsewhere, and for what covers
    /// them. With `late`, those (`given` were looked for already); without, what `given` has
    /// beyond each file's own.
    pub(super) fn again(
        &self,
        collectors: &mut [CollectorData],
        given: &PrefixSet,
        late: Option<&PrefixSet>,
    ) -> Result<(), PipelineError> {
        let for_all = late.map(in_full);
        let mut jobs: Vec<(u64, Second<'_>)> = Vec::new();
        for data in collectors {
            let start = data.start;
            for file in &mut data.files {
                let missing: Cow<'_, PrefixSet> = match late {
                    Some(late) => Cow::Borrowed(late),
                    None => {
                        let own: PrefixSet = emitted(&file.contents()).collect();
                        let missing = given.iter().filter(|p| !own.contains(*p));
                        Cow::Owned(missing.collect())
                    }
                };
                let replayed = matches!(file.role, Role::StartRib | Role::LaterRib | Role::Updates);
                if replayed && !missing.is_empty() {
                    let size = size(&file.file);
                    let job = Second {
                        file,
                        missing,
                        start,
                    };
                    jobs.push((size, job));
                }
            }
        }
        if jobs.is_empty() {
            return Ok(());
        }
        self.progress
            .begin("second look", jobs.iter().map(|(size, _)| size).sum());
        let looked = work::all(jobs, |job, _| {
            let Second {
                file,
                missing,
                start,
            } = job;
            let look = for_all.unwrap_or_else(|| in_full(&missing));
            let layer = self.decoded(&file.file, look, start)?;
            // What the first look had of these prefixes in part is here in full, and so is what
            // covers them.
            file.add_pass(layer, |main| {
                let places = main.prefixes.iter().map(|p| missing.relation(*p));
                let places: Vec<SetRelation> = places.collect();
                let stays = |prefix: PrefixId| places[prefix as usize] == SetRelation::Unrelated;
                main.entries.retain(|e| stays(e.prefix));
                main.routes.retain(|e| stays(e.prefix));
            });
            Ok(())
        });
        looked.map(|_| ())
    }
}

/// With all paths: what covers these prefixes may be watched itself, and is taken from here then.
fn in_full(missing: &PrefixSet) -> Look<'_> {
    Look::at(Filter::Prefixes(missing), CoveringDetail::Full)
}

/// A file to read again.
struct Second<'a> {
    file: &'a mut DecodedFile,
    missing: Cow<'a, PrefixSet>,
    start: Timestamp,
}

/// The prefixes that a RIB's own origins gave away and that its first look kept in full, with
/// what covers them: a record of TABLE_DUMP_V2 holds all routes of a prefix, unless ADD-PATH peers
/// have another.
fn emitted(decoded: &FileContents) -> impl Iterator<Item = Prefix> + '_ {
    let has = |end: &str| decoded.records.keys().any(|k| k.ends_with(end));
    let old = decoded.records.keys().any(|k| k.starts_with("TABLE_DUMP/"));
    let one_record = !(old || has("_ADDPATH") && has("_UNICAST"));
    let in_full = one_record && decoded.has_all_covering;
    decoded.discovered.iter().copied().filter(move |_| in_full)
}
