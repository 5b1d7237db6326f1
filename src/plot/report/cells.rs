//! Cells of the report's tables, and the numbers of its charts.

use crate::model::time::{SECOND, Timestamp};
use serde_json::{Value, json};

/// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
pub(super) const fn epoch_seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(SECOND)
}

/// Ten-thousandths as a percentage with two decimals where there are any: `97 %`, `66.67 %`.
pub(super) fn percent(ten_thousandths: u32) -> String {
    match ten_thousandths % 100 {
        0 => format!("{} %", ten_thousandths / 100),
        hundredths => format!("{}.{hundredths:02} %", ten_thousandths / 100),
    }
}

/// A row with empty texts in place of nulls.
pub(super) fn blank_nulls(mut row: Value) -> Value {
    for (_, cell) in row.as_object_mut().into_iter().flatten() {
        if cell.is_null() {
            *cell = json!("");
        }
    }
    row
}
