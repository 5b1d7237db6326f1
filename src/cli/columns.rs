//! `dropline columns`: the data dictionary.

use super::{Failure, Outcome, data};
use dropline::write::dictionary;

pub fn columns() -> Result<Outcome, Failure> {
    data(&dictionary::text())?;
    Ok(Outcome::Done)
}
