//! A regular expression that is looked for in whole blocks, and holds for single lines.
//!
//! Both come from what the expression means, not from how it is written: it is read by the parser of the regex crate,
//! and everything in it that could match the end of a line is taken out.

use std::ops::Range;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{
    Capture, Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look,
    LookSet, Repetition,
};

use super::filter::{each_line, line_end, line_start, trimmed};

/// How deep the expression may be when it is written anew, which brackets everything; a person's is much flatter.
const DEPTH: u32 = 1_000;

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Never matches beyond a line.
    regex: Regex,
    /// It speaks of the beginning or the end of a text, so lines must be shown to it one by one.
    by_line: bool,
    /// What every line with it has.
    literal: Option<Finder<'static>>,
}

impl Pattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it, in several lines that point at the place.
    pub fn new(text: &str) -> Result<Self, regex::Error> {
        let parsed = ParserBuilder::new().multi_line(true).crlf(true).utf8(false).build().parse(text);
        let hir = core(in_a_line(&parsed.map_err(|error| regex::Error::Syntax(error.to_string()))?));
        let regex = RegexBuilder::new(&hir.to_string()).nest_limit(DEPTH).build()?;
        let of_texts = [Look::Start, Look::End, Look::StartLF, Look::EndLF];
        let looks: LookSet = hir.properties().look_set();
        let by_line = of_texts.iter().any(|look| looks.contains(*look));
        let literal = required(&hir).map(|literal| Finder::new(&literal).into_owned());
        Ok(Self { regex, by_line, literal })
    }

    /// Whether it is in the line (without its end).
    #[must_use]
    pub fn is_in(&self, line: &[u8]) -> bool {
        self.regex.is_match(line)
    }

    /// The next line at or after `from`, which begins a line, that has it.
    pub(super) fn next_line(&self, lines: &[u8], from: usize) -> Option<Range<usize>> {
        let mut at = from;
        if self.by_line && self.literal.is_none() {
            return each_line(lines, at).find(|line| self.is_in(trimmed(&lines[line.clone()])));
        }
        loop {
            // Where the first match ends is found in one pass; no line before that one has it.
            let found = match &self.literal {
                Some(literal) => at + literal.find(lines.get(at..)?)?,
                None => self.regex.shortest_match_at(lines, at)?,
            };
            let start = line_start(lines, found);
            let line = start..line_end(lines, start);
            // Nothing matches also at the end of it all, where no line is any more.
            if start < at || line.is_empty() {
                return None;
            }
            let text = trimmed(&lines[line.clone()]);
            // The carriage return of the line's end may be in what matched.
            let is_certain =
                self.literal.is_none() && !lines[start + text.len()..line.end].starts_with(b"\r");
            if is_certain || self.is_in(text) {
                return Some(line);
            }
            at = line.end;
        }
    }
}

/// The same expression without anything that matches a newline, and without groups that remember.
fn in_a_line(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => Hir::fail(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) => hir.clone(),
        HirKind::Class(Class::Unicode(class)) => {
            let mut class = class.clone();
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
            Hir::class(Class::Unicode(class))
        }
        HirKind::Class(Class::Bytes(class)) => {
            let mut class = class.clone();
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
            Hir::class(Class::Bytes(class))
        }
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            let mut sub = in_a_line(sub);
            if matches!(sub.kind(), HirKind::Repetition(_)) {
                // Written without brackets, two in a row would mean another one.
                sub = Hir::capture(Capture { index: 1, name: None, sub: Box::new(sub) });
            }
            Hir::repetition(Repetition { min: *min, max: *max, greedy: *greedy, sub: Box::new(sub) })
        }
        HirKind::Capture(capture) => in_a_line(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(in_a_line).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(in_a_line).collect()),
    }
}

/// The expression without what may be absent at its ends: it is asked whether it matches, not where.
fn core(hir: Hir) -> Hir {
    let HirKind::Concat(parts) = hir.kind() else { return hir };
    let is_needed =
        |part: &Hir| !matches!(part.kind(), HirKind::Repetition(repetition) if repetition.min == 0);
    let first = parts.iter().position(is_needed).unwrap_or(parts.len());
    let end = parts.iter().rposition(is_needed).map_or(first, |last| last + 1);
    Hir::concat(parts[first..end].to_vec())
}

/// The longest text that every match holds, the last of several, if there is one that is worth looking for. Other than the expression
/// itself, which begins to check wherever its beginning is, this looks for what is rare.
fn required(hir: &Hir) -> Option<Vec<u8>> {
    let mut texts = Texts::default();
    texts.walk(hir);
    texts.end();
    (texts.longest.len() > 1).then_some(texts.longest)
}

/// The texts that every match holds.
#[derive(Default)]
struct Texts {
    /// What the one that is being read is so far.
    run: Vec<u8>,
    longest: Vec<u8>,
}

