//! Masters: the users who carry out repairs.

use chrono::{DateTime, Utc};

use super::ids::{ChatId, ChatPlace, MasterId, TelegramId, ThreadId};
use super::phone::Phone;

/// A master, with the name of the user behind the row.
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each a column")]
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Master {
    pub id: MasterId,
    pub telegram_id: TelegramId,
    pub phone: String,
    /// What they repair, in their own words.
    pub specialization: String,
    /// Whether they take orders at present.
    pub is_active: bool,
    /// Whether an administrator has approved them.
    pub is_approved: bool,
    /// Whether the user behind the row holds the role MASTER.
    pub has_role: bool,
    /// The group in which they work; `None` for the private chat.
    pub work_chat: Option<ChatId>,
    /// The topic of the group in which they work; `None` for the general one.
    pub work_thread: Option<ThreadId>,
    /// Whether they have the rates of a senior master.
    pub is_senior: bool,
    /// The end of their day off, which may be over.
    pub day_off_until: Option<DateTime<Utc>>,
    /// Who added them; `None` when that is not known.
    pub added_by: Option<TelegramId>,
    pub created_at: DateTime<Utc>,
    /// The user's display name.
    pub name: String,
    /// The user's `@name`, without the sign.
    pub username: Option<String>,
    /// The title of the work group; `None` when it is not known.
    pub work_chat_title: Option<String>,
}

impl Master {
    /// Returns where messages for this master go: the work group, else the private chat.
    pub fn chat(&self) -> ChatId {
        self.work_chat.unwrap_or_else(|| self.telegram_id.into())
    }

    /// Returns the same with the topic.
    pub fn place(&self) -> ChatPlace {
        ChatPlace { chat: self.chat(), thread: self.work_chat.and(self.work_thread) }
    }

    /// Tells whether orders can be assigned to them.
    pub fn takes_orders(&self, now: DateTime<Utc>) -> bool {
        self.is_active && self.sees_orders() && self.day_off(now).is_none()
    }

    /// Returns the end of the day off that they have now.
    pub fn day_off(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.day_off_until.filter(|until| *until > now)
    }

    /// Tells whether they wait for the approval of an administrator.
    pub fn is_pending(&self) -> bool {
        !self.sees_orders() && self.is_active
    }

    /// Tells whether they were dismissed; their orders and money stay.
    pub fn is_dismissed(&self) -> bool {
        !self.sees_orders() && !self.is_active
    }

    /// Tells whether they see the orders that are assigned to them: not after a dismissal, a revoked role or a withdrawn
    /// approval.
    pub fn sees_orders(&self) -> bool {
        self.is_approved && self.has_role
    }
}

/// A master to be added: not approved and without a group.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewMaster {
    /// A user who has written to the bot before.
    pub telegram_id: TelegramId,
    pub phone: Phone,
    pub specialization: String,
}

/// Which masters a list shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MasterFilter {
    All,
    /// Those who see no orders until an administrator approves them; not the dismissed ones.
    Pending,
    /// Those to whom orders can be assigned at this time.
    TakesOrders(DateTime<Utc>),
}
