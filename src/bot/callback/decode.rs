//! Parses callback data.

use std::fmt::Display;
use std::num::{IntErrorKind, ParseIntError};
use std::str::{FromStr, Split};

use chrono::NaiveDate;
use thiserror::Error;

use super::encode::{DATE_FORMAT, MASTER_SUBJECT};
use super::people_buttons::ALL_USERS;
use super::places::{ListPlace, parse_base36};
use super::{
    AccessButton, ButtonSource, Callback, DayOffChoice, EquipmentCommand, MasterCommand, MasterListFilter,
    MasterStep, NoticeButton, OldDownload, OldPeriod, OldReport, OldSummary, OrderButton, OrderFilter,
    PageNumber, PeopleButton, ReportButton, ReportSpan,
};
use crate::bot::dialogue::{DialogueNonce, ReportSubject, VisitSlot};
use crate::domain::access::AccessDecision;
use crate::domain::equipment::first_type_named;
use crate::domain::ids::{AccessRequestId, ChatId, EquipmentTypeId, MasterId, OrderId, SearchId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::notice::NoticeKind;
use crate::domain::order_change::{CorrectedField, OrderField};
use crate::domain::period::{PeriodPreset, ReportPeriod};
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

impl Callback {
    /// Parses callback data as it came from Telegram.
    pub(crate) fn parse(data: &str) -> Result<Self, CallbackError> {
        let mut fields = CallbackFields::new(data);
        let callback = match fields.verb {
            "continue_dialogue" => Self::ContinueDialogue(fields.optional_field()?),
            "dialog_keep" => Self::DialogKeep(fields.next_field()?, fields.optional_field()?),
            "confirm_order" => Self::ConfirmOrder(fields.optional_field()?),
            "review" => Self::Review(fields.next_field()?, fields.optional_field()?),
            "promised" => Self::PromisedDate(fields.next_field()?, fields.optional_field()?),
            "visit_slot" => {
                let slot = VisitSlot {
                    day: fields.next_field()?,
                    from: fields.next_field()?,
                    until: fields.next_field()?,
                };
                Self::VisitSlot(slot, fields.optional_field()?)
            }
            "language" => Self::Language(fields.next_field()?),
            "dialog_back" => Self::DialogBack(fields.next_field()?, fields.optional_field()?),
            "dialog_skip" => Self::DialogSkip(fields.next_field()?, fields.optional_field()?),
            "dialog_confirm" => Self::DialogConfirm(fields.optional_field()?),
            "cancel" => Self::Cancel(fields.optional_field()?),
            "list" => Self::ShowList(fields.place()?),
            "pick_day" => match fields.place()? {
                ListPlace::Orders(filter, PageNumber::FIRST) => Self::PickDay(filter),
                other => return Err(fields.malformed_place(other)),
            },
            "pick_master" => match fields.place()? {
                ListPlace::Orders(filter, page) => Self::PickMaster(filter, page),
                other => return Err(fields.malformed_place(other)),
            },
            "open" => {
                let order: Base36Id = fields.next_field()?;
                Self::OpenFrom(OrderId(order.0), fields.place()?)
            }
            "search_new_order" => Self::SearchNewOrder(fields.next_field()?),
            "search_new" => Self::SearchNew,
            "no_orders" => Self::NoOrders,
            "current_page" => Self::CurrentPage,
            _ => match Self::parse_draft(&mut fields)? {
                Some(callback) => callback,
                None => match Self::parse_order(&mut fields)? {
                    Some(callback) => callback,
                    None => Self::parse_master(&mut fields)?,
                },
            },
        };
        fields.expect_end()?;
        Ok(callback)
    }

    /// Parses a button of the new-order dialogue, or of the types of equipment.
    fn parse_draft(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "equipment" => Self::OldEquipment(fields.next_field()?),
            "equipment_type" => Self::Equipment(fields.next_field()?, fields.optional_field()?),
            "take_client" => Self::TakeClient(fields.next_field()?, fields.optional_field()?),
            "draft_field" => Self::DraftField(fields.next_field()?, fields.optional_field()?),
            "draft_masters" => Self::DraftMasters(fields.next_field()?, fields.optional_field()?),
            "create_assigned" => Self::CreateAssigned(fields.next_field()?, fields.optional_field()?),
            "settings" => Self::ShowSettings,
            "address_from" => Self::AddressFrom(fields.next_field()?),
            "equipment_types" => Self::EquipmentTypes,
            "add_equipment" => Self::AddEquipment,
            verb => match EquipmentCommand::ALL.into_iter().find(|command| command.verb() == verb) {
                Some(command) => Self::EquipmentType(command, fields.next_field()?),
                None => return Ok(None),
            },
        }))
    }

    fn parse_order(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "assign_master" => Self::AssignMaster(fields.next_field()?),
            "assign_page" => Self::AssignPage(fields.next_field()?, fields.next_field()?),
            "select_master_for_order" | "assign_to" => {
                Self::SelectMaster(fields.next_field()?, fields.next_field()?)
            }
            "reassign_master" => Self::ReassignMaster(fields.next_field()?),
            "reassign_page" => Self::ReassignPage(fields.next_field()?, fields.next_field()?),
            "select_new_master_for_order" | "reassign_to" => {
                Self::SelectNewMaster(fields.next_field()?, fields.next_field()?)
            }
            "hand_over_order" => Self::HandOverOrder(fields.next_field()?),
            "hand_over_page" => Self::HandOverPage(fields.next_field()?, fields.next_field()?),
            "hand_over_to" => Self::HandOverTo(fields.next_field()?, fields.next_field()?),
            "unassign_master" => Self::UnassignMaster(fields.next_field()?),
            "view_order" => Self::ViewOrder(fields.next_field()?),
            "open_order" => Self::OpenOrder(fields.next_field()?),
            "view_order_master" => Self::ViewOrderMaster(fields.next_field()?),
            "filter_orders" => Self::FilterOrders(fields.next_field()?),
            "orders_page" => Self::OrdersPage(fields.next_field()?, fields.next_field()?),
            "my_orders_page" => Self::MyOrdersPage(fields.next_field()?),
            "back_to_orders" => Self::BackToOrders,
            "close_order" => Self::CloseOrder(fields.next_field()?),
            "refuse_order" => Self::RefuseOrder(fields.next_field()?),
            "reschedule_order" => Self::RescheduleOrder(fields.next_field()?, ButtonSource::OwnChat),
            "group_reschedule_order" => Self::RescheduleOrder(fields.next_field()?, ButtonSource::Assignment),
            "client_waiting" => Self::ClientWaiting(fields.next_field()?),
            "more" => Self::MoreActions(fields.next_field()?),
            "client" => Self::Client(fields.next_field()?),
            "open_client" => Self::OpenClient(fields.next_field()?),
            "search_view_order" => Self::SearchViewOrder(fields.next_field()?),
            "reopen_order" => Self::ReopenOrder(fields.next_field()?),
            verb => {
                if let Some(button) = OrderButton::parse(fields)? {
                    return Ok(Some(Self::Order(button)));
                }
                if let Some(button) = AccessButton::parse(fields)? {
                    return Ok(Some(Self::Access(button)));
                }
                if let Some(button) = NoticeButton::parse(fields)? {
                    return Ok(Some(Self::Notice(button)));
                }
                let found = ButtonSource::ALL.into_iter().find_map(|source| {
                    let step = MasterStep::ALL.into_iter().find(|step| step.verb(source) == verb)?;
                    Some((step, source))
                });
                let Some((step, source)) = found else { return Ok(None) };
                Self::Step { step, order: fields.next_field()?, source }
            }
        }))
    }

    fn parse_master(fields: &mut CallbackFields<'_>) -> Result<Self, CallbackError> {
        Ok(match fields.verb {
            "list_all_masters" => Self::ListAllMasters,
            "list_pending_masters" => Self::ListPendingMasters,
            "masters_page" => Self::MastersPage(fields.next_field()?, fields.next_field()?),
            "add_master" => Self::AddMaster,
            "confirm_add_master" => Self::ConfirmAddMaster(fields.optional_field()?),
            "back_to_masters" => Self::BackToMasters,
            "work_group" => Self::WorkGroup(fields.next_field()?, fields.next_field()?),
            verb => {
                if let Some(button) = PeopleButton::parse(fields)? {
                    return Ok(Self::People(button));
                }
                if let Some(button) = ReportButton::parse(fields)? {
                    return Ok(Self::Report(button));
                }
                let command = MasterCommand::ALL
                    .into_iter()
                    .find(|command| command.verb() == verb)
                    .ok_or_else(|| CallbackError::UnknownVerb(verb.to_owned()))?;
                Self::Master(command, fields.next_field()?)
            }
        })
    }
}

