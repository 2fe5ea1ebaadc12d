//! Rates, as HTML.

use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, format_money, html_text, plain_text};
use crate::domain::rates::{RateError, RateField, Rates};
use crate::service::rates::RatesView;

/// The most of a name, in UTF-16 units.
const NAME: usize = 200;

/// Renders all values of a type, or of all types.
pub(crate) fn rates_screen(texts: &Texts, seen: &RatesView) -> String {
    let state = match (&seen.kind, seen.is_own) {
        (_, true) => plain_text!(texts, "rates-state-own"),
        (Some(_), false) => plain_text!(texts, "rates-state-of-all"),
        (None, false) => plain_text!(texts, "rates-state-default"),
    };
    let lines = RateField::ALL.map(|field| {
        let (name, value) = (rate_name(texts, field), rate_value(texts, &seen.rates, field));
        html_text!(texts, "rates-line", name = name, value = value)
    });
    let title = html_text!(texts, "rates-title", name = rates_name(texts, seen), state = state);
    let note = html_text!(texts, "rates-note");
    format!("{title}\n\n{}\n\n{note}", lines.join("\n"))
}

/// Asks for another value.
pub(crate) fn rate_question(texts: &Texts, seen: &RatesView, field: RateField) -> String {
    let value = rate_value(texts, &seen.rates, field);
    let (title, name) = (rates_name(texts, seen), rate_name(texts, field));
    let question = html_text!(texts, "rates-ask", title = title, name = name, value = value);
    let hint = match field {
        RateField::Threshold => html_text!(texts, "rates-hint-threshold"),
        RateField::Below | RateField::From => html_text!(texts, "rates-hint-share"),
        RateField::Review | RateField::OutOfCity => html_text!(texts, "rates-hint-bonus"),
        RateField::SeniorFloor => html_text!(texts, "rates-hint-floor"),
        RateField::Cap => html_text!(texts, "rates-hint-cap"),
    };
    format!("{question}\n{hint}")
}

pub(crate) fn rate_error(texts: &Texts, present: &Rates, field: RateField, error: RateError) -> String {
    match (error, field) {
        (RateError::NotPercent, _) => html_text!(texts, "error-not-percent"),
        (RateError::FallsAtThreshold, RateField::Below) => {
            html_text!(texts, "error-rate-above", percent = i64::from(present.percent_from))
        }
        (RateError::FallsAtThreshold, _) => {
            html_text!(texts, "error-rate-below", percent = i64::from(present.percent_below))
        }
    }
}

fn rates_name(texts: &Texts, seen: &RatesView) -> String {
    match &seen.kind {
        Some(kind) => shorten_text(&names::equipment_name(texts, &kind.name), NAME),
        None => plain_text!(texts, "rates-of-all"),
    }
}

pub(crate) fn rate_name(texts: &Texts, field: RateField) -> String {
    match field {
        RateField::Threshold => plain_text!(texts, "rate-threshold"),
        RateField::Below => plain_text!(texts, "rate-below"),
        RateField::From => plain_text!(texts, "rate-from"),
        RateField::Review => plain_text!(texts, "rate-review"),
        RateField::OutOfCity => plain_text!(texts, "rate-out-of-city"),
        RateField::SeniorFloor => plain_text!(texts, "rate-senior-floor"),
        RateField::Cap => plain_text!(texts, "rate-cap"),
    }
}

fn rate_value(texts: &Texts, rates: &Rates, field: RateField) -> String {
    match rates.percent(field) {
        Some(percent) => plain_text!(texts, "rate-percent", percent = i64::from(percent)),
        None => format_money(texts, rates.threshold),
    }
}
