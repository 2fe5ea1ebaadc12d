//! The buttons of the reports.

use serde::{Deserialize, Serialize};

use super::PageNumber;
use crate::bot::dialogue::ReportSubject;
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::report::ReportKind;

/// The days of a report: a period with a name, which moves on with the calendar, or two dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReportSpan {
    Preset(PeriodPreset),
    Days(ReportPeriod),
}

/// The form in which a report is sent besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ReportForm {
    Chart,
    Workbook,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReportButton {
    /// `back_to_reports`: the choice of a report.
    Menu,
    /// `report:SUBJECT:SPAN:PAGE`: a page of a report. A subject is `masters` or the master `@7`, a span `this-week` or
    /// `20261101-20261115`.
    Show(ReportSubject, ReportSpan, PageNumber),
    /// `report_chart:SUBJECT:SPAN`, `report_workbook:SUBJECT:SPAN`: the same as a picture, and as a file.
    File(ReportForm, ReportSubject, ReportSpan),
    /// `report_dates:SUBJECT`: ask for two dates.
    AskDates(ReportSubject),
    /// `report_active`: the open orders by status and master.
    Active,
    /// `report_masters`, `report_statuses`, `report_equipment`, `report_period` of the old bot.
    Old(OldReport),
    /// `period_today` … `period_year` of the old bot: the totals of a period.
    OldPeriod(OldPeriod),
    /// `download_masters_excel`, `download_statuses_excel`, `download_equipment_excel` of the old bot.
    OldDownload(OldDownload),
    /// `download_period_excel:PERIOD` of the old bot.
    OldPeriodDownload(OldPeriod),
    /// `report_daily_master_summary`, `report_weekly_master_summary`, `report_monthly_master_summary` of later versions of the
    /// old bot.
    OldSummary(OldSummary),
    /// `report_active_orders_excel` of later versions of the old bot.
    OldActive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OldReport {
    Masters,
    Statuses,
    Equipment,
    /// For a period that is chosen next.
    Period,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OldDownload {
    Masters,
    Statuses,
    Equipment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OldSummary {
    Daily,
    Weekly,
    Monthly,
}

/// The period of a report of the old bot, in calendar days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OldPeriod {
    Today,
    Yesterday,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// The last 365 days.
    Year,
}

impl ReportForm {
    pub(super) const ALL: [Self; 2] = [Self::Chart, Self::Workbook];

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Chart => "report_chart",
            Self::Workbook => "report_workbook",
        }
    }
}

impl OldReport {
    pub(super) const ALL: [Self; 4] = [Self::Masters, Self::Statuses, Self::Equipment, Self::Period];

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Masters => "report_masters",
            Self::Statuses => "report_statuses",
            Self::Equipment => "report_equipment",
            Self::Period => "report_period",
        }
    }
}

impl OldDownload {
    pub(super) const ALL: [Self; 3] = [Self::Masters, Self::Statuses, Self::Equipment];

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Masters => "download_masters_excel",
            Self::Statuses => "download_statuses_excel",
            Self::Equipment => "download_equipment_excel",
        }
    }

    pub(crate) fn kind(self) -> ReportKind {
        match self {
            Self::Masters => ReportKind::Masters,
            Self::Statuses => ReportKind::Statuses,
            Self::Equipment => ReportKind::Types,
        }
    }
}

impl OldSummary {
    pub(super) const ALL: [Self; 3] = [Self::Daily, Self::Weekly, Self::Monthly];

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Daily => "report_daily_master_summary",
            Self::Weekly => "report_weekly_master_summary",
            Self::Monthly => "report_monthly_master_summary",
        }
    }

    pub(crate) fn preset(self) -> PeriodPreset {
        match self {
            Self::Daily => PeriodPreset::Today,
            Self::Weekly => PeriodPreset::ThisWeek,
            Self::Monthly => PeriodPreset::ThisMonth,
        }
    }
}

impl OldPeriod {
    pub(super) const ALL: [Self; 5] = [Self::Today, Self::Yesterday, Self::Week, Self::Month, Self::Year];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}
