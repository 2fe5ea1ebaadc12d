//! The log of `serve`: one line per event in `bot.log` and on stdout, and reports of errors.
//!
//! | file | what |
//! |---|---|
//! | this one | puts it together, and takes it down without losing a line |
//! | `format` | from an event to its line, through the last filter |
//! | `lines` | from a line to each place where it belongs |
//! | `file` | the file and its rotation |
//! | [`redact`], `phones` | the last filter for what must not leave |
//! | `foreign` | words of others without what they quote |
//! | `panics` | what is said of a panic |
//! | `words` | what is said on stderr |
//! | `reports` | Sentry |
//!
//! Reading log files is not done here but in `ops`.

mod file;
mod foreign;
mod format;
mod lines;
mod panics;
mod phones;
mod progress;
pub mod redact;
mod reports;
mod words;

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::logging::{LogFormat, LoggingConfig};
use crate::config::sentry::{Dsn, SentryConfig};
use file::LogFile;
use lines::{Lines, Places, ToFile, ToScreen};
use progress::Progress;
use redact::Redactor;
use reports::Reports;
use words::Words;

pub use file::NAME as FILE_NAME;
pub use foreign::unquoted;
pub use panics::InHand;
pub use reports::apart;

/// How long the threads that write lines get at the end; each of them ends within a good second or hangs in a write.
const LAST_LINES: Duration = Duration::from_secs(4);

/// What to log, where to, and what never to show.
#[derive(Debug)]
pub struct Setup<'a> {
    /// Level and form.
    pub logging: &'a LoggingConfig,
    /// The folder of the files, if there are any.
    pub folder: Option<&'a Path>,
    /// Reports of errors.
    pub sentry: &'a SentryConfig,
    /// The secrets of this process, to be taken out wherever they turn up.
    pub secrets: Vec<String>,
    /// Lines go to stderr instead of stdout, which is for a document.
    pub stdout_is_taken: bool,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no log file and none can be made.
    #[error("the log file {} cannot be written: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The last filter could not be built; without it nothing is logged.
    #[error("the filter for secrets cannot be built: {0}")]
    Filter(#[from] regex::Error),
}

/// The running log. Dropping it writes what waits.
#[derive(Debug)]
pub struct Telemetry {
    threads: Vec<WorkerGuard>,
    /// Counts lines for which whoever reads stdout was too slow.
    missing: Arc<AtomicU64>,
    reports: Option<Reports>,
}

