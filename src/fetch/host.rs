//! How much is asked of a host at a time, and how it has been doing.

use reqwest::Url;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After so many files in a row that could not be had, a host seems to be down.
const DOWN: u32 = 8;

/// The hosts that were asked so far.
#[derive(Default)]
pub(super) struct Hosts(Mutex<BTreeMap<String, Arc<Host>>>);

#[derive(Default)]
struct Host {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    busy: usize,
    /// The server asked for quiet until then.
    quiet_until: Option<Instant>,
    /// Files in a row that could not be had.
    given_up: u32,
}

/// One file's turn at a host: over when dropped.
pub(super) struct Turn(Arc<Host>);

impl Drop for Turn {
    fn drop(&mut self) {
        hold(&self.0.state).busy -= 1;
        self.0.changed.notify_one();
    }
}

impl Hosts {
    /// Waits until fewer than `most` files are asked of a URL's host, and it wants no quiet.
    pub(super) fn turn(&self, url: &str, most: usize) -> Turn {
        let host = self.of(url);
        let mut state = hold(&host.state);
        loop {
            let now = Instant::now();
            let quiet = state.quiet_until.filter(|until| *until > now);
            let waited = match quiet {
                Some(until) => host.changed.wait_timeout(state, until - now),
                None if state.busy < most => break,
                // Whoever is done wakes one; the timeout is for a wake-up that went astray.
                None => host.changed.wait_timeout(state, Duration::from_secs(1)),
            };
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.busy += 1;
        drop(state);
        Turn(host)
    }

    /// Asks nothing of a URL's host for a while.
    pub(super) fn keep_quiet(&self, url: &str, wait: Duration) {
        let until = Instant::now() + wait;
        let host = self.of(url);
        let mut state = hold(&host.state);
        state.quiet_until = state.quiet_until.max(Some(until));
    }

    /// Notes whether a file could be had of a URL's host.
    pub(super) fn note(&self, url: &str, had: bool) {
        let host = self.of(url);
        let mut state = hold(&host.state);
        state.given_up = if had { 0 } else { state.given_up + 1 };
    }

    /// Whether a URL's host gave nothing for a long time.
    pub(super) fn seems_down(&self, url: &str) -> bool {
        hold(&self.of(url).state).given_up >= DOWN
    }

    fn of(&self, url: &str) -> Arc<Host> {
        Arc::clone(hold(&self.0).entry(name(url)).or_default())
    }
}

/// Host and port of a URL.
pub(super) fn name(url: &str) -> String {
    let parsed = Url::parse(url).ok();
    let host = parsed.as_ref().and_then(|u| {
        let port = u.port_or_known_default().unwrap_or_default();
        Some(format!("{}:{port}", u.host_str()?))
    });
    host.unwrap_or_default()
}

/// Locks, whatever became of whoever had the lock before.
pub(super) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
