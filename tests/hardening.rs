//! Nothing that lies in an archive breaks the program: broken and hostile files, names that lead
//! out of a folder, a disk that is full, an end at any moment.

mod broken;
mod downs;
mod ends;
mod escapes;
mod flips;
mod hostile;
