//! `botctl logs tail`.

use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use grep_regex::ErrorKind;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::super::args::parse_id;
use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::text::format_time;
use super::show::LinePrinter;
use super::time::LogTime;
use crate::config::Sources;
use crate::config::logging::{LogLevel, LoggingConfig};
use crate::config::schedule::ScheduleConfig;
use crate::logging::read::files::{self, LOG_FILE, LogFile};
use crate::logging::read::filter::LineFilter;
use crate::logging::read::follow::{FollowEvent, LogFollower};
use crate::logging::read::line::FieldFilter;
use crate::logging::read::pattern::LinePattern;
use crate::logging::read::tail;

/// The time between two polls of the files.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Print the last lines of the log, oldest first
///
/// Reads bot.log and the rotated bot.log.1 to bot.log.5 in LOG_DIR, in text or JSON format. A line must pass all filters.
/// Other lines, such as those of a backtrace, are filtered together with the log line before them; --grep also finds them
/// on their own.
///
/// With --json, prints one JSON object per line.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl logs tail -f                             follow the log across rotation
  botctl logs tail --level warn --since 2h        recent warnings and errors
  botctl logs tail --chat 1003 -n 200             one private chat or group")]
pub(super) struct LogsTailArgs {
    /// Number of lines from the end, or "all" [default: 50; all with --since]
    #[arg(short = 'n', long = "lines", value_name = "N", value_parser = parse_line_count)]
    lines: Option<LineCount>,
    /// Print new lines as they are written, until Ctrl-C; wait for the log if it does not exist
    #[arg(short, long, conflicts_with = "until")]
    follow: bool,
    /// Only lines of at least this severity
    #[arg(long, value_enum, ignore_case = true)]
    level: Option<LevelArg>,
    /// Only lines that match this regular expression; start it with (?i) to ignore case
    #[arg(long, value_name = "RE", value_parser = parse_pattern)]
    grep: Option<LinePattern>,
    /// Only lines since this time: an age (30m, 2h, 1d), 14:00, "2026-11-22 14:00", or RFC 3339
    ///
    /// Times without an offset are in TIMEZONE, not in UTC as in the log; 14:00Z and 14:00+03:00 have one. A time of day means
    /// the most recent one.
    #[arg(long, value_name = "TIME", value_parser = parse_time_argument)]
    since: Option<LogTime>,
    /// Only lines up to this time, in the same forms as --since
    #[arg(long, value_name = "TIME", value_parser = parse_time_argument)]
    until: Option<LogTime>,
    /// Only lines about this chat: a user's Telegram ID, or the ID of a group
    #[arg(long, value_name = "ID", allow_negative_numbers = true, value_parser = parse_id)]
    chat: Option<i64>,
    /// Only lines about this update
    #[arg(long, value_name = "ID", value_parser = parse_id)]
    update: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
enum LineCount {
    All,
    Last(u64),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelArg {
    Trace,
    Debug,
    Info,
    #[value(alias = "warning")]
    Warn,
    #[value(aliases = ["critical", "fatal"])]
    Error,
}

impl LogsTailArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let sources = context.sources()?;
        let folder = LoggingConfig::load_dir(sources)?;
        let filter = self.filter(sources)?;
        let found = files::open_all(&folder)?;
        let compressed = files::list_compressed(&folder);
        if !compressed.is_empty() {
            context
                .output()
                .note(format_args!("not read because they are compressed: {}", compressed.join(", ")));
        }
        if found.is_empty() && !self.follow {
            return Err(no_log_error(&folder));
        }
        let mut printer = LinePrinter::new(context.output());
        let mut ends = found.iter().map(LogFile::size).collect::<Result<Vec<_>, _>>()?;
        if !self.follow {
            self.print_existing(&found, &ends, &filter, &mut printer)?;
            if !printer.has_printed() && !filter.is_empty() {
                context.output().note("no matching log lines");
            }
            return Ok(());
        }
        if let (Some(file), Some(end)) = (found.last(), ends.last_mut()) {
            // An incomplete last line is printed once it is complete.
            *end = tail::last_line_end(file, *end)?;
        } else {
            context.output().note(format!("waiting for {}", folder.join(LOG_FILE).display()));
        }
        // Before the first line is printed: changes to the files meanwhile are followed.
        let follower = LogFollower::new(&folder, found, ends.last().copied().unwrap_or(0), &filter)?;
        self.print_existing(follower.files(), &ends, &filter, &mut printer)?;
        follow(context, follower, &mut printer)
    }

