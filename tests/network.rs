//! The program and the network, on loopback: an HTTP server gives out the archive of a
//! scenario, a proxy in front of it does what networks do, and a broker says what there is.
//! Whatever happens, the tables are those of the local archive, byte for byte, or there is an
//! honest hole and exit code 3; and nothing is down that is not.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test ends where its world cannot be set up"
)]

mod bodies;
mod broker;
mod cache;
mod commands;
mod faults;
mod installed_broker;
mod interrupted;
mod proxy;
mod world;

use proxy::{Ask, Fault, Proxy};
use world::{QUESTION, World};
