//! What is said of a panic: where it was, in the log, in a report and on stderr. Not its words where they were put
//! together at run time: they may quote what somebody wrote to the bot.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::Cell;
use std::panic::PanicHookInfo;
use std::sync::Arc;
use std::time::Duration;

use super::progress::Progress;
use super::words::Words;

/// How long a panic waits for its line to be in the file; the next moment may be the last.
const PATIENCE: Duration = Duration::from_millis(250);

thread_local! {
    static IN_HAND: Cell<InHand> = const { Cell::new(InHand { update: None, user: None, chat: None }) };
}

/// The numbers of what a thread is at work on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct InHand {
    /// Of the update.
    pub update: Option<u32>,
    /// Whose it is.
    pub user: Option<u64>,
    /// Where it came from.
    pub chat: Option<i64>,
}

impl InHand {
    /// What this thread is at work on.
    #[must_use]
    pub fn now() -> Self {
        // A thread that is ending has none any more.
        IN_HAND.try_with(Cell::get).unwrap_or_default()
    }

    /// Does something on this thread; should it panic, the log says what it was at work on.
    pub fn during<T>(self, job: impl FnOnce() -> T) -> T {
        /// Also when the job panics: the thread goes on with something else.
        struct Back(InHand);
        impl Drop for Back {
            fn drop(&mut self) {
                IN_HAND.set(self.0);
            }
        }
        let _back = Back(IN_HAND.replace(self));
        job()
    }
}

/// Says so of every panic from now on.
pub(super) fn watch(progress: Arc<Progress>, words: Words) {
    std::panic::set_hook(Box::new(move |panic| {
        say(panic, &words);
        progress.wait(PATIENCE);
        words.wait(PATIENCE);
    }));
}

fn say(panic: &PanicHookInfo<'_>, words: &Words) {
    let at = panic.location().map_or_else(|| "somewhere".to_owned(), ToString::to_string);
    let why = panic.payload().downcast_ref::<&str>().copied().unwrap_or("words that are not shown");
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    let InHand { update, user, chat } = InHand::now();
    tracing::error!(at, thread, why, update, user, chat, "panicked");
    // For whoever has no log to look at.
    words.say(format_args!("error: panicked at {at}; this is a mistake in botctl"));
    // Names of functions, for whoever asked for them with RUST_BACKTRACE.
    let stack = Backtrace::capture();
    if stack.status() == BacktraceStatus::Captured {
        words.say(format_args!("{stack}"));
    }
}
