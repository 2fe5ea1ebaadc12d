//! Finds telephone numbers in any text, however people write them, without taking the numbers of Telegram, times, sums
//! and addresses for such. Written by hand because every log line passes here: a pattern for it is slow to build and
//! takes megabytes.

use std::net::Ipv4Addr;
use std::ops::Range;

/// Digits that are looked at: the longest number has fifteen (ITU-T E.164), and one more tells that it is longer.
const LOOK: usize = 16;
/// Characters between two digits of one number at most, as in `) -- (`.
const WIDEST_GAP: usize = 6;
const WIDE_PLUS: char = '\u{ff0b}';
const WIDE_ZERO: char = '\u{ff10}';
/// Fields whose value is the number of a person or a chat.
pub(super) const PEOPLE: [&str; 6] = ["user", "chat", "person", "from", "to", "master"];
/// Further ones whose value is a number that Telegram or the database gave, however much it looks like a phone number.
const THINGS: [&str; 4] = ["update", "outbox", "order", "message"];
/// Codes of countries whose numbers have twelve digits with them: Belarus, Ukraine, Tajikistan, Azerbaijan, Georgia,
/// Kyrgyzstan, Uzbekistan. Others' numbers are shorter: without a plus anything could be one.
const NEIGHBOURS: [[u32; 3]; 7] =
    [[3, 7, 5], [3, 8, 0], [9, 9, 2], [9, 9, 4], [9, 9, 5], [9, 9, 6], [9, 9, 8]];
/// After which of ten digits people leave a gap who write a mobile's number without the 8, beside 3-3-2-2. Never after the
/// first: that is how sums are written.
const MOBILE: [u32; 6] =
    [0, 1 << 6, 1 << 6 | 1 << 8, 1 << 3 | 1 << 5, 1 << 3 | 1 << 5 | 1 << 7, 1 << 3 | 1 << 5 | 1 << 8];

