//! Typed callback data: the one place that knows how a pressed inline button is written on the wire.
//!
//! The grammar is `verb` or `verb:field` or `verb:field:field`. Buttons live in chats for years, so a verb
//! that was ever sent keeps decoding to the same meaning; new buttons get new verbs. No texts, no database
//! and no decisions here: what a press *does* belongs to the handlers.

use std::fmt::Display;
use std::num::IntErrorKind;

use thiserror::Error;

use super::dialogue::DialogueNonce;
use crate::domain::equipment::Equipment;
use crate::domain::ids::{ChatId, MasterId, OrderId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::status::{Action, Status};

/// The most bytes that callback data may have (Telegram Bot API: `InlineKeyboardButton.callback_data`).
pub(crate) const MAX_BYTES: usize = 64;

/// What a pressed inline button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Callback {
    /// `equipment:TYPE`: the type of a new order.
    Equipment(Equipment),

    /// `assign_master:ORDER`: show the masters to choose from.
    AssignMaster(OrderId),
    /// `assign_page:ORDER:PAGE`: another page of the masters to choose from.
    AssignPage(OrderId, PageNumber),
    /// `select_master_for_order:ORDER:MASTER`: assign this master.
    SelectMaster(OrderId, MasterId),
    /// `reassign_master:ORDER`: show the masters to choose a replacement from.
    ReassignMaster(OrderId),
    /// `reassign_page:ORDER:PAGE`: another page of the replacements.
    ReassignPage(OrderId, PageNumber),
    /// `select_new_master_for_order:ORDER:MASTER`: hand the order to this master.
    SelectNewMaster(OrderId, MasterId),
    /// `unassign_master:ORDER`: take the master off.
    UnassignMaster(OrderId),
    /// `view_order:ORDER`: the card for staff.
    ViewOrder(OrderId),
    /// `view_order_master:ORDER`: the card for the master.
    ViewOrderMaster(OrderId),
    /// `filter_orders:STATUS` or `filter_orders:all`: the first page of a list.
    FilterOrders(OrderFilter),
    /// `orders_page:FILTER:PAGE`: a page of a list.
    OrdersPage(OrderFilter, PageNumber),
    /// `my_orders_page:PAGE`: a page of the master's own list.
    MyOrdersPage(PageNumber),
    /// `back_to_orders`: the list of all orders.
    BackToOrders,
    /// `close_order:ORDER`: staff close.
    CloseOrder(OrderId),
    /// `refuse_order:ORDER`: staff refuse.
    RefuseOrder(OrderId),
    /// `reopen_order:ORDER`: a refused order becomes new again.
    ReopenOrder(OrderId),
    /// What a master does with an order of theirs: `accept_order:ORDER`, `group_accept_order:ORDER`…
    Step {
        /// What the master does.
        step: MasterStep,
        /// The order.
        order: OrderId,
        /// Which message the button was under.
        source: ButtonSource,
    },

    /// `list_all_masters`.
    ListAllMasters,
    /// `list_pending_masters`: those who wait for approval.
    ListPendingMasters,
    /// `masters_page:all:PAGE`, `masters_page:pending:PAGE`.
    MastersPage(MasterListFilter, PageNumber),
    /// `add_master`: start the dialogue.
    AddMaster,
    /// `confirm_add_master:NONCE`: its last step. The old bot's has no nonce.
    ConfirmAddMaster(Option<DialogueNonce>),
    /// `back_to_masters`: the section's first screen.
    BackToMasters,
    /// `manage_master:TELEGRAM_ID` and the other buttons of one master.
    Master(MasterCommand, TelegramId),
    /// `work_group:TELEGRAM_ID:CHAT_ID`: the group that the bot was just added to is this master's.
    WorkGroup(TelegramId, ChatId),

    /// `report_masters`, `report_statuses`, `report_equipment`, `report_period`.
    Report(ReportKind),
    /// `period_today` … `period_year`: the period of a report.
    Period(ReportPeriod),
    /// `back_to_reports`.
    BackToReports,
    /// `download_masters_excel`, `download_statuses_excel`, `download_equipment_excel`.
    Download(ReportDownload),
    /// `download_period_excel:PERIOD`.
    DownloadPeriod(ReportPeriod),

    /// `confirm_order:NONCE`: the last step of the new-order dialogue.
    ConfirmOrder(Option<DialogueNonce>),
    /// `review:yes:NONCE`, `review:no:NONCE`: the closing dialogue's question.
    Review(bool, Option<DialogueNonce>),
    /// `language:ru`, `language:en`.
    Language(Locale),
    /// `dialog_back:STEP:NONCE`: one step back from this step, counted from 1. The number tells a button of a step that
    /// is over (a second tap, an old question) from one of the present step, the nonce a dialogue from another.
    DialogBack(u8, Option<DialogueNonce>),
    /// `dialog_skip:STEP:NONCE`: leave this step empty.
    DialogSkip(u8, Option<DialogueNonce>),
    /// `dialog_confirm:NONCE`: yes, do it.
    DialogConfirm(Option<DialogueNonce>),
    /// `cancel:NONCE`: leave the dialogue. The old bot's has no nonce.
    Cancel(Option<DialogueNonce>),
    /// `no_orders`: a button that only shows that a list is empty.
    NoOrders,
    /// `current_page`: a button that only shows where one is.
    CurrentPage,
}

