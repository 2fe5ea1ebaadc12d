//! What the bot does on each update: one file per feature.
//!
//! A handler reads what was pressed or typed, calls a use case of the service and shows the outcome with the view. It
//! decides nothing about rights or statuses and does no I/O but on the transaction of its context.
//!
//! - [`common`]: greeting, help, cancelling, settings, unknown messages;
//! - [`new_order`] (with [`order_question`], [`order_answers`], [`order_creation`], [`pasted_order`]),
//!   [`closing`], [`long_repair`], [`reasons`], [`reschedule`], [`add_master`], [`work_group`]: the dialogues;
//! - [`orders`], [`assignment`]: what staff do with orders; [`my_orders`]: what masters do;
//! - [`masters`]: the masters section; [`search`]: finding orders; [`client`]: all
//!   orders of one; [`day_plan`]: the visits of a day; [`equipment`]: the types of
//!   equipment in the settings; [`notice_settings`]: the notices of a member of staff; [`dashboard`]: the day in a pinned message; [`company_settings`]: what is chosen for all;
//! - [`order_card`]: an order as a chat may see it; [`announce`]: the messages and cards that an event changes;
//! - [`edit_order`], [`correction`], [`deletion`], [`repeat_visit`], [`comments`], [`order_history`]: what else is done with an
//!   order; [`change_notice`]: who is told of it;
//! - [`access`] (with [`access_cards`]), [`stranger_messages`]: users without a role;
//! - [`people`]: the users section; [`dismissal`], [`day_off`]: what else is done with masters;
//! - [`reports`]: the reports of staff; [`own_statistics`]: a master's own figures;
//! - [`balances`], [`settlement`], [`hand_overs`], [`statement`]: what masters owe and hand over; [`rates`]: how money is shared;
//! - [`question`]: how a dialogue asks.

pub(super) mod access;
mod access_cards;
pub(super) mod add_master;
mod announce;
pub(super) mod assignment;
pub(super) mod balances;
pub(super) mod change_notice;
pub(super) mod client;
pub(super) mod closing;
pub(super) mod comments;
pub(super) mod common;
pub(super) mod company_settings;
pub(super) mod correction;
mod dashboard;
pub(super) mod day_off;
pub(super) mod day_plan;
pub(super) mod deletion;
pub(super) mod dismissal;
pub(super) mod edit_order;
pub(super) mod equipment;
pub(super) mod hand_overs;
pub(super) mod long_repair;
pub(super) mod masters;
pub(super) mod my_orders;
pub(super) mod new_order;
pub(super) mod notice_settings;
mod order_answers;
mod order_card;
mod order_creation;
pub(super) mod order_history;
mod order_question;
pub(super) mod orders;
pub(super) mod own_statistics;
pub(super) mod pasted_order;
pub(super) mod people;
pub(super) mod question;
pub(super) mod rates;
pub(super) mod reasons;
pub(super) mod repeat_visit;
pub(super) mod reports;
pub(super) mod reschedule;
pub(super) mod search;
pub(super) mod settlement;
pub(super) mod statement;
pub(super) mod stranger_messages;
pub(super) mod work_group;

#[cfg(test)]
mod access_tests;
#[cfg(test)]
mod closing_tests;
#[cfg(test)]
mod company_settings_tests;
#[cfg(test)]
mod day_off_tests;
#[cfg(test)]
mod day_tests;
#[cfg(test)]
mod dialogue_tests;
#[cfg(test)]
mod dismissal_tests;
#[cfg(test)]
mod equipment_tests;
#[cfg(test)]
mod group_tests;
#[cfg(test)]
mod lists_tests;
#[cfg(test)]
mod long_repair_tests;
#[cfg(test)]
mod new_order_tests;
#[cfg(test)]
mod notice_settings_tests;
#[cfg(test)]
mod order_change_tests;
#[cfg(test)]
mod pasted_order_tests;
#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod progress_tests;
#[cfg(test)]
mod rates_tests;
#[cfg(test)]
mod reports_tests;
#[cfg(test)]
mod reschedule_tests;
#[cfg(test)]
mod restoration_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod settlement_tests;
