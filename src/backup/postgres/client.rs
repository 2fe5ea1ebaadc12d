//! The client programs of PostgreSQL. They get the password in their environment, not on the command line, which every user
//! of the machine can see; their messages are only passed on if they repeat nothing of it.

use std::io::{self, Write};
use std::process::{Command, Output, Stdio};
use std::thread;

use super::super::error::BackupError;
use crate::config::SecretUrl;
use crate::config::postgres_url;
use crate::db::connection::POSTGRES_OPTIONS;

/// How many of the last lines of a message are passed on.
const MESSAGE_LINES: usize = 3;

pub(super) fn connecting_command(program: &'static str, url: &SecretUrl) -> Result<Command, BackupError> {
    // As for connections of botctl itself: a network that drops packets must not hold the lock of the backup folder for hours.
    let address = postgres_url::with_options(url.expose(), &POSTGRES_OPTIONS);
    let Some((address, password)) = postgres_url::without_password(&address) else {
        let message =
            "the address has an option such as sslpassword, which cannot be passed on safely".to_owned();
        return Err(BackupError::Client { program, message });
    };
    let mut command = new_command(program);
    command.arg("--no-password").arg("--dbname").arg(address);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    Ok(command)
}

/// Returns the command of a program that does not connect.
pub(super) fn new_command(program: &'static str) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs a program to its end and returns what it prints.
pub(super) fn run_client(
    program: &'static str,
    mut command: Command,
    url: Option<&SecretUrl>,
) -> Result<Vec<u8>, BackupError> {
    let output = command.output().map_err(|error| start_error(program, &error))?;
    if output.status.success() { Ok(output.stdout) } else { Err(exit_error(program, &output, url)) }
}

/// Returns whether a program mentions an option or a command in its help.
pub(super) fn has_help(program: &'static str, argument: &str, word: &str) -> Result<bool, BackupError> {
    let mut command = new_command(program);
    command.arg(argument);
    Ok(String::from_utf8_lossy(&run_client(program, command, None)?).contains(word))
}

/// Does the same with a program that reads `input` from its stdin.
pub(super) fn run_client_with_input(
    program: &'static str,
    mut command: Command,
    input: String,
    url: Option<&SecretUrl>,
) -> Result<Vec<u8>, BackupError> {
    let mut child = command.stdin(Stdio::piped()).spawn().map_err(|error| start_error(program, &error))?;
    let mut pipe = child.stdin.take();
    let writing = thread::spawn(move || pipe.as_mut().map(|pipe| pipe.write_all(input.as_bytes())));
    let output = child.wait_with_output().map_err(|error| start_error(program, &error))?;
    // A program that does not read to the end reports why.
    let _may_fail = writing.join();
    if output.status.success() { Ok(output.stdout) } else { Err(exit_error(program, &output, url)) }
}

pub(super) fn start_error(program: &'static str, error: &io::Error) -> BackupError {
    if error.kind() == io::ErrorKind::NotFound {
        BackupError::MissingClient { program }
    } else {
        BackupError::Client { program, message: error.to_string() }
    }
}

pub(super) fn exit_error(program: &'static str, output: &Output, url: Option<&SecretUrl>) -> BackupError {
    let stderr = String::from_utf8_lossy(&output.stderr);
    // The place in the server's source code is of no use here.
    let is_useful = |line: &&str| !line.is_empty() && !line.starts_with("LOCATION:");
    let lines: Vec<_> = stderr.lines().map(str::trim).filter(is_useful).collect();
    let last = lines.get(lines.len().saturating_sub(MESSAGE_LINES)..).unwrap_or_default().join("; ");
    let message = if url.is_some_and(|url| url.is_revealed_by(&stderr)) {
        "the reason is not shown because it repeats pieces of the password".to_owned()
    } else if last.is_empty() {
        output.status.to_string()
    } else {
        last
    };
    BackupError::Client { program, message }
}

/// Fails when a program is missing or older than the server.
pub(super) fn require_version(program: &'static str, server: u64) -> Result<(), BackupError> {
    let mut command = new_command(program);
    command.arg("--version");
    let output = run_client(program, command, None)?;
    // "pg_dump (PostgreSQL) 17.2 (Debian 17.2-1)"
    let output = String::from_utf8_lossy(&output);
    let number = output.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
    let digits = number.and_then(|word| word.split(|c: char| !c.is_ascii_digit()).next());
    match digits.and_then(|digits| digits.parse::<u64>().ok()) {
        Some(client) if client < server => Err(BackupError::OutdatedClient { program, client, server }),
        _ => Ok(()),
    }
}
