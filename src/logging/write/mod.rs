//! The log of `serve`: one line per event in `bot.log` and on stdout, and error reports.
//!
//! | file | what |
//! |---|---|
//! | this one | starts it, and ends it without losing a line |
//! | `format` | from an event to its line, redacted |
//! | `sinks` | from a line to the file and stdout |
//! | `queue` | a bounded, lossy queue in front of each writer |
//! | `file` | the file and its rotation |
//! | `panics` | what is reported about a panic |
//! | `stderr_notices` | what is printed on stderr |
//! | `sentry` | error reports |

mod file;
mod format;
mod panics;
mod queue;
mod sentry;
mod sinks;
mod stderr_notices;

use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::logging::{LogFormat, LoggingConfig};
use crate::config::sentry::{Dsn, SentryConfig};
use crate::redact::Redactor;
use file::LogFile;
use queue::{LineQueue, unlocked_stderr, unlocked_stdout};
use sentry::SentryClient;
use sinks::{LineSink, LineSinks};
use stderr_notices::StderrNotices;

pub(crate) use file::FILE_NAME;
pub use panics::LogContext;
pub(crate) use sentry::with_isolated_hub;

/// Lines that may wait for the file; more are lost while its disk hangs.
const FILE_QUEUE_LIMIT: usize = 8192;
/// Lines that may wait for stdout; more are lost while a pipe is not read, or Ctrl-S holds a terminal.
const STDOUT_QUEUE_LIMIT: usize = 4096;
/// How long the threads that write lines may take at the end; each of them ends within a good second unless a write hangs.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(4);

/// What to log, where to, and what never to show.
pub struct LogSetup<'a> {
    /// Level and format.
    pub logging: &'a LoggingConfig,
    /// The folder of the files; `None` for no files.
    pub folder: Option<&'a Path>,
    /// Error reports.
    pub sentry: &'a SentryConfig,
    /// The secrets of this process, redacted wherever they turn up.
    pub secrets: Vec<String>,
    /// Lines go to stderr instead of stdout, which is for a document.
    pub stdout_is_taken: bool,
    /// Whether lines of text on stdout are coloured; `None` leaves it to the terminal.
    pub colour: Option<bool>,
}

/// The log file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the log file {} cannot be written: {error}", path.display())]
pub struct LogFileError {
    path: PathBuf,
    error: io::Error,
}

/// Keeps the log running. Dropping it writes what waits.
#[derive(Debug)]
pub struct LogGuard {
    workers: Vec<WorkerGuard>,
    stdout: LineQueue,
    sentry: Option<SentryClient>,
}

/// Starts logging. Warnings about the configuration are logged and given to `warn`.
pub fn start_logging(setup: LogSetup<'_>, mut warn: impl FnMut(&str)) -> Result<LogGuard, LogFileError> {
    let redactor = Arc::new(Redactor::for_log(setup.secrets));
    let (notices, notices_worker) = StderrNotices::start();
    let mut workers = Vec::new();
    let mut file_queue = None;
    let mut file_sinks = Vec::new();
    if let Some(folder) = setup.folder {
        let path = folder.join(FILE_NAME);
        let name = path.display().to_string();
        let file = LogFile::open(folder, notices.clone()).map_err(|error| LogFileError { path, error })?;
        let (queue, worker) = LineQueue::start("log-file", FILE_QUEUE_LIMIT, file);
        file_sinks.push(LineSink::new(queue.clone(), name, notices.clone()));
        file_queue = Some(queue);
        workers.push(worker);
    }
    let (name, stream, is_terminal) = if setup.stdout_is_taken {
        ("stderr", unlocked_stderr(), io::stderr().is_terminal())
    } else {
        ("stdout", unlocked_stdout(), io::stdout().is_terminal())
    };
    // Several lines go with one call when they come fast.
    let (stdout, worker) = LineQueue::start("log-stdout", STDOUT_QUEUE_LIMIT, BufWriter::new(stream));
    let stdout_sink = LineSink::new(stdout.clone(), name.to_owned(), notices.clone());
    // The most important first: one that hangs takes the time of those behind it.
    workers.extend([worker, notices_worker]);

    let mut warnings = Vec::new();
    let sentry = start_sentry(setup.sentry, &redactor, &mut warnings);
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = if setup.logging.format == LogFormat::Json {
        file_sinks.push(stdout_sink);
        vec![json_layer(file_sinks, &redactor)]
    } else if setup.colour.unwrap_or_else(|| is_terminal && wants_colour()) {
        vec![text_layer(vec![stdout_sink], true, &redactor), text_layer(file_sinks, false, &redactor)]
    } else {
        file_sinks.push(stdout_sink);
        vec![text_layer(file_sinks, false, &redactor)]
    };
    let levels = level_filter(setup.logging.level.as_str(), &mut warnings);
    // Spans are for traces; a line is complete without them.
    let filter = levels.and(filter_fn(|meta| !meta.is_span()));
    layers = vec![Box::new(layers.with_filter(filter))];
    if sentry.is_some() {
        layers.extend(sentry::layers());
    }
    // A second start (several runs in one test process) keeps the first log.
    let _started = tracing_subscriber::registry().with(layers).try_init();
    panics::install_hook(file_queue, notices);
    for warning in warnings {
        tracing::warn!("{warning}");
        warn(&warning);
    }
    Ok(LogGuard { workers, stdout, sentry })
}

