//! One page: what a person does in it, and what is seen.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{PATIENCE, Socket};

/// A function that takes the path of a module below `src/web`, and resolves to what it exports.
const MODULE: &str = "async (path) => (window.$m || {})[path]
    || import(document.querySelector('script[src]').src.match(/.*[/]assets[/][^/]+[/]/)[0] + path)";

/// How a page is looked at.
pub struct View<'a> {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
    /// What `navigator.language` says.
    pub language: &'a str,
}

/// One person's page.
pub struct Page {
    pub(super) socket: Socket,
    /// What its storage belongs to.
    pub(super) context: String,
}

/// What has the focus, and what stands in it if it is a field: no text of the page says that.
const FOCUSED: &str =
    "(({ id, tagName, value }) => ({ id, tagName, value }))(document.activeElement)";

impl Page {
    /// Opens a URL and waits until it has loaded. (`Page.navigate` answers before that.)
    #[track_caller]
    pub fn open(&mut self, url: &str) {
        let loads = self.socket.loads;
        let answer = self.socket.call("Page.navigate", json!({"url": url}));
        assert_eq!(answer["errorText"], Value::Null, "opening {url}");
        // Without a loader only the fragment has changed, and nothing loads.
        if answer["loaderId"].is_string() {
            self.wait_for_load(loads, url);
        }
    }

    /// Runs a script at the beginning of every load from now on, before those of the page.
    #[track_caller]
    pub fn at_every_load(&mut self, js: &str) {
        let script = json!({"source": js});
        self.socket
            .call("Page.addScriptToEvaluateOnNewDocument", script);
    }

    /// Opens pages of this machine whose certificates nobody has signed.
    #[track_caller]
    pub fn trust_every_certificate(&mut self) {
        let params = json!({"ignore": true});
        self.socket
            .call("Security.setIgnoreCertificateErrors", params);
    }

    #[track_caller]
    pub fn reload(&mut self) {
        let loads = self.socket.loads;
        self.socket.call("Page.reload", json!({}));
        self.wait_for_load(loads, "a reload");
    }

    #[track_caller]
    fn wait_for_load(&mut self, loads: usize, what: &str) {
        let until = Instant::now() + PATIENCE;
        while self.socket.loads == loads {
            self.socket.read(until, what);
        }
    }

    /// The value of an expression, awaited if it is a promise.
    #[track_caller]
    pub fn eval(&mut self, js: &str) -> Value {
        self.try_eval(js)
            .unwrap_or_else(|e| panic!("{e}\nin: {js}"))
    }

