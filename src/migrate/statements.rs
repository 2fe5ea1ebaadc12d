//! Splits a script into statements, so that an error can name the one that failed. Knows quotes, comments, triggers and
//! the bodies of functions; SQL itself is left to the database.

use super::dialect::Dialect;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct SqlStatement<'a> {
    /// Its number in the script, from 1.
    pub(super) number: usize,
    /// The line on which it begins, from 1.
    pub(super) line: usize,
    /// Its text, without the semicolon at its end and without comments before it.
    pub(super) sql: &'a str,
}

impl SqlStatement<'_> {
    pub(super) fn first_words(&self) -> String {
        const WORDS: usize = 6;
        const LETTERS: usize = 60;
        let words: Vec<&str> = self.sql.split_whitespace().take(WORDS + 1).collect();
        let is_cut = words.len() > WORDS;
        let mut text = words[..words.len().min(WORDS)].join(" ");
        if let Some((at, _)) = text.char_indices().nth(LETTERS) {
            text.truncate(at);
        } else if !is_cut {
            return text;
        }
        text + " …"
    }
}

pub(super) fn split_statements(script: &str, dialect: Dialect) -> Vec<SqlStatement<'_>> {
    let mut statements = Vec::new();
    let mut lexer = SqlLexer { text: script, at: 0, dialect };
    let mut nesting = BlockNesting::new(dialect);
    // From the first word of a statement to the end of its last.
    let mut span: Option<(usize, usize)> = None;
    while let Some((start, token)) = lexer.next_token() {
        match token {
            SqlToken::Space => {}
            SqlToken::Semicolon if nesting.ends_here() => {
                push_statement(&mut statements, script, span.take());
                nesting = BlockNesting::new(dialect);
            }
            token => {
                nesting.add_token(token);
                span = Some((span.map_or(start, |(first, _)| first), lexer.at));
            }
        }
    }
    push_statement(&mut statements, script, span);
    statements
}

fn push_statement<'a>(statements: &mut Vec<SqlStatement<'a>>, script: &'a str, span: Option<(usize, usize)>) {
    if let Some((start, end)) = span {
        let line = 1 + script[..start].matches('\n').count();
        statements.push(SqlStatement { number: statements.len() + 1, line, sql: &script[start..end] });
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SqlToken<'a> {
    /// White space or a comment.
    Space,
    Semicolon,
    /// A name or a keyword without quotes.
    Word(&'a str),
    Open,
    Close,
    /// A quoted text, a number, an operator.
    Other,
}

struct SqlLexer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> SqlLexer<'a> {
    /// Returns the next token and where it begins.
    fn next_token(&mut self) -> Option<(usize, SqlToken<'a>)> {
        let start = self.at;
        let rest = &self.text[start..];
        let first = rest.chars().next()?;
        let is_postgres = self.dialect == Dialect::Postgres;
        let (length, token) = match first {
            ';' => (1, SqlToken::Semicolon),
            '(' => (1, SqlToken::Open),
            ')' => (1, SqlToken::Close),
            '\'' => (quoted_length(rest, '\'', false), SqlToken::Other),
            '"' => (quoted_length(rest, '"', false), SqlToken::Other),
            '`' if !is_postgres => (quoted_length(rest, '`', false), SqlToken::Other),
            '[' if !is_postgres => (rest.find(']').map_or(rest.len(), |end| end + 1), SqlToken::Other),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), SqlToken::Space),
            '/' if rest.starts_with("/*") => (comment_length(rest, is_postgres), SqlToken::Space),
            'e' | 'E' if is_postgres && rest[1..].starts_with('\'') => {
                (1 + quoted_length(&rest[1..], '\'', true), SqlToken::Other)
            }
            '$' if is_postgres => (dollar_quoted_length(rest), SqlToken::Other),
            c if c.is_whitespace() => (c.len_utf8(), SqlToken::Space),
            c if c.is_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
                let word = &rest[..end.unwrap_or(rest.len())];
                (word.len(), SqlToken::Word(word))
            }
            c => (c.len_utf8(), SqlToken::Other),
        };
        self.at = start + length;
        Some((start, token))
    }
}

/// Returns the length of a quoted text at the beginning; two quotes in a row stand for one.
fn quoted_length(text: &str, quote: char, with_backslashes: bool) -> usize {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && with_backslashes {
            letters.next();
        } else if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

/// Returns the length of a comment at the beginning; PostgreSQL's nest.
fn comment_length(text: &str, nests: bool) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") && (nests || depth == 0) {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// Returns the length of `$tag$ … $tag$` at the beginning, or of the `$` alone.
fn dollar_quoted_length(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else { return 1 };
    let tag = &text[..end + 2];
    let is_name = |tag: &str| {
        tag.chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit())
    };
    if !is_name(&tag[1..tag.len() - 1]) {
        return 1;
    }
    text[tag.len()..].find(tag).map_or(text.len(), |body| body + 2 * tag.len())
}

