//! Reports panics with their place: in the log, to Sentry and on stderr. Messages that were formatted at run time are left
//! out, since they may quote what a user wrote to the bot.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::PanicHookInfo;
use std::time::Duration;

use super::queue::LineQueue;
use super::stderr_notices::StderrNotices;

/// How long a panic waits for its line to be in the file; the process may be about to die.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(250);

thread_local! {
    static CURRENT: Cell<LogContext> = const { Cell::new(LogContext { update: None, user: None, chat: None }) };
}

/// The ids of what a thread is working on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LogContext {
    /// Of the update.
    pub update: Option<i64>,
    /// Of its sender.
    pub user: Option<i64>,
    /// Where it came from.
    pub chat: Option<i64>,
}

impl LogContext {
    /// Returns the context of this thread.
    #[must_use]
    pub fn current() -> Self {
        // A thread that is ending has none any more.
        CURRENT.try_with(Cell::get).unwrap_or_default()
    }

    /// Runs a job with this context, which a panic in it logs.
    pub fn scope<T>(self, job: impl FnOnce() -> T) -> T {
        /// Restores the previous context also after a panic: the thread goes on with something else.
        struct Restore(LogContext);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restore = Restore(CURRENT.replace(self));
        job()
    }
}

/// Reports every panic from now on.
pub(super) fn install_hook(file: Option<LineQueue>, notices: StderrNotices) {
    std::panic::set_hook(Box::new(move |panic| {
        report_panic(panic, &notices);
        if let Some(file) = &file {
            file.wait_until_drained(FLUSH_TIMEOUT);
        }
        notices.wait_until_printed(FLUSH_TIMEOUT);
    }));
}

fn report_panic(panic: &PanicHookInfo<'_>, notices: &StderrNotices) {
    let at = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let why = panic.payload().downcast_ref::<&str>().copied().unwrap_or("message not shown");
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let LogContext { update, user, chat } = LogContext::current();
    tracing::error!(at, thread, why, update, user, chat, "panicked");
    notices.print(format_args!("error: panicked at {at}; this is a bug in botctl"));
    // Names of functions, if RUST_BACKTRACE asks for them.
    let stack = Backtrace::capture();
    if stack.status() == BacktraceStatus::Captured {
        notices.print(format_args!("{stack}"));
    }
}