impl Texts {
    fn walk(&mut self, hir: &Hir) {
        match hir.kind() {
            // They take no room, so that what is before and after them is one text.
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.run.extend_from_slice(&literal.0),
            HirKind::Class(_) | HirKind::Alternation(_) => self.end(),
            HirKind::Repetition(repetition) => {
                if repetition.min > 0 {
                    self.walk(&repetition.sub);
                }
                self.end();
            }
            HirKind::Capture(capture) => self.walk(&capture.sub),
            HirKind::Concat(parts) => parts.iter().for_each(|part| self.walk(part)),
        }
    }

    /// What comes now need not be the same in every match.
    fn end(&mut self) {
        let run = std::mem::take(&mut self.run);
        if run.len() >= self.longest.len() {
            self.longest = run;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_every_match_holds_is_seen() {
        for (pattern, expected) in [
            ("flood wait", Some("flood wait")),
            ("message .*refused ms=1[0-9]xxxxxxxxxxxxxxxx", Some("xxxxxxxxxxxxxxxx")),
            (r"a\.bc\d+wxyz", Some("wxyz")),
            ("colou?r", Some("colo")),
            ("abcd*efghi", Some("efghi")),
            ("abcd+efg", Some("abcd")),
            ("abcd{0}efghij", Some("abcefghij")),
            ("xyza+*", Some("xyz")),
            ("xyza+{0}", Some("xyz")),
            (r"abc\x41bcdef$", Some("abcAbcdef")),
            ("(user|chat)=.*nothere", Some("nothere")),
            ("(?:(abc)(def))+", Some("abcdef")),
            ("(?:(?:abc)+)?def", Some("def")),
            ("[^x]*zzz", Some("zzz")),
            (r"\p{Lu}abc", Some("abc")),
            ("(?x) a b c # d", Some("abc")),
            ("abc|def", None),
            ("(abc)?", None),
            ("(?i)abc", None),
            ("[ab]b[ab]", None),
        ] {
            let pattern = Pattern::new(pattern).unwrap();
            let literal =
                pattern.literal.as_ref().map(|literal| std::str::from_utf8(literal.needle()).unwrap());
            assert_eq!(literal, expected, "{pattern:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_shown_at_its_place() {
        let why = Pattern::new("x(").unwrap_err().to_string();
        assert!(why.contains("x(\n     ^\nerror: unclosed group"), "{why}");
        Pattern::new(&format!("{}a{}", "(?:x".repeat(80), ")?".repeat(80))).unwrap();
    }

    fn expressions() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "b",
            "x",
            "zz",
            "abx",
            "é",
            ".",
            "(?s:.)",
            "[^a]",
            "[ab]",
            r"\s",
            r"\S",
            r"\w",
            r"\b",
            r"\B",
            "^",
            "$",
            r"\n",
            r"\r",
            "(?i:ab)",
            r"\A",
            r"\z",
            "(?-m:^)",
            "(?-R:$)",
            "(?-mR:$)",
            r"(?-u:\xff)",
            r"(?-u:[^b])",
            "",
            r"(?-u:\b)",
            r"\pL",
            r"b\nx",
            r"(?-u:\w)",
        ]);
        piece.prop_map(str::to_owned).prop_recursive(3, 12, 4, |inner| {
            let repeated = prop::sample::select(vec![
                "*", "+", "?", "{0}", "{1}", "{2}", "{1,2}", "{2,}", "+*", "+{0}", "*?", "{0,3}",
            ]);
            prop_oneof![
                4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
                1 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join("|"))),
                2 => (inner, repeated).prop_map(|(part, times)| format!("(?:{part}){times}")),
            ]
        })
    }

    fn texts() -> impl Strategy<Value = Vec<u8>> {
        let pieces: Vec<&[u8]> = vec![
            b"a",
            b"b",
            b"x",
            b"zz",
            "é".as_bytes(),
            b" ",
            b"\r",
            b"\xff",
            b"\xc3",
            b"\n",
            b"\n",
            b"\r\n",
        ];
        prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn a_block_has_the_lines_that_the_plain_expression_finds(text in texts(), expression in expressions()) {
            // Compiling the same great sets many times over takes long and shows nothing.
            let plain = RegexBuilder::new(&expression).multi_line(true).crlf(true).size_limit(200_000).build();
            prop_assume!(plain.is_ok());
            let plain = plain.unwrap();
            let pattern = Pattern::new(&expression).unwrap();
            let expected: Vec<_> =
                each_line(&text, 0).filter(|line| plain.is_match(trimmed(&text[line.clone()]))).collect();
            let (mut found, mut at) = (Vec::new(), 0);
            while let Some(line) = pattern.next_line(&text, at) {
                at = line.end;
                found.push(line);
            }
            prop_assert_eq!(found, expected, "{:?}", pattern);
            for line in each_line(&text, 0) {
                let line = trimmed(&text[line]);
                prop_assert_eq!(pattern.is_in(line), plain.is_match(line), "{:?} {:?}", line, pattern);
            }
        }
    }
}
