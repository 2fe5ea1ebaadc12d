//! Running a command of the program and looking at what it says.

use std::process::Output;

use serde_json::Value;

use super::world::{World, run_to_end};

/// How a command ended and what it wrote.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("ended by itself"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// It ended with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    /// The one document on stdout.
    #[track_caller]
    pub fn document(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{}\n{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap()
    }

    /// The words of a table, line by line, so that widths do not matter.
    pub fn cells(&self) -> Vec<String> {
        self.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}

impl World {
    /// Runs the program with these arguments.
    pub fn ask(&self, arguments: &[&str]) -> Said {
        run_to_end(self.command(arguments)).into()
    }

    /// The same with `--json`; the document.
    #[track_caller]
    pub fn ask_json(&self, arguments: &[&str], code: i32) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let said = self.ask(&all).ends(code);
        let document = said.document();
        assert_eq!(document["ok"], code == 0, "{document}");
        document
    }
}
