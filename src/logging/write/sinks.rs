//! Where a formatted line goes: the file and stdout.

use std::io::{self, Write};

use super::queue::LineQueue;
use super::stderr_notices::StderrNotices;

/// A place for lines, which may lose some while its disk or its reader is stuck.
#[derive(Debug)]
pub(super) struct LineSink {
    queue: LineQueue,
    name: String,
    notices: StderrNotices,
    reported: usize,
}

impl LineSink {
    pub(super) fn new(queue: LineQueue, name: String, notices: StderrNotices) -> Self {
        Self { queue, name, notices, reported: 0 }
    }

    fn write_line(&mut self, line: &[u8]) {
        let lost = self.queue.lost_lines();
        if lost > self.reported && self.queue.is_drained() {
            let (name, lines) = (&self.name, lost - self.reported);
            self.notices.print(format_args!("warning: {name} was stuck; {lines} lines are missing in it"));
            self.reported = lost;
        }
        self.queue.push(line);
    }
}

/// Writes each line to all sinks at once, so that they hold the same lines in the same order. Never fails.
#[derive(Debug)]
pub(super) struct LineSinks(pub(super) Vec<LineSink>);

impl Write for LineSinks {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.iter_mut().for_each(|sink| sink.write_line(line));
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
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use super::*;

    /// A disk that takes a line for each message that it gets.
    struct StuckDisk(Receiver<()>, Arc<Mutex<String>>);

    impl Write for StuckDisk {
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
    fn lines_lost_on_a_stuck_disk_are_counted_and_reported_once_it_moves_again() {
        let (go, gone) = channel();
        let written = Arc::<Mutex<String>>::default();
        let (queue, guard) = LineQueue::start("log-file", 1_000, StuckDisk(gone, Arc::clone(&written)));
        let (notices, _guard) = StderrNotices::start();
        let mut sink = LineSink::new(queue.clone(), "bot.log".to_owned(), notices);
        // One is in the thread's hands.
        for _ in 0..6_000 {
            sink.write_line(b"before\n");
        }
        let lost = queue.lost_lines();
        assert!((4_999..=5_000).contains(&lost) && sink.reported == 0, "{lost}");
        for _ in 0..1_003 {
            go.send(()).unwrap();
        }
        queue.wait_until_drained(Duration::from_secs(10));
        sink.write_line(b"after\n");
        assert_eq!((sink.reported, queue.lost_lines()), (lost, lost));
        queue.wait_until_drained(Duration::from_secs(10));
        drop((sink, guard));
        let written = written.lock().unwrap();
        assert!(written.starts_with(&"before\n".repeat(1_000)) && written.ends_with("after\n"));
    }
}