    #[track_caller]
    fn try_eval(&mut self, js: &str) -> Result<Value, String> {
        // A module that was joined with others is there already.
        let js = js.replace("import('/assets/", &format!("({MODULE})('"));
        let params = json!({"expression": js, "awaitPromise": true, "returnByValue": true,
                            "userGesture": true});
        let mut answer = self.socket.try_call("Runtime.evaluate", params)?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(details["exception"]["description"].to_string()),
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Waits until a JavaScript condition holds, looking again and again inside the page.
    #[track_caller]
    pub fn wait_for(&mut self, condition: &str, patience: Duration) {
        self.wait_for_value(&format!("Boolean({condition})"), patience);
    }

    /// Waits until an expression is neither null nor false nor an error, and gives its value.
    #[track_caller]
    fn wait_for_value(&mut self, js: &str, patience: Duration) -> Value {
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now()).as_millis();
            let look = format!(
                "new Promise(done => {{
                    const until = performance.now() + {left};
                    const look = () => {{
                        let value = null;
                        try {{ value = {js}; }} catch {{}}
                        if (value || performance.now() > until) done(value || null);
                        else setTimeout(look, 20);
                    }};
                    look();
                }})"
            );
            match self.try_eval(&look) {
                Ok(value) if !value.is_null() => return value,
                // The page went elsewhere meanwhile: look there.
                Err(_) if left > 0 => {}
                Ok(_) | Err(_) => {
                    let text = self.try_eval("document.body.innerText").unwrap_or_default();
                    let problems = self.problems().join("\n");
                    let text = text.as_str().unwrap_or_default();
                    let field = self.try_eval(FOCUSED).unwrap_or_default();
                    panic!(
                        "not within {patience:?}: {js}\n{problems}\nthe focus: {field}\nthe page says:\n{text}"
                    )
                }
            }
        }
    }

    /// Clicks the middle of the element as soon as that is what is seen there.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let place = self.find(selector);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            self.mouse(kind, &place);
        }
    }

    /// The middle of the element as soon as that is what is seen there: `{x, y}`.
    #[track_caller]
    pub fn find(&mut self, selector: &str) -> Value {
        let place = format!(
            "(() => {{
                const element = document.querySelector({selector:?});
                if (!element.checkVisibility() || element.disabled) return null;
                element.scrollIntoView({{block: 'nearest', behavior: 'instant'}});
                const box = element.getBoundingClientRect();
                const x = box.x + box.width / 2, y = box.y + box.height / 2;
                const top = document.elementFromPoint(x, y);
                return top && (element.contains(top) || top.contains(element)) ? {{x, y}} : null;
            }})()"
        );
        self.wait_for_value(&place, PATIENCE)
    }

    /// One event of the mouse, of a type as CDP calls it, at a `{x, y}`.
    #[track_caller]
    pub fn mouse(&mut self, kind: &str, place: &Value) {
        let (button, clicks) = if kind == "mouseMoved" {
            ("none", 0)
        } else {
            ("left", 1)
        };
        let event = json!({"type": kind, "x": place["x"], "y": place["y"],
                           "button": button, "clickCount": clicks});
        self.socket.call("Input.dispatchMouseEvent", event);
    }

    /// Taps the middle of the element with a finger.
    #[track_caller]
    pub fn tap(&mut self, selector: &str) {
        let place = self.find(selector);
        let touch = json!({"enabled": true, "maxTouchPoints": 1});
        self.socket
            .call("Emulation.setTouchEmulationEnabled", touch);
        let points = json!([{"x": place["x"], "y": place["y"]}]);
        for (kind, points) in [("touchStart", points), ("touchEnd", json!([]))] {
            let event = json!({"type": kind, "touchPoints": points});
            self.socket.call("Input.dispatchTouchEvent", event);
        }
    }

    /// Clicks a field and types, in place of what is in it.
    #[track_caller]
    pub fn type_into(&mut self, selector: &str, text: &str) {
        self.click(selector);
        self.eval(&format!("document.querySelector({selector:?}).select()"));
        self.insert(text);
    }

    /// Types into the field that has the focus.
    #[track_caller]
    pub fn insert(&mut self, text: &str) {
        self.socket.call("Input.insertText", json!({"text": text}));
    }

    /// Presses and releases a key by its name (`Enter`, `Escape`, `Tab`, `p`), with a
    /// modifier if one stands before it (`Shift+Enter`).
    #[track_caller]
    pub fn press(&mut self, key: &str) {
        let (key, modifiers) = match key.strip_prefix("Shift+") {
            Some(key) => (key, 8),
            None => (key, 0),
        };
        let (code, number, text) = match key {
            "Enter" => ("Enter".to_owned(), 13, "\r"),
            "Escape" => ("Escape".to_owned(), 27, ""),
            "Tab" => ("Tab".to_owned(), 9, ""),
            "ArrowDown" => ("ArrowDown".to_owned(), 40, ""),
            "ArrowUp" => ("ArrowUp".to_owned(), 38, ""),
            "ArrowRight" => ("ArrowRight".to_owned(), 39, ""),
            "Home" => ("Home".to_owned(), 36, ""),
            "End" => ("End".to_owned(), 35, ""),
            " " => ("Space".to_owned(), 32, " "),
            _ => {
                let symbol = key.to_uppercase();
                (format!("Key{symbol}"), u32::from(symbol.as_bytes()[0]), key)
            }
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event = json!({"type": kind, "key": key, "code": code, "modifiers": modifiers,
                               "windowsVirtualKeyCode": number, "text": text});
            self.socket.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Does what a key of the keyboard does to a text: `paste`, `undo`.
    #[track_caller]
    pub fn edit(&mut self, command: &str) {
        let event = json!({"type": "keyDown", "key": "Unidentified", "commands": [command]});
        self.socket.call("Input.dispatchKeyEvent", event);
    }

    /// Says that the pointer is a finger, from the next load on.
    #[track_caller]
    pub fn with_touch(&mut self) {
        let touch = json!({"enabled": true, "maxTouchPoints": 1});
        self.socket
            .call("Emulation.setTouchEmulationEnabled", touch);
    }

    /// Size, colour scheme and language, from now on; the language from the next load on.
    #[track_caller]
    pub fn view(&mut self, view: &View) {
        let size = json!({"width": view.width, "height": view.height, "deviceScaleFactor": 1,
                          "mobile": view.width < 600});
        self.socket.call("Emulation.setDeviceMetricsOverride", size);
        self.see_in(view.dark, false);
        let agent = self.eval("navigator.userAgent");
        let language = json!({"userAgent": agent, "acceptLanguage": view.language});
        self.socket.call("Emulation.setUserAgentOverride", language);
        let locale = json!({"locale": view.language.replace('-', "_")});
        // Refused where the locale is the same already.
        let _ = self.socket.try_call("Emulation.setLocaleOverride", locale);
    }

    /// Waits until what the page has changed is drawn: the end of the second frame from now.
    #[track_caller]
    pub fn draw(&mut self) {
        self.eval(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))",
        );
    }

    /// Makes the processor seem so many times slower to the page, from now on.
    #[track_caller]
    pub fn slow_down(&mut self, times: u32) {
        let rate = json!({"rate": times});
        self.socket.call("Emulation.setCPUThrottlingRate", rate);
    }

    /// Counts requests from now on.
    #[track_caller]
    pub fn watch_requests(&mut self) {
        self.socket.call("Network.enable", json!({}));
        self.socket.requests = Some(Vec::new());
    }

    /// Lets requests for these addresses (`{urls: […]}`, with `*`) fail from now on.
    #[track_caller]
    pub fn refuse(&mut self, addresses: &Value) {
        self.socket.call("Network.enable", json!({}));
        self.socket
            .call("Network.setBlockedURLs", addresses.clone());
    }

    /// The requests that went to the server since then or since the last call, with what was received for each
    /// on the wire, head included, and its status.
    #[track_caller]
    pub fn requests(&mut self) -> Vec<(String, u64, u64)> {
        // The answer to a command follows the events before it.
        let _ = self.try_eval("0");
        let events = self.socket.requests.replace(Vec::new()).unwrap();
        let of = |name: &str, id: &Value| {
            let mut found = events.iter().filter(|event| event["method"] == name);
            found.find(|event| event["params"]["requestId"] == *id)
        };
        let mut found = Vec::new();
        for event in events
            .iter()
            .filter(|event| event["method"] == "Network.responseReceived")
        {
            let (id, response) = (&event["params"]["requestId"], &event["params"]["response"]);
            let cached = response["fromDiskCache"] == true
                || of("Network.requestServedFromCache", id).is_some();
            if !cached {
                let end = of("Network.loadingFinished", id);
                let bytes = end.and_then(|end| end["params"]["encodedDataLength"].as_f64());
                let url = response["url"].as_str().unwrap().to_owned();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let bytes = bytes.unwrap_or_default() as u64;
                found.push((url, response["status"].as_u64().unwrap(), bytes));
            }
        }
        found
    }

    /// Shows the page, from now on, as somebody sees it who lacks the perception of some colours, by the name that
    /// Chromium has for that; `none` for everybody else.
    #[track_caller]
    pub fn see_as(&mut self, deficiency: &str) {
        let kind = json!({"type": deficiency});
        self.socket
            .call("Emulation.setEmulatedVisionDeficiency", kind);
    }

    /// Chooses the colour scheme, and whether the system replaces the colours of the page, from now on. Nothing moves
    /// in either.
    #[track_caller]
    pub fn see_in(&mut self, dark: bool, forced_colours: bool) {
        let scheme = if dark { "dark" } else { "light" };
        let forced = if forced_colours { "active" } else { "none" };
        // These replace whatever was chosen before.
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": forced},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.socket.call("Emulation.setEmulatedMedia", features);
    }

    /// What is seen, as a PNG in base64.
    #[track_caller]
    pub fn picture(&mut self) -> String {
        // Two frames: what has just changed is drawn by then.
        self.draw();
        let answer = self
            .socket
            .call("Page.captureScreenshot", json!({"format": "png"}));
        answer["data"].as_str().unwrap().to_owned()
    }

    /// Writes what is seen as a PNG.
    #[track_caller]
    pub fn screenshot(&mut self, file: &Path) {
        let png = BASE64_STANDARD.decode(self.picture()).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, png).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }

    /// What went wrong in the page since the last call.
    #[track_caller]
    pub fn problems(&mut self) -> Vec<String> {
        // The answer to a command follows the events before it.
        let _ = self.try_eval("0");
        std::mem::take(&mut self.socket.problems)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The person leaves. Whether the browser hears it does not matter any more.
        self.socket.post("Page.close", json!({}));
    }
}
