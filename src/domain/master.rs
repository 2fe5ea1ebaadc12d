//! Masters: the users who carry out repairs.

use chrono::{DateTime, Utc};

use super::ids::{ChatId, ChatPlace, MasterId, TelegramId, ThreadId};
use super::phone::Phone;

/// A master, with the name of the user behind the row.
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
    pub created_at: DateTime<Utc>,
    /// The user's display name.
    pub name: String,
    /// The user's `@name`, without the sign.
    pub username: Option<String>,
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
    pub fn takes_orders(&self) -> bool {
        self.is_active && self.sees_orders()
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
    /// Those who see no orders until an administrator approves them.
    Pending,
    /// Those to whom orders can be assigned.
    TakesOrders,
}
