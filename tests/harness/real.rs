//! Whole real files.

use std::path::PathBuf;

/// The folder that `DROPLINE_MIRROR` names: it holds the archives of `data/manifests`. Tests that
/// read it are ignored unless they are asked for, and then it must be there.
pub fn mirror() -> PathBuf {
    let named = std::env::var_os("DROPLINE_MIRROR").map(PathBuf::from);
    let dir = named.expect("DROPLINE_MIRROR is not set: it names the folder of real files");
    assert!(dir.is_dir(), "DROPLINE_MIRROR: no folder {}", dir.display());
    dir
}
