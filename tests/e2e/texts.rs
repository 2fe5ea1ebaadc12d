//! What the bot is expected to say, taken from the locale files, so that a better wording breaks no test.

use std::collections::HashMap;

use botctl::testing::bot::Texts;
use botctl::testing::domain::{Locale, OrderStatus};

/// A text without arguments, as a Russian reader sees it.
pub fn text(key: &str) -> String {
    text_with(key, &[])
}

/// A text with its arguments, as a Russian reader sees it.
pub fn text_with(key: &str, arguments: &[(&'static str, &str)]) -> String {
    looked_up(Locale::Ru, key, arguments)
}

/// A text as an English reader sees it.
pub fn english(key: &str) -> String {
    looked_up(Locale::En, key, &[])
}

/// A text about an order.
pub fn about(key: &str, order: i64) -> String {
    text_with(key, &[("id", &order.to_string())])
}

/// The first line of a text whose later lines depend on something.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The sentence that names where an order stands.
pub fn stands(status: OrderStatus) -> String {
    text(match status {
        OrderStatus::New => "refusal-status-new",
        OrderStatus::Assigned => "refusal-status-assigned",
        OrderStatus::Accepted => "refusal-status-accepted",
        OrderStatus::OnSite => "refusal-status-on-site",
        OrderStatus::LongRepair => "refusal-status-long-repair",
        OrderStatus::Closed => "refusal-status-closed",
        OrderStatus::Refused => "refusal-status-refused",
    })
}

fn looked_up(locale: Locale, key: &str, arguments: &[(&'static str, &str)]) -> String {
    let loader = Texts::of(locale).loader();
    assert!(loader.has(key), "the locale files have no {key:?}");
    let arguments: HashMap<&str, &str> = arguments.iter().copied().collect();
    seen(&loader.get_args(key, arguments))
}

/// What a reader sees of HTML as Telegram reads it: no tags, entities resolved.
pub fn seen(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            letter if !in_tag => text.push(letter),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Keys of a reply keyboard as phones send them.
pub mod key {
    pub const ALL_ORDERS: &str = "📋 Все заявки";
    pub const CREATE: &str = "➕ Создать заявку";
    pub const MASTERS: &str = "👥 Мастера";
    pub const REPORTS: &str = "📊 Отчеты";
    pub const USERS: &str = "👤 Пользователи";
    pub const SETTINGS: &str = "⚙️ Настройки";
    pub const MY_ORDERS: &str = "📋 Мои заявки";
    pub const SEARCH: &str = "🔍 Поиск";
    pub const TODAY: &str = "📅 Сегодня";
    pub const MY_STATISTICS: &str = "📊 Моя статистика";
    pub const INFORMATION: &str = "ℹ️ Информация";
    pub const CONTACT: &str = "📞 Связаться";
    pub const CANCEL: &str = "❌ Отмена";
    pub const SKIP: &str = "⏭️ Пропустить";
    pub const CONFIRM: &str = "✅ Подтвердить";
}
