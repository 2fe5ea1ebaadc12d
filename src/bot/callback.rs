//! Typed callback data: the one place that knows how a pressed inline button is written on the wire.
//!
//! The grammar is `verb` or `verb:field` or `verb:field:field`. Buttons live in chats for years, so a verb
//! that was ever sent keeps decoding to the same meaning; new buttons get new verbs. No texts, no database
//! and no decisions here: what a press *does* belongs to the handlers.

use std::fmt::Display;
use std::num::IntErrorKind;

use thiserror::Error;

use super::dialogue::Nonce;
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{ChatId, MasterId, OrderId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::status::{OrderAction, OrderStatus};

/// The most bytes that callback data may have (Telegram Bot API: `InlineKeyboardButton.callback_data`).
pub const MAX_BYTES: usize = 64;

/// What a pressed inline button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Callback {
    /// `equipment:TYPE`: the type of a new order.
    Equipment(EquipmentType),

    /// `assign_master:ORDER`: show the masters to choose from.
    AssignMaster(OrderId),
    /// `assign_page:ORDER:PAGE`: another page of the masters to choose from.
    AssignPage(OrderId, Page),
    /// `select_master_for_order:ORDER:MASTER`: assign this master.
    SelectMaster(OrderId, MasterId),
    /// `reassign_master:ORDER`: show the masters to choose a replacement from.
    ReassignMaster(OrderId),
    /// `reassign_page:ORDER:PAGE`: another page of the replacements.
    ReassignPage(OrderId, Page),
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
    OrdersPage(OrderFilter, Page),
    /// `my_orders_page:PAGE`: a page of the master's own list.
    MyOrdersPage(Page),
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
        source: Source,
    },

    /// `list_all_masters`.
    ListAllMasters,
    /// `list_pending_masters`: those who wait for approval.
    ListPendingMasters,
    /// `masters_page:all:PAGE`, `masters_page:pending:PAGE`.
    MastersPage(MasterFilter, Page),
    /// `add_master`: start the dialogue.
    AddMaster,
    /// `confirm_add_master:NONCE`: its last step. The old bot's has no nonce.
    ConfirmAddMaster(Option<Nonce>),
    /// `back_to_masters`: the section's first screen.
    BackToMasters,
    /// `manage_master:TELEGRAM_ID` and the other buttons of one master.
    Master(MasterCommand, TelegramId),
    /// `work_group:TELEGRAM_ID:CHAT_ID`: the group that the bot was just added to is this master's.
    WorkGroup(TelegramId, ChatId),

    /// `report_masters`, `report_statuses`, `report_equipment`, `report_period`.
    Report(Report),
    /// `period_today` … `period_year`: the period of a report.
    Period(Period),
    /// `back_to_reports`.
    BackToReports,
    /// `download_masters_excel`, `download_statuses_excel`, `download_equipment_excel`.
    Download(Table),
    /// `download_period_excel:PERIOD`.
    DownloadPeriod(Period),

    /// `confirm_order:NONCE`: the last step of the new-order dialogue.
    ConfirmOrder(Option<Nonce>),
    /// `review:yes:NONCE`, `review:no:NONCE`: the closing dialogue's question.
    Review(bool, Option<Nonce>),
    /// `language:ru`, `language:en`.
    Language(Locale),
    /// `dialog_back:STEP:NONCE`: one step back from this step, counted from 1. The number tells a button of a step that
    /// is over (a second tap, an old question) from one of the present step, the nonce a dialogue from another.
    DialogBack(u8, Option<Nonce>),
    /// `dialog_skip:STEP:NONCE`: leave this step empty.
    DialogSkip(u8, Option<Nonce>),
    /// `dialog_confirm:NONCE`: yes, do it.
    DialogConfirm(Option<Nonce>),
    /// `cancel:NONCE`: leave the dialogue. The old bot's has no nonce.
    Cancel(Option<Nonce>),
    /// `no_orders`: a button that only shows that a list is empty.
    NoOrders,
    /// `current_page`: a button that only shows where one is.
    CurrentPage,
}

/// A page of a list, counted from 1 as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Page(pub u32);

impl Page {
    /// The page that a list opens with.
    pub const FIRST: Self = Self(1);
}

/// Which orders a staff list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderFilter {
    /// Every order.
    All,
    /// Orders in this status.
    Status(OrderStatus),
}

