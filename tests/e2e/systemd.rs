//! What a service manager hears: ready, alive, stopping.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::world::{Backend, TIMEOUT, empty, has_postgres, run_to_end};

/// The end of the line on which the program reports.
struct Manager {
    _folder: tempfile::TempDir,
    path: String,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify").display().to_string();
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        Self { _folder: folder, path, socket }
    }

    /// Waits until the program says this, and returns what it said before.
    fn hears(&self, wanted: &str) -> Vec<String> {
        let mut before = Vec::new();
        // A watchdog says the same for ever.
        while before.len() < 100 {
            let mut datagram = [0; 1024];
            let length = self.socket.recv(&mut datagram).unwrap_or_else(|error| {
                panic!("{wanted} was not said ({error}), only {before:?}");
            });
            let said = String::from_utf8(datagram[..length].to_vec()).unwrap();
            if said.lines().any(|line| line == wanted) {
                return before;
            }
            before.push(said);
        }
        panic!("{wanted} was not said, only {before:?}");
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
    manager.socket.set_nonblocking(true).unwrap();
    assert!(manager.socket.recv(&mut [0; 64]).is_err(), "it said something");
}
