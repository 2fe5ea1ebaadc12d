//! Parse, run, exit code. Only `serve` builds a runtime.

use std::io::Write;

fn main() {
    let code = botctl::cli::main();
    // Nobody need be left to read it; a command that minds has said so already.
    let _written = std::io::stdout().flush();
    // A thread may still be at work that nobody waits for: the pool opens connections ahead, and a server may not answer.
    // An ordinary exit takes OpenSSL down under it, which ended one `serve` in 150 on PostgreSQL with SIGSEGV.
    signal_hook::low_level::exit(i32::from(code));
}
