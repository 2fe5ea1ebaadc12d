//! Finds telephone numbers in any text, however people write them, without taking the numbers of Telegram, times, sums
//! and addresses for such. Written by hand because every log line passes here: a pattern for it is slow to build and
//! takes megabytes.

use std::net::Ipv4Addr;
use std::ops::Range;

/// Digits that are looked at: the longest number has fifteen (ITU-T E.164), and one more tells that it is longer.
const LOOK: usize = 16;
/// Characters between two digits of one number at most, as in `) - `.
const WIDEST_GAP: usize = 3;
const WIDE_PLUS: char = '\u{ff0b}';
const WIDE_ZERO: char = '\u{ff10}';
/// A tab, as it stands in JSON.
const TAB_OF_JSON: &str = "\\t";
/// Fields whose value is a number that Telegram or the database gave, however much it looks like a phone number.
const IDS: [&str; 10] =
    ["update", "user", "chat", "person", "from", "to", "outbox", "order", "message", "master"];

/// The first telephone number at or after a byte of the text.
///
/// It is a number with a plus and ten digits or more; eleven digits that begin with 7 or 8; ten with their code in
/// brackets; or ten as 3-3-2-2. Anything longer, an address of a network, a fraction and the value of one of our id
/// fields is none. Digits may be those of a Japanese keyboard, as wide as a letter.
pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| {
        let end = match bytes[at] {
            b'+' => with_plus(&Run::read(text, at + 1)),
            b'(' => with_code(&Run::read(text, at + 1)),
            b'0'..=b'9' if !is_inside(&text[..at]) => plain(text, at, &Run::read(text, at)),
            // How a wide character begins in UTF-8.
            0xef => match text[at..].chars().next() {
                Some(WIDE_PLUS) => with_plus(&Run::read(text, at + WIDE_PLUS.len_utf8())),
                Some(c) if digit(c).is_some() && !is_inside(&text[..at]) => {
                    plain(text, at, &Run::read(text, at))
                }
                _ => None,
            },
            _ => None,
        }?;
        Some(at..end)
    })
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
    /// A bit for each digit that does not follow the one before immediately.
    gaps: u32,
    /// After how many digits the first bracket closes.
    closed: usize,
}

impl Run {
    fn read(text: &str, from: usize) -> Self {
        let mut run = Self { digits: [0; LOOK], ends: [0; LOOK], count: 0, gaps: 0, closed: 0 };
        let (mut gap, mut at) = (0, from);
        while let Some(c) = text[at..].chars().next() {
            if let Some(digit) = digit(c) {
                if run.count == LOOK {
                    break;
                }
                if gap > 0 {
                    run.gaps |= 1 << run.count;
                }
                run.digits[run.count] = digit;
                run.ends[run.count] = at + c.len_utf8();
                run.count += 1;
                gap = 0;
            } else if gap < WIDEST_GAP && text[at..].starts_with(TAB_OF_JSON) {
                gap += 1;
                at += TAB_OF_JSON.len();
                continue;
            } else if gap < WIDEST_GAP && is_separator(c) {
                if c == ')' && run.closed == 0 {
                    run.closed = run.count;
                }
                gap += 1;
            } else if !is_invisible(c) {
                break;
            }
            at += c.len_utf8();
        }
        run
    }

    /// Whether a number may end after so many digits: there are no more, or not immediately.
    fn may_end(&self, digits: usize) -> bool {
        self.count == digits || (self.count > digits && self.gaps & (1 << digits) != 0)
    }

    /// The gaps within the first so many digits.
    fn gaps_within(&self, digits: usize) -> u32 {
        self.gaps & ((1 << digits) - 2)
    }
}

fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '-' | '.' | ',' | '/' | '(' | ')' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'
            ..='\u{2015}'
    )
}

/// What a copied number may hold and nobody sees: joiners, marks of direction, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn with_plus(run: &Run) -> Option<usize> {
    // A number of Russia or Kazakhstan ends there; what follows is something else.
    let digits = if run.digits[0] == 7 && run.may_end(11) { 11 } else { run.count };
    (run.count >= 10).then(|| run.ends[digits - 1])
}

fn with_code(run: &Run) -> Option<usize> {
    ((3..=5).contains(&run.closed) && run.may_end(10)).then(|| run.ends[9])
}

fn plain(text: &str, at: usize, run: &Run) -> Option<usize> {
    if run.count < 10 {
        return None;
    }
    let end = if matches!(run.digits[0], 7 | 8) && run.may_end(11) {
        match run.gaps_within(11) {
            // Codes begin with a 3 or more; what begins so may be a date after a number.
            _ if run.digits[1] < 3 => return None,
            0 if is_id(&text[..at]) => return None,
            // A fraction.
            0b10 if text.as_bytes()[at + 1] == b'.' => return None,
            _ => run.ends[10],
        }
    } else {
        const SHAPE: u32 = 1 << 3 | 1 << 6 | 1 << 8;
        let gaps = run.gaps_within(10);
        let is_shaped = gaps & !SHAPE == 0 && gaps & (1 << 3) != 0 && run.may_end(10);
        is_shaped.then(|| run.ends[9])?
    };
    (!is_network_address(&text[at..])).then_some(end)
}

/// The middle of a longer number, of a name, of a checksum or of a fraction.
fn is_inside(before: &str) -> bool {
    let is_digit = |c: char| digit(c).is_some();
    let word = &before[before.trim_end_matches(|c: char| c.is_ascii_alphanumeric()).len()..];
    let is_checksum = word.ends_with(|c| matches!(c, 'a'..='f'))
        && (word.contains(is_digit) || word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    before.ends_with(|c: char| is_digit(c) || c == '_')
        || is_checksum
        || before.strip_suffix('.').is_some_and(|whole| whole.ends_with(is_digit))
}

/// Whether a number is the value of one of our id fields, in text (`chat=`) or JSON (`"chat":`).
fn is_id(before: &str) -> bool {
    let before = before.strip_suffix('-').unwrap_or(before);
    let name = before.strip_suffix('=').or_else(|| before.strip_suffix("\":"));
    name.is_some_and(|name| {
        IDS.iter().any(|id| {
            let rest = name.strip_suffix(id);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '"']))
        })
    })
}

fn is_network_address(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text[..end].trim_end_matches('.').parse::<Ipv4Addr>().is_ok()
}
