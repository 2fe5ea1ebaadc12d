//! The reports of staff: the choice, the period, a page of a report, one master with their orders, the open orders.

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::question::DialogueQuestion;
use crate::bot::callback::{OldPeriod, OldReport, PageNumber, ReportButton, ReportForm, ReportSpan};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, ReportDatesDraft, ReportSubject};
use crate::bot::reply::Reply;
use crate::bot::report_content::{ReportFileRequest, ReportPageRequest};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::reports as view;
use crate::bot::view::text::html_text;
use crate::db::masters as master_rows;
use crate::domain::ids::{MasterId, TelegramId};
use crate::domain::master::{Master, MasterFilter};
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::domain::visit::parse_past_days;
use crate::report::{self, ReportKind, ReportRequest};
use crate::service::{self, Refusal, masters, order_lists};

/// The days of a report before others are chosen.
const FIRST_SPAN: ReportSpan = ReportSpan::Preset(PeriodPreset::ThisMonth);

pub(crate) fn run_command(ctx: &mut UpdateContext<'_>, button: ReportButton) -> HandlerResult {
    require_staff(ctx)?;
    let kind = ReportSubject::Kind;
    match button {
        ReportButton::Menu => show_menu(ctx),
        ReportButton::Show(subject, span, page) => show_report(ctx, subject, span, page),
        ReportButton::File(form, subject, span) => send_file(ctx, form, subject, span),
        ReportButton::AskDates(subject) => Ok(ask_dates(ctx, subject)),
        ReportButton::Active | ReportButton::OldActive => show_active(ctx),
        ReportButton::Old(report) => show_first_page(ctx, kind(kind_of_old(report)), FIRST_SPAN),
        ReportButton::OldDownload(download) => {
            let span = ReportSpan::Preset(PeriodPreset::All);
            send_file(ctx, ReportForm::Workbook, kind(download.kind()), span)
        }
        ReportButton::OldPeriod(period) => {
            show_first_page(ctx, kind(ReportKind::Masters), span_of_old(period, ctx.today()))
        }
        ReportButton::OldPeriodDownload(period) => {
            let span = span_of_old(period, ctx.today());
            send_file(ctx, ReportForm::Workbook, kind(ReportKind::Masters), span)
        }
        ReportButton::OldSummary(summary) => {
            show_first_page(ctx, kind(ReportKind::Masters), ReportSpan::Preset(summary.preset()))
        }
    }
}

fn require_staff(ctx: &UpdateContext<'_>) -> service::Result<()> {
    if ctx.user.roles.is_staff() { Ok(()) } else { Err(Refusal::NoRight) }
}

fn kind_of_old(report: OldReport) -> ReportKind {
    match report {
        OldReport::Masters => ReportKind::Masters,
        OldReport::Statuses => ReportKind::Statuses,
        OldReport::Equipment => ReportKind::Types,
        OldReport::Period => ReportKind::Days,
    }
}

fn span_of_old(period: OldPeriod, today: NaiveDate) -> ReportSpan {
    let last_days = |days: u64| {
        let from = today.checked_sub_days(Days::new(days - 1)).unwrap_or(today);
        ReportSpan::Days(ReportPeriod { from, to: today })
    };
    match period {
        OldPeriod::Today => ReportSpan::Preset(PeriodPreset::Today),
        OldPeriod::Yesterday => ReportSpan::Preset(PeriodPreset::Yesterday),
        OldPeriod::Week => last_days(7),
        OldPeriod::Month => last_days(30),
        OldPeriod::Year => last_days(365),
    }
}

/// Shows the choice of a report.
pub(crate) fn show_menu(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    require_staff(ctx)?;
    Ok(ctx.show_screen(html_text!(ctx.texts, "reports-menu"), Some(keyboards::reports_menu(ctx.texts))))
}

/// Shows one master and their orders of this month.
pub(crate) fn show_master(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    show_first_page(ctx, ReportSubject::Master(master.id), FIRST_SPAN)
}

/// Sends all orders of a master as a workbook.
pub(crate) fn send_master_workbook(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    let span = ReportSpan::Preset(PeriodPreset::All);
    send_file(ctx, ReportForm::Workbook, ReportSubject::Master(master.id), span)
}

