//! How many requests a host gets at a time, and whether it answers.

use reqwest::Url;
use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Number of failed requests in a row after which a host counts as down.
const DOWN: u32 = 8;

/// The hosts that were asked so far.
#[derive(Default)]
pub(super) struct Hosts(Mutex<BTreeMap<String, Arc<Host>>>);

#[derive(Default)]
struct Host {
    state: Mutex<HostState>,
    changed: Condvar,
}

#[derive(Default)]
struct HostState {
    busy: usize,
    /// No request before then: the server asked for it (`Retry-After`).
    paused_until: Option<Instant>,
    /// Failed requests in a row.
    failures: u32,
}

/// The right to one request to a host; given back when dropped.
pub(super) struct HostSlot(Arc<Host>);

impl Drop for HostSlot {
    fn drop(&mut self) {
        locked(&self.0.state).busy -= 1;
        self.0.changed.notify_one();
    }
}

impl Hosts {
    /// Waits until fewer than `most` requests to a URL's host are running and it is not paused.
    pub(super) fn slot(&self, url: &str, most: usize) -> HostSlot {
        let host = self.of(url);
        let mut state = locked(&host.state);
        loop {
            let now = Instant::now();
            let paused = state.paused_until.filter(|until| *until > now);
            let waited = match paused {
                Some(until) => host.changed.wait_timeout(state, until - now),
                None if state.busy < most => break,
                // A slot that is given back wakes one; the timeout covers a lost wake-up.
                None => host.changed.wait_timeout(state, Duration::from_secs(1)),
            };
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.busy += 1;
        drop(state);
        HostSlot(host)
    }

    /// Sends no request to a URL's host for a while.
    pub(super) fn pause(&self, url: &str, wait: Duration) {
        let until = Instant::now() + wait;
        let host = self.of(url);
        let mut state = locked(&host.state);
        state.paused_until = state.paused_until.max(Some(until));
    }

    /// Records whether a request to a URL's host succeeded.
    pub(super) fn record_result(&self, url: &str, succeeded: bool) {
        let host = self.of(url);
        let mut state = locked(&host.state);
        state.failures = if succeeded { 0 } else { state.failures + 1 };
    }

    /// Whether the last requests to a URL's host all failed.
    pub(super) fn seems_down(&self, url: &str) -> bool {
        locked(&self.of(url).state).failures >= DOWN
    }

    fn of(&self, url: &str) -> Arc<Host> {
        Arc::clone(locked(&self.0).entry(name(url)).or_default())
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

/// Locks a mutex, even if a thread panicked while it held it.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
