//! Parse, run, exit code. Only `serve` builds a runtime.

use std::process::ExitCode;

fn main() -> ExitCode {
    botctl::cli::main()
}
