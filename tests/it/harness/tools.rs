//! External programs: browsers, other people's clients, conformance suites.
//!
//! `cargo test` passes without them and says on one line what it left out. Where
//! `GLASSROOM_CI` is set (CI), a missing one is a failure.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What makes every tool found here, said in each line about a missing one.
pub const INSTALL: &str = "tests/conformance/tools.sh installs it";

/// Whether nothing may be left out.
pub fn compulsory() -> bool {
    env::var_os("GLASSROOM_CI").is_some_and(|v| !v.is_empty() && v != "0")
}

/// `tool` itself; without it one visible line for the whole run, or a failure in CI.
#[track_caller]
pub fn need<T>(tool: Option<T>, what: &'static str, how: &str) -> Option<T> {
    static SAID: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    if tool.is_some() {
        return tool;
    }
    assert!(
        !compulsory(),
        "GLASSROOM_CI is set and {what} is missing; {how}"
    );
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if !said.contains(&what) {
        said.push(what);
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test");
        let line = format!("LEFT OUT, {what} is missing: {test} and the like; {how}\n");
        // `eprintln!` would be captured and shown for failures only.
        let _ = io::stderr().write_all(line.as_bytes());
    }
    None
}

/// Held by what keeps all cores of a small machine busy: a browser, the Autobahn suite. Two of
/// them at once would take as long, and run into each other's deadlines.
pub fn one_at_a_time() -> MutexGuard<'static, ()> {
    static HEAVY: Mutex<()> = Mutex::new(());
    // A test that failed while it held this has nothing to do with the next one.
    HEAVY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The first of `names` on the PATH.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = env::split_paths(&path).collect();
    let files = names
        .iter()
        .flat_map(|n| dirs.iter().map(move |d| d.join(n)));
    files.into_iter().find(|f| f.is_file())
}

/// `$XDG_CACHE_HOME` or `~/.cache`, as the scripts in tests/conformance have it.
pub fn cache() -> PathBuf {
    let set = |name| {
        env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_CACHE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
}

/// The cache that tools.sh fills.
pub fn tools_dir() -> PathBuf {
    env::var_os("GLASSROOM_TOOLS").map_or_else(|| cache().join("glassroom-tools"), PathBuf::from)
}

/// A file of tests/conformance.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/conformance")
        .join(name)
}

/// Chromium or Chrome.
#[cfg(feature = "full")]
pub fn chromium() -> Option<PathBuf> {
    let set = env::var_os("CHROMIUM")
        .filter(|v| !v.is_empty())
        .map(PathBuf::from);
    set.or_else(|| on_path(&["chromium", "chromium-browser", "google-chrome"]))
}

/// A Python that has the `websockets` package with its sync client.
pub fn python_websockets() -> Option<PathBuf> {
    let cached = tools_dir().join("venv/bin/python");
    [Some(cached), on_path(&["python3"])]
        .into_iter()
        .flatten()
        .find(|python| succeeds(Command::new(python).args(["-c", "import websockets.sync.client"])))
}

/// Node, with `ws` where tools.sh or the person put it.
pub fn node_ws() -> Option<Command> {
    let node = on_path(&["node", "nodejs"])?;
    let with_modules = || {
        let mut command = Command::new(&node);
        command.env("NODE_PATH", tools_dir().join("node_modules"));
        command
    };
    succeeds(with_modules().args(["-e", "require('ws')"])).then(with_modules)
}

/// A certificate for a name, signed by itself, and its key, both in this folder.
#[cfg(feature = "full")]
#[track_caller]
pub fn certificate(folder: &Path, name: &str) -> Option<[PathBuf; 2]> {
    let openssl = need(on_path(&["openssl"]), "openssl", INSTALL)?;
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.join(name));
    let made = Command::new(openssl)
        .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
        .args(["-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-subj", &format!("/CN={name}")])
        .args(["-addext", &format!("subjectAltName=DNS:{name}")])
        .args([Path::new("-keyout"), &key, Path::new("-out"), &certificate])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    Some([certificate, key])
}

/// A reverse proxy, which tools.sh unpacks and does not install.
#[cfg(feature = "full")]
pub fn proxy(name: &str) -> Option<PathBuf> {
    let folders = ["bin", "sbin"].map(|folder| tools_dir().join("proxies/usr").join(folder));
    let mut unpacked = folders.iter().map(|folder| folder.join(name));
    unpacked
        .find(|file| file.is_file())
        .or_else(|| on_path(&[name]))
}

/// The source of axe-core, which finds obstacles for people with a screen reader.
#[cfg(feature = "full")]
pub fn axe() -> Option<String> {
    std::fs::read_to_string(tools_dir().join("node_modules/axe-core/axe.min.js")).ok()
}

fn succeeds(command: &mut Command) -> bool {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
