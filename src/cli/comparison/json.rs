//! JSON with stable keys.

use super::{CaseOutcome, ComparisonCase};
use serde_json::{Value, json};

pub(super) fn render(cases: &[ComparisonCase]) -> String {
    let case = |case: &ComparisonCase| -> Value {
        let mut value = match &case.ending {
            CaseOutcome::Compared(r) => json!({
                "equal": r.is_equal(), "tables": r.tables, "expectations": r.expectations, "not_compared": r.not_compared,
            }),
            CaseOutcome::Skipped(why) => json!({ "skipped": why }),
            CaseOutcome::Failed(why) => json!({ "failed": why }),
        };
        value["name"] = json!(case.name);
        value
    };
    let all: Vec<Value> = cases.iter().map(case).collect();
    let is_bad = |case: &&ComparisonCase| !matches!(case.label(), "pass" | "skipped");
    let bad = cases.iter().filter(is_bad).count();
    format!("{:#}\n", json!({ "equal": bad == 0, "runs": all }))
}