impl OrderButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "edit_order" => Self::Edit(fields.next_field()?),
            "edit_field" => Self::EditField(fields.next_field()?, fields.next_field()?),
            "comment_order" => Self::Comment(fields.next_field()?),
            "order_comments" => Self::ShowComments(fields.next_field()?, fields.next_field()?),
            "order_history" => Self::ShowHistory(fields.next_field()?, fields.next_field()?),
            "history_full" | "history_status" | "history_changes" | "history_audit" => {
                Self::ShowHistory(fields.next_field()?, PageNumber::FIRST)
            }
            "delete_order" => Self::Delete(fields.next_field()?),
            "restore_order" => Self::Restore(fields.next_field()?),
            "repeat_order" => Self::Repeat(fields.next_field()?),
            "correct_order" => Self::Correct(fields.next_field()?),
            "correct_field" => Self::CorrectField(fields.next_field()?, fields.next_field()?),
            "correct_review" => Self::CorrectReview(fields.next_field()?, fields.next_field()?),
            "correct_masters" => Self::CorrectMasters(fields.next_field()?, fields.next_field()?),
            "correct_master" => Self::CorrectMaster(fields.next_field()?, fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl PeopleButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "users" => Self::List(fields.next_field()?, fields.next_field()?),
            "user" => Self::Show(fields.next_field()?),
            "grant_role" => Self::Grant(fields.next_field()?, fields.next_field()?),
            "revoke_role" => Self::Revoke(fields.next_field()?, fields.next_field()?),
            "make_master" => Self::MakeMaster(fields.next_field()?),
            "find_user" => Self::Find,
            "found_users" => Self::Found(fields.next_field()?, fields.next_field()?),
            "day_off" => Self::DayOff(fields.next_field()?, fields.next_field()?),
            "own_day_off" => Self::OwnDayOff,
            _ => return Ok(None),
        }))
    }
}

