//! Parse, run, exit code. Only `serve` builds a runtime.

fn main() {
    let code = botctl::run();
    // Stdout is flushed after each line. Locking it here could wait for ever for a log thread that is stuck in a full pipe.
    //
    // A thread may still run: the pool opens connections ahead, and a server may not answer. An ordinary exit takes OpenSSL
    // down under it, which ended one `serve` in 150 on PostgreSQL with SIGSEGV.
    signal_hook::low_level::exit(i32::from(code));
}
