//! What a service manager hears: ready, alive, stopping.

use std::os::unix::net::UnixDatagram;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use crate::world::{Backend, TIMEOUT, empty, has_postgres, run_to_end};

/// The end of the line on which the program reports.
pub struct Manager {
    _folder: tempfile::TempDir,
    pub path: String,
    said: Receiver<String>,
}

impl Manager {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify").display().to_string();
        let socket = UnixDatagram::bind(&path).unwrap();
        let (tell, said) = std::sync::mpsc::channel();
        // Always listening: a full socket would hold up the program.
        std::thread::spawn(move || {
            let mut datagram = [0; 1024];
            while let Ok(length) = socket.recv(&mut datagram) {
                let text = String::from_utf8(datagram[..length].to_vec()).unwrap();
                if tell.send(text).is_err() {
                    return;
                }
            }
        });
        Self { _folder: folder, path, said }
    }

    /// Waits until the program says this, and returns what it said before.
    pub fn hears(&self, wanted: &str) -> Vec<String> {
        let mut before = Vec::new();
        // A watchdog says the same for ever.
        while before.len() < 1_000 {
            let said = self.said.recv_timeout(TIMEOUT).unwrap_or_else(|error| {
                panic!("{wanted} was not said ({error}), only {before:?}");
            });
            if said.lines().any(|line| line == wanted) {
                return before;
            }
            before.push(said);
        }
        panic!("{wanted} was not said, only {before:?}");
    }

    /// Tells whether the program has said nothing since.
    pub fn is_silent(&self) -> bool {
        self.said.try_recv().is_err()
    }
}

fn is_told_of_ready_alive_and_stopping(backend: Backend) {
    let manager = Manager::new();
    let watchdog = Duration::from_millis(200).as_micros().to_string();
    let world = empty().with("NOTIFY_SOCKET", &manager.path).with("WATCHDOG_USEC", &watchdog).build(backend);
    assert_eq!(manager.hears("READY=1"), [""; 0], "ready is the first that is said");
    manager.hears("STATUS=serving");
    // Twice: it goes on, it is not only said once at the start.
    manager.hears("WATCHDOG=1");
    manager.hears("WATCHDOG=1");
    assert_eq!(world.terminate(), 0);
    manager.hears("STOPPING=1");
}

#[test]
fn systemd_is_notified_of_ready_watchdog_and_stopping() {
    is_told_of_ready_alive_and_stopping(Backend::Sqlite);
    if has_postgres() {
        is_told_of_ready_alive_and_stopping(Backend::Postgres);
    }
}

#[test]
fn refused_start_never_reports_ready() {
    let manager = Manager::new();
    let world = empty()
        .with("NOTIFY_SOCKET", &manager.path)
        .with("ADMIN_IDS", "boss")
        .stopped()
        .build(Backend::Sqlite);
    assert_eq!(run_to_end(world.command(&["serve"])).status.code(), Some(3));
    assert!(manager.is_silent(), "it said something");
}