/// Tells whether a semicolon ends the statement or is inside it.
struct BlockNesting {
    dialect: Dialect,
    words: Vec<String>,
    parentheses: usize,
    /// Open `BEGIN`s and `CASE`s of a trigger or of a function's body.
    blocks: usize,
}

impl BlockNesting {
    fn new(dialect: Dialect) -> Self {
        Self { dialect, words: Vec::new(), parentheses: 0, blocks: 0 }
    }

    fn ends_here(&self) -> bool {
        self.parentheses == 0 && self.blocks == 0
    }

    fn add_token(&mut self, token: SqlToken<'_>) {
        match token {
            SqlToken::Open => self.parentheses += 1,
            SqlToken::Close => self.parentheses = self.parentheses.saturating_sub(1),
            SqlToken::Word(word) => self.add_word(&word.to_ascii_uppercase()),
            _ => {}
        }
    }

    fn add_word(&mut self, word: &str) {
        // CREATE [OR REPLACE] [TEMPORARY] TRIGGER|FUNCTION|PROCEDURE
        const HEAD: usize = 4;
        let last = self.words.last().map(String::as_str);
        match word {
            "BEGIN" if self.dialect == Dialect::Sqlite && self.is_create_of(&["TRIGGER"]) => self.blocks += 1,
            "ATOMIC" if last == Some("BEGIN") && self.is_create_of(&["FUNCTION", "PROCEDURE"]) => {
                self.blocks += 1;
            }
            "CASE" if self.blocks > 0 => self.blocks += 1,
            "END" if self.blocks > 0 => self.blocks -= 1,
            _ => {}
        }
        if self.words.len() >= HEAD {
            self.words.truncate(HEAD);
        }
        self.words.push(word.to_owned());
    }

    fn is_create_of(&self, kinds: &[&str]) -> bool {
        self.words.first().is_some_and(|word| word == "CREATE")
            && self.words.iter().take(4).any(|word| kinds.contains(&word.as_str()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn split_lines(script: &str, dialect: Dialect) -> Vec<(usize, &str)> {
        split_statements(script, dialect).into_iter().map(|one| (one.line, one.sql)).collect()
    }

    #[test]
    fn quotes_and_comments_hide_semicolons() {
        let script = "-- one; two\nSELECT 'a;''b' /* ; */ ; ;\n\n/* x\n */ SELECT \"c;\"; -- end;\nSELECT 3";
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let found = split_lines(script, dialect);
            assert_eq!(found, [(2, "SELECT 'a;''b'"), (5, "SELECT \"c;\""), (6, "SELECT 3")], "{dialect:?}");
        }
        assert_eq!(split_lines("SELECT [a;b], `c;d`; SELECT 2", Dialect::Sqlite).len(), 2);
    }

    #[test]
    fn unterminated_text_extends_to_the_end() {
        for script in ["SELECT 'a; SELECT 2;", "SELECT 1 /* ; ", "SELECT $a$ ; $b$;", "SELECT E'\\'; "] {
            assert_eq!(split_lines(script, Dialect::Postgres).len(), 1, "{script}");
        }
        assert!(split_lines(" -- nothing\n ; ;", Dialect::Sqlite).is_empty());
    }

    #[test]
    fn triggers_are_one_statement() {
        let trigger = "CREATE TEMP TRIGGER t AFTER UPDATE ON a BEGIN\n  UPDATE a SET x = CASE y WHEN 1 THEN 2 END;\n  \
                       DELETE FROM b;\nEND";
        let script = format!("{trigger};\nBEGIN; SELECT 1; END;");
        let found = split_lines(&script, Dialect::Sqlite);
        assert_eq!(found, [(1, trigger), (5, "BEGIN"), (5, "SELECT 1"), (5, "END")]);
    }

    #[test]
    fn function_bodies_are_one_statement() {
        let body = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $x$ BEGIN; END; $$ $x$";
        let atomic =
            "CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
        let rule = "CREATE RULE r AS ON INSERT TO a DO (SELECT 1; SELECT 2)";
        let nested = "SELECT /* a /* ; */ ; */ E'\\';' , $1";
        let script = [body, atomic, rule, nested].join(";\n");
        let found = split_lines(&script, Dialect::Postgres);
        assert_eq!(found, [(1, body), (2, atomic), (3, rule), (4, nested)]);
    }

    #[test]
    fn first_words_fit_on_a_line() {
        let words = |sql| SqlStatement { number: 1, line: 1, sql }.first_words();
        assert_eq!(words("DROP  TABLE\n a"), "DROP TABLE a");
        assert_eq!(words("INSERT INTO a (b, c) VALUES (1, 2)"), "INSERT INTO a (b, c) VALUES …");
        assert_eq!(words(&"x".repeat(80)), format!("{} …", "x".repeat(60)));
    }
}
