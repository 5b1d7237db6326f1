//! The input of the replay: the decoded files of each collector, with their roles.

use super::RecordOrder;
use crate::model::archive::{ArchiveFile, Ending, FileContents, Gap, ListingSource, MissingFile};
use crate::model::packed::PackedContents;
use crate::model::peer::Collector;
use crate::model::route::FileId;
use crate::model::time::Timestamp;
use std::borrow::Cow;

/// What the replay uses a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The RIB that the replay starts from.
    StartRib,
    /// An older RIB, whole, that classifies feeds where the start RIB is cut or damaged.
    FullFeedRib,
    /// A RIB of the window, applied as one step.
    LaterRib,
    /// A RIB that cannot be used: it lists no route, is of a later time than the window's start, or
    /// is cut as the start RIB is.
    UnusableRib,
    /// Messages of the peers.
    Updates,
}

/// A file that was decoded. Its contents are those of the first scan pass, which looks for what the
/// watch list names; passes for prefixes discovered later add to them.
///
/// Update files are many, and the contents of one are small: they are kept packed. So are those of
/// RIBs of the window that list few watched routes.
#[derive(Debug)]
pub struct DecodedFile {
    /// The file.
    pub file: ArchiveFile,
    /// What the replay uses it for.
    pub role: Role,
    /// Whether it was read to its end and no record of it is damaged: [`FileContents::is_whole`].
    pub is_whole: bool,
    /// Time of its first record, and the latest time of any.
    span: Option<(Timestamp, Timestamp)>,
    first_pass: StoredContents,
    later_passes: Vec<StoredContents>,
}

/// A RIB with at most this many entries is kept packed. With more, unpacking it costs too much.
const FEW_ENTRIES: usize = 10_000;

#[derive(Debug)]
enum StoredContents {
    Open(Box<FileContents>),
    Packed(PackedContents),
}

impl StoredContents {
    fn new(role: Role, contents: FileContents) -> Self {
        match role {
            Role::Updates => Self::packed(contents),
            Role::LaterRib if contents.entries.len() <= FEW_ENTRIES => Self::packed(contents),
            Role::StartRib | Role::FullFeedRib | Role::LaterRib | Role::UnusableRib => {
                Self::Open(Box::new(contents))
            }
        }
    }

    fn packed(contents: FileContents) -> Self {
        PackedContents::new(contents).map_or_else(Self::Open, Self::Packed)
    }

    /// Changes the contents. What was packed is packed again.
    fn change(&mut self, change: impl FnOnce(&mut FileContents)) {
        match self {
            Self::Open(contents) => change(contents),
            Self::Packed(packed) => {
                let mut contents = packed.unpack();
                change(&mut contents);
                *self = Self::packed(contents);
            }
        }
    }

    fn contents(&self) -> Cow<'_, FileContents> {
        match self {
            Self::Open(contents) => Cow::Borrowed(contents),
            Self::Packed(packed) => Cow::Owned(packed.unpack()),
        }
    }
}

impl DecodedFile {
    /// A file with the contents of its first scan pass.
    pub fn new(file: ArchiveFile, role: Role, contents: FileContents) -> Self {
        Self {
            file,
            role,
            is_whole: contents.is_whole(),
            span: contents.first.zip(contents.latest),
            first_pass: StoredContents::new(role, contents),
            later_passes: Vec::new(),
        }
    }

