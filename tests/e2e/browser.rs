//! A real browser, driven by a protocol of the W3C and, for what that lacks, by Chromium's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use ureq::http;

use crate::postgres_server::find_program;
use crate::world::TIMEOUT;

/// The name under which the driver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Asks in the page until it is so, and answers with the first value that is neither null nor false.
const WAIT: &str = "const [body, list, patience] = arguments;
    const done = arguments[arguments.length - 1];
    const look = new Function(body);
    const end = Date.now() + patience;
    const ask = () => {
        let found = null;
        try { found = look(...list); } catch (error) { found = null; }
        if (found !== null && found !== undefined && found !== false) done(found);
        else if (Date.now() > end) done(null);
        else requestAnimationFrame(ask);
    };
    ask();";

/// An open page; the browser ends with it.
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    /// URL of the session.
    session: String,
}

/// An element of the page.
pub struct Element(String);

impl Browser {
    /// Starts Chromium without a window. `None` when it is not installed, which fails where `CI` is set.
    pub fn start() -> Option<Self> {
        let (program, chromium) = (find_program("chromedriver")?, find_program("chromium")?);
        let mut command = Command::new(program);
        command.arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("chromedriver starts");
        let port = announced_port(&mut driver);
        let config =
            ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(TIMEOUT * 2));
        let base = format!("http://127.0.0.1:{port}/session");
        let mut browser = Self { driver, agent: config.build().into(), session: base };
        // Root has no sandbox of Chromium's; the page comes from this machine.
        let options = json!({ "binary": chromium, "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
        let timeouts = json!({ "script": 2 * u64::try_from(TIMEOUT.as_millis()).unwrap() });
        let wanted = json!({ "goog:chromeOptions": options, "timeouts": timeouts, "goog:loggingPrefs": { "browser": "ALL" } });
        let opened = browser.post("", &json!({ "capabilities": { "alwaysMatch": wanted } }));
        browser.session = format!("{}/{}", browser.session, opened["sessionId"].as_str().unwrap());
        Some(browser)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.post(format!("{}{path}", self.session));
        read_value(request.header("content-type", "application/json").send(body.to_string()))
    }

    /// A command of Chromium's own protocol.
    fn command(&self, name: &str, params: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": params }));
    }

    /// Gives the page a screen of this size.
    pub fn resize(&self, width: u32, height: u32) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700 });
        self.command("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// Sets what the system prefers.
    pub fn prefer_colours(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.command("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }

    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Runs a script in the page and returns its value.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Waits until a script returns something; `None` when it does not in time.
    pub fn wait(&self, script: &str, arguments: &[Value]) -> Option<Value> {
        let patience = u64::try_from(TIMEOUT.as_millis()).unwrap();
        let found =
            self.post("/execute/async", &json!({ "script": WAIT, "args": [script, arguments, patience] }));
        (!found.is_null()).then_some(found)
    }

    /// Waits until a script returns an element.
    pub fn wait_for_element(&self, script: &str, arguments: &[Value]) -> Option<Element> {
        let found = self.wait(script, arguments)?;
        Some(Element(found[ELEMENT].as_str().unwrap().to_owned()))
    }

    /// Clicks as a mouse does: the element must be visible and not covered by another.
    pub fn click(&self, element: &Element) {
        self.post(&format!("/element/{}/click", element.0), &json!({}));
    }

    /// Types on the keyboard.
    pub fn type_into(&self, element: &Element, text: &str) {
        self.post(&format!("/element/{}/value", element.0), &json!({ "text": text }));
    }

    /// The picture of the page as a PNG, in base64.
    pub fn screenshot(&self) -> String {
        let picture = read_value(self.agent.get(format!("{}/screenshot", self.session)).call());
        picture.as_str().unwrap().to_owned()
    }

    /// What the page complained of since the last call: errors of scripts, refused requests.
    pub fn complaints(&self) -> Vec<String> {
        let all = self.post("/se/log", &json!({ "type": "browser" }));
        let severe = all.as_array().unwrap().iter().filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends Chromium with the session, and would leave it behind when it is killed first.
        let _ended = self.agent.delete(&self.session).call();
        let _killed = self.driver.kill();
        let _reaped = self.driver.wait();
    }
}

/// Reads the port from what the driver prints at its start.
fn announced_port(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port =
        lines.find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver tells its port")
}

fn read_value(answer: Result<http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut answer = answer.expect("chromedriver answers");
    let text = answer.body_mut().read_to_string().unwrap();
    let mut body: Value = serde_json::from_str(&text).unwrap();
    assert!(answer.status().is_success(), "{}", body["value"]["message"]);
    body["value"].take()
}
