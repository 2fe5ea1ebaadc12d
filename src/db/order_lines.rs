//! The lines of a queued message that tells of orders: which of them still hold is decided when it is sent.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::connection::{AnyConnection, on_each};
use super::error::Result;
use super::schema::orders;

/// A parameter of our own in the payload of such a message. The courier removes it.
pub(crate) const LINES_MARK: &str = "order_lines";

/// Buttons in a row of a keyboard.
const BUTTONS_IN_ROW: usize = 4;

/// A message of one line per order. It stays in the outbox, so that its names must be readable after an update of the program.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderLines {
    /// HTML above the lines.
    pub(crate) header: Option<String>,
    pub(crate) lines: Vec<OrderLine>,
}

/// A line, and the state of its order in which it holds.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct OrderLine {
    pub(crate) order: i64,
    pub(crate) status: String,
    pub(crate) master: Option<i64>,
    /// When the visit begins; `None` in a line that tells of no visit.
    pub(crate) visit_from: Option<NaiveDateTime>,
    pub(crate) html: String,
    /// The label and the data of the button that opens the order.
    pub(crate) button: (String, String),
}

impl OrderLines {
    pub(crate) fn html(&self) -> String {
        let lines = self.lines.iter().map(|line| line.html.as_str());
        self.header.as_deref().into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// Returns the buttons of the lines (Telegram Bot API: `InlineKeyboardMarkup`).
    pub(crate) fn keyboard(&self) -> Value {
        let button = |line: &OrderLine| json!({ "text": line.button.0, "callback_data": line.button.1 });
        let buttons: Vec<Value> = self.lines.iter().map(button).collect();
        json!({ "inline_keyboard": buttons.chunks(BUTTONS_IN_ROW).collect::<Vec<_>>() })
    }

    /// Removes the lines that no longer hold: the order is deleted, has another status, master or visit.
    pub(crate) fn retain_current(&mut self, conn: &mut AnyConnection) -> Result<()> {
        type Row = (i64, String, Option<i64>, Option<NaiveDateTime>);
        let ids: Vec<i64> = self.lines.iter().map(|line| line.order).collect();
        let rows: Vec<Row> = on_each!(conn, |c| orders::table
            .filter(orders::id.eq_any(ids))
            .filter(orders::deleted_at.is_null())
            .select((orders::id, orders::status, orders::assigned_master_id, orders::visit_from))
            .load(c))?;
        self.lines.retain(|line| {
            rows.iter().any(|(id, status, master, visit_from)| {
                let has_visit = line.visit_from.is_none() || line.visit_from == *visit_from;
                *id == line.order && *status == line.status && *master == line.master && has_visit
            })
        });
        Ok(())
    }
}