    /// What the first scan pass found, with everything about peers and the file itself. Once the
    /// replay has taken over the routes and sessions, only the file itself is left.
    pub fn contents(&self) -> Cow<'_, FileContents> {
        self.first_pass.contents()
    }

    /// Adds the contents of a later scan pass. `trim` removes from the first pass what this one
    /// has in full.
    pub(crate) fn add_pass(
        &mut self,
        contents: FileContents,
        trim: impl FnOnce(&mut FileContents),
    ) {
        self.first_pass.change(trim);
        let stored = StoredContents::new(self.role, contents);
        self.later_passes.push(stored);
    }

    /// Shows the contents of each scan pass, with its number, and then drops routes and sessions. Of
    /// an unusable RIB the peers stay: they tell why it cannot be used.
    pub(crate) fn take_routes(&mut self, mut visit: impl FnMut(usize, &FileContents)) {
        let later = std::mem::take(&mut self.later_passes);
        let is_unusable = self.role == Role::UnusableRib;
        self.first_pass.change(|first| {
            visit(0, first);
            for (pass, stored) in (1..).zip(later) {
                visit(pass, &stored.contents());
            }
            if !is_unusable {
                first.forget_routes();
            }
        });
    }

    /// The facts that its routes and sessions are read with; `id` is its number in the run.
    pub(super) fn facts(&self, id: FileId) -> FileFacts {
        FileFacts {
            id,
            role: self.role,
            is_whole: self.is_whole,
            start: self.file.start,
            last: self.last(),
            cut: self.cut(),
        }
    }

    /// Time of its first record and the latest of any, where it has records.
    pub const fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    /// When its last record acts (a RIB acts as one step).
    pub fn last(&self) -> Timestamp {
        self.span.map_or(self.file.start, |(_, latest)| latest)
    }

    /// Where an update file breaks off, and the end of its span in microseconds.
    pub fn cut(&self) -> Option<(RecordOrder, i64)> {
        if self.is_whole {
            return None;
        }
        let contents = self.contents();
        match &contents.ending {
            Ending::Whole => None,
            Ending::Cut { offset, .. } => {
                let before = RecordOrder::before(self.file.start.0);
                let from = contents
                    .last
                    .map_or(before, |last| RecordOrder::record(last.0, 0, *offset));
                (from.time < self.file.end.0).then_some((from, self.file.end.0))
            }
        }
    }
}

/// The facts about a file that its routes and sessions are read with.
pub(super) struct FileFacts {
    /// Its number in the run.
    pub id: FileId,
    /// What the replay uses it for.
    pub role: Role,
    /// Nothing in it is damaged, and it was read to its end.
    pub is_whole: bool,
    /// The time in its name.
    pub start: Timestamp,
    /// When its last record acts.
    pub last: Timestamp,
    /// Where an update file breaks off, and the end of its span, microseconds.
    pub cut: Option<(RecordOrder, i64)>,
}

/// Everything that was read of a collector. Files are sorted by start, a RIB before the updates of
/// the same start.
#[derive(Debug)]
pub struct CollectorData {
    /// The collector.
    pub collector: Collector,
    /// Its files.
    pub files: Vec<DecodedFile>,
    /// Number of its first file in the run.
    pub first_file: FileId,
    /// When its replay begins.
    pub start: Timestamp,
    /// Spans without update files.
    pub gaps: Vec<Gap>,
    /// Files that are not available, as far as they are known.
    pub missing: Vec<MissingFile>,
    /// Where the list of its files comes from.
    pub listing_source: ListingSource,
}

impl CollectorData {
    /// Its files with their numbers in the run.
    pub fn numbered(&self) -> impl Iterator<Item = (FileId, &DecodedFile)> {
        (self.first_file..).zip(&self.files)
    }

    /// Its files of a role, with their numbers in the run.
    pub(crate) fn with_role(&self, role: Role) -> impl Iterator<Item = (FileId, &DecodedFile)> {
        self.numbered().filter(move |(_, file)| file.role == role)
    }
}

/// A file of a run by its number.
pub(crate) fn file(collectors: &[CollectorData], id: FileId) -> Option<&DecodedFile> {
    let data = collectors.iter().rfind(|data| data.first_file <= id)?;
    data.files.get((id - data.first_file) as usize)
}

/// Whether data that the window needs is missing or damaged.
pub(crate) fn is_incomplete(collectors: &[CollectorData]) -> bool {
    collectors.iter().any(|data| {
        let is_damaged = |f: &DecodedFile| !f.is_whole || f.role == Role::UnusableRib;
        let has_failed = data.missing.iter().any(|file| file.reason.is_some());
        !data.gaps.is_empty() || has_failed || data.files.iter().any(is_damaged)
    })
}