/// Which masters a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterFilter {
    /// Every master.
    All,
    /// Those who wait for approval.
    Pending,
}

/// What a master can press under an order of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterStep {
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
    pub const ALL: [Self; 5] =
        [Self::Accept, Self::Decline, Self::ArriveOnSite, Self::LongRepair, Self::Complete];

    /// The action of the status machine that the button stands for.
    #[must_use]
    pub fn action(self) -> OrderAction {
        match self {
            Self::Accept => OrderAction::Accept,
            Self::Decline => OrderAction::Decline,
            Self::ArriveOnSite => OrderAction::ArriveOnSite,
            Self::LongRepair => OrderAction::StartLongRepair,
            Self::Complete => OrderAction::Close,
        }
    }
}

/// Which message a master's button was under. Both kinds are on people's phones and both must come back as
/// they were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The card in the master's own chat (`accept_order`).
    OwnChat,
    /// The assignment message, in a work group or a private chat (`group_accept_order`).
    Assignment,
}

/// The buttons of one master's card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MasterCommand {
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
    pub const ALL: [Self; 7] = [
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
pub enum Report {
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
pub enum Table {
    /// By masters.
    Masters,
    /// By statuses.
    Statuses,
    /// By equipment.
    Equipment,
}

/// The period of a report, in calendar days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
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

impl Period {
    /// Every period, shortest first.
    pub const ALL: [Self; 5] = [Self::Today, Self::Yesterday, Self::Week, Self::Month, Self::Year];

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
pub enum CallbackError {
    /// No verb of ours.
    #[error("unknown callback verb {}", shown(.0))]
    UnknownVerb(String),
    /// The verb needs more fields.
    #[error("callback {} lacks field {position}", shown(verb))]
    MissingField {
        /// The verb.
        verb: String,
        /// Which field, from 1.
        position: usize,
    },
    /// More fields than the verb has.
    #[error("callback {} has an extra field {}", shown(verb), shown(value))]
    ExtraField {
        /// The verb.
        verb: String,
        /// The first field too many.
        value: String,
    },
    /// A field that is not of its kind.
    #[error("callback {} has a malformed field {}", shown(verb), shown(value))]
    MalformedField {
        /// The verb.
        verb: String,
        /// The field.
        value: String,
    },
    /// A number beyond what its kind can hold.
    #[error("callback {} has a number out of range: {}", shown(verb), shown(value))]
    OutOfRange {
        /// The verb.
        verb: String,
        /// The field.
        value: String,
    },
}

/// A piece of callback data as a bot writes it, or how long it is.
fn shown(text: &str) -> String {
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
    pub fn parse(data: &str) -> Result<Self, CallbackError> {
        let mut fields = Fields::new(data);
        let callback = match fields.verb {
            "equipment" => Self::Equipment(fields.take()?),
            "report_masters" => Self::Report(Report::Masters),
            "report_statuses" => Self::Report(Report::Statuses),
            "report_equipment" => Self::Report(Report::Equipment),
            "report_period" => Self::Report(Report::Period),
            "period_today" => Self::Period(Period::Today),
            "period_yesterday" => Self::Period(Period::Yesterday),
            "period_week" => Self::Period(Period::Week),
            "period_month" => Self::Period(Period::Month),
            "period_year" => Self::Period(Period::Year),
            "back_to_reports" => Self::BackToReports,
            "download_masters_excel" => Self::Download(Table::Masters),
            "download_statuses_excel" => Self::Download(Table::Statuses),
            "download_equipment_excel" => Self::Download(Table::Equipment),
            "download_period_excel" => Self::DownloadPeriod(fields.take()?),
            "confirm_order" => Self::ConfirmOrder(fields.take_if_any()?),
            "review" => Self::Review(fields.take()?, fields.take_if_any()?),
            "language" => Self::Language(fields.take()?),
            "dialog_back" => Self::DialogBack(fields.take()?, fields.take_if_any()?),
            "dialog_skip" => Self::DialogSkip(fields.take()?, fields.take_if_any()?),
            "dialog_confirm" => Self::DialogConfirm(fields.take_if_any()?),
            "cancel" => Self::Cancel(fields.take_if_any()?),
            "no_orders" => Self::NoOrders,
            "current_page" => Self::CurrentPage,
            _ => match Self::parse_order(&mut fields)? {
                Some(callback) => callback,
                None => Self::parse_master(&mut fields)?,
            },
        };
        fields.end()?;
        Ok(callback)
    }

    fn parse_order(fields: &mut Fields<'_>) -> Result<Option<Self>, CallbackError> {
        Ok(Some(match fields.verb {
            "assign_master" => Self::AssignMaster(fields.take()?),
            "assign_page" => Self::AssignPage(fields.take()?, fields.take()?),
            "select_master_for_order" | "assign_to" => Self::SelectMaster(fields.take()?, fields.take()?),
            "reassign_master" => Self::ReassignMaster(fields.take()?),
            "reassign_page" => Self::ReassignPage(fields.take()?, fields.take()?),
            "select_new_master_for_order" | "reassign_to" => {
                Self::SelectNewMaster(fields.take()?, fields.take()?)
            }
            "unassign_master" => Self::UnassignMaster(fields.take()?),
            "view_order" => Self::ViewOrder(fields.take()?),
            "view_order_master" => Self::ViewOrderMaster(fields.take()?),
            "filter_orders" => Self::FilterOrders(fields.take()?),
            "orders_page" => Self::OrdersPage(fields.take()?, fields.take()?),
            "my_orders_page" => Self::MyOrdersPage(fields.take()?),
            "back_to_orders" => Self::BackToOrders,
            "close_order" => Self::CloseOrder(fields.take()?),
            "refuse_order" => Self::RefuseOrder(fields.take()?),
            "reopen_order" => Self::ReopenOrder(fields.take()?),
            verb => {
                let found = SOURCES.into_iter().find_map(|source| {
                    let step = MasterStep::ALL.into_iter().find(|step| step_verb(*step, source) == verb)?;
                    Some((step, source))
                });
                let Some((step, source)) = found else {
                    return Ok(None);
                };
                Self::Step { step, order: fields.take()?, source }
            }
        }))
    }

    fn parse_master(fields: &mut Fields<'_>) -> Result<Self, CallbackError> {
        Ok(match fields.verb {
            "list_all_masters" => Self::ListAllMasters,
            "list_pending_masters" => Self::ListPendingMasters,
            "masters_page" => Self::MastersPage(fields.take()?, fields.take()?),
            "add_master" => Self::AddMaster,
            "confirm_add_master" => Self::ConfirmAddMaster(fields.take_if_any()?),
            "back_to_masters" => Self::BackToMasters,
            "work_group" => Self::WorkGroup(fields.take()?, fields.take()?),
            verb => {
                let command = MasterCommand::ALL
                    .into_iter()
                    .find(|command| master_verb(*command) == verb)
                    .ok_or_else(|| CallbackError::UnknownVerb(verb.to_owned()))?;
                Self::Master(command, fields.take()?)
            }
        })
    }

    /// Its verb, which says what the button does and not to which order or person.
    #[must_use]
    pub fn verb(self) -> String {
        let mut data = self.encode();
        data.truncate(data.find(':').unwrap_or(data.len()));
        data
    }

    /// Writes callback data for a button: at most [`MAX_BYTES`] bytes, and [`Callback::parse`] reads it back
    /// as the same value.
    #[must_use]
    pub fn encode(self) -> String {
        match self {
            Self::Equipment(equipment) => one("equipment", equipment.as_str()),
            Self::AssignMaster(order) => one("assign_master", order.0),
            Self::AssignPage(order, page) => two("assign_page", order.0, page.0),
            Self::SelectMaster(order, master) => {
                fitting("select_master_for_order", "assign_to", order, master)
            }
            Self::ReassignMaster(order) => one("reassign_master", order.0),
            Self::ReassignPage(order, page) => two("reassign_page", order.0, page.0),
            Self::SelectNewMaster(order, master) => {
                fitting("select_new_master_for_order", "reassign_to", order, master)
            }
            Self::UnassignMaster(order) => one("unassign_master", order.0),
            Self::ViewOrder(order) => one("view_order", order.0),
            Self::ViewOrderMaster(order) => one("view_order_master", order.0),
            Self::FilterOrders(filter) => one("filter_orders", filter_str(filter)),
            Self::OrdersPage(filter, page) => two("orders_page", filter_str(filter), page.0),
            Self::MyOrdersPage(page) => one("my_orders_page", page.0),
            Self::CloseOrder(order) => one("close_order", order.0),
            Self::RefuseOrder(order) => one("refuse_order", order.0),
            Self::ReopenOrder(order) => one("reopen_order", order.0),
            Self::Step { step, order, source } => one(step_verb(step, source), order.0),
            Self::MastersPage(MasterFilter::All, page) => two("masters_page", "all", page.0),
            Self::MastersPage(MasterFilter::Pending, page) => two("masters_page", "pending", page.0),
            Self::Master(command, person) => one(master_verb(command), person.0),
            Self::WorkGroup(person, chat) => two("work_group", person, chat),
            Self::Period(period) => format!("period_{}", period.as_str()),
            Self::DownloadPeriod(period) => one("download_period_excel", period.as_str()),
            Self::Review(true, nonce) => of_dialogue("review:yes", nonce),
            Self::Review(false, nonce) => of_dialogue("review:no", nonce),
            Self::Language(locale) => one("language", locale.as_str()),
            Self::BackToOrders => bare("back_to_orders"),
            Self::ListAllMasters => bare("list_all_masters"),
            Self::ListPendingMasters => bare("list_pending_masters"),
            Self::AddMaster => bare("add_master"),
            Self::ConfirmAddMaster(nonce) => of_dialogue("confirm_add_master", nonce),
            Self::BackToMasters => bare("back_to_masters"),
            Self::Report(Report::Masters) => bare("report_masters"),
            Self::Report(Report::Statuses) => bare("report_statuses"),
            Self::Report(Report::Equipment) => bare("report_equipment"),
            Self::Report(Report::Period) => bare("report_period"),
            Self::BackToReports => bare("back_to_reports"),
            Self::Download(Table::Masters) => bare("download_masters_excel"),
            Self::Download(Table::Statuses) => bare("download_statuses_excel"),
            Self::Download(Table::Equipment) => bare("download_equipment_excel"),
            Self::ConfirmOrder(nonce) => of_dialogue("confirm_order", nonce),
            Self::DialogBack(step, nonce) => of_dialogue(&one("dialog_back", step), nonce),
            Self::DialogSkip(step, nonce) => of_dialogue(&one("dialog_skip", step), nonce),
            Self::DialogConfirm(nonce) => of_dialogue("dialog_confirm", nonce),
            Self::Cancel(nonce) => of_dialogue("cancel", nonce),
            Self::NoOrders => bare("no_orders"),
            Self::CurrentPage => bare("current_page"),
        }
    }
}

const SOURCES: [Source; 2] = [Source::OwnChat, Source::Assignment];

fn step_verb(step: MasterStep, source: Source) -> &'static str {
    match (source, step) {
        (Source::OwnChat, MasterStep::Accept) => "accept_order",
        // `refuse_order` was already taken by the staff's button.
        (Source::OwnChat, MasterStep::Decline) => "refuse_order_master",
        (Source::OwnChat, MasterStep::ArriveOnSite) => "onsite_order",
        (Source::OwnChat, MasterStep::LongRepair) => "dr_order",
        (Source::OwnChat, MasterStep::Complete) => "complete_order",
        (Source::Assignment, MasterStep::Accept) => "group_accept_order",
        (Source::Assignment, MasterStep::Decline) => "group_refuse_order",
        (Source::Assignment, MasterStep::ArriveOnSite) => "group_onsite_order",
        (Source::Assignment, MasterStep::LongRepair) => "group_dr_order",
        (Source::Assignment, MasterStep::Complete) => "group_complete_order",
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

fn one(verb: &str, field: impl Display) -> String {
    format!("{verb}:{field}")
}

fn two(verb: &str, first: impl Display, second: impl Display) -> String {
    format!("{verb}:{first}:{second}")
}

/// A button of a dialogue; those of dialogues that began before there were nonces have none.
fn of_dialogue(data: &str, nonce: Option<Nonce>) -> String {
    nonce.map_or_else(|| data.to_owned(), |nonce| one(data, nonce))
}

/// Two ids of 19 digits do not fit behind the long verbs of old; then the short alias carries them.
fn fitting(verb: &str, short: &str, order: OrderId, master: MasterId) -> String {
    let data = two(verb, order.0, master.0);
    if data.len() <= MAX_BYTES { data } else { two(short, order.0, master.0) }
}

/// The fields of one callback, taken from left to right.
struct Fields<'a> {
    verb: &'a str,
    rest: std::str::Split<'a, char>,
    taken: usize,
}

impl<'a> Fields<'a> {
    fn new(data: &'a str) -> Self {
        let mut rest = data.split(':');
        let verb = rest.next().unwrap_or_default();
        Self { verb, rest, taken: 0 }
    }

    fn take<T: Field>(&mut self) -> Result<T, CallbackError> {
        self.taken += 1;
        let verb = || self.verb.to_owned();
        let value = self
            .rest
            .next()
            .ok_or_else(|| CallbackError::MissingField { verb: verb(), position: self.taken })?;
        T::decode(value).map_err(|fault| match fault {
            Fault::Malformed => CallbackError::MalformedField { verb: verb(), value: value.to_owned() },
            Fault::OutOfRange => CallbackError::OutOfRange { verb: verb(), value: value.to_owned() },
        })
    }

    /// The last field, which not every button of the verb has.
    fn take_if_any<T: Field>(&mut self) -> Result<Option<T>, CallbackError> {
        if self.rest.clone().next().is_none() {
            return Ok(None);
        }
        self.take().map(Some)
    }

    fn end(mut self) -> Result<(), CallbackError> {
        match self.rest.next() {
            None => Ok(()),
            Some(value) => {
                Err(CallbackError::ExtraField { verb: self.verb.to_owned(), value: value.to_owned() })
            }
        }
    }
}

enum Fault {
    Malformed,
    OutOfRange,
}

/// What a field of callback data can hold.
trait Field: Sized {
    fn decode(value: &str) -> Result<Self, Fault>;
}

/// Numbers are read in the one form in which they are written: no `+5`, no `007`, no `-0`.
fn number<T>(value: &str) -> Result<T, Fault>
where
    T: std::str::FromStr<Err = std::num::ParseIntError> + Display,
{
    match value.parse::<T>() {
        Ok(number) if number.to_string() == value => Ok(number),
        Ok(_) => Err(Fault::Malformed),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => Err(Fault::OutOfRange),
            _ => Err(Fault::Malformed),
        },
    }
}

impl Field for OrderId {
    fn decode(value: &str) -> Result<Self, Fault> {
        number(value).map(Self)
    }
}

impl Field for MasterId {
    fn decode(value: &str) -> Result<Self, Fault> {
        number(value).map(Self)
    }
}

impl Field for TelegramId {
    fn decode(value: &str) -> Result<Self, Fault> {
        number(value).map(Self)
    }
}

/// Only groups are written into buttons.
impl Field for ChatId {
    fn decode(value: &str) -> Result<Self, Fault> {
        Some(number(value).map(Self)?).filter(|chat: &Self| chat.0 < 0).ok_or(Fault::OutOfRange)
    }
}

impl Field for Page {
    fn decode(value: &str) -> Result<Self, Fault> {
        match number(value)? {
            0 => Err(Fault::OutOfRange),
            page => Ok(Self(page)),
        }
    }
}

impl Field for Nonce {
    fn decode(value: &str) -> Result<Self, Fault> {
        number(value).map(Self)
    }
}

impl Field for u8 {
    fn decode(value: &str) -> Result<Self, Fault> {
        number(value)
    }
}

impl Field for EquipmentType {
    fn decode(value: &str) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == value).ok_or(Fault::Malformed)
    }
}

impl Field for OrderFilter {
    fn decode(value: &str) -> Result<Self, Fault> {
        if value == "all" {
            return Ok(Self::All);
        }
        OrderStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == value)
            .map(Self::Status)
            .ok_or(Fault::Malformed)
    }
}

impl Field for MasterFilter {
    fn decode(value: &str) -> Result<Self, Fault> {
        match value {
            "all" => Ok(Self::All),
            "pending" => Ok(Self::Pending),
            _ => Err(Fault::Malformed),
        }
    }
}

impl Field for Period {
    fn decode(value: &str) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|period| period.as_str() == value).ok_or(Fault::Malformed)
    }
}

impl Field for Locale {
    fn decode(value: &str) -> Result<Self, Fault> {
        Self::ALL.into_iter().find(|locale| locale.as_str() == value).ok_or(Fault::Malformed)
    }
}

impl Field for bool {
    fn decode(value: &str) -> Result<Self, Fault> {
        match value {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(Fault::Malformed),
        }
    }
}

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
