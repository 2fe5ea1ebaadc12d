//! From a formatted line to each place where it belongs, and the threads that write.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use super::file::LogFile;
use super::progress::Progress;
use super::words::Words;

/// Lines that may wait for the file. More, and whoever logs waits for a while: the file is always written, see
/// [`super::file`], unless its disk hangs.
const FILE_WAITING: u64 = 1024;
/// How long a line waits for a place among these. Then the disk hangs, and lines are dropped until it does no more.
const PATIENCE: Duration = Duration::from_secs(1);
/// Lines that may wait for whoever reads stdout. More, and they are dropped: a pipe that nobody reads, or a screen that
/// somebody holds with Ctrl-S, is not to hold the bot.
const SCREEN_WAITING: u64 = 4096;

/// A thread that writes, and the lines that wait for it. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    lines: NonBlocking,
    progress: Arc<Progress>,
    limit: u64,
}

impl Queue {
    /// Starts the thread.
    pub(super) fn start(
        thread: &str,
        limit: u64,
        progress: Arc<Progress>,
        writer: impl Write + Send + 'static,
    ) -> (Self, WorkerGuard) {
        let writer = Taken { writer, progress: Arc::clone(&progress) };
        // Its own limit is never reached: at the end it would complain of that on stdout, which may be what hangs.
        let room = usize::try_from(limit * 2).unwrap_or(usize::MAX);
        let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(room);
        let (lines, thread) = builder.thread_name(thread).finish(writer);
        (Self { lines, progress, limit }, thread)
    }

    /// Hands a line over; `false` when there was no room for it in time.
    pub(super) fn put(&mut self, line: &[u8], patience: Duration) -> bool {
        let has_room = self.progress.has_room(self.limit, patience);
        if has_room {
            self.progress.handed_over();
            let _ended = self.lines.write_all(line);
        }
        has_room
    }
}

/// Counts the lines that come out of a queue.
struct Taken<W> {
    writer: W,
    progress: Arc<Progress>,
}

impl<W: Write> Write for Taken<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.progress.taken();
        self.writer.write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The way to the file.
#[derive(Debug)]
pub(super) struct ToFile {
    queue: Queue,
    words: Words,
    path: PathBuf,
    hangs: bool,
    /// Lines that are missing since it hangs.
    dropped: u64,
}

impl ToFile {
    /// Starts the thread that writes the file.
    pub(super) fn start(file: LogFile, progress: Arc<Progress>, words: Words) -> (Self, WorkerGuard) {
        let path = file.path().to_owned();
        let (queue, thread) = Queue::start("log-file", FILE_WAITING, progress, file);
        (Self { queue, words, path, hangs: false, dropped: 0 }, thread)
    }

    fn take(&mut self, line: &[u8]) {
        // Once it hangs, nobody waits any more: each line would wait as long.
        let patience = if self.hangs { Duration::ZERO } else { PATIENCE };
        // And it goes on when it is well ahead, not for each single line that it takes.
        let is_back = self.hangs && self.queue.progress.has_room(FILE_WAITING / 2, patience);
        let path = self.path.display();
        if is_back {
            self.hangs = false;
            let dropped = std::mem::take(&mut self.dropped);
            self.words.say(format_args!("warning: {path} hangs no longer; {dropped} lines are not in it"));
        }
        if self.hangs || !self.queue.put(line, patience) {
            self.dropped += 1;
            if !std::mem::replace(&mut self.hangs, true) {
                self.words.say(format_args!("warning: {path} hangs; the bot goes on without it"));
            }
        }
    }
}

/// The way to stdout or, where that is for a document, to stderr.
#[derive(Debug)]
pub(super) struct ToScreen {
    queue: Queue,
    missing: Arc<AtomicU64>,
}

impl ToScreen {
    /// Starts the thread; `missing` counts the lines for which whoever reads was too slow.
    pub(super) fn start(stdout_is_taken: bool, missing: Arc<AtomicU64>) -> (Self, WorkerGuard) {
        let (name, raw) =
            if stdout_is_taken { ("log-stderr", Raw::stderr()) } else { ("log-stdout", Raw::stdout()) };
        // Several lines go with one call when they come fast.
        let screen = BufWriter::new(UntilItEnds(raw));
        let (queue, thread) = Queue::start(name, SCREEN_WAITING, Arc::default(), screen);
        (Self { queue, missing }, thread)
    }

    fn take(&mut self, line: &[u8]) {
        if !self.queue.put(line, Duration::ZERO) {
            self.missing.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Stdout or stderr past the lock of the standard library: a thread that hangs in a write would hold it, and whoever else
/// has something to say there, if only at the end, would hang too. Takes everything where there is no such thing.
#[derive(Debug)]
pub(super) struct Raw(Option<File>);

impl Raw {
    fn stdout() -> Self {
        Self(io::stdout().as_fd().try_clone_to_owned().map(File::from).ok())
    }

    pub(super) fn stderr() -> Self {
        Self(io::stderr().as_fd().try_clone_to_owned().map(File::from).ok())
    }
}

impl Write for Raw {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(bytes.len()), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes everything, also when nobody is there any more to read it: that is no failure of the log, and its thread would
/// not end in time if it were.
struct UntilItEnds<W>(W);

impl<W: Write> Write for UntilItEnds<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let _gone = self.0.flush();
        Ok(())
    }
}

/// Where a formatted line goes, to all at once: they hold the same lines in the same order.
pub(super) struct Lines(Mutex<Places>);

#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) file: Option<ToFile>,
    pub(super) screen: Option<ToScreen>,
}

impl Lines {
    pub(super) fn to(places: Places) -> Self {
        Self(Mutex::new(places))
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &Lines {
    /// Takes one event with the end of its line. Never fails: nobody could be told.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut places.file {
            file.take(line);
        }
        if let Some(screen) = &mut places.screen {
            screen.take(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::mpsc::{Receiver, channel};

    use super::*;

    /// A disk that takes a line for each word that it gets.
    struct Disk(Receiver<()>, Arc<Mutex<String>>);

    impl Write for Disk {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if self.0.recv().is_ok() {
                self.1.lock().unwrap().push_str(str::from_utf8(line).unwrap());
            }
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_hangs_holds_whoever_logs_for_a_second_once_and_then_nobody() {
        let (go, gone) = channel();
        let written = Arc::<Mutex<String>>::default();
        let disk = Disk(gone, Arc::clone(&written));
        let (queue, thread) = Queue::start("log-file", FILE_WAITING, Arc::default(), disk);
        let words = Words::start().0;
        let mut file = ToFile { queue, words, path: PathBuf::from("bot.log"), hangs: false, dropped: 0 };
        // One is in the thread's hands. Were each to wait for a second, this would take more than an hour.
        for _ in 0..FILE_WAITING + 5_000 {
            file.take(b"before\n");
        }
        assert!(file.hangs && (4_999..=5_000).contains(&file.dropped), "{}", file.dropped);
        for _ in 0..FILE_WAITING + 2 {
            go.send(()).unwrap();
        }
        while file.hangs {
            file.take(b"after\n");
        }
        assert_eq!(file.dropped, 0);
        drop((go, file, thread));
        let written = written.lock().unwrap();
        assert!(written.starts_with(&"before\n".repeat(1024)) && written.ends_with("after\n"));
    }
}
