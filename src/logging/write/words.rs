//! What has to be said on stderr of the log itself and of a panic. Nobody may be reading there, and a pipe that is full
//! holds whoever writes to it: so it is said by a thread of its own, which nobody waits for.

use std::fmt::Arguments;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use tracing_appender::non_blocking::WorkerGuard;

use super::lines::{Queue, Raw};
use super::progress::Progress;

/// Words that may wait; more, and they are not said.
const WAITING: u64 = 64;

/// The way to stderr. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Words {
    queue: Queue,
    progress: Arc<Progress>,
}

impl Words {
    /// Starts the thread.
    pub(super) fn start() -> (Self, WorkerGuard) {
        let progress = Arc::<Progress>::default();
        let stderr = Counted { raw: Raw::stderr(), progress: Arc::clone(&progress) };
        let (queue, thread) = Queue::start("log-words", WAITING, Arc::clone(&progress), stderr);
        (Self { queue, progress }, thread)
    }

    /// Says it, some time.
    pub(super) fn say(&self, what: Arguments<'_>) {
        let _said = self.queue.clone().put(format!("{what}\n").as_bytes(), Duration::ZERO);
    }

    /// Waits until all of it is said.
    pub(super) fn wait(&self, patience: Duration) {
        self.progress.wait(patience);
    }
}

/// Takes everything and counts it.
struct Counted {
    raw: Raw,
    progress: Arc<Progress>,
}

impl Write for Counted {
    fn write(&mut self, words: &[u8]) -> io::Result<usize> {
        let _gone = self.raw.write_all(words);
        self.progress.written(1);
        Ok(words.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
