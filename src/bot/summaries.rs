//! The summaries that the admins get in the morning, of a day, a week or a month.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;

use super::day_figures::{DayFigures, MasterVisits};
use super::reply::Reply;
use super::report_content::{ReportFileRequest, ReportForm};
use super::view::html::{escape_html, shorten_text};
use super::view::names;
use super::view::text::{Texts, format_money, html_text, plain_text};
use super::view::visits::{day_text, visit_clock};
use crate::db::AnyConnection;
use crate::domain::figures::Figures;
use crate::domain::ids::ChatPlace;
use crate::domain::locale::Locale;
use crate::domain::role::Role;
use crate::domain::visit::VisitWindow;
use crate::report::{FigureRow, Report, ReportRequest};
use crate::service::{self, users};

/// A summary that could not be sent for so long is not sent any more.
const MAX_AGE: TimeDelta = TimeDelta::hours(12);
/// The most of a master's name in a list, in UTF-16 units.
const MAX_NAME: usize = 24;
/// The most lines of masters; the total counts all.
const MAX_ROWS: usize = 30;
/// The most of the visits of a day, in UTF-16 units: the whole message has at most 4,096 (Telegram Bot API: sendMessage).
const MAX_VISITS_TEXT: usize = 2_400;

/// A summary that was read and is not sent yet.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    pub(crate) text: SummaryText,
    pub(crate) file: SummaryFile,
}

#[derive(Clone, Debug)]
pub(crate) enum SummaryText {
    Day {
        yesterday: NaiveDate,
        yesterday_figures: Figures,
        today: DayFigures,
    },
    /// A closed period by master.
    Period(Report),
}

/// The file that follows the text, unless there is nothing in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SummaryFile {
    pub(crate) form: ReportForm,
    pub(crate) request: ReportRequest,
    pub(crate) is_empty: bool,
}

/// Sends a summary to the admins, each in their language.
pub(crate) fn send_to_admins(
    tx: &mut AnyConnection,
    locale: Locale,
    summary: &Summary,
    now: DateTime<Utc>,
) -> service::Result<()> {
    let mut reply = Reply::none().expire_at(now + MAX_AGE);
    for admin in users::list_users_with_role(tx, Role::Admin)? {
        let texts = Texts::of(admin.locale.unwrap_or(locale));
        let html = match &summary.text {
            SummaryText::Day { yesterday, yesterday_figures, today } => {
                day_summary(texts, *yesterday, *yesterday_figures, today)
            }
            SummaryText::Period(report) => period_summary(texts, report),
        };
        let chat = admin.telegram_id.into();
        reply = send_file(reply.send_message(chat, html, None), chat, texts, summary.file);
    }
    reply.store_messages(tx, None, now)?;
    Ok(())
}

fn send_file(reply: Reply, chat: ChatPlace, texts: &Texts, file: SummaryFile) -> Reply {
    if file.is_empty {
        return reply;
    }
    let wanted = ReportFileRequest::new(file.form, file.request, texts.locale());
    reply.send_made_file(chat, wanted.method(), String::new(), json!(wanted))
}

fn day_summary(texts: &Texts, yesterday: NaiveDate, figures: Figures, today: &DayFigures) -> String {
    let mut lines = vec![html_text!(texts, "summary-day-header", day = day_text(texts, yesterday))];
    lines.extend(figure_lines(texts, figures));
    lines.push(String::new());
    lines.push(html_text!(texts, "summary-today-header", day = day_text(texts, today.day)));
    if today.figures != Figures::default() {
        lines.extend(figure_lines(texts, today.figures));
    }
    lines.extend(order_lines(texts, today));
    lines.join("\n")
}

/// Returns the open orders and the visits of a day.
pub(super) fn order_lines(texts: &Texts, today: &DayFigures) -> Vec<String> {
    let open: i64 = today.open.iter().map(|(_, count)| count).sum();
    let mut lines = vec![html_text!(texts, "summary-open", count = open)];
    for (status, count) in &today.open {
        let (emoji, name) = (names::status_emoji(*status), names::status_name(texts, *status));
        lines.push(html_text!(texts, "summary-status", emoji = emoji, name = name, count = *count));
    }
    lines.push(match count_visits(&today.visits) {
        0 => html_text!(texts, "summary-no-visits"),
        count => html_text!(texts, "summary-visits", count = count),
    });
    let mut room = MAX_VISITS_TEXT;
    for visits in today.visits.iter().take(MAX_ROWS) {
        let line = visits_line(texts, today.zone, visits);
        match room.checked_sub(line.encode_utf16().count() + 1) {
            Some(rest) => room = rest,
            None => {
                lines.push("…".to_owned());
                break;
            }
        }
        lines.push(line);
    }
    lines
}

fn count_visits(visits: &[MasterVisits]) -> i64 {
    let count: usize = visits.iter().map(|visits| visits.visits.len()).sum();
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn visits_line(texts: &Texts, zone: Tz, visits: &MasterVisits) -> String {
    let time = |visit: &VisitWindow| {
        visit_clock(texts, zone, *visit).unwrap_or_else(|| plain_text!(texts, "summary-any-time"))
    };
    let times: Vec<String> = visits.visits.iter().map(time).collect();
    let master = row_name(texts, visits.master.as_deref());
    format!("• {master}: {}", times.join(", "))
}

/// Returns a name as HTML.
pub(super) fn row_name(texts: &Texts, name: Option<&str>) -> String {
    match name {
        Some(name) => escape_html(&shorten_text(name, MAX_NAME)),
        None => html_text!(texts, "summary-without-master"),
    }
}

pub(super) fn figure_lines(texts: &Texts, figures: Figures) -> Vec<String> {
    let Figures { created, closed, refused, without_amounts, .. } = figures;
    let mut lines =
        vec![html_text!(texts, "summary-orders", created = created, closed = closed, refused = refused)];
    if closed > without_amounts {
        let money = |amount| format_money(texts, amount);
        let (gross, materials) = (money(figures.gross), money(figures.materials));
        lines.push(html_text!(texts, "summary-money", gross = gross, materials = materials));
        let (masters, company) = (money(figures.master_share), money(figures.company_share));
        lines.push(html_text!(texts, "summary-shares", masters = masters, company = company));
    }
    if without_amounts > 0 {
        lines.push(html_text!(texts, "summary-without-amounts", count = without_amounts));
    }
    lines
}

fn period_summary(texts: &Texts, report: &Report) -> String {
    let (from, to) = (day_text(texts, report.period.from), day_text(texts, report.period.to));
    let mut lines = vec![html_text!(texts, "summary-period-header", from = from, to = to)];
    lines.extend(figure_lines(texts, report.total));
    if !report.rows.is_empty() {
        lines.push(String::new());
        lines.push(html_text!(texts, "summary-masters-header"));
    }
    lines.extend(report.rows.iter().take(MAX_ROWS).map(|row| master_line(texts, row)));
    lines.join("\n")
}

fn master_line(texts: &Texts, row: &FigureRow) -> String {
    let name = row_name(texts, row.name.as_deref());
    let Figures { closed, gross, company_share, .. } = row.figures;
    let (gross, company) = (format_money(texts, gross), format_money(texts, company_share));
    let figures = html_text!(texts, "summary-master", closed = closed, gross = gross, company = company);
    format!("• {name}: {figures}")
}
