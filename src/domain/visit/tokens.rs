//! The words and numbers of a visit.

use chrono::NaiveTime;

use crate::domain::input::normalize_number;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(u32),
    /// Whether it has a leading zero, as only a clock of 24 hours has.
    Clock(NaiveTime, bool),
    /// Day, month, year.
    Date(u32, u32, Option<i32>),
    Dash,
}

/// Splits a text; `None` when it has a character that no visit has.
pub(super) fn tokenize(text: &str) -> Option<Vec<Token>> {
    let text = normalize_number(text).to_lowercase().replace('ё', "е");
    let (mut tokens, mut rest) = (Vec::new(), text.as_str());
    while let Some(first) = rest.chars().next() {
        let end = |is_part: fn(char) -> bool| rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let length = match first {
            c if c.is_alphabetic() => {
                let end = end(|c| c.is_alphabetic() || c == '\'');
                let words = if &rest[..end] == "tonight" { "today evening" } else { &rest[..end] };
                tokens.extend(words.split(' ').map(|word| Token::Word(word.to_owned())));
                // The point of an abbreviation.
                if rest[end..].starts_with('.') { end + 1 } else { end }
            }
            c if c.is_ascii_digit() => {
                let end = end(|c| c.is_ascii_digit() || c == '.' || c == ':');
                tokens.push(number_token(rest[..end].trim_end_matches('.'))?);
                end
            }
            '-' => {
                tokens.push(Token::Dash);
                1
            }
            c if c.is_whitespace() || c == ',' => c.len_utf8(),
            _ => return None,
        };
        rest = &rest[length..];
    }
    Some(tokens)
}

fn number_token(text: &str) -> Option<Token> {
    let parts: Vec<&str> = text.split(['.', ':']).collect();
    let number = |part: &str| (part.len() <= 4).then(|| part.parse::<u32>().ok()).flatten();
    let clock = |hour: &str, minute: &str| {
        let time = NaiveTime::from_hms_opt(number(hour)?, number(minute)?, 0)?;
        (minute.len() == 2).then(|| Token::Clock(time, hour.len() == 2 && hour.starts_with('0')))
    };
    match parts[..] {
        [only] => number(only).map(Token::Number),
        [hour, minute] if text.contains(':') => clock(hour, minute),
        [day, month] if (1..=12).contains(&number(month)?) => {
            Some(Token::Date(number(day)?, number(month)?, None))
        }
        // No month: "15.30" is a time.
        [hour, minute] => clock(hour, minute),
        [day, month, year] if !text.contains(':') => {
            let century = if year.len() == 2 { 2000 } else { 0 };
            let year = i32::try_from(number(year)?).ok()? + century;
            Some(Token::Date(number(day)?, number(month)?, Some(year)))
        }
        _ => None,
    }
}