/// A page of a list, counted from 1 as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PageNumber(pub(crate) u32);

impl PageNumber {
    /// The page that a list opens with.
    pub(crate) const FIRST: Self = Self(1);
}

/// Which orders a staff list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum OrderFilter {
    /// Every order.
    All,
    /// Orders in this status.
    Status(Status),
}

/// Which masters a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MasterListFilter {
    /// Every master.
    All,
    /// Those who wait for approval.
    Pending,
}

/// What a master can press under an order of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MasterStep {
    /// Takes the order.
    Accept,
    /// Gives the order back.
    Decline,
    /// Is at the client's, for the first time or again.
    ArriveOnSite,
    /// The repair will take long.
    LongRepair,
    /// The job is done: starts the closing dialogue.
    Complete,
}

impl MasterStep {
    /// Every step.
    pub(crate) const ALL: [Self; 5] =
        [Self::Accept, Self::Decline, Self::ArriveOnSite, Self::LongRepair, Self::Complete];

    /// The action of the status machine that the button stands for.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Accept => Action::Accept,
            Self::Decline => Action::Decline,
            Self::ArriveOnSite => Action::ArriveOnSite,
            Self::LongRepair => Action::StartLongRepair,
            Self::Complete => Action::Close,
        }
    }
}

/// Which message a master's button was under. Both kinds are on people's phones and both must come back as
/// they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ButtonSource {
    /// The card in the master's own chat (`accept_order`).
    OwnChat,
    /// The assignment message, in a work group or a private chat (`group_accept_order`).
    Assignment,
}

/// The buttons of one master's card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MasterCommand {
    /// `manage_master`: the card itself.
    Manage,
    /// `approve_master`.
    Approve,
    /// `reject_master`.
    Reject,
    /// `activate_master`.
    Activate,
    /// `deactivate_master`.
    Deactivate,
    /// `set_work_chat`: starts the work-group dialogue.
    SetWorkChat,
    /// `master_stats`.
    Stats,
}

impl MasterCommand {
    /// Every command.
    pub(crate) const ALL: [Self; 7] = [
        Self::Manage,
        Self::Approve,
        Self::Reject,
        Self::Activate,
        Self::Deactivate,
        Self::SetWorkChat,
        Self::Stats,
    ];
}

/// The reports of the reports section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReportKind {
    /// By masters.
    Masters,
    /// By statuses.
    Statuses,
    /// By equipment.
    Equipment,
    /// For a period that is chosen next.
    Period,
}

/// The reports that can be downloaded without a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReportDownload {
    /// By masters.
    Masters,
    /// By statuses.
    Statuses,
    /// By equipment.
    Equipment,
}

/// The period of a report, in calendar days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ReportPeriod {
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// The last 365 days.
    Year,
}

impl ReportPeriod {
    /// Every period, shortest first.
    pub(crate) const ALL: [Self; 5] = [Self::Today, Self::Yesterday, Self::Week, Self::Month, Self::Year];

    fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// Why callback data could not be read. The user gets one short notice for all of them; the log gets this, without what no
/// button of a bot has in it: anybody can send anything.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum CallbackError {
    /// No verb of ours.
    #[error("unknown callback verb {}", printable(.0))]
    UnknownVerb(String),
    /// The verb needs more fields.
    #[error("callback {} lacks field {position}", printable(verb))]
    MissingField {
        /// The verb.
        verb: String,
        /// Which field, from 1.
        position: usize,
    },
    /// More fields than the verb has.
    #[error("callback {} has an extra field {}", printable(verb), printable(value))]
    ExtraField {
        /// The verb.
        verb: String,
        /// The first field too many.
        value: String,
    },
    /// A field that is not of its kind.
    #[error("callback {} has a malformed field {}", printable(verb), printable(value))]
    MalformedField {
        /// The verb.
        verb: String,
        /// The field.
        value: String,
    },
    /// A number beyond what its kind can hold.
    #[error("callback {} has a number out of range: {}", printable(verb), printable(value))]
    OutOfRange {
        /// The verb.
        verb: String,
        /// The field.
        value: String,
    },
}

