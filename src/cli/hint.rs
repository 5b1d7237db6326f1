//! What to do about an error, in one place. Hints name the program's own flags, so the library's
//! errors do not carry them.

use super::exit::ExitStatus;
use crate::encode::EncodeError;
use crate::fetch::FetchError;
use crate::locate::LocateError;
use crate::manifest::ManifestError;
use crate::model::peer::Collector;
use crate::pipeline::PipelineError;
use crate::pipeline::acquire::AcquireError;
use crate::pipeline::recorded::RecordedError;
use crate::plot::PlotError;
use crate::registry::RegistryError;
use crate::registry::watch_list::WatchListError;
use crate::run;
use crate::slice::SliceError;
use crate::study::StudyError;
use crate::verify::VerifyError;
use crate::view::ViewError;
use crate::view::reader::ReadError;
use crate::watchlist::WatchFileError;
use crate::write::WriteError;
use std::io::{self, ErrorKind};

const CHECK_PATH: &str = "check the path and its permissions";
const REPORT_BUG: &str = "this is a bug in dropline, please report it";

/// An error that tells the user what to do about it.
pub(crate) trait Hint {
    /// What to do, without a full stop; `None` where the error says it all.
    fn hint(&self) -> Option<String>;

    /// How the program ends with it: [`ExitStatus::Failed`], or [`ExitStatus::WrongUsage`] where
    /// another command line would help.
    fn status(&self) -> ExitStatus {
        ExitStatus::Failed
    }
}

fn say(hint: &str) -> Option<String> {
    Some(hint.to_owned())
}

impl Hint for StudyError {
    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }

    fn status(&self) -> ExitStatus {
        ExitStatus::WrongUsage
    }
}

impl Hint for RegistryError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Country(_) => "give two letters (ISO 3166), like `KP`",
            Self::Read(_) => "the file may be cut short: delete it and fetch it again",
            Self::NotDelegated | Self::TooLarge(_) => {
                "give a file like `delegated-apnic-extended-20141221.gz`, plain, .gz or .bz2"
            }
            Self::CountryList(_) => {
                "it names `country`, and `[[add]]` and `[[remove]]` with `resource`, `why` and `source`; \
                 see data/README.md"
            }
            Self::TooEarly(_) => {
                "give the statistics of that time with `--delegated FILE`, or name `--asn` or `--prefix`"
            }
            Self::Unavailable { offline: true, .. } => {
                "run it once without `--offline`, or give the files of all registries that the country \
                 needs with `--delegated FILE`"
            }
            Self::Unavailable { .. } => {
                "without them the watch list could be incomplete: try again, name another mirror with \
                 `--registry-url URL` (such as https://ftp.lacnic.net/pub/stats), or give the files of all \
                 registries that the country needs with `--delegated FILE`"
            }
            Self::Fetch(error) => return error.hint(),
        })
    }
}

impl Hint for WatchListError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Saved { .. } => {
                say("cut the slice again, or remove `watch_list` from its incident file")
            }
            Self::Read { .. } => None,
            Self::WatchFile { source, .. } => source.hint(),
            Self::CountryLists { .. } => say("name a folder that holds `CC.toml` files"),
            Self::File { source, .. } => source.hint(),
            Self::Registry(error) => error.hint(),
            Self::Empty { has_files: false } => {
                say("check the country code: no registry had assigned it anything by then")
            }
            Self::Empty { has_files: true } => say(
                "check the country code, and that the file comes from the registry that serves it",
            ),
        }
    }

    fn status(&self) -> ExitStatus {
        match self {
            Self::Saved { .. } => ExitStatus::Failed,
            Self::Registry(error) => error.status(),
            Self::Read { .. }
            | Self::WatchFile { .. }
            | Self::CountryLists { .. }
            | Self::File { .. }
            | Self::Empty { .. } => ExitStatus::WrongUsage,
        }
    }
}

impl Hint for run::Error {
    fn hint(&self) -> Option<String> {
        match self {
            Self::WatchList(error) => error.hint(),
            Self::Locate(error) => error.hint(),
            Self::Acquire(error) => error.hint(),
            Self::Recorded(error) => error.hint(),
            Self::Pipeline(error) => error.hint(),
        }
    }

    fn status(&self) -> ExitStatus {
        match self {
            Self::WatchList(error) => error.status(),
            Self::Locate(error) => error.status(),
            Self::Acquire(error) => error.status(),
            Self::Recorded(error) => error.status(),
            Self::Pipeline(error) => error.status(),
        }
    }
}

impl Hint for WatchFileError {
    fn hint(&self) -> Option<String> {
        say(
            "write one a line, like 175.45.176.0/22, 2001:db8::/32 or AS131279; `#` starts a comment",
        )
    }
}

impl Hint for LocateError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::NoCollector { found, .. } => {
                let found: Vec<&str> = found.iter().map(Collector::name).collect();
                return Some(format!("it holds {}", found.join(", ")));
            }
            Self::NoArchive(_) => {
                "an archive is laid out like `rrc00/2014.12/updates.20141222.1600.gz` or \
                 `route-views.sydney/bgpdata/2014.12/UPDATES/updates.20141222.1600.bz2`"
            }
            Self::NoTime(_) => "name it like `updates.20141222.1600.gz`, or check that it is MRT",
            Self::Io { .. } => CHECK_PATH,
        })
    }

    fn status(&self) -> ExitStatus {
        match self {
            Self::Io { .. } => ExitStatus::Failed,
            _ => ExitStatus::WrongUsage,
        }
    }
}