    fn filter(&self, sources: &Sources) -> Result<LineFilter, CommandError> {
        let given = [self.since, self.until];
        // A wrong TIMEZONE does not matter where none is needed.
        let needs_zone = given.iter().flatten().any(|time| time.needs_zone());
        let zone = if needs_zone { ScheduleConfig::load_timezone(sources)? } else { Tz::UTC };
        let now = Utc::now();
        let [since, until] = given.map(|time| time.map(|time| time.resolve(zone, now)));
        if let (Some(since), Some(until)) = (since, until)
            && since > until
        {
            return Err(CommandError::new(
                ExitCode::Usage,
                format!("--since ({} UTC) is after --until ({} UTC)", format_time(since), format_time(until)),
            )
            .hint("give --since the earlier time; a time of day means the most recent one"));
        }
        let chat = self.chat.map(|chat| FieldFilter::new("chat", chat));
        let update = self.update.map(|update| FieldFilter::new("update", update));
        Ok(LineFilter {
            level: self.level.map(Into::into),
            since,
            until,
            fields: chat.into_iter().chain(update).collect(),
            pattern: self.grep.clone(),
        })
    }

    fn print_existing(
        &self,
        found: &[LogFile],
        ends: &[u64],
        filter: &LineFilter,
        printer: &mut LinePrinter,
    ) -> Result<(), CommandError> {
        let count = match (self.lines, self.since) {
            (Some(LineCount::Last(count)), _) => Some(count),
            (Some(LineCount::All), _) | (None, Some(_)) => None,
            (None, None) => Some(50),
        };
        let spans = tail::find_last_lines(found, ends, filter, count)?;
        if printer.is_raw() {
            tail::copy_spans(found, &spans, |piece| printer.print_bytes(piece))?;
        } else {
            tail::read_lines(found, &spans, |line| printer.print_line(line))?;
        }
        printer.flush().map_err(|error| CommandError::from_stdout(&error))?;
        printer.note_skipped_nuls();
        Ok(())
    }
}

/// Prints new lines until stdout is closed or the process is ended.
fn follow(
    context: &CommandContext,
    mut follower: LogFollower<'_>,
    printer: &mut LinePrinter,
) -> Result<(), CommandError> {
    loop {
        let event = follower.poll(&mut |line| printer.print_line(line))?;
        printer.flush().map_err(|error| CommandError::from_stdout(&error))?;
        printer.note_skipped_nuls();
        match event {
            Some(FollowEvent::LinesMissed) => {
                context
                    .output()
                    .warn("the log was rotated faster than it could be read; lines may be missing");
            }
            Some(FollowEvent::Truncated) => context.output().note("the log file was truncated"),
            None => {}
        }
        wait_for_next_poll()?;
    }
}

/// Waits for the next poll; fails when the reader of stdout has gone, which otherwise only the next line would show.
fn wait_for_next_poll() -> Result<(), CommandError> {
    let stdout = io::stdout();
    // Errors are reported without being requested.
    let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
    let timeout = Timespec { tv_sec: 0, tv_nsec: POLL_INTERVAL.subsec_nanos().into() };
    match poll(&mut fds, Some(&timeout)) {
        Ok(0) => {}
        Ok(_) => return Err(CommandError::from_stdout(&io::ErrorKind::BrokenPipe.into())),
        Err(_) => std::thread::sleep(POLL_INTERVAL),
    }
    Ok(())
}

fn no_log_error(folder: &Path) -> CommandError {
    let what = if folder.is_dir() { "does not exist" } else { "does not exist, nor does its directory" };
    CommandError::new(ExitCode::Failed, format!("{} {what}", folder.join(LOG_FILE).display())).hint(
        "run this on the bot's machine, or set LOG_DIR (or --env-file) as for the bot; -f waits for the log",
    )
}

fn parse_line_count(text: &str) -> Result<LineCount, String> {
    match text {
        "all" => Ok(LineCount::All),
        number => {
            number.parse().map(LineCount::Last).map_err(|_| "expected a number of lines, or all".to_owned())
        }
    }
}

fn parse_pattern(text: &str) -> Result<LinePattern, String> {
    LinePattern::new(text).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::NotAllowed(_) => "lines are matched one by one; leave the line end out",
            _ => "escape characters with a special meaning with \\, as in \\(",
        };
        format!("{error}\nhint: {hint}")
    })
}

fn parse_time_argument(text: &str) -> Result<LogTime, String> {
    LogTime::parse(text, Utc::now())
}

impl From<LevelArg> for LogLevel {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Trace => Self::Trace,
            LevelArg::Debug => Self::Debug,
            LevelArg::Info => Self::Info,
            LevelArg::Warn => Self::Warn,
            LevelArg::Error => Self::Error,
        }
    }
}