/// A piece of callback data as a bot writes it, or how long it is.
fn printable(text: &str) -> String {
    let is_a_bots = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if text.chars().all(is_a_bots) {
        format!("{text:?}")
    } else {
        format!("of {} characters", text.chars().count())
    }
}

impl Callback {
    /// Reads callback data as it came from Telegram.
    ///
    /// # Errors
    /// [`CallbackError`] says which part is wrong. Never panics, whatever the text.
    pub(crate) fn parse(data: &str) -> Result<Self, CallbackError> {
        let mut fields = CallbackFields::new(data);
        let callback = match fields.verb {
            "equipment" => Self::Equipment(fields.next_field()?),
            "report_masters" => Self::Report(ReportKind::Masters),
            "report_statuses" => Self::Report(ReportKind::Statuses),
            "report_equipment" => Self::Report(ReportKind::Equipment),
            "report_period" => Self::Report(ReportKind::Period),
            "period_today" => Self::Period(ReportPeriod::Today),
            "period_yesterday" => Self::Period(ReportPeriod::Yesterday),
            "period_week" => Self::Period(ReportPeriod::Week),
            "period_month" => Self::Period(ReportPeriod::Month),
            "period_year" => Self::Period(ReportPeriod::Year),
            "back_to_reports" => Self::BackToReports,
            "download_masters_excel" => Self::Download(ReportDownload::Masters),
            "download_statuses_excel" => Self::Download(ReportDownload::Statuses),
            "download_equipment_excel" => Self::Download(ReportDownload::Equipment),
            "download_period_excel" => Self::DownloadPeriod(fields.next_field()?),
            "confirm_order" => Self::ConfirmOrder(fields.optional_field()?),
            "review" => Self::Review(fields.next_field()?, fields.optional_field()?),
            "language" => Self::Language(fields.next_field()?),
            "dialog_back" => Self::DialogBack(fields.next_field()?, fields.optional_field()?),
            "dialog_skip" => Self::DialogSkip(fields.next_field()?, fields.optional_field()?),
            "dialog_confirm" => Self::DialogConfirm(fields.optional_field()?),
            "cancel" => Self::Cancel(fields.optional_field()?),
            "no_orders" => Self::NoOrders,
            "current_page" => Self::CurrentPage,
            _ => match Self::parse_order(&mut fields)? {
                Some(callback) => callback,
                None => Self::parse_master(&mut fields)?,
            },
        };
        fields.expect_end()?;
        Ok(callback)
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
            "unassign_master" => Self::UnassignMaster(fields.next_field()?),
            "view_order" => Self::ViewOrder(fields.next_field()?),
            "view_order_master" => Self::ViewOrderMaster(fields.next_field()?),
            "filter_orders" => Self::FilterOrders(fields.next_field()?),
            "orders_page" => Self::OrdersPage(fields.next_field()?, fields.next_field()?),
            "my_orders_page" => Self::MyOrdersPage(fields.next_field()?),
            "back_to_orders" => Self::BackToOrders,
            "close_order" => Self::CloseOrder(fields.next_field()?),
            "refuse_order" => Self::RefuseOrder(fields.next_field()?),
            "reopen_order" => Self::ReopenOrder(fields.next_field()?),
            verb => {
                let found = SOURCES.into_iter().find_map(|source| {
                    let step = MasterStep::ALL.into_iter().find(|step| step_verb(*step, source) == verb)?;
                    Some((step, source))
                });
                let Some((step, source)) = found else {
                    return Ok(None);
                };
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
                let command = MasterCommand::ALL
                    .into_iter()
                    .find(|command| master_verb(*command) == verb)
                    .ok_or_else(|| CallbackError::UnknownVerb(verb.to_owned()))?;
                Self::Master(command, fields.next_field()?)
            }
        })
    }

    /// Its verb, which says what the button does and not to which order or person.
    pub(crate) fn verb(self) -> String {
        let mut data = self.encode();
        data.truncate(data.find(':').unwrap_or(data.len()));
        data
    }

    /// Writes callback data for a button: at most [`MAX_BYTES`] bytes, and [`Callback::parse`] reads it back
    /// as the same value.
    pub(crate) fn encode(self) -> String {
        match self {
            Self::Equipment(equipment) => with_field("equipment", equipment.as_str()),
            Self::AssignMaster(order) => with_field("assign_master", order.0),
            Self::AssignPage(order, page) => with_fields("assign_page", order.0, page.0),
            Self::SelectMaster(order, master) => {
                with_ids("select_master_for_order", "assign_to", order, master)
            }
            Self::ReassignMaster(order) => with_field("reassign_master", order.0),
            Self::ReassignPage(order, page) => with_fields("reassign_page", order.0, page.0),
            Self::SelectNewMaster(order, master) => {
                with_ids("select_new_master_for_order", "reassign_to", order, master)
            }
            Self::UnassignMaster(order) => with_field("unassign_master", order.0),
            Self::ViewOrder(order) => with_field("view_order", order.0),
            Self::ViewOrderMaster(order) => with_field("view_order_master", order.0),
            Self::FilterOrders(filter) => with_field("filter_orders", filter_str(filter)),
            Self::OrdersPage(filter, page) => with_fields("orders_page", filter_str(filter), page.0),
            Self::MyOrdersPage(page) => with_field("my_orders_page", page.0),
            Self::CloseOrder(order) => with_field("close_order", order.0),
            Self::RefuseOrder(order) => with_field("refuse_order", order.0),
            Self::ReopenOrder(order) => with_field("reopen_order", order.0),
            Self::Step { step, order, source } => with_field(step_verb(step, source), order.0),
            Self::MastersPage(MasterListFilter::All, page) => with_fields("masters_page", "all", page.0),
            Self::MastersPage(MasterListFilter::Pending, page) => {
                with_fields("masters_page", "pending", page.0)
            }
            Self::Master(command, person) => with_field(master_verb(command), person.0),
            Self::WorkGroup(person, chat) => with_fields("work_group", person, chat),
            Self::Period(period) => format!("period_{}", period.as_str()),
            Self::DownloadPeriod(period) => with_field("download_period_excel", period.as_str()),
            Self::Review(true, nonce) => with_nonce("review:yes", nonce),
            Self::Review(false, nonce) => with_nonce("review:no", nonce),
            Self::Language(locale) => with_field("language", locale.as_str()),
            Self::BackToOrders => bare("back_to_orders"),
            Self::ListAllMasters => bare("list_all_masters"),
            Self::ListPendingMasters => bare("list_pending_masters"),
            Self::AddMaster => bare("add_master"),
            Self::ConfirmAddMaster(nonce) => with_nonce("confirm_add_master", nonce),
            Self::BackToMasters => bare("back_to_masters"),
            Self::Report(ReportKind::Masters) => bare("report_masters"),
            Self::Report(ReportKind::Statuses) => bare("report_statuses"),
            Self::Report(ReportKind::Equipment) => bare("report_equipment"),
            Self::Report(ReportKind::Period) => bare("report_period"),
            Self::BackToReports => bare("back_to_reports"),
            Self::Download(ReportDownload::Masters) => bare("download_masters_excel"),
            Self::Download(ReportDownload::Statuses) => bare("download_statuses_excel"),
            Self::Download(ReportDownload::Equipment) => bare("download_equipment_excel"),
            Self::ConfirmOrder(nonce) => with_nonce("confirm_order", nonce),
            Self::DialogBack(step, nonce) => with_nonce(&with_field("dialog_back", step), nonce),
            Self::DialogSkip(step, nonce) => with_nonce(&with_field("dialog_skip", step), nonce),
            Self::DialogConfirm(nonce) => with_nonce("dialog_confirm", nonce),
            Self::Cancel(nonce) => with_nonce("cancel", nonce),
            Self::NoOrders => bare("no_orders"),
            Self::CurrentPage => bare("current_page"),
        }
    }
}

