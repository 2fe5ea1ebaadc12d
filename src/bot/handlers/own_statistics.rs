//! A master's own statistics.

use super::common;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::view::keyboards;
use crate::bot::view::own_statistics::{self as view, PeriodFigures};
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::report::{self, ReportKind, ReportRequest};
use crate::service::masters;

/// What is shown, each beside the period before it.
const PERIODS: [(PeriodPreset, PeriodPreset); 3] = [
    (PeriodPreset::Today, PeriodPreset::Yesterday),
    (PeriodPreset::ThisWeek, PeriodPreset::LastWeek),
    (PeriodPreset::ThisMonth, PeriodPreset::LastMonth),
];

pub(crate) fn show_statistics(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let Some(master) = masters::find_own_profile(ctx.tx, &ctx.user)? else {
        return Ok(common::refuse_section(ctx));
    };
    let (today, zone) = (ctx.today(), ctx.settings.zone);
    let mut total = |period: ReportPeriod| {
        let request = ReportRequest { kind: ReportKind::Statuses, period, master: Some(master.id) };
        report::make_report(ctx.tx, request, zone).map(|made| made.total)
    };
    let mut shown = Vec::new();
    for (preset, before) in PERIODS {
        if let (Some(period), Some(former)) = (preset.period(today), before.period(today)) {
            shown.push(PeriodFigures { preset, now: total(period)?, before: total(former)? });
        }
    }
    let html = view::own_statistics(ctx.texts, &shown);
    Ok(ctx.show_screen(html, Some(keyboards::own_statistics(ctx.texts))))
}
