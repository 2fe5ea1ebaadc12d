//! Reply-keyboard labels: the texts that a phone sends when a key of a reply keyboard is pressed.
//!
//! They are wire format, not prose: keyboards stay on phones for months in the language in which they were sent, so each
//! label is understood in both languages at all times. Therefore they are here and not in the locale files.

use crate::domain::locale::Locale;

/// The emoji variation selector. Some clients drop it, some add it; no two labels differ only by it.
const VARIATION_SELECTOR: char = '\u{fe0f}';

/// A key of a reply keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// For staff.
    AllOrders,
    /// For staff.
    CreateOrder,
    /// For staff.
    Masters,
    /// For staff.
    Reports,
    /// For admins.
    Users,
    /// For all users with a role.
    Settings,
    /// For masters.
    MyOrders,
    /// For masters.
    MyStatistics,
    /// For users without a role.
    Information,
    /// For users without a role: how to reach the company.
    Contact,
    /// Cancels a dialogue.
    Cancel,
    /// Leaves a step of a dialogue empty.
    Skip,
    /// Confirms the last step of a dialogue.
    Confirm,
    /// Goes one step back in a dialogue.
    Back,
}

impl Label {
    pub(crate) const ALL: [Self; 14] = [
        Self::AllOrders,
        Self::CreateOrder,
        Self::Masters,
        Self::Reports,
        Self::Users,
        Self::Settings,
        Self::MyOrders,
        Self::MyStatistics,
        Self::Information,
        Self::Contact,
        Self::Cancel,
        Self::Skip,
        Self::Confirm,
        Self::Back,
    ];

    /// Returns the text on the key, which is also the text that the phone sends.
    pub fn text(self, locale: Locale) -> &'static str {
        let (russian, english) = self.both_texts();
        match locale {
            Locale::Ru => russian,
            Locale::En => english,
        }
    }

    /// Returns its name for the log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AllOrders => "all_orders",
            Self::CreateOrder => "create_order",
            Self::Masters => "masters",
            Self::Reports => "reports",
            Self::Users => "users",
            Self::Settings => "settings",
            Self::MyOrders => "my_orders",
            Self::MyStatistics => "my_statistics",
            Self::Information => "information",
            Self::Contact => "contact",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
            Self::Confirm => "confirm",
            Self::Back => "back",
        }
    }

    /// Returns the label that a message is, in either language.
    pub(crate) fn from_message(message: &str) -> Option<Self> {
        let message = message.trim();
        Self::ALL.into_iter().find(|label| {
            let (russian, english) = label.both_texts();
            same_label(message, russian) || same_label(message, english)
        })
    }

    fn both_texts(self) -> (&'static str, &'static str) {
        match self {
            Self::AllOrders => ("📋 Все заявки", "📋 All orders"),
            Self::CreateOrder => ("➕ Создать заявку", "➕ New order"),
            Self::Masters => ("👥 Мастера", "👥 Masters"),
            Self::Reports => ("📊 Отчеты", "📊 Reports"),
            Self::Users => ("👤 Пользователи", "👤 Users"),
            Self::Settings => ("⚙\u{fe0f} Настройки", "⚙\u{fe0f} Settings"),
            Self::MyOrders => ("📋 Мои заявки", "📋 My orders"),
            Self::MyStatistics => ("📊 Моя статистика", "📊 My statistics"),
            Self::Information => ("ℹ\u{fe0f} Информация", "ℹ\u{fe0f} Information"),
            Self::Contact => ("📞 Связаться", "📞 Contact"),
            Self::Cancel => ("❌ Отмена", "❌ Cancel"),
            Self::Skip => ("⏭\u{fe0f} Пропустить", "⏭\u{fe0f} Skip"),
            Self::Confirm => ("✅ Подтвердить", "✅ Confirm"),
            Self::Back => ("⬅\u{fe0f} Назад", "⬅\u{fe0f} Back"),
        }
    }
}

fn same_label(message: &str, label: &str) -> bool {
    without_selectors(message).eq(without_selectors(label))
}

fn without_selectors(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|letter| *letter != VARIATION_SELECTOR)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    /// The labels of the old bot's keyboards.
    const ON_PHONES: [&str; 13] = [
        "📋 Все заявки",
        "➕ Создать заявку",
        "👥 Мастера",
        "📊 Отчеты",
        "👤 Пользователи",
        "⚙️ Настройки",
        "📋 Мои заявки",
        "📊 Моя статистика",
        "ℹ️ Информация",
        "📞 Связаться",
        "❌ Отмена",
        "⏭️ Пропустить",
        "✅ Подтвердить",
    ];

    #[test]
    fn the_old_bots_labels_are_sent_and_understood_byte_for_byte() {
        for (label, text) in Label::ALL.into_iter().zip(ON_PHONES) {
            assert_eq!(label.text(Locale::Ru), text);
            assert_eq!(Label::from_message(text), Some(label));
        }
    }

    #[test]
    fn both_languages_are_understood_with_or_without_variation_selectors_and_spaces() {
        for label in Label::ALL {
            for locale in Locale::ALL {
                let text = label.text(locale);
                let bare = text.replace(VARIATION_SELECTOR, "");
                let (emoji, word) = bare.split_once(' ').unwrap();
                for heard in [
                    text.to_owned(),
                    bare.clone(),
                    format!("{emoji}{VARIATION_SELECTOR} {word}"),
                    format!("  {text}\n"),
                ] {
                    assert_eq!(Label::from_message(&heard), Some(label), "{heard:?}");
                }
            }
        }
    }

    #[test]
    fn no_two_labels_look_alike() {
        let mut texts: Vec<String> = Label::ALL
            .into_iter()
            .flat_map(|label| Locale::ALL.map(|locale| label.text(locale)))
            .map(|text| without_selectors(text).collect())
            .collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 2 * Label::ALL.len());
    }

    #[test]
    fn other_texts_are_no_labels() {
        for text in ["", " ", "\u{fe0f}", "📋", "Cancel", "❌", "❌ Cancel it", "📋  All orders", "/cancel"]
        {
            assert_eq!(Label::from_message(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_accepted(text in "\\PC{0,40}") {
            if let Some(label) = Label::from_message(&text) {
                let heard: String = without_selectors(text.trim()).collect();
                let known = Locale::ALL
                    .map(|locale| without_selectors(label.text(locale)).eq(heard.chars()));
                prop_assert!(known.contains(&true));
            }
        }
    }
}
