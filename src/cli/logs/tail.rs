//! `botctl logs tail`.

use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use clap::{Args, ValueEnum};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::super::Common;
use super::super::exit::{Code, Failure};
use super::show::Printer;
use crate::config::logging::{LogLevel, LoggingConfig};
use crate::config::schedule::ScheduleConfig;
use crate::logging::read::backwards;
use crate::logging::read::files::{self, LogFile, NAME};
use crate::logging::read::filter::Filter;
use crate::logging::read::follow::{Follower, Incident};
use crate::logging::read::line::Field;
use crate::logging::read::pattern::Pattern;
use crate::logging::read::when;

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(100);

/// Show the last lines of the log, oldest first, and with -f what comes.
///
/// Reads bot.log and bot.log.1 to bot.log.5 in LOG_DIR, text and JSON alike. Filters add up: a line must pass all
/// of them. A line that is not the bot's own, such as those of a backtrace, goes with the line before it; --grep also
/// finds it alone.
///
/// With --json, one JSON object per line instead of one document.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl logs tail -f                             follow, across rotation
  botctl logs tail --level warn --since 2h        what went wrong lately
  botctl logs tail --chat 1003 -n 200             one chat's: a person's, or a work group's")]
pub(super) struct Tail {
    /// How many lines, counted from the end, or "all".
    ///
    /// Default: 50; all with --since.
    #[arg(short = 'n', long = "lines", value_name = "N", value_parser = count)]
    lines: Option<Count>,
    /// Go on with what comes, across rotation, until Ctrl-C; wait for a log that is not there yet.
    #[arg(short, long, conflicts_with = "until")]
    follow: bool,
    /// Only lines that are at least this severe.
    #[arg(long, value_enum, ignore_case = true)]
    level: Option<Level>,
    /// Only lines in which this regular expression is; (?i) before it ignores case.
    #[arg(long, value_name = "RE", value_parser = pattern)]
    grep: Option<Pattern>,
    /// Only lines from this time on: 2h, 30m or 1d ago, 14:00, "2026-11-22 14:00", or RFC 3339.
    ///
    /// A time without an offset is UTC, like those in the log; 14:00+03:00 is another clock's. A time of day is the
    /// last one that has been.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Only lines up to this time, written like that of --since.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,
    /// Only lines about this chat: a person's number, or a work group's for what was pressed there.
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    chat: Option<i64>,
    /// Only lines about the update with this number.
    #[arg(long, value_name = "ID")]
    update: Option<i64>,
}

/// How many lines.
#[derive(Clone, Copy, Debug)]
enum Count {
    All,
    Last(u64),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    Trace,
    Debug,
    Info,
    #[value(alias = "warning")]
    Warn,
    #[value(aliases = ["critical", "fatal"])]
    Error,
}

impl Tail {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let sources = common.sources()?;
        let folder = LoggingConfig::load_dir(sources)?;
        // The clock of the old bot's lines; whatever else is wrong there does not matter here.
        let zone = ScheduleConfig::load(sources).map_or(Tz::UTC, |schedule| schedule.timezone);
        let filter = self.filter(zone)?;
        let found = files::look(&folder)?;
        if found.is_empty() && !self.follow {
            return Err(none(&folder));
        }
        let mut printer = Printer::new(common.output(), zone);
        let mut ends = found.iter().map(LogFile::size).collect::<Result<Vec<_>, _>>()?;
        if !self.follow {
            self.show(&found, &ends, &filter, &mut printer)?;
            if printer.is_untouched() && !filter.is_all() {
                common.output().note("no line is like that");
            }
            return Ok(());
        }
        if let (Some(file), Some(end)) = (found.last(), ends.last_mut()) {
            // A line whose end is not written yet is shown when it is.
            *end = backwards::end_of_lines(file, *end)?;
        } else {
            common.output().note(format!("waiting for {}", folder.join(NAME).display()));
        }
        // Before anything is shown: what happens to the files meanwhile happens while they are followed.
        let follower = Follower::new(&folder, found, ends.last().copied().unwrap_or(0), &filter)?;
        self.show(follower.files(), &ends, &filter, &mut printer)?;
        follow(common, follower, &mut printer)
    }

    fn filter(&self, zone: Tz) -> Result<Filter, Failure> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since > until
        {
            return Err(Failure::new(Code::Usage, format!("--since ({since}) is after --until ({until})"))
                .hint("let --since be the earlier one; a time of day is the last one that has been"));
        }
        let chat = self.chat.map(|chat| Field::new("chat", chat));
        let update = self.update.map(|update| Field::new("update", update));
        Ok(Filter {
            level: self.level.map(Into::into),
            since: self.since,
            until: self.until,
            fields: chat.into_iter().chain(update).collect(),
            pattern: self.grep.clone(),
            zone,
        })
    }

    /// Shows what is there already.
    fn show(
        &self,
        found: &[LogFile],
        ends: &[u64],
        filter: &Filter,
        printer: &mut Printer,
    ) -> Result<(), Failure> {
        let count = match (self.lines, self.since) {
            (Some(Count::Last(count)), _) => Some(count),
            (Some(Count::All), _) | (None, Some(_)) => None,
            (None, None) => Some(50),
        };
        let spans = backwards::last(found, ends, filter, count)?;
        if printer.takes_bytes() {
            backwards::copy(found, &spans, |piece| printer.bytes(piece))?;
        } else {
            backwards::lines(found, &spans, |line| printer.line(line))?;
        }
        printer.flush().map_err(|error| Failure::of_stdout(&error))
    }
}

/// Shows what comes until nobody reads it any more or somebody ends it.
fn follow(common: &Common, mut follower: Follower<'_>, printer: &mut Printer) -> Result<(), Failure> {
    loop {
        let incident = follower.look(&mut |line| printer.line(line))?;
        printer.flush().map_err(|error| Failure::of_stdout(&error))?;
        match incident {
            Some(Incident::Missed) => {
                common
                    .output()
                    .warn("the log was rotated faster than it could be read, lines may be missing here");
            }
            Some(Incident::Truncated) => common.output().note("the log file was truncated"),
            None => {}
        }
        pause()?;
    }
}

/// Waits for the next look; ends when the reader of stdout has gone, which only a line would tell otherwise.
fn pause() -> Result<(), Failure> {
    let stdout = io::stdout();
    // Trouble is told unasked.
    let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
    let timeout = Timespec { tv_sec: 0, tv_nsec: PAUSE.subsec_nanos().into() };
    match poll(&mut fds, Some(&timeout)) {
        Ok(0) => {}
        Ok(_) => return Err(Failure::of_stdout(&io::ErrorKind::BrokenPipe.into())),
        Err(_) => std::thread::sleep(PAUSE),
    }
    Ok(())
}

fn none(folder: &Path) -> Failure {
    let what = if folder.is_dir() { "is not there" } else { "is not there, nor is its folder" };
    Failure::new(Code::Failed, format!("{} {what}", folder.join(NAME).display())).hint(
        "run this where the bot runs, or set LOG_DIR (or --env-file) as it is for the bot; -f waits for a log to come",
    )
}

fn count(text: &str) -> Result<Count, String> {
    match text {
        "all" => Ok(Count::All),
        number => number.parse().map(Count::Last).map_err(|_| "write a number of lines, or all".to_owned()),
    }
}

fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|error| {
        format!("{error}\na character that means something in regular expressions is taken as itself after \\, as in \\(")
    })
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    when::parse(text, Utc::now())
}

impl From<Level> for LogLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => Self::Trace,
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}