/// The first telephone number at or after a byte of the text.
///
/// It is eleven digits that begin with 7 or 8, with whatever people put between them; with a plus or two zeros before it,
/// too. With the usual signs between them it is also a number with a plus and ten digits or more, ten digits with their
/// code in brackets, ten as 3-3-2-2, ten that begin with the 9 of a Russian mobile in all the groups that people make of
/// them or in none, and twelve that begin with the code of a [neighbour](NEIGHBOURS). Anything longer, an address of a
/// network, a date, a fraction and the value of one of our id fields is none. Digits may be those of a Japanese keyboard, as
/// wide as a letter.
pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut floor) = (from, from);
    while at < bytes.len() {
        // Digits of an escape belong to none.
        if bytes[at] == b'\\' {
            at += length_of_escape(&text[at..]);
            floor = at;
            continue;
        }
        let before = &text[floor..at];
        let end = match bytes[at] {
            b'+' => with_plus(&Run::read(text, at + 1)),
            b'(' => with_code(&Run::read(text, at + 1)),
            b'0'..=b'9' if !is_inside(before) => plain(text, before, at),
            // How a wide character begins in UTF-8.
            0xef => match text[at..].chars().next() {
                Some(WIDE_PLUS) => with_plus(&Run::read(text, at + WIDE_PLUS.len_utf8())),
                Some(c) if digit(c).is_some() && !is_inside(before) => plain(text, before, at),
                _ => None,
            },
            _ => None,
        };
        if let Some(end) = end {
            return Some(at..end);
        }
        at += 1;
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// Whether a number of one of our fields that is not named after what Telegram numbers is a telephone number all the same. A
/// sum or a size may well look like one in ten digits or in twelve.
pub(super) fn is_certain(number: &str) -> bool {
    let number = number.trim_start_matches('-');
    let run = Run::read(number, 0);
    run.count == 11 && run.is_russian()
}

/// Whether a field of that name holds a number that Telegram or the database gave.
pub(super) fn is_name_of_id(name: &str) -> bool {
    PEOPLE.contains(&name) || THINGS.contains(&name)
}

/// The digit that a character is, if it is one.
fn digit(c: char) -> Option<u32> {
    match c {
        '0'..='9' => Some(u32::from(c) - u32::from('0')),
        WIDE_ZERO..='\u{ff19}' => Some(u32::from(c) - u32::from(WIDE_ZERO)),
        _ => None,
    }
}

/// The digits from a place on, and what is between them.
struct Run {
    digits: [u32; LOOK],
    /// Where each digit ends.
    ends: [usize; LOOK],
    /// How many there are.
    count: usize,
    /// How many there are before something that is unusual in a number.
    usual: usize,
    /// A bit for each digit that does not follow the one before immediately.
    gaps: u32,
    /// After how many digits the first bracket closes.
    closed: usize,
}

impl Run {
    fn read(text: &str, from: usize) -> Self {
        let mut run = Self { digits: [0; LOOK], ends: [0; LOOK], count: 0, usual: LOOK, gaps: 0, closed: 0 };
        let (mut gap, mut is_odd, mut at) = (0, false, from);
        while let Some(c) = text[at..].chars().next() {
            if let Some(digit) = digit(c) {
                if run.count == LOOK {
                    break;
                }
                if gap > 0 {
                    run.gaps |= 1 << run.count;
                }
                if is_odd {
                    run.usual = run.usual.min(run.count);
                }
                run.digits[run.count] = digit;
                run.ends[run.count] = at + c.len_utf8();
                run.count += 1;
                (gap, is_odd) = (0, false);
            } else if !is_invisible(c) {
                if gap == WIDEST_GAP || c.is_alphanumeric() || c == '+' {
                    break;
                }
                if c == ')' && run.closed == 0 {
                    run.closed = run.count;
                }
                gap += 1;
                is_odd |= !is_usual(c);
                if c == '\\' {
                    at += length_of_escape(&text[at..]);
                    continue;
                }
            }
            at += c.len_utf8();
        }
        run.usual = run.usual.min(run.count);
        run
    }

    /// Whether a number may end after so many digits: there are no more, or not immediately.
    fn may_end(&self, digits: usize) -> bool {
        self.count == digits || (self.count > digits && self.gaps & (1 << digits) != 0)
    }

    /// The same, with nothing unusual within it.
    fn may_end_as_usual(&self, digits: usize) -> bool {
        self.usual >= digits && self.may_end(digits)
    }

    /// The gaps within the first so many digits.
    fn gaps_within(&self, digits: usize) -> u32 {
        self.gaps & ((1 << digits) - 2)
    }

    /// Eleven digits with the 7 or 8 of Russia and Kazakhstan. Codes begin with a 3 or more; what begins so may be a date
    /// after a number.
    fn is_russian(&self) -> bool {
        matches!(self.digits[0], 7 | 8) && self.digits[1] >= 3 && self.may_end(11)
    }

    /// Twelve digits with the code of a neighbour, not one by one.
    fn is_neighbours(&self) -> bool {
        let gaps = self.gaps_within(12);
        let is_known = NEIGHBOURS.iter().any(|code| self.digits.starts_with(code));
        is_known && self.may_end_as_usual(12) && gaps & (gaps << 1) == 0
    }

    /// Ten digits of a Russian mobile.
    fn is_mobile(&self) -> bool {
        self.digits[0] == 9 && self.may_end_as_usual(10) && MOBILE.contains(&self.gaps_within(10))
    }
}

/// Whether people put that between the digits of a number, and few others between theirs. A backslash begins the escape of
/// a space that is not to break, or of a tab.
fn is_usual(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | ',' | '/' | '(' | ')' | '\\' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// What a copied number may hold and nobody sees: joiners, marks of direction, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// How long the escape is that the text begins with, in the words of Rust (`\u{a0}`) or JSON (`\u00a0`, `\t`), and
/// escaped again. A backslash alone is one too.
fn length_of_escape(text: &str) -> usize {
    let body = text.trim_start_matches('\\');
    let slashes = text.len() - body.len();
    let are_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    slashes
        + match body.as_bytes().first() {
            Some(b'u') => match body[1..].strip_prefix('{').and_then(|code| code.split_once('}')) {
                Some((code, _)) if code.len() <= 6 && are_hex(code) => code.len() + 3,
                _ if body.get(1..5).is_some_and(are_hex) => 5,
                _ => 0,
            },
            Some(b'x') if body.get(1..3).is_some_and(are_hex) => 3,
            Some(b'n' | b't' | b'r' | b'f' | b'b' | b'v' | b'"' | b'\'') => 1,
            _ => 0,
        }
}

fn with_plus(run: &Run) -> Option<usize> {
    // What follows a number of Russia or Kazakhstan is something else.
    if run.digits[0] == 7 && run.may_end(11) {
        return Some(run.ends[10]);
    }
    // No country's code begins with a zero, but the offset of a time does.
    (run.usual >= 10 && run.digits[0] != 0).then(|| run.ends[run.usual - 1])
}

fn with_code(run: &Run) -> Option<usize> {
    // A bracket around the whole of it.
    if run.is_neighbours() {
        return Some(run.ends[11]);
    }
    ((3..=5).contains(&run.closed) && run.may_end_as_usual(10)).then(|| run.ends[9])
}

fn plain(text: &str, before: &str, at: usize) -> Option<usize> {
    // Two zeros are a plus.
    if let Some(b'3' | b'7' | b'9') = text[at..].strip_prefix("00").and_then(|rest| rest.as_bytes().first()) {
        let run = Run::read(text, at + 2);
        if run.is_neighbours() {
            return Some(run.ends[11]);
        }
        if run.digits[0] == 7 {
            return run.is_russian().then(|| run.ends[10]);
        }
    }
    let run = Run::read(text, at);
    // In a row, such numbers may be anything but a phone: an id, a piece of a checksum, a fraction, the numbers of a list.
    let is_whole = |end: usize| {
        let (number, after) = (&text[at..end], &text.as_bytes()[end..]);
        let goes_on = match after.first() {
            Some(b'.' | b':') => after.get(1).is_some_and(u8::is_ascii_digit),
            next => next.is_some_and(u8::is_ascii_alphanumeric),
        };
        !goes_on && !number.contains(',') && !is_id(before) && !holds_a_date(number)
    };
    let end = if run.is_neighbours() {
        Some(run.ends[11]).filter(|end| is_whole(*end))?
    } else if run.is_mobile() {
        Some(run.ends[9]).filter(|end| is_whole(*end))?
    } else if run.is_russian() {
        let number = &text[at..run.ends[10]];
        match run.gaps_within(11) {
            0 if is_id(before) => return None,
            // A fraction.
            0b10 if number.as_bytes()[1] == b'.' => return None,
            _ if begins_with_a_time(number) || holds_a_date(number) => return None,
            _ => run.ends[10],
        }
    } else {
        const SHAPE: u32 = 1 << 3 | 1 << 6 | 1 << 8;
        let gaps = run.gaps_within(10);
        let is_shaped = gaps & !SHAPE == 0 && gaps & (1 << 3) != 0 && run.may_end_as_usual(10);
        is_shaped.then(|| run.ends[9])?
    };
    (!is_network_address(&text[at..])).then_some(end)
}

/// The middle of a longer number, of a name, of a checksum or of a fraction; `before` is what stands before it.
fn is_inside(before: &str) -> bool {
    let is_digit = |c: char| digit(c).is_some();
    let word = &before[before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len()..];
    let is_checksum = word.ends_with(|c| matches!(c, 'a'..='f'))
        && (word.contains(is_digit) || word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    // A date or a time in the name of a file.
    let is_dated = before.strip_suffix('_').is_some_and(|name| {
        let date = &name[name.trim_end_matches(|c: char| c.is_ascii_digit()).len()..];
        matches!(date.len(), 6 | 8)
    });
    before.ends_with(is_digit)
        || is_dated
        || is_checksum
        || before.strip_suffix('.').is_some_and(|whole| whole.ends_with(is_digit))
}

/// Whether a number is the value of one of our id fields, in text (`chat=`) or JSON (`"chat":`).
fn is_id(before: &str) -> bool {
    let before = before.strip_suffix('-').unwrap_or(before);
    let Some(before) = before.strip_suffix('=').or_else(|| before.strip_suffix("\":")) else { return false };
    let start = before.rfind([' ', '"']).map_or(0, |at| at + 1);
    is_name_of_id(&before[start..])
}

/// `8:35:38.120001`.
fn begins_with_a_time(text: &str) -> bool {
    let text = text.as_bytes();
    let is_small = |at: usize| matches!(text.get(at..at + 2), Some([b'0'..=b'5', b'0'..=b'9']));
    let is_sign = |at: usize| text.get(at) == Some(&b':');
    is_sign(1) && is_small(2) && is_sign(4) && is_small(5) && !is_sign(7)
}

/// `31.12.2026` or `2026-12-31`, as nobody groups a telephone number.
fn holds_a_date(text: &str) -> bool {
    let text = text.as_bytes();
    let is_digit = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(u8::is_ascii_digit);
    (0..text.len()).any(|at| {
        let number = |from: usize, length: usize| -> u32 {
            let digits =
                text.get(at + from..at + from + length).and_then(|digits| str::from_utf8(digits).ok());
            digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
        };
        let is_date = |year: u32, month: u32, day: u32| {
            (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
        };
        let sign = |one: usize, other: usize| {
            let (one, other) = (text.get(at + one), text.get(at + other));
            one == other && matches!(one, Some(b'.' | b'-' | b'/'))
        };
        let is_one = (sign(2, 5) && is_date(number(6, 4), number(3, 2), number(0, 2)))
            || (sign(4, 7) && is_date(number(0, 4), number(5, 2), number(8, 2)));
        is_one && !is_digit(at.checked_sub(1)) && !is_digit(Some(at + 10))
    })
}

fn is_network_address(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].trim_end_matches('.').parse::<Ipv4Addr>().is_ok()
}