impl Hint for FetchError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Disk { .. } => {
                "check its permissions and the free space, or name another folder with `--cache-dir DIR`"
            }
            Self::Escapes(_) => "name a relative path without `..`",
            Self::NoHome(_) => "name a folder with `--cache-dir DIR`",
            Self::Client(_) => {
                "install the system's CA certificates, or work from the cache with `--offline`"
            }
        })
    }
}

impl Hint for AcquireError {
    fn hint(&self) -> Option<String> {
        match self {
            // Only a cache that is asked with `--offline` can lack a collector.
            Self::Locate(LocateError::NoArchive(_) | LocateError::NoCollector { .. }) => say(
                "nothing may be fetched: run it once without `--offline`, or name another cache with \
                 `--cache-dir DIR`",
            ),
            Self::Locate(error) => error.hint(),
            Self::Fetch(error) => error.hint(),
        }
    }

    fn status(&self) -> ExitStatus {
        match self {
            Self::Locate(error) => error.status(),
            Self::Fetch(error) => error.status(),
        }
    }
}

impl Hint for RecordedError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Changed { .. } | Self::Gone { .. } => say(
                "a study is repeated only from the same bytes: get that file again, say where it is with \
                 `--archive DIR` or `--file PATH`, or ask the question again without `--manifest`",
            ),
            Self::Fetch(error) => error.hint(),
            Self::Locate(_) | Self::Read(..) => say(CHECK_PATH),
        }
    }
}

impl Hint for PipelineError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::NoRib => {
                "without a RIB no peer can be classified as full-feed: count every peer with \
                 `--full-feed all`, or look further back with `--rib-lookback HOURS`"
            }
            Self::BaselineOutside { .. } => {
                "choose a time in it, begin the window earlier, or look further back for a RIB \
                 with `--rib-lookback HOURS`"
            }
            Self::Read { .. } => "check the file and its permissions",
        })
    }

    fn status(&self) -> ExitStatus {
        match self {
            Self::NoRib | Self::BaselineOutside { .. } => ExitStatus::WrongUsage,
            Self::Read { .. } => ExitStatus::Failed,
        }
    }
}

impl Hint for ManifestError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Io(..) => CHECK_PATH,
            Self::Form(..) => "name the `run.json` in the folder of an earlier run",
            Self::Newer { .. } => "repeat it with the newer version of dropline that wrote it",
            Self::Escapes { .. } => {
                "do not use a manifest that you do not trust; name loose files again with `--file`"
            }
        })
    }
}

impl Hint for WriteError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Table(..) => REPORT_BUG,
            Self::Io(_, error) => of_write(error),
        })
    }
}

impl Hint for ReadError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Missing(_) => "ask with `--country CC` for the tables of a country",
            Self::Io(..) => "check the folder and its permissions",
            Self::Changed { .. } => {
                "run the study again: `dropline run --manifest RUN.JSON -o DIR`"
            }
            Self::Format { .. } => {
                "another version of dropline wrote it: run the study again with this one"
            }
        })
    }
}

impl Hint for ViewError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Manifest(error) => error.hint(),
            Self::Table(error) => error.hint(),
            Self::Io(..) => say("check the folder and its permissions"),
        }
    }
}

impl Hint for PlotError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::View(error) => error.hint(),
            Self::Drawing(_) => say(REPORT_BUG),
            Self::Io(_, error) => say(of_write(error)),
        }
    }
}

impl Hint for SliceError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Read(..) => "check the file and its permissions",
            Self::Write(_, error) => of_write(error),
        })
    }
}

impl Hint for VerifyError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Read(..) | Self::Line(..) | Self::Unsorted => {
                "name the folder of a run, with tables as CSV or Parquet"
            }
            Self::Nothing(_) => {
                "name the folder of a run, or one with tables such as `prefixes.csv`; or an incident file \
                 with `[[expect]]`"
            }
            Self::Write(..) => "check the folder, its permissions and the disk",
        })
    }
}

impl Hint for EncodeError {
    fn hint(&self) -> Option<String> {
        say(match self {
            Self::Io { source, .. } => of_write(source),
            _ => "the format is described in the documentation of `dropline::encode`",
        })
    }
}

/// What to do where a file under `-o` cannot be written.
pub(crate) fn of_write(error: &io::Error) -> &'static str {
    use ErrorKind as E;
    match error.kind() {
        E::StorageFull | E::QuotaExceeded => {
            "the disk is full: make room, or choose another place with `-o`"
        }
        E::PermissionDenied | E::ReadOnlyFilesystem => {
            "choose a place that you may write to with `-o`"
        }
        E::AlreadyExists | E::NotADirectory | E::IsADirectory => {
            "a file or folder is in the way: move it, or choose another place with `-o`"
        }
        E::NotFound => "create the folder first",
        _ => "check the disk, or choose another place with `-o`",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_full_disk_is_named() {
        let hint = |kind: ErrorKind| {
            let error = WriteError::Io(PathBuf::from("out"), kind.into());
            error.hint().unwrap_or_default()
        };
        assert!(hint(ErrorKind::StorageFull).starts_with("the disk is full"));
        assert!(hint(ErrorKind::QuotaExceeded).starts_with("the disk is full"));
        assert_eq!(hint(ErrorKind::NotFound), "create the folder first");
    }
}