impl AccessButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "ask_access" => Self::Ask,
            "access" => Self::Decide(fields.next_field()?, fields.next_field()?),
            "message_to_order" => Self::TakeMessage(fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl NoticeButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "notices" => Self::ShowKinds,
            "notice" => Self::Switch(fields.next_field()?, fields.next_field()?),
            _ => return Ok(None),
        }))
    }
}

impl ReportButton {
    /// Returns `None` for a verb of other buttons.
    fn parse(fields: &mut CallbackFields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "back_to_reports" => Self::Menu,
            "report" => Self::Show(fields.next_field()?, fields.next_field()?, fields.next_field()?),
            "report_dates" => Self::AskDates(fields.next_field()?),
            "report_active" => Self::Active,
            "report_active_orders_excel" => Self::OldActive,
            "download_period_excel" => Self::OldPeriodDownload(fields.next_field()?),
            verb => {
                let period = verb.strip_prefix("period_").map(OldPeriod::from_wire).and_then(Result::ok);
                let report = OldReport::ALL.into_iter().find(|report| report.verb() == verb);
                let download = OldDownload::ALL.into_iter().find(|download| download.verb() == verb);
                let summary = OldSummary::ALL.into_iter().find(|summary| summary.verb() == verb);
                let button = (period.map(Self::OldPeriod))
                    .or_else(|| report.map(Self::Old))
                    .or_else(|| download.map(Self::OldDownload))
                    .or_else(|| summary.map(Self::OldSummary));
                return Ok(button);
            }
        }))
    }
}

/// The fields of one callback, read from left to right.
struct CallbackFields<'a> {
    verb: &'a str,
    rest: Split<'a, char>,
    read: usize,
}

impl<'a> CallbackFields<'a> {
    fn new(data: &'a str) -> Self {
        let mut rest = data.split(':');
        let verb = rest.next().unwrap_or_default();
        Self { verb, rest, read: 0 }
    }

    fn next_field<T: CallbackField>(&mut self) -> Result<T, CallbackError> {
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
    fn optional_field<T: CallbackField>(&mut self) -> Result<Option<T>, CallbackError> {
        if self.rest.clone().next().is_none() {
            return Ok(None);
        }
        self.next_field().map(Some)
    }

    /// Reads all other fields as the place of a list.
    fn place(&mut self) -> Result<ListPlace, CallbackError> {
        let rest = std::mem::replace(&mut self.rest, "".split(':'));
        self.rest.next();
        let value = rest.clone().collect::<Vec<_>>().join(":");
        let verb = self.verb.to_owned();
        ListPlace::decode(rest).ok_or(CallbackError::MalformedField { verb, value })
    }

    /// The place is one that this verb does not have.
    fn malformed_place(&self, place: ListPlace) -> CallbackError {
        CallbackError::MalformedField { verb: self.verb.to_owned(), value: place.encode() }
    }

    fn expect_end(mut self) -> Result<(), CallbackError> {
        match self.rest.next() {
            None => Ok(()),
            Some(value) => {
                Err(CallbackError::ExtraField { verb: self.verb.to_owned(), value: value.to_owned() })
            }
        }
    }
}

enum FieldError {
    Malformed,
    OutOfRange,
}

trait CallbackField: Sized {
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

id_fields!(AccessRequestId, SearchId, OrderId, MasterId, TelegramId, EquipmentTypeId, DialogueNonce);

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

/// The name of a type in a button of the old bot.
impl CallbackField for &'static str {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        first_type_named(value).ok_or(FieldError::Malformed)
    }
}

/// An id that is written to the base of 36.
struct Base36Id(i64);

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
