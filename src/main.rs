//! Parse, run, exit code. Only `serve` builds a runtime.

fn main() {
    let code = botctl::run();
    // What was printed is out: stdout gives each line away as it ends. To lock it here would wait for ever for a thread of
    // the log that is stuck in a pipe which nobody reads.
    //
    // A thread may still be at work that nobody waits for: the pool opens connections ahead, and a server may not answer.
    // An ordinary exit takes OpenSSL down under it, which ended one `serve` in 150 on PostgreSQL with SIGSEGV.
    signal_hook::low_level::exit(i32::from(code));
}
