//! `dropline columns`: the data dictionary.

use crate::cli::error::CommandError;
use crate::cli::exit::ExitStatus;
use crate::cli::output::print_data;
use crate::write::dictionary;

pub(crate) fn columns() -> Result<ExitStatus, CommandError> {
    print_data(&dictionary::text())?;
    Ok(ExitStatus::Done)
}
