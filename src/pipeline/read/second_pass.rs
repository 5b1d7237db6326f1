//! The second pass: files are read again for prefixes that were discovered in other files, and for
//! the routes that cover them.

use super::inputs::ScanPass;
use super::{ReadStage, size};
use crate::model::archive::FileContents;
use crate::model::net::Prefix;
use crate::model::route::PrefixId;
use crate::model::time::Timestamp;
use crate::pipeline::PipelineError;
use crate::replay::input::{CollectorData, DecodedFile, Role};
use crate::watchlist::{PrefixSet, SetRelation};
use std::borrow::Cow;

impl ReadStage<'_> {
    /// Reads each RIB again for the prefixes that others discovered.
    pub(super) fn complete_ribs(
        &self,
        collectors: &mut [CollectorData],
        discovered: &PrefixSet,
    ) -> Result<(), PipelineError> {
        self.second_pass(collectors, |file| {
            let own: PrefixSet = has_in_full(&file.contents()).collect();
            let missing = discovered.iter().filter(|p| !own.contains(*p));
            (Cow::Owned(missing.collect()), None)
        })
    }

    /// Reads every file again for prefixes that no pass has looked for.
    pub(super) fn complete_all(
        &self,
        collectors: &mut [CollectorData],
        discovered: &PrefixSet,
    ) -> Result<(), PipelineError> {
        let pass = ScanPass::for_discovered(discovered);
        self.second_pass(collectors, |_| (Cow::Borrowed(discovered), Some(pass)))
    }

    /// Reads files again for what `missing` tells of each. A pass that is the same for all is made
    /// once.
    fn second_pass<'s>(
        &self,
        collectors: &mut [CollectorData],
        missing: impl Fn(&DecodedFile) -> (Cow<'s, PrefixSet>, Option<ScanPass<'s>>),
    ) -> Result<(), PipelineError> {
        let mut jobs = Vec::new();
        for data in collectors {
            let start = data.start;
            for file in &mut data.files {
                if !matches!(file.role, Role::StartRib | Role::LaterRib | Role::Updates) {
                    continue;
                }
                let (missing, pass) = missing(file);
                if !missing.is_empty() {
                    let size = size(&file.file);
                    let job = SecondScan {
                        file,
                        missing,
                        pass,
                        start,
                    };
                    jobs.push((size, job));
                }
            }
        }
        if jobs.is_empty() {
            return Ok(());
        }
        let bytes = jobs.iter().map(|(size, _)| size).sum();
        self.machine.progress.begin("second pass", bytes);
        let done = self.machine.run(jobs, |job, _| self.scan_again(job));
        done.map(|_| ())
    }

    fn scan_again(&self, job: SecondScan<'_, '_>) -> Result<(), PipelineError> {
        let SecondScan {
            file,
            missing,
            pass,
            start,
        } = job;
        let pass = pass.unwrap_or_else(|| ScanPass::for_discovered(&missing));
        let progress = |bytes| self.machine.progress.advance(bytes);
        let scan = self.inputs.scan(&file.file, pass, start, &progress);
        let contents = self.machine.contents(&file.file, &scan, &pass.digest)?;
        // What the first pass has of these prefixes in part is here in full, and so is what covers
        // them.
        file.add_pass(contents, |first| {
            let relations = first.prefixes.iter().map(|p| missing.relation(*p));
            let relations: Vec<SetRelation> = relations.collect();
            let stays = |p: PrefixId| relations[p as usize] == SetRelation::Unrelated;
            first.entries.retain(|e| stays(e.prefix));
            first.routes.retain(|r| stays(r.prefix));
        });
        Ok(())
    }
}

/// A file to read again.
struct SecondScan<'f, 's> {
    file: &'f mut DecodedFile,
    missing: Cow<'s, PrefixSet>,
    /// The pass for them, where it is the same for all files.
    pass: Option<ScanPass<'s>>,
    start: Timestamp,
}

/// The prefixes that a RIB discovered and that its first pass has in full, with what covers them: a
/// record of TABLE_DUMP_V2 holds all routes of a prefix, unless ADD-PATH peers have another.
fn has_in_full(contents: &FileContents) -> impl Iterator<Item = Prefix> + '_ {
    let has = |end: &str| contents.records.keys().any(|k| k.ends_with(end));
    let is_old = contents
        .records
        .keys()
        .any(|k| k.starts_with("TABLE_DUMP/"));
    let is_one_record = !(is_old || has("_ADDPATH") && has("_UNICAST"));
    let in_full = is_one_record && contents.has_all_covering;
    contents.discovered.iter().copied().filter(move |_| in_full)
}
