//! Users: everyone who has written to the bot.

use chrono::{DateTime, Utc};

use super::ids::TelegramId;
use super::input::normalize_line;
use super::locale::Locale;
use super::notice::{MutedNotices, NoticeKind};
use super::role::RoleSet;

/// A user as the database knows them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct User {
    pub telegram_id: TelegramId,
    /// `@name`, without the sign.
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub roles: RoleSet,
    /// The language that they chose; `None` before they choose.
    pub locale: Option<Locale>,
    /// The kinds of notices that they switched off.
    pub muted: MutedNotices,
    /// When they first wrote.
    pub created_at: DateTime<Utc>,
}

impl User {
    /// Whether they want notices of a kind.
    pub(crate) fn wants(&self, kind: NoticeKind) -> bool {
        !self.muted.has(kind)
    }

    /// Returns the name that others see: first and last name, else `@username`, else the number.
    pub fn display_name(&self) -> String {
        display_name(
            self.telegram_id,
            self.username.as_deref(),
            self.first_name.as_deref(),
            self.last_name.as_deref(),
        )
    }
}

/// What Telegram says about the sender of an update.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct UserProfile {
    pub telegram_id: TelegramId,
    /// `@name`, without the sign.
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

/// Applies the rule of [`User::display_name`] to the parts of a joined row.
pub(crate) fn display_name(
    id: TelegramId,
    username: Option<&str>,
    first_name: Option<&str>,
    last_name: Option<&str>,
) -> String {
    let full_name = [first_name, last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    // Characters that cannot be seen are no name.
    let full_name = if normalize_line(&full_name).is_empty() { "" } else { full_name.trim() };
    match (full_name, username) {
        ("", Some(username)) => format!("@{username}"),
        ("", None) => id.to_string(),
        (name, _) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_of_invisible_characters_is_none() {
        let shown =
            |username, first_name, last_name| display_name(TelegramId(7), username, first_name, last_name);
        assert_eq!(shown(Some("ivan"), Some("Иван"), Some("Иванов")), "Иван Иванов");
        assert_eq!(shown(Some("ivan"), Some("\u{3164}"), Some("\u{200b} ")), "@ivan");
        assert_eq!(shown(None, Some("\u{2800}"), None), "7");
    }
}
