//! What an administrator types to find a user.

use super::ids::TelegramId;
use super::input::{fold_words, normalize_number};
use super::user::User;

/// The fewest digits of a phone that are searched for.
const MIN_DIGITS: usize = 3;

/// A name, an `@username`, an id, or a part of a phone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct PeopleQuery {
    /// Folded words, each of which has to be in the name or the username.
    words: Vec<String>,
    /// The digits of an id or a phone, without the 8 or +7 in front.
    digits: Option<String>,
    id: Option<TelegramId>,
}

impl PeopleQuery {
    /// Parses what was typed; `None` when there is nothing to search for.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let line = normalize_number(typed);
        let words = fold_words(&line).split(' ').map(str::to_owned).filter(|word| !word.is_empty()).collect();
        let digits: String = line.chars().filter(char::is_ascii_digit).collect();
        let is_number = line.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
        let query = Self {
            words,
            id: line.parse().ok(),
            digits: (is_number && digits.len() >= MIN_DIGITS).then(|| national_digits(&digits).to_owned()),
        };
        (!query.words.is_empty()).then_some(query)
    }

    /// Returns the query for one user.
    pub(crate) fn of_user(id: TelegramId) -> Self {
        Self { words: vec![id.to_string()], digits: None, id: Some(id) }
    }

    /// Whether the user is one of those searched for. `phone` is that of a master.
    pub(crate) fn matches(&self, user: &User, phone: Option<&str>) -> bool {
        if self.id == Some(user.telegram_id) {
            return true;
        }
        let has_digits = |digits: &String| {
            let phone: String = phone.unwrap_or_default().chars().filter(char::is_ascii_digit).collect();
            phone.contains(digits)
        };
        if self.digits.as_ref().is_some_and(has_digits) {
            return true;
        }
        let username = user.username.as_deref().unwrap_or_default();
        let names = fold_words(&format!("{} {username}", user.display_name()));
        self.words.iter().all(|word| names.contains(word))
    }
}

fn national_digits(digits: &str) -> &str {
    if digits.len() == 11 { digits.strip_prefix(['7', '8']).unwrap_or(digits) } else { digits }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::role::RoleSet;

    fn matches(typed: &str) -> bool {
        let user = User {
            telegram_id: TelegramId(2_001_234),
            username: Some("Alla_Fix".to_owned()),
            first_name: Some("Алёна".to_owned()),
            last_name: Some("Ли".to_owned()),
            roles: RoleSet::none(),
            locale: None,
            muted: crate::domain::notice::MutedNotices::default(),
            created_at: chrono::DateTime::UNIX_EPOCH,
        };
        PeopleQuery::parse(typed).is_some_and(|query| query.matches(&user, Some("+79000001122")))
    }

    #[test]
    fn user_is_found_by_name_username_id_and_phone() {
        for typed in
            ["алена", " ЛИ  алёна", "@alla_fix", "alla", "2001234", "8 900 000-11-22", "+7 (900) 000", "1122"]
        {
            assert!(matches(typed), "{typed:?}");
        }
        for typed in ["", " ", "@", "\u{200b}", "Анна", "алена фикс", "200123", "11", "8 900 000-11-23"]
        {
            assert!(!matches(typed), "{typed:?}");
        }
    }
}
