//! JSON with stable keys.

use super::{Case, Ending};
use serde_json::{Value, json};

pub(super) fn render(cases: &[Case]) -> String {
    let case = |case: &Case| -> Value {
        let mut value = match &case.ending {
            Ending::Compared(r) => json!({
                "equal": r.is_equal(), "tables": r.tables, "expectations": r.expectations, "not_compared": r.not_compared,
            }),
            Ending::Skipped(why) => json!({ "skipped": why }),
            Ending::Failed(why) => json!({ "failed": why }),
        };
        value["name"] = json!(case.name);
        value
    };
    let all: Vec<Value> = cases.iter().map(case).collect();
    let is_bad = |case: &&Case| !matches!(case.label(), "pass" | "skipped");
    let bad = cases.iter().filter(is_bad).count();
    format!("{:#}\n", json!({ "equal": bad == 0, "runs": all }))
}
