//! Scenario text in, expected table out: the rules one by one. The numbers are worked out by hand.

mod agreement;
mod baseline;
mod coverage;
mod damage;
mod events;
mod files;
mod mrt;
mod origins;
mod outages;
mod ribs;
mod routes;
mod sessions;
mod silence;
mod status;
mod upstreams;

/// Every scenario is compared with what `tests/witness` makes of it, where Python is there to run
/// that: without it this test fails, and the others compare with their expected tables alone.
#[test]
fn there_is_a_python_for_the_witness() {
    let python = std::process::Command::new("python3")
        .arg("--version")
        .output();
    assert!(
        python.is_ok_and(|output| output.status.success()),
        "no python3"
    );
}
