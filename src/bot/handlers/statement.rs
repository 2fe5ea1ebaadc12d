//! A master's statement: what was owed before a period, its entries, and what is owed after it.

use serde_json::json;

use crate::bot::callback::ReportSpan;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::reply::Reply;
use crate::bot::statement_files::StatementFileRequest;
use crate::bot::view::{keyboards, statement as view};
use crate::domain::ids::MasterId;
use crate::domain::period::ReportPeriod;
use crate::report;
use crate::service::{self, settlement, statements};

/// Shows the statement of a period, for staff and the master.
pub(crate) fn show_statement(
    ctx: &mut UpdateContext<'_>,
    master: MasterId,
    span: ReportSpan,
) -> HandlerResult {
    let period = period_of_span(ctx, span)?;
    let made = statements::make_statement(ctx.tx, &ctx.user, master, period, ctx.settings.zone)?;
    let html = view::statement(ctx.texts, ctx.settings.zone, &made);
    let by_staff = ctx.user.roles.is_staff();
    Ok(ctx.show_screen(html, Some(keyboards::statement(ctx.texts, master, span, by_staff))))
}

/// Sends it as a workbook, which the courier makes.
pub(crate) fn send_workbook(
    ctx: &mut UpdateContext<'_>,
    master: MasterId,
    span: ReportSpan,
) -> HandlerResult {
    let period = period_of_span(ctx, span)?;
    settlement::find_visible_master(ctx.tx, &ctx.user, master)?;
    let file = StatementFileRequest::new(master, period, ctx.texts.locale());
    Ok(Reply::none().send_made_file(ctx.place(), "sendDocument", String::new(), json!(file)))
}

fn period_of_span(ctx: &mut UpdateContext<'_>, span: ReportSpan) -> service::Result<ReportPeriod> {
    Ok(match span {
        ReportSpan::Days(period) => period,
        ReportSpan::Preset(preset) => {
            report::period_of_preset(ctx.tx, preset, ctx.today(), ctx.settings.zone)?
        }
    })
}
