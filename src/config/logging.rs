//! What is logged, where, and in which form.

use std::path::PathBuf;

use super::problem::Problems;
use super::reader::{ConfigReader, ValueError, parse_path};
use super::secret::quote_value;
use super::sources::Sources;

/// Least severe first.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find a mistake.
    Debug,
    /// One line per update.
    Info,
    /// What needs attention.
    Warn,
    /// What went wrong.
    Error,
}

impl LogLevel {
    /// The name as log filters take it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoggingConfig {
    /// The least severe level that is written.
    pub level: LogLevel,
    /// Where the files go.
    pub dir: PathBuf,
    /// The form of a line.
    pub format: LogFormat,
}

impl LoggingConfig {
    /// Reads the log folder alone: reading a log needs nothing else to be right.
    pub fn load_dir(sources: &Sources) -> Result<PathBuf, Problems> {
        ConfigReader::load(sources, |reader| reader.read_value("LOG_DIR", parse_path))
    }

    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let level = reader.read_value("LOG_LEVEL", parse_log_level);
        let dir = reader.read_value("LOG_DIR", parse_path);
        let format = reader.read_value("LOG_FORMAT", parse_log_format);
        Some(Self { level: level?, dir: dir?, format: format? })
    }
}

/// Python's names, which old files hold, and Rust's.
fn parse_log_level(text: &str) -> Result<LogLevel, ValueError> {
    match text.to_lowercase().as_str() {
        "trace" => Ok(LogLevel::Trace),
        "debug" => Ok(LogLevel::Debug),
        "info" => Ok(LogLevel::Info),
        "warn" | "warning" => Ok(LogLevel::Warn),
        "error" | "critical" | "fatal" => Ok(LogLevel::Error),
        _ => Err(ValueError::new(
            format!("{} is not a log level", quote_value(text)),
            "write TRACE, DEBUG, INFO, WARNING or ERROR",
        )),
    }
}

fn parse_log_format(text: &str) -> Result<LogFormat, ValueError> {
    match text.to_lowercase().as_str() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(ValueError::new(format!("{} is not a log format", quote_value(text)), "write text or json")),
    }
}
