//! The period of a report on the command line.

use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args, ValueEnum};

use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use crate::db::{self, AnyConnection};
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::report;

#[derive(Args, Debug)]
pub(super) struct PeriodArgs {
    /// A calendar period in TIMEZONE; weeks begin on Monday [default: this-month]
    #[arg(long, value_enum, value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
    period: Option<PeriodArg>,
    /// The first day, as 2026-11-28
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// The last day [default: today]
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PeriodArg {
    Today,
    Yesterday,
    ThisWeek,
    LastWeek,
    ThisMonth,
    LastMonth,
    ThisYear,
    /// From the first order to the last one
    All,
}

impl From<PeriodArg> for PeriodPreset {
    fn from(period: PeriodArg) -> Self {
        match period {
            PeriodArg::Today => Self::Today,
            PeriodArg::Yesterday => Self::Yesterday,
            PeriodArg::ThisWeek => Self::ThisWeek,
            PeriodArg::LastWeek => Self::LastWeek,
            PeriodArg::ThisMonth => Self::ThisMonth,
            PeriodArg::LastMonth => Self::LastMonth,
            PeriodArg::ThisYear => Self::ThisYear,
            PeriodArg::All => Self::All,
        }
    }
}

/// The period as it was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum WantedPeriod {
    Preset(PeriodPreset),
    Days(ReportPeriod),
}

impl PeriodArgs {
    pub(super) fn read(&self, today: NaiveDate) -> Result<WantedPeriod, CommandError> {
        let Some(from) = &self.from else {
            return Ok(WantedPeriod::Preset(self.period.map_or(PeriodPreset::ThisMonth, Into::into)));
        };
        let from = parse_day("--from", from)?;
        let to = self.to.as_deref().map_or(Ok(today), |to| parse_day("--to", to))?;
        let period = ReportPeriod::new(from, to).ok_or_else(|| {
            let hint = if self.to.is_some() { "--to is the last day; swap them?" } else { "add --to DATE" };
            CommandError::new(ExitCode::Usage, format!("the period would end on {to}, before {from}"))
                .hint(hint)
        })?;
        Ok(WantedPeriod::Days(period))
    }
}

impl WantedPeriod {
    pub(super) fn find_days(
        self,
        conn: &mut AnyConnection,
        today: NaiveDate,
        zone: Tz,
    ) -> db::Result<ReportPeriod> {
        match self {
            Self::Preset(preset) => report::period_of_preset(conn, preset, today, zone),
            Self::Days(period) => Ok(period),
        }
    }
}

/// Parses a day of four digits of a year: others are typing errors.
fn parse_day(option: &str, text: &str) -> Result<NaiveDate, CommandError> {
    let text = text.trim();
    let has_form = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| has_form);
    day.ok_or_else(|| {
        CommandError::new(ExitCode::Usage, format!("{option}: there is no day {text:?}"))
            .hint("write year-month-day, such as 2026-11-28")
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(from: &str, to: Option<&str>) -> Result<WantedPeriod, CommandError> {
        let args = PeriodArgs { period: None, from: Some(from.to_owned()), to: to.map(str::to_owned) };
        args.read("2026-11-28".parse().unwrap())
    }

    #[test]
    fn dates_are_the_first_and_the_last_day() {
        let days = |from: &str, to: &str| {
            WantedPeriod::Days(ReportPeriod::new(from.parse().unwrap(), to.parse().unwrap()).unwrap())
        };
        assert_eq!(read("2028-02-29", Some(" 2028-02-29 ")).unwrap(), days("2028-02-29", "2028-02-29"));
        assert_eq!(read("2026-11-01", None).unwrap(), days("2026-11-01", "2026-11-28"));
    }

    #[test]
    fn wrong_dates_are_refused_with_a_hint() {
        for (from, to, hint) in [
            ("2026-02-29", None, "2026-11-28"),
            ("28.11.2026", None, "2026-11-28"),
            ("+2026-1-1", None, "2026-11-28"),
            ("2026-11-02", Some("2026-11-01"), "the last day"),
            ("2026-11-29", None, "add --to"),
            ("2026-11-01", Some(""), "2026-11-28"),
        ] {
            let (code, _, given) = read(from, to).unwrap_err().into_parts();
            assert!(code == ExitCode::Usage && given.unwrap().contains(hint), "{from} {to:?}");
        }
    }
}