fn show_first_page(ctx: &mut UpdateContext<'_>, subject: ReportSubject, span: ReportSpan) -> HandlerResult {
    show_report(ctx, subject, span, PageNumber::FIRST)
}

fn show_report(
    ctx: &mut UpdateContext<'_>,
    subject: ReportSubject,
    span: ReportSpan,
    page: PageNumber,
) -> HandlerResult {
    if let ReportSubject::Master(id) = subject {
        find_master(ctx, id)?;
    }
    let period = period_of_span(ctx, span)?;
    let wanted = ReportPageRequest::new(subject, span, page, period, ctx.texts.locale());
    Ok(Reply::none().show_made_text(ctx.place(), ctx.pressed_message, json!(wanted)))
}

fn period_of_span(ctx: &mut UpdateContext<'_>, span: ReportSpan) -> service::Result<ReportPeriod> {
    Ok(match span {
        ReportSpan::Days(period) => period,
        ReportSpan::Preset(preset) => {
            report::period_of_preset(ctx.tx, preset, ctx.today(), ctx.settings.zone)?
        }
    })
}

/// Sends the report as a picture or a workbook, which the courier makes.
fn send_file(
    ctx: &mut UpdateContext<'_>,
    form: ReportForm,
    subject: ReportSubject,
    span: ReportSpan,
) -> HandlerResult {
    let period = period_of_span(ctx, span)?;
    let (kind, master) = match subject {
        // A picture of single orders says nothing; a master's days do.
        ReportSubject::Master(id) if form == ReportForm::Chart => (ReportKind::Days, Some(id)),
        ReportSubject::Master(id) => (ReportKind::Orders, Some(id)),
        ReportSubject::Kind(kind) => (kind, None),
    };
    let request = ReportRequest { kind, period, master };
    if let Some(master) = master {
        find_master(ctx, master)?;
    }
    let file = ReportFileRequest::new(form, request, ctx.texts.locale());
    Ok(Reply::none().send_made_file(ctx.place(), file.method(), String::new(), json!(file)))
}

fn find_master(ctx: &mut UpdateContext<'_>, id: MasterId) -> service::Result<Master> {
    master_rows::find_master(ctx.tx, id)?.ok_or(Refusal::NoSuchMaster)
}

/// Shows how many orders are open, by status and by master.
fn show_active(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let counts = order_lists::count_orders(ctx.tx, &ctx.user)?;
    let mut loads = masters::list_masters(ctx.tx, &ctx.user, MasterFilter::All)?;
    loads.retain(|(_, load)| *load > 0);
    loads.sort_by_key(|(master, load)| (-load, master.id));
    let html = view::active_orders(ctx.texts, &counts, &loads);
    Ok(ctx.show_screen(html, Some(keyboards::active_orders(ctx.texts))))
}

fn ask_dates(ctx: &UpdateContext<'_>, subject: ReportSubject) -> Reply {
    let draft = ReportDatesDraft { subject, nonce: Some(DialogueNonce::at(ctx.now)) };
    dates_question(ctx, draft).ask_first(ctx, Dialogue::ReportDates(draft))
}

fn dates_question(ctx: &UpdateContext<'_>, draft: ReportDatesDraft) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: html_text!(ctx.texts, "reports-ask-dates"),
        markup: keyboards::step_buttons(ctx.texts, id, false, false),
    }
}

/// Takes the two dates.
pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: ReportDatesDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let question = dates_question(ctx, draft);
    let error = match answer {
        DialogueAnswer::Repeat => return Ok(question.ask_first(ctx, Dialogue::ReportDates(draft))),
        DialogueAnswer::Skip => html_text!(ctx.texts, "error-not-skippable"),
        answer => match answer.text().map(|typed| parse_past_days(typed, ctx.today())) {
            Some(Some((from, to))) => {
                let span = ReportSpan::Days(ReportPeriod { from, to });
                return Ok(show_first_page(ctx, draft.subject, span)?.end_dialogue());
            }
            Some(None) => html_text!(ctx.texts, "reports-dates-not-understood"),
            None => html_text!(ctx.texts, "content-not-supported"),
        },
    };
    Ok(question.ask_again(ctx, &error, Dialogue::ReportDates(draft)))
}
