//! The fields of callback data.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::str::{FromStr, Split};

use chrono::NaiveDate;
use thiserror::Error;

use super::encode::{DATE_FORMAT, MASTER_SUBJECT};
use super::money_buttons::ALL_TYPES;
use super::people_buttons::ALL_USERS;
use super::places::{ListPlace, parse_base36};
use super::{DayOffChoice, MasterListFilter, OldPeriod, OrderFilter, PageNumber, ReportSpan};
use crate::bot::dialogue::{DialogueNonce, ReportSubject};
use crate::domain::access::AccessDecision;
use crate::domain::equipment::first_type_named;
use crate::domain::ids::{
    AccessRequestId, ChatId, EquipmentTypeId, HandOverId, MasterId, OrderId, SearchId, TelegramId,
};
use crate::domain::locale::Locale;
use crate::domain::notice::NoticeKind;
use crate::domain::order_change::{CorrectedField, OrderField};
use crate::domain::period::{PeriodPreset, ReportPeriod};
use crate::domain::rates::RateField;
use crate::domain::role::Role;
use crate::domain::status::OrderStatus;
use crate::domain::visibility::AddressRule;
use crate::report::ReportKind;

/// Why callback data could not be parsed. The user gets one short text for all of them; the log gets this error, without
/// characters that no button has: a client can send any text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum CallbackError {
    #[error("unknown callback verb {}", printable(.0))]
    UnknownVerb(String),
    #[error("callback {} lacks field {position}", printable(verb))]
    MissingField {
        verb: String,
        /// Counted from 1.
        position: usize,
    },
    #[error("callback {} has an extra field {}", printable(verb), printable(value))]
    ExtraField { verb: String, value: String },
    #[error("callback {} has a malformed field {}", printable(verb), printable(value))]
    MalformedField { verb: String, value: String },
    /// A number beyond the range of its type.
    #[error("callback {} has a number out of range: {}", printable(verb), printable(value))]
    OutOfRange { verb: String, value: String },
}

/// Returns a part of callback data if a button could have it, else only its length.
fn printable(text: &str) -> String {
    let is_button_char = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if text.chars().all(is_button_char) {
        format!("{text:?}")
    } else {
        format!("of {} characters", text.chars().count())
    }
}

/// The fields of one callback, read from left to right.
pub(super) struct CallbackFields<'a> {
    pub(super) verb: &'a str,
    rest: Split<'a, char>,
    read: usize,
}

impl<'a> CallbackFields<'a> {
    pub(super) fn new(data: &'a str) -> Self {
        let mut rest = data.split(':');
        let verb = rest.next().unwrap_or_default();
        Self { verb, rest, read: 0 }
    }

    pub(super) fn next_field<T: CallbackField>(&mut self) -> Result<T, CallbackError> {
        self.read += 1;
        let verb = || self.verb.to_owned();
        let value = self
            .rest
            .next()
            .ok_or_else(|| CallbackError::MissingField { verb: verb(), position: self.read })?;
        T::from_wire(value).map_err(|error| match error {
            FieldError::Malformed => CallbackError::MalformedField { verb: verb(), value: value.to_owned() },
            FieldError::OutOfRange => CallbackError::OutOfRange { verb: verb(), value: value.to_owned() },
        })
    }

    /// Reads the last field, which not every button of the verb has.
    pub(super) fn optional_field<T: CallbackField>(&mut self) -> Result<Option<T>, CallbackError> {
        if self.rest.clone().next().is_none() {
            return Ok(None);
        }
        self.next_field().map(Some)
    }

    /// Reads all other fields as the place of a list.
    pub(super) fn place(&mut self) -> Result<ListPlace, CallbackError> {
        let rest = std::mem::replace(&mut self.rest, "".split(':'));
        self.rest.next();
        let value = rest.clone().collect::<Vec<_>>().join(":");
        let verb = self.verb.to_owned();
        ListPlace::decode(rest).ok_or(CallbackError::MalformedField { verb, value })
    }

    /// The place is one that this verb does not have.
    pub(super) fn malformed_place(&self, place: ListPlace) -> CallbackError {
        CallbackError::MalformedField { verb: self.verb.to_owned(), value: place.encode() }
    }

    pub(super) fn expect_end(mut self) -> Result<(), CallbackError> {
        match self.rest.next() {
            None => Ok(()),
            Some(value) => {
                Err(CallbackError::ExtraField { verb: self.verb.to_owned(), value: value.to_owned() })
            }
        }
    }
}

