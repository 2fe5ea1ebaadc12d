//! One file per table: its rows and queries.

pub mod audit;
pub mod chats;
pub mod dead_letters;
pub mod dialogues;
pub mod history;
pub mod inbox;
pub mod job_runs;
pub mod masters;
pub mod order_messages;
pub mod orders;
pub mod outbox;
pub mod users;