impl LogGuard {
    /// Writes what waits and sends the reports that wait, these for `timeout` at most.
    pub fn finish(mut self, timeout: Duration) {
        if let Some(sentry) = self.sentry.take() {
            run_with_timeout(timeout, move || sentry.close(timeout));
        }
    }
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        match self.stdout.lost_lines() {
            0 => {}
            lines => tracing::warn!(lines, "lines are missing on stdout, which was read too slowly"),
        }
        let workers = std::mem::take(&mut self.workers);
        run_with_timeout(FLUSH_TIMEOUT, move || drop(workers));
    }
}

/// Runs a job that may hang, and goes on if it does.
fn run_with_timeout(timeout: Duration, job: impl FnOnce() + Send + 'static) {
    let (done_tx, done_rx) = mpsc::channel::<()>();
    let started = std::thread::Builder::new().name("log-flush".to_owned()).spawn(move || {
        job();
        drop(done_tx);
    });
    if started.is_ok() {
        let _ended = done_rx.recv_timeout(timeout);
    }
}

fn start_sentry(
    config: &SentryConfig,
    redactor: &Arc<Redactor>,
    warnings: &mut Vec<String>,
) -> Option<SentryClient> {
    let started = match &config.dsn {
        Dsn::Off => return None,
        Dsn::At(dsn) => {
            let proxy = config.proxy.as_ref().map(|proxy| proxy.expose().as_str());
            SentryClient::start(dsn.expose().as_str(), &config.environment, proxy, Arc::clone(redactor))
        }
        Dsn::Unusable(error) => Err(error.message.clone()),
    };
    started.map_err(|error| warnings.push(format!("SENTRY_DSN: {error}; errors are not reported"))).ok()
}

fn json_layer(sinks: Vec<LineSink>, redactor: &Arc<Redactor>) -> Box<dyn Layer<Registry> + Send + Sync> {
    let format = format::JsonFormat { redactor: Arc::clone(redactor) };
    let layer = tracing_subscriber::fmt::layer().event_format(format);
    Box::new(layer.with_writer(Mutex::new(LineSinks(sinks))))
}

fn text_layer(
    sinks: Vec<LineSink>,
    colour: bool,
    redactor: &Arc<Redactor>,
) -> Box<dyn Layer<Registry> + Send + Sync> {
    let fields = format::TextFormat { redactor: Arc::clone(redactor) };
    let layer = tracing_subscriber::fmt::layer().with_target(false).with_ansi(colour);
    Box::new(layer.fmt_fields(fields).with_writer(Mutex::new(LineSinks(sinks))))
}

/// `RUST_LOG` takes precedence over `LOG_LEVEL`, which is for this program alone: libraries log from `warn` on.
fn level_filter(level: &str, warnings: &mut Vec<String>) -> EnvFilter {
    let from_level = || EnvFilter::new(format!("warn,botctl={level}"));
    match rust_log_filter() {
        None => from_level(),
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            warnings.push(format!("RUST_LOG is malformed, LOG_LEVEL is used instead: {error}"));
            from_level()
        }
    }
}

/// Returns the filter of `RUST_LOG` if it is set, or why it is none.
pub(crate) fn rust_log_filter() -> Option<Result<EnvFilter, String>> {
    let wanted = std::env::var_os(EnvFilter::DEFAULT_ENV)?;
    match wanted.to_str().map(str::trim) {
        Some("") => None,
        Some(wanted) => Some(EnvFilter::builder().parse(wanted).map_err(|error| error.to_string())),
        None => Some(Err("it is not UTF-8 text".to_owned())),
    }
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}
