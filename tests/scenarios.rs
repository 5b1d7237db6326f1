//! Scenario text in, expected table out: the rules one by one. The numbers are worked out by hand.

mod agreement;
mod coverage;
mod damage;
mod files;
mod mrt;
mod origins;
mod outages;
mod ribs;
mod routes;
mod sessions;
mod silence;
mod upstreams;
mod verdicts;