const SOURCES: [ButtonSource; 2] = [ButtonSource::OwnChat, ButtonSource::Assignment];

fn step_verb(step: MasterStep, source: ButtonSource) -> &'static str {
    match (source, step) {
        (ButtonSource::OwnChat, MasterStep::Accept) => "accept_order",
        // `refuse_order` was already taken by the staff's button.
        (ButtonSource::OwnChat, MasterStep::Decline) => "refuse_order_master",
        (ButtonSource::OwnChat, MasterStep::ArriveOnSite) => "onsite_order",
        (ButtonSource::OwnChat, MasterStep::LongRepair) => "dr_order",
        (ButtonSource::OwnChat, MasterStep::Complete) => "complete_order",
        (ButtonSource::Assignment, MasterStep::Accept) => "group_accept_order",
        (ButtonSource::Assignment, MasterStep::Decline) => "group_refuse_order",
        (ButtonSource::Assignment, MasterStep::ArriveOnSite) => "group_onsite_order",
        (ButtonSource::Assignment, MasterStep::LongRepair) => "group_dr_order",
        (ButtonSource::Assignment, MasterStep::Complete) => "group_complete_order",
    }
}

fn master_verb(command: MasterCommand) -> &'static str {
    match command {
        MasterCommand::Manage => "manage_master",
        MasterCommand::Approve => "approve_master",
        MasterCommand::Reject => "reject_master",
        MasterCommand::Activate => "activate_master",
        MasterCommand::Deactivate => "deactivate_master",
        MasterCommand::SetWorkChat => "set_work_chat",
        MasterCommand::Stats => "master_stats",
    }
}

