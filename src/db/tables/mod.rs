//! One file per table: its rows and queries.

pub(crate) mod access_requests;
pub(crate) mod audit;
pub(crate) mod chats;
pub(crate) mod dead_letters;
pub(crate) mod dialogue_questions;
pub(crate) mod dialogues;
pub(crate) mod equipment_types;
pub(crate) mod history;
pub(crate) mod inbox;
pub(crate) mod job_runs;
pub(crate) mod masters;
pub(crate) mod order_changes;
pub(crate) mod order_comments;
pub(crate) mod order_edits;
pub(crate) mod order_figures;
pub(crate) mod order_files;
pub(crate) mod order_lists;
pub(crate) mod order_messages;
pub(crate) mod order_search;
pub(crate) mod orders;
pub(crate) mod outbox;
pub(crate) mod rates;
pub(crate) mod searches;
pub(crate) mod settings;
pub(crate) mod users;