/// Starts logging. What is dubious about the configuration is logged as a warning and given to `warn`.
///
/// # Errors
/// See [`StartError`].
pub fn start(setup: Setup<'_>, mut warn: impl FnMut(&str)) -> Result<Telemetry, StartError> {
    let redactor = Arc::new(Redactor::new(setup.secrets)?);
    let progress = Arc::<Progress>::default();
    let (words, words_thread) = Words::start();
    let mut threads = Vec::new();
    let file = match setup.folder {
        None => None,
        Some(folder) => {
            let file = LogFile::open(folder, Arc::clone(&progress), words.clone())
                .map_err(|error| StartError::File { path: folder.join(FILE_NAME), error })?;
            let (file, thread) = ToFile::start(file, Arc::clone(&progress), words.clone());
            threads.push(thread);
            Some(file)
        }
    };
    let is_terminal =
        if setup.stdout_is_taken { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let missing = Arc::<AtomicU64>::default();
    let (screen, thread) = ToScreen::start(setup.stdout_is_taken, Arc::clone(&missing));
    // In the order of what is at stake: whichever hangs takes the time of those behind it.
    threads.extend([thread, words_thread]);

    let mut warnings = Vec::new();
    let reports = match &setup.sentry.dsn {
        Dsn::Off => None,
        Dsn::At(dsn) => {
            Reports::start(dsn.expose().as_str(), &setup.sentry.environment, Arc::clone(&redactor))
                .map_err(|what| warnings.push(format!("SENTRY_DSN: {what}; errors are not reported")))
                .ok()
        }
        Dsn::Unusable(complaint) => {
            warnings.push(format!("SENTRY_DSN: {}; errors are not reported", complaint.message));
            None
        }
    };
    let is_json = setup.logging.format == LogFormat::Json;
    let screen = Some(screen);
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = if is_json {
        vec![json(Places { file, screen }, &redactor)]
    } else if is_terminal && wants_colour() {
        let (file, screen) = (Places { file, screen: None }, Places { file: None, screen });
        vec![text(screen, true, &redactor), text(file, false, &redactor)]
    } else {
        vec![text(Places { file, screen }, false, &redactor)]
    };
    let levels = levels(setup.logging.level.as_str(), &mut warnings);
    // Spans are for traces; a line says all by itself.
    let filter = levels.and(filter_fn(|meta| !meta.is_span()));
    layers = vec![Box::new(layers.with_filter(filter))];
    if reports.is_some() {
        layers.extend(reports::layers());
    }
    // A second start (several runs in one test process) keeps the first log.
    let _started = tracing_subscriber::registry().with(layers).try_init();
    panics::watch(progress, words);
    for warning in warnings {
        tracing::warn!("{warning}");
        warn(&warning);
    }
    Ok(Telemetry { threads, missing, reports })
}

impl Telemetry {
    /// Writes what waits and sends the reports that wait, these for `patience` at most.
    pub fn finish(mut self, patience: Duration) {
        if let Some(reports) = self.reports.take() {
            within(patience, move || reports.finish(patience));
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        match self.missing.load(Ordering::Relaxed) {
            0 => {}
            lines => tracing::warn!(lines, "lines are missing on stdout: whoever reads it was too slow"),
        }
        let threads = std::mem::take(&mut self.threads);
        within(LAST_LINES, move || drop(threads));
    }
}

/// Does something that may hang, and goes on when it does.
fn within(patience: Duration, job: impl FnOnce() + Send + 'static) {
    let (tell, told) = mpsc::channel::<()>();
    let begun = std::thread::Builder::new().name("last-words".to_owned()).spawn(move || {
        job();
        drop(tell);
    });
    if begun.is_ok() {
        let _ended = told.recv_timeout(patience);
    }
}

fn json(places: Places, redactor: &Arc<Redactor>) -> Box<dyn Layer<Registry> + Send + Sync> {
    let line = format::Json { redactor: Arc::clone(redactor) };
    Box::new(tracing_subscriber::fmt::layer().event_format(line).with_writer(Lines::to(places)))
}

fn text(places: Places, colour: bool, redactor: &Arc<Redactor>) -> Box<dyn Layer<Registry> + Send + Sync> {
    let fields = format::Text { redactor: Arc::clone(redactor) };
    let layer = tracing_subscriber::fmt::layer().with_target(false).with_ansi(colour);
    Box::new(layer.fmt_fields(fields).with_writer(Lines::to(places)))
}

/// `RUST_LOG` wins over `LOG_LEVEL`, which speaks for this program alone: libraries log from `warn` on.
fn levels(level: &str, warnings: &mut Vec<String>) -> EnvFilter {
    let from_level = || EnvFilter::new(format!("warn,botctl={level}"));
    match wanted_levels() {
        None => from_level(),
        Some(Ok(filter)) => filter,
        Some(Err(why)) => {
            warnings.push(format!("RUST_LOG is malformed and LOG_LEVEL counts: {why}"));
            from_level()
        }
    }
}

/// What `RUST_LOG` asks for, if anything: a filter, or why it is none.
#[must_use]
pub fn wanted_levels() -> Option<Result<EnvFilter, String>> {
    let wanted = std::env::var_os(EnvFilter::DEFAULT_ENV)?;
    match wanted.to_str().map(str::trim) {
        Some("") => None,
        Some(wanted) => Some(EnvFilter::builder().parse(wanted).map_err(|error| error.to_string())),
        None => Some(Err("it is not text".to_owned())),
    }
}

fn wants_colour() -> bool {
    let is_set =
        |name, no: fn(&std::ffi::OsStr) -> bool| std::env::var_os(name).is_some_and(|value| no(&value));
    !is_set("NO_COLOR", |value| !value.is_empty()) && !is_set("TERM", |value| value == "dumb")
}