pub(super) enum FieldError {
    Malformed,
    OutOfRange,
}

pub(super) trait CallbackField: Sized {
    fn from_wire(value: &str) -> Result<Self, FieldError>;
}

/// Parses a number in the one form in which it is written: no `+5`, no `007`, no `-0`.
fn parse_number<T>(value: &str) -> Result<T, FieldError>
where
    T: FromStr<Err = ParseIntError> + Display,
{
    match value.parse::<T>() {
        Ok(number) if number.to_string() == value => Ok(number),
        Ok(_) => Err(FieldError::Malformed),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Err(FieldError::OutOfRange),
            _ => Err(FieldError::Malformed),
        },
    }
}

/// Finds the value that is written like this.
fn find_named<T: Copy>(
    all: impl IntoIterator<Item = T>,
    as_str: fn(T) -> &'static str,
    value: &str,
) -> Result<T, FieldError> {
    all.into_iter().find(|each| as_str(*each) == value).ok_or(FieldError::Malformed)
}

macro_rules! id_fields {
    ($($id:ty),+) => {$(
        impl CallbackField for $id {
            fn from_wire(value: &str) -> Result<Self, FieldError> {
                parse_number(value).map(Self)
            }
        }
    )+};
}

id_fields!(
    AccessRequestId,
    HandOverId,
    SearchId,
    OrderId,
    MasterId,
    TelegramId,
    EquipmentTypeId,
    DialogueNonce
);

macro_rules! named_fields {
    ($($named:ty),+) => {$(
        impl CallbackField for $named {
            fn from_wire(value: &str) -> Result<Self, FieldError> {
                find_named(Self::ALL, Self::as_str, value)
            }
        }
    )+};
}

named_fields!(
    MasterListFilter,
    OldPeriod,
    Locale,
    OrderField,
    CorrectedField,
    DayOffChoice,
    NoticeKind,
    RateField,
    AccessDecision,
    AddressRule,
    Role
);

/// The roles of a list of users.
impl CallbackField for Option<Role> {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        if value == ALL_USERS { Ok(None) } else { Role::from_wire(value).map(Some) }
    }
}

/// A type of equipment, or all of them.
impl CallbackField for Option<EquipmentTypeId> {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        if value == ALL_TYPES { Ok(None) } else { EquipmentTypeId::from_wire(value).map(Some) }
    }
}

/// The name of a type in a button of the old bot.
impl CallbackField for &'static str {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        first_type_named(value).ok_or(FieldError::Malformed)
    }
}

/// An id that is written to the base of 36.
pub(super) struct Base36Id(pub(super) i64);

impl CallbackField for Base36Id {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_base36(value).map(Self).ok_or(FieldError::Malformed)
    }
}

/// Buttons contain only groups, whose ids are negative.
impl CallbackField for ChatId {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        Some(parse_number(value).map(Self)?).filter(|chat: &Self| chat.0 < 0).ok_or(FieldError::OutOfRange)
    }
}

impl CallbackField for PageNumber {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        match parse_number(value)? {
            0 => Err(FieldError::OutOfRange),
            page => Ok(Self(page)),
        }
    }
}

impl CallbackField for NaiveDate {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        let is_plain = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
        let date = Self::parse_from_str(value, DATE_FORMAT).ok().filter(|_| is_plain);
        date.ok_or(FieldError::Malformed)
    }
}

impl CallbackField for ReportSubject {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        match value.strip_prefix(MASTER_SUBJECT) {
            Some(master) => MasterId::from_wire(master).map(Self::Master),
            None => find_named(ReportKind::ALL, ReportKind::as_str, value).map(Self::Kind),
        }
    }
}

impl CallbackField for ReportSpan {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        if let Ok(preset) = find_named(PeriodPreset::EVERY, PeriodPreset::as_str, value) {
            return Ok(Self::Preset(preset));
        }
        let (from, to) = value.split_once('-').ok_or(FieldError::Malformed)?;
        let period = ReportPeriod::new(NaiveDate::from_wire(from)?, NaiveDate::from_wire(to)?);
        period.map(Self::Days).ok_or(FieldError::Malformed)
    }
}

impl CallbackField for i64 {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value)
    }
}

impl CallbackField for u8 {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value)
    }
}

impl CallbackField for OrderFilter {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        let statuses = OrderStatus::ALL.into_iter().map(Self::Status);
        find_named(std::iter::once(Self::All).chain(statuses), Self::as_str, value)
    }
}

impl CallbackField for bool {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        match value {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(FieldError::Malformed),
        }
    }
}
