//! A bounded queue of lines in front of a writer that may hang, with a thread of its own.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Where lines wait for their writer. Never blocks: lines that find no room are lost and counted. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct LineQueue {
    lines: NonBlocking,
    pushed: Arc<AtomicUsize>,
    written: Arc<AtomicUsize>,
}

impl LineQueue {
    /// Starts the thread. Dropping the guard writes what waits, for about a second.
    pub(super) fn start(
        thread: &str,
        limit: usize,
        writer: impl Write + Send + 'static,
    ) -> (Self, WorkerGuard) {
        let written = Arc::<AtomicUsize>::default();
        let counting = CountingWriter { writer, taken: 0, written: Arc::clone(&written) };
        let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(limit);
        let (lines, guard) = builder.thread_name(thread).finish(counting);
        (Self { lines, pushed: Arc::default(), written }, guard)
    }

    pub(super) fn push(&self, line: &[u8]) {
        self.pushed.fetch_add(1, Ordering::SeqCst);
        let _accepted = self.lines.clone().write_all(line);
    }

    /// Returns how many lines found no room since the start.
    pub(super) fn lost_lines(&self) -> usize {
        self.lines.error_counter().dropped_lines()
    }

    /// Whether every line that found room is written.
    pub(super) fn is_drained(&self) -> bool {
        let pushed = self.pushed.load(Ordering::SeqCst);
        self.written.load(Ordering::SeqCst) + self.lost_lines() >= pushed
    }

    /// Waits until the queue is drained. Polls, because a panic, for which this is, can rely on nothing else.
    pub(super) fn wait_until_drained(&self, timeout: Duration) {
        let begun = Instant::now();
        while !self.is_drained() && begun.elapsed() < timeout {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Counts the lines that are written and flushed. Takes every line even when the writer fails: without that, the thread
/// would not end in time.
struct CountingWriter<W> {
    writer: W,
    taken: usize,
    written: Arc<AtomicUsize>,
}

impl<W: Write> Write for CountingWriter<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _closed = self.writer.write_all(line);
        self.taken += 1;
        Ok(line.len())
    }

    /// Called whenever the queue is empty.
    fn flush(&mut self) -> io::Result<()> {
        let _closed = self.writer.flush();
        self.written.store(self.taken, Ordering::SeqCst);
        Ok(())
    }
}

/// Stdout without the lock of the standard library: a thread that hangs in a write would hold it, and others that print,
/// if only at the end, would hang too.
pub(super) fn unlocked_stdout() -> Box<dyn Write + Send> {
    unlocked(io::stdout().as_fd().try_clone_to_owned())
}

/// Stderr, likewise.
pub(super) fn unlocked_stderr() -> Box<dyn Write + Send> {
    unlocked(io::stderr().as_fd().try_clone_to_owned())
}

fn unlocked(stream: io::Result<OwnedFd>) -> Box<dyn Write + Send> {
    match stream {
        Ok(stream) => Box::new(File::from(stream)),
        Err(_) => Box::new(io::sink()),
    }
}
