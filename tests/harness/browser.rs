//! A headless Chromium that is told what to do over a pipe (its DevTools protocol): no port, no
//! driver, and nothing of the network.

#![allow(
    clippy::panic,
    reason = "a test ends where the browser does not answer"
)]

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use temp_dir::TempDir;

/// Longer than this nothing may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Browser {
    process: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: String,
    asked: u64,
    events: VecDeque<Value>,
    _profile: TempDir,
}

/// What a page is looked at on.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub width: u32,
    pub height: u32,
    pub scheme: &'static str,
    /// `print` for paper; else the screen, and paper where the page is printed.
    pub media: &'static str,
}

impl Screen {
    pub const DESK: Self = Self {
        width: 1440,
        height: 900,
        scheme: "light",
        media: "",
    };
    pub const PHONE: Self = Self {
        width: 390,
        height: 844,
        ..Self::DESK
    };

    pub const fn dark(self) -> Self {
        Self {
            scheme: "dark",
            ..self
        }
    }
}

impl Browser {
    /// Starts Chromium, which must be installed.
    pub fn start() -> Self {
        let program = chromium().expect("no chromium in PATH to open the report with");
        let profile = TempDir::new().expect("a temporary folder");
        // Chromium hears on descriptor 3 and answers on 4.
        let mut process = Command::new("sh")
            .args([
                "-c",
                "exec 3<&0 4>&1 </dev/null >/dev/null; exec \"$@\"",
                "sh",
            ])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh starts");
        let to = process.stdin.take().expect("a pipe");
        let mut answers = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while answers.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else {
                    break;
                };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Self {
            process,
            to,
            from,
            session: String::new(),
            asked: 0,
            events: VecDeque::new(),
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        );
        browser.session = attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// Asks one thing and waits for the answer.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        write!(self.to, "{message}\0").expect("the browser listens");
        self.to.flush().expect("the browser listens");
        let began = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            let mut said = self
                .from
                .recv_timeout(left)
                .unwrap_or_else(|e| panic!("no answer to {method}: {e}"));
            if said["id"] == self.asked {
                assert!(said["error"].is_null(), "{method}: {}", said["error"]);
                return said["result"].take();
            }
            self.events.push_back(said);
        }
    }

    /// Looks at the page on such a screen, or on paper, from now on.
    pub fn look_on(&mut self, screen: Screen) {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": screen.width < 600}),
        );
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"media": screen.media, "features": [{"name": "prefers-color-scheme", "value": screen.scheme}]}),
        );
        self.wait_for_frames();
    }

    /// Opens a file and waits until its figures are drawn.
    pub fn open(&mut self, file: &Path, screen: Screen) {
        self.look_on(screen);
        self.events.clear();
        let url = format!("file://{}", file.display());
        let gone = self.call("Page.navigate", json!({"url": url}));
        assert!(gone["errorText"].is_null(), "{gone}");
        self.evaluate(
            "new Promise(done => {
                const look = () => document.documentElement?.dataset.drawn === 'yes'
                    ? done(true) : setTimeout(look, 20);
                look();
            })",
        );
        self.wait_for_frames();
    }

    /// Waits until what was asked for can be seen.
    pub fn wait_for_frames(&mut self) {
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
        );
    }

    /// What an expression gives; promises are waited for.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let mut given = self.call(
            "Runtime.evaluate",
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true}),
        );
        assert!(
            given["exceptionDetails"].is_null(),
            "{expression}: {}",
            given["exceptionDetails"]
        );
        given["result"]["value"].take()
    }

    pub fn text(&mut self, expression: &str) -> String {
        let value = self.evaluate(expression);
        value
            .as_str()
            .unwrap_or_else(|| panic!("{expression}: {value}"))
            .to_owned()
    }

    pub fn number(&mut self, expression: &str) -> f64 {
        let value = self.evaluate(expression);
        value
            .as_f64()
            .unwrap_or_else(|| panic!("{expression}: {value}"))
    }

    pub fn point_at(&mut self, x: f64, y: f64) {
        self.call(
            "Input.dispatchMouseEvent",
            json!({"type": "mouseMoved", "x": x, "y": y}),
        );
        self.wait_for_frames();
    }

    pub fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            self.call(
                "Input.dispatchKeyEvent",
                json!({"type": kind, "key": key, "code": key}),
            );
        }
        self.wait_for_frames();
    }

    /// Writes what is typed into the field that has the focus.
    pub fn type_in(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
        self.wait_for_frames();
    }

    /// Errors and warnings of the console since the page was opened, and whatever it asked for
    /// beside itself.
    pub fn complaints(&mut self) -> Vec<String> {
        self.wait_for_frames();
        let of = |event: &Value| {
            let params = &event["params"];
            let method = event["method"].as_str().unwrap_or_default();
            let is_bad = match method {
                "Runtime.exceptionThrown" => true,
                "Runtime.consoleAPICalled" => {
                    matches!(
                        params["type"].as_str(),
                        Some("error" | "warning" | "assert")
                    )
                }
                "Log.entryAdded" => {
                    matches!(params["entry"]["level"].as_str(), Some("error" | "warning"))
                }
                "Network.requestWillBeSent" => {
                    let url = params["request"]["url"].as_str().unwrap_or_default();
                    !url.starts_with("data:") && !url.ends_with("/report.html")
                }
                "Page.javascriptDialogOpening" => true,
                _ => false,
            };
            is_bad.then(|| format!("{method}: {params}"))
        };
        self.events.iter().filter_map(of).collect()
    }

    /// Keeps a picture of the whole page, or of what the screen shows of it.
    pub fn keep_picture(&mut self, name: &str, whole: bool) {
        let params = json!({"format": "png", "captureBeyondViewport": whole});
        let given = self.call("Page.captureScreenshot", params);
        keep(&format!("{name}.png"), &given["data"]);
    }

    /// Prints the page, keeps what comes out, and gives it.
    pub fn print(&mut self, name: &str) -> Vec<u8> {
        let given = self.call(
            "Page.printToPDF",
            json!({"printBackground": true, "preferCSSPageSize": true}),
        );
        keep(&format!("{name}.pdf"), &given["data"])
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What it started ends with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn keep(name: &str, data: &Value) -> Vec<u8> {
    use base64::Engine;
    let engine = base64::engine::general_purpose::STANDARD;
    let bytes = engine.decode(data.as_str().expect("data")).expect("base64");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    fs::create_dir_all(&folder).expect("a folder can be made");
    fs::write(folder.join(name), &bytes).expect("a file can be written");
    bytes
}

fn chromium() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places = names
        .iter()
        .flat_map(|name| folders.iter().map(move |f| f.join(name)));
    places.find(|path| path.is_file())
}
