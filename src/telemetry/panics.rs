//! What is said of a panic: where it was, in the log, in a report and on stderr. Not its words where they were put
//! together at run time: they may quote what somebody wrote to the bot.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::Duration;

use super::progress::Progress;

/// How long a panic waits for its line to be in the file; the next moment may be the last.
const PATIENCE: Duration = Duration::from_millis(250);

/// Says so of every panic from now on.
pub(super) fn watch(progress: Arc<Progress>) {
    std::panic::set_hook(Box::new(move |panic| {
        say(panic);
        progress.wait(PATIENCE);
    }));
}

fn say(panic: &PanicHookInfo<'_>) {
    let at = panic.location().map_or_else(|| "somewhere".to_owned(), ToString::to_string);
    let why = panic.payload().downcast_ref::<&str>().copied().unwrap_or("words that are not shown");
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    tracing::error!(at, thread, why, "panicked");
    // For whoever has no log to look at; the end of stderr is no reason for a second panic.
    let _said = writeln!(std::io::stderr().lock(), "error: panicked at {at}; this is a mistake in botctl");
    // Names of functions, for whoever asked for them with RUST_BACKTRACE.
    let stack = Backtrace::capture();
    if stack.status() == BacktraceStatus::Captured {
        let _said = writeln!(std::io::stderr().lock(), "{stack}");
    }
}
