//! Finds telephone numbers in any text, however people write them, without taking the numbers of Telegram, times, sums
//! and addresses for such. Written by hand because every log line passes here: a pattern for it is slow to build and
//! takes megabytes.

use std::net::Ipv4Addr;
use std::ops::Range;

/// Digits that are looked at: the longest number has fifteen (ITU-T E.164), and one more tells that it is longer.
const LOOK: usize = 16;
/// Characters between two digits of one number at most, as in `) - `.
const WIDEST_GAP: usize = 3;
/// Fields whose value is a number that Telegram or the database gave, however much it looks like a phone number.
const IDS: [&str; 10] =
    ["update", "user", "chat", "person", "from", "to", "outbox", "order", "message", "master"];

/// The first telephone number at or after a byte of the text.
///
/// It is a number with a plus and ten digits or more; eleven digits that begin with 7 or 8; ten with their code in
/// brackets; or ten as 3-3-2-2. Anything longer, an address of a network, a fraction and the value of one of our id
/// fields is none.
pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find_map(|at| {
        let end = match bytes[at] {
            b'+' => with_plus(&Run::read(text, at + 1)),
            b'(' => with_code(&Run::read(text, at + 1)),
            b'0'..=b'9' if !is_inside(&text[..at]) => plain(text, at, &Run::read(text, at)),
            _ => None,
        }?;
        Some(at..end)
    })
}

/// The digits from a place on, and what is between them.
struct Run {
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
        let mut run = Self { ends: [0; LOOK], count: 0, gaps: 0, closed: 0 };
        let mut gap = 0;
        for (at, c) in text[from..].char_indices() {
            if c.is_ascii_digit() {
                if run.count == LOOK {
                    break;
                }
                if gap > 0 {
                    run.gaps |= 1 << run.count;
                }
                run.ends[run.count] = from + at + 1;
                run.count += 1;
                gap = 0;
            } else if gap < WIDEST_GAP && is_separator(c) {
                if c == ')' && run.closed == 0 {
                    run.closed = run.count;
                }
                gap += 1;
            } else {
                break;
            }
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
    matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2010}'..='\u{2015}')
}

fn with_plus(run: &Run) -> Option<usize> {
    (run.count >= 10).then(|| run.ends[run.count - 1])
}

fn with_code(run: &Run) -> Option<usize> {
    ((3..=5).contains(&run.closed) && run.may_end(10)).then(|| run.ends[9])
}

fn plain(text: &str, at: usize, run: &Run) -> Option<usize> {
    if run.count < 10 {
        return None;
    }
    let first = text.as_bytes()[at];
    let end = if matches!(first, b'7' | b'8') && run.may_end(11) {
        match run.gaps_within(11) {
            // Codes begin with a 3 or more.
            0 if text.as_bytes()[at + 1] < b'3' || is_id(&text[..at]) => return None,
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
    let is_digit = |c: char| c.is_ascii_digit();
    before.ends_with(|c: char| is_digit(c) || matches!(c, '_' | 'a'..='f'))
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
