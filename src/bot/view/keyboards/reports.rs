//! The keyboards of the reports.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::parts::{ButtonRows, in_rows_of, inline_button, page_row};
use crate::bot::callback::{
    Callback, ListPlace, PageNumber, ReportButton, ReportForm, ReportSpan, SettlementButton,
};
use crate::bot::dialogue::ReportSubject;
use crate::bot::labels::Label;
use crate::bot::view::html::shorten_text;
use crate::bot::view::paging::Paging;
use crate::bot::view::reports::{kind_name, preset_name};
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::period::PeriodPreset;
use crate::report::{FigureRow, ReportKind};

/// The reports that are offered.
const OFFERED: [ReportKind; 6] = [
    ReportKind::Masters,
    ReportKind::Types,
    ReportKind::Statuses,
    ReportKind::Dispatchers,
    ReportKind::Days,
    ReportKind::Reasons,
];
/// The periods that are offered: all orders at once can be had by two dates.
const PERIODS: [PeriodPreset; 7] = [
    PeriodPreset::Today,
    PeriodPreset::Yesterday,
    PeriodPreset::ThisWeek,
    PeriodPreset::LastWeek,
    PeriodPreset::ThisMonth,
    PeriodPreset::LastMonth,
    PeriodPreset::ThisYear,
];
/// The most of a name on one of two buttons in a row, in UTF-16 units.
const BUTTON_NAME: usize = 20;
/// How many numbers of orders fit in a row.
const NUMBERS_IN_ROW: usize = 5;

fn report_button(text: String, button: ReportButton) -> InlineKeyboardButton {
    inline_button(text, Callback::Report(button))
}

pub(crate) fn reports_menu(texts: &Texts) -> InlineKeyboardMarkup {
    let span = ReportSpan::Preset(PeriodPreset::ThisMonth);
    let reports = OFFERED.map(|kind| {
        let show = ReportButton::Show(ReportSubject::Kind(kind), span, PageNumber::FIRST);
        report_button(kind_name(texts, kind), show)
    });
    let mut rows = in_rows_of(2, reports);
    rows.push(vec![report_button(plain_text!(texts, "button-report-active"), ReportButton::Active)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns what a page of a report leads to: the masters or orders in its rows, other pages, other periods, other reports.
pub(crate) fn report_page(
    texts: &Texts,
    subject: ReportSubject,
    span: ReportSpan,
    shown: &[FigureRow],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let mut rows = row_buttons(texts, subject, span, shown);
    let page = |page| Callback::Report(ReportButton::Show(subject, span, page));
    rows.extend(page_row(paging, page));
    if !shown.is_empty() {
        let file = |name: String, form| report_button(name, ReportButton::File(form, subject, span));
        rows.push(vec![
            file(plain_text!(texts, "button-report-chart"), ReportForm::Chart),
            file(plain_text!(texts, "button-report-workbook"), ReportForm::Workbook),
        ]);
    }
    let periods = PERIODS.map(|preset| {
        let name = preset_name(texts, preset);
        let is_chosen = span == ReportSpan::Preset(preset);
        let name = if is_chosen { format!("✔ {name}") } else { name };
        report_button(name, ReportButton::Show(subject, ReportSpan::Preset(preset), PageNumber::FIRST))
    });
    let dates = plain_text!(texts, "button-report-dates");
    let dates = if matches!(span, ReportSpan::Days(_)) { format!("✔ {dates}") } else { dates };
    let dates = report_button(dates, ReportButton::AskDates(subject));
    rows.extend(in_rows_of(2, periods.into_iter().chain([dates])));
    if matches!(subject, ReportSubject::Master(_)) {
        let masters = ReportSubject::Kind(ReportKind::Masters);
        let back = ReportButton::Show(masters, span, PageNumber::FIRST);
        rows.push(vec![report_button(plain_text!(texts, "button-report-masters"), back)]);
    }
    rows.push(vec![report_button(plain_text!(texts, "button-reports-back"), ReportButton::Menu)]);
    InlineKeyboardMarkup::new(rows)
}

fn row_buttons(texts: &Texts, subject: ReportSubject, span: ReportSpan, shown: &[FigureRow]) -> ButtonRows {
    let keys = shown.iter().filter_map(|row| row.key.map(|key| (key, row.name.clone().unwrap_or_default())));
    match subject {
        ReportSubject::Kind(ReportKind::Masters) => in_rows_of(
            2,
            keys.map(|(key, name)| {
                let master = ReportSubject::Master(MasterId(key));
                let show = ReportButton::Show(master, span, PageNumber::FIRST);
                report_button(shorten_text(&name, BUTTON_NAME), show)
            }),
        ),
        ReportSubject::Master(_) | ReportSubject::Kind(ReportKind::Orders) => in_rows_of(
            NUMBERS_IN_ROW,
            keys.map(|(key, _)| {
                inline_button(
                    plain_text!(texts, "order-number", id = OrderId(key)),
                    Callback::OpenOrder(OrderId(key)),
                )
            }),
        ),
        ReportSubject::Kind(_) => ButtonRows::new(),
    }
}

pub(crate) fn active_orders(texts: &Texts) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        vec![inline_button(Label::AllOrders.text(texts.locale()), Callback::BackToOrders)],
        vec![report_button(plain_text!(texts, "button-reports-back"), ReportButton::Menu)],
    ])
}

/// Returns the ways from a master's statistics to their balance and orders.
pub(crate) fn own_statistics(texts: &Texts) -> InlineKeyboardMarkup {
    let list = |place| Callback::ShowList(place);
    let balance = Callback::Settlement(SettlementButton::OwnBalance);
    InlineKeyboardMarkup::new([
        vec![inline_button(plain_text!(texts, "button-own-balance"), balance)],
        vec![
            inline_button(
                plain_text!(texts, "button-my-closed"),
                list(ListPlace::MyClosed(PageNumber::FIRST)),
            ),
            inline_button(Label::MyOrders.text(texts.locale()), list(ListPlace::MyOrders(PageNumber::FIRST))),
        ],
    ])
}
