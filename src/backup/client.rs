//! The client programs of PostgreSQL. The password goes to them through their environment, never through the command line,
//! which everybody on the machine can see; what they say is only passed on if it repeats nothing of it.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};
use std::thread;

use super::error::BackupError;
use crate::config::SecretUrl;
use crate::config::postgres_url;
use crate::db::connection::POSTGRES_OPTIONS;

/// The last lines of what a program said that are passed on.
const LINES: usize = 3;

/// A program that connects to this database.
pub(super) fn connected(program: &'static str, url: &SecretUrl) -> Result<Command, BackupError> {
    // As for our own connections: a network that swallows packets must not hold the lock of the backups for hours.
    let patient = postgres_url::with_options(url.expose(), &POSTGRES_OPTIONS);
    let Some((address, password)) = postgres_url::without_password(&patient) else {
        let said =
            "the address has an option such as sslpassword, which cannot be handed over safely".to_owned();
        return Err(BackupError::Client { program, said });
    };
    let mut command = alone(program);
    command.arg("--no-password").arg("--dbname").arg(address);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// A program that connects to nothing.
pub(super) fn alone(program: &'static str) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs it to its end.
///
/// # Errors
/// When it is not there, or says that it failed.
pub(super) fn run(
    program: &'static str,
    mut command: Command,
    url: Option<&SecretUrl>,
) -> Result<Vec<u8>, BackupError> {
    let output = command.output().map_err(|error| not_run(program, &error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(program, &output, url)) }
}

/// The same with something to read from its stdin.
///
/// # Errors
/// As [`run`].
pub(super) fn run_with(
    program: &'static str,
    mut command: Command,
    input: String,
    url: Option<&SecretUrl>,
) -> Result<Vec<u8>, BackupError> {
    let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| not_run(program, &error))?;
    let mut pipe = child.stdin.take();
    let writing = thread::spawn(move || pipe.as_mut().map(|pipe| pipe.write_all(input.as_bytes())));
    let output = child.wait_with_output().map_err(|error| not_run(program, &error))?;
    // A program that does not read to the end says itself why.
    let _written = writing.join();
    if output.status.success() { Ok(output.stdout) } else { Err(failed(program, &output, url)) }
}

pub(super) fn not_run(program: &'static str, error: &io::Error) -> BackupError {
    if error.kind() == io::ErrorKind::NotFound {
        BackupError::MissingClient { program }
    } else {
        BackupError::Client { program, said: error.to_string() }
    }
}

pub(super) fn failed(program: &'static str, output: &Output, url: Option<&SecretUrl>) -> BackupError {
    let said = String::from_utf8_lossy(&output.stderr);
    // Where in the server's source it went wrong is of no use here.
    let is_told = |line: &&str| !line.is_empty() && !line.starts_with("LOCATION:");
    let lines: Vec<_> = said.lines().map(str::trim).filter(is_told).collect();
    let last = lines.get(lines.len().saturating_sub(LINES)..).unwrap_or_default().join("; ");
    let said = if url.is_some_and(|url| url.is_revealed_by(&said)) {
        "the reason is not shown because it repeats pieces of the password".to_owned()
    } else if last.is_empty() {
        output.status.to_string()
    } else {
        last
    };
    BackupError::Client { program, said }
}

/// Makes sure that a program is there and not older than the server.
///
/// # Errors
/// When it is not.
pub(super) fn require(program: &'static str, server: u64) -> Result<(), BackupError> {
    let mut command = alone(program);
    command.arg("--version");
    let said = run(program, command, None)?;
    // "pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)"
    let said = String::from_utf8_lossy(&said);
    let number = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let digits = number.and_then(|word| word.split(|c: char| !c.is_ascii_digit()).next());
    match digits.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(client) if client < server => Err(BackupError::OutdatedClient { program, client, server }),
        _ => Ok(()),
    }
}
