//! Reply-keyboard labels: the texts that a phone sends when a key of a reply keyboard is pressed.
//!
//! They are wire format, not prose: keyboards stay on phones for months in the language in which they were sent, so each
//! label is understood in both languages at all times. Therefore they are here and not in the locale files.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::domain::input::fold_words;
use crate::domain::locale::Locale;

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
    /// For staff: searching orders.
    Search,
    /// For masters: the visits of the day.
    Today,
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
    /// For users without a role: asking the administrators for one.
    AskAccess,
    /// Cancels a dialogue.
    Cancel,
    /// Leaves a step of a dialogue empty.
    Skip,
    /// Confirms the last step of a dialogue.
    Confirm,
    /// Goes one step back in a dialogue.
    Back,
}

/// Tells the key from the word "today", which is an answer.
const TODAY_EMOJI: char = '📅';

/// Every label by its folded texts.
static FOLDED_LABELS: LazyLock<HashMap<String, Label>> = LazyLock::new(|| {
    let texts = |label: Label| Locale::ALL.map(|locale| (fold_words(label.text(locale)), label));
    // The label of the search on the keyboards of later versions of the old bot.
    let old = (fold_words("🔍 Поиск заказов"), Label::Search);
    Label::ALL.into_iter().flat_map(texts).chain([old]).collect()
});

impl Label {
    pub(crate) const ALL: [Self; 17] = [
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
        Self::Search,
        Self::Today,
        Self::AskAccess,
    ];

    /// Returns the text on the key, which is also the text that the phone sends.
    pub fn text(self, locale: Locale) -> &'static str {
        let (russian, english) = self.both_texts();
        match locale {
            Locale::Ru => russian,
            Locale::En => english,
        }
    }

    /// Whether the masters of a work group have it there, too: it is about their own orders.
    pub(crate) fn is_for_groups(self) -> bool {
        matches!(self, Self::MyOrders | Self::Today)
    }

    /// Returns its name for the log.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AllOrders => "all_orders",
            Self::CreateOrder => "create_order",
            Self::Masters => "masters",
            Self::Reports => "reports",
            Self::Users => "users",
            Self::Search => "search",
            Self::Today => "today",
            Self::Settings => "settings",
            Self::MyOrders => "my_orders",
            Self::MyStatistics => "my_statistics",
            Self::Information => "information",
            Self::Contact => "contact",
            Self::AskAccess => "ask_access",
            Self::Cancel => "cancel",
            Self::Skip => "skip",
            Self::Confirm => "confirm",
            Self::Back => "back",
        }
    }

    /// Returns the label that a message is, in either language, in any case, and with or without the emoji. A text that
    /// only begins with a label is none.
    pub(crate) fn from_message(message: &str) -> Option<Self> {
        let label = FOLDED_LABELS.get(&fold_words(message)).copied()?;
        // The bare word answers the question for the visit.
        let is_key = label != Self::Today || message.contains(TODAY_EMOJI);
        is_key.then_some(label)
    }

    fn both_texts(self) -> (&'static str, &'static str) {
        match self {
            Self::AllOrders => ("📋 Все заявки", "📋 All orders"),
            Self::CreateOrder => ("➕ Создать заявку", "➕ New order"),
            Self::Masters => ("👥 Мастера", "👥 Masters"),
            Self::Reports => ("📊 Отчеты", "📊 Reports"),
            Self::Users => ("👤 Пользователи", "👤 Users"),
            Self::Search => ("🔍 Поиск", "🔍 Search"),
            Self::Today => ("📅 Сегодня", "📅 Today"),
            Self::Settings => ("⚙\u{fe0f} Настройки", "⚙\u{fe0f} Settings"),
            Self::MyOrders => ("📋 Мои заявки", "📋 My orders"),
            Self::MyStatistics => ("📊 Моя статистика", "📊 My statistics"),
            Self::Information => ("ℹ\u{fe0f} Информация", "ℹ\u{fe0f} Information"),
            Self::Contact => ("📞 Связаться", "📞 Contact"),
            Self::AskAccess => ("🔑 Попросить доступ", "🔑 Ask for access"),
            Self::Cancel => ("❌ Отмена", "❌ Cancel"),
            Self::Skip => ("⏭\u{fe0f} Пропустить", "⏭\u{fe0f} Skip"),
            Self::Confirm => ("✅ Подтвердить", "✅ Confirm"),
            Self::Back => ("⬅\u{fe0f} Назад", "⬅\u{fe0f} Back"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
    fn both_languages_are_understood_however_the_label_is_written() {
        for label in Label::ALL.into_iter().filter(|label| *label != Label::Today) {
            for locale in Locale::ALL {
                let text = label.text(locale);
                let bare = text.replace('\u{fe0f}', "");
                let (emoji, words) = bare.split_once(' ').unwrap();
                for heard in [
                    text.to_owned(),
                    bare.clone(),
                    format!("{emoji}\u{fe0f}{words}"),
                    format!("  {text}\n"),
                    words.to_owned(),
                    words.to_uppercase(),
                    format!("\u{200e}{}.", words.to_lowercase()),
                    format!("{}!\u{200b}", words.replace(' ', "\u{a0} ")),
                ] {
                    assert_eq!(Label::from_message(&heard), Some(label), "{heard:?}");
                }
            }
        }
        assert_eq!(Label::from_message("отчёты"), Some(Label::Reports));
        assert_eq!(Label::from_message(" 📅 сегодня"), Some(Label::Today));
        assert_eq!(Label::from_message("Сегодня"), None);
    }

    #[test]
    fn no_two_labels_look_alike() {
        let mut texts: Vec<String> = Label::ALL
            .into_iter()
            .flat_map(|label| Locale::ALL.map(|locale| fold_words(label.text(locale))))
            .collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 2 * Label::ALL.len());
        assert!(texts.iter().all(|words| !words.is_empty()));
    }

    #[test]
    fn other_texts_are_no_labels() {
        for text in [
            "",
            " ",
            "\u{fe0f}",
            "📋",
            "❌",
            "❌ Cancel it",
            "Отмена заказа",
            "Назад во двор",
            "skip this",
            "заявки",
            "/start",
        ] {
            assert_eq!(Label::from_message(text), None, "{text:?}");
        }
    }
}
