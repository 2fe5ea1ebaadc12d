//! The regular expression of `--grep`, searched for in blocks of lines by ripgrep's engine.

use std::io;
use std::ops::Range;

use grep_matcher::Matcher;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, Sink, SinkMatch};

/// A regular expression that matches within single lines.
#[derive(Clone, Debug)]
pub(crate) struct LinePattern {
    matcher: RegexMatcher,
}

impl LinePattern {
    /// Compiles the expression; one that contains a line end is an error.
    pub(crate) fn new(text: &str) -> Result<Self, grep_regex::Error> {
        let matcher = RegexMatcherBuilder::new().multi_line(true).line_terminator(Some(b'\n')).build(text)?;
        Ok(Self { matcher })
    }

    /// Whether the line (without its newline) matches.
    pub(super) fn is_match(&self, line: &[u8]) -> bool {
        // This matcher has no errors: its type says so.
        self.matcher.is_match(line).unwrap_or(false)
    }

    /// Calls `on_line` for each line that matches, in order, with its range in `lines`, newline included.
    pub(super) fn search_lines(&self, lines: &[u8], on_line: impl FnMut(Range<usize>)) -> io::Result<()> {
        // Bytes are searched as they are: a log can contain NUL and anything that looks like a byte order mark.
        let mut searcher = SearcherBuilder::new()
            .line_number(false)
            .bom_sniffing(false)
            .binary_detection(BinaryDetection::none())
            .build();
        searcher.search_slice(&self.matcher, lines, LineSink(on_line))
    }
}

/// Passes on where each matching line is.
struct LineSink<F>(F);

impl<F: FnMut(Range<usize>)> Sink for LineSink<F> {
    type Error = io::Error;

    fn matched(&mut self, _searcher: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let start = usize::try_from(found.absolute_byte_offset()).map_err(io::Error::other)?;
        (self.0)(start..start + found.bytes().len());
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn syntax_errors_are_explained() {
        let error = LinePattern::new("x(").unwrap_err().to_string();
        assert!(error.contains("^\nerror: unclosed group"), "{error}");
        LinePattern::new(&format!("{}a{}", "(?:x".repeat(80), ")?".repeat(80))).unwrap();
    }

    #[test]
    fn line_ends_in_patterns_are_refused() {
        for pattern in ["a\nb", r"a\nb"] {
            let error = LinePattern::new(pattern).unwrap_err();
            assert!(matches!(error.kind(), grep_regex::ErrorKind::NotAllowed(_)), "{error}");
        }
        // What may match a line end does not reach across one.
        let mut found = Vec::new();
        LinePattern::new(r"a\s*b").unwrap().search_lines(b"a\nb\na b\n", |line| found.push(line)).unwrap();
        assert!(found.len() == 1 && found[0] == (4..8), "{found:?}");
    }
}