fn filter_str(filter: OrderFilter) -> &'static str {
    match filter {
        OrderFilter::All => "all",
        OrderFilter::Status(status) => status.as_str(),
    }
}

fn bare(verb: &str) -> String {
    verb.to_owned()
}

fn with_field(verb: &str, field: impl Display) -> String {
    format!("{verb}:{field}")
}

fn with_fields(verb: &str, first: impl Display, second: impl Display) -> String {
    format!("{verb}:{first}:{second}")
}

/// A button of a dialogue; those of dialogues that began before there were nonces have none.
fn with_nonce(data: &str, nonce: Option<DialogueNonce>) -> String {
    nonce.map_or_else(|| data.to_owned(), |nonce| with_field(data, nonce))
}

/// Two ids of 19 digits do not fit behind the long verbs of old; then the short alias carries them.
fn with_ids(verb: &str, short: &str, order: OrderId, master: MasterId) -> String {
    let data = with_fields(verb, order.0, master.0);
    if data.len() <= MAX_BYTES { data } else { with_fields(short, order.0, master.0) }
}

/// The fields of one callback, taken from left to right.
struct CallbackFields<'a> {
    verb: &'a str,
    rest: std::str::Split<'a, char>,
    taken: usize,
}

impl<'a> CallbackFields<'a> {
    fn new(data: &'a str) -> Self {
        let mut rest = data.split(':');
        let verb = rest.next().unwrap_or_default();
        Self { verb, rest, taken: 0 }
    }

    fn next_field<T: CallbackField>(&mut self) -> Result<T, CallbackError> {
        self.taken += 1;
        let verb = || self.verb.to_owned();
        let value = self
            .rest
            .next()
            .ok_or_else(|| CallbackError::MissingField { verb: verb(), position: self.taken })?;
        T::from_wire(value).map_err(|fault| match fault {
            FieldError::Malformed => CallbackError::MalformedField { verb: verb(), value: value.to_owned() },
            FieldError::OutOfRange => CallbackError::OutOfRange { verb: verb(), value: value.to_owned() },
        })
    }

    /// The last field, which not every button of the verb has.
    fn optional_field<T: CallbackField>(&mut self) -> Result<Option<T>, CallbackError> {
        if self.rest.clone().next().is_none() {
            return Ok(None);
        }
        self.next_field().map(Some)
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

/// What a field of callback data can hold.
trait CallbackField: Sized {
    fn from_wire(value: &str) -> Result<Self, FieldError>;
}

/// Numbers are read in the one form in which they are written: no `+5`, no `007`, no `-0`.
fn parse_number<T>(value: &str) -> Result<T, FieldError>
where
    T: std::str::FromStr<Err = std::num::ParseIntError> + Display,
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

impl CallbackField for OrderId {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value).map(Self)
    }
}

impl CallbackField for MasterId {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value).map(Self)
    }
}

impl CallbackField for TelegramId {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value).map(Self)
    }
}

/// Only groups are written into buttons.
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

impl CallbackField for DialogueNonce {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value).map(Self)
    }
}

impl CallbackField for u8 {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        parse_number(value)
    }
}

impl CallbackField for Equipment {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == value).ok_or(FieldError::Malformed)
    }
}

impl CallbackField for OrderFilter {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        if value == "all" {
            return Ok(Self::All);
        }
        Status::ALL
            .into_iter()
            .find(|status| status.as_str() == value)
            .map(Self::Status)
            .ok_or(FieldError::Malformed)
    }
}

impl CallbackField for MasterListFilter {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        match value {
            "all" => Ok(Self::All),
            "pending" => Ok(Self::Pending),
            _ => Err(FieldError::Malformed),
        }
    }
}

impl CallbackField for ReportPeriod {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        Self::ALL.into_iter().find(|period| period.as_str() == value).ok_or(FieldError::Malformed)
    }
}

impl CallbackField for Locale {
    fn from_wire(value: &str) -> Result<Self, FieldError> {
        Self::ALL.into_iter().find(|locale| locale.as_str() == value).ok_or(FieldError::Malformed)
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

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
