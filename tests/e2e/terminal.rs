//! A terminal of its own for a command: what it shows to a person, and what that person types.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::world::TIMEOUT;

/// Which of the command's channels are the terminal; the others are pipes.
#[derive(Clone, Copy, Debug)]
pub struct Wired {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
}

pub const ALL: Wired = Wired { stdin: true, stdout: true, stderr: true };

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    pub code: Option<i32>,
    /// Everything that the terminal was sent, escape sequences included.
    pub screen: String,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command on a new terminal with this already typed.
pub fn on_terminal(mut command: Command, wired: Wired, typed: &str) -> Seen {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).unwrap();
    // Held until the end, so that reading the terminal does not fail before the command has opened it.
    let slave = File::options().read(true).write(true).open(name).unwrap();
    let end = |is_terminal: bool, other: Stdio| {
        if is_terminal { Stdio::from(slave.try_clone().unwrap()) } else { other }
    };
    command.stdin(end(wired.stdin, Stdio::null()));
    command.stdout(end(wired.stdout, Stdio::piped()));
    command.stderr(end(wired.stderr, Stdio::piped()));
    File::from(master.try_clone().unwrap()).write_all(typed.as_bytes()).unwrap();
    let screen = watch(master);
    let child = command.spawn().unwrap();
    // The command's copies go too.
    drop(command);
    drop(slave);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || tell.send(child.wait_with_output()));
    let output = told.recv_timeout(TIMEOUT).expect("the command did not end").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Seen {
        code: output.status.code(),
        screen: text(screen.recv_timeout(TIMEOUT).expect("the terminal was not closed")),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Runs a command on a new terminal. Each answer is typed once its question is on the screen.
pub fn answer_on_terminal(mut command: Command, answers: &'static [(&'static str, &'static str)]) -> Seen {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let slave = File::options().read(true).write(true).open(name).unwrap();
    let end = || Stdio::from(slave.try_clone().unwrap());
    command.stdin(end()).stdout(end()).stderr(end());
    let mut child = command.spawn().unwrap();
    drop(command);
    drop(slave);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut master, mut seen, mut piece) = (File::from(master), Vec::new(), [0; 4096]);
        let (mut answers, mut from) = (answers.iter().peekable(), 0);
        while let Ok(length @ 1..) = master.read(&mut piece) {
            seen.extend_from_slice(&piece[..length]);
            let screen = String::from_utf8_lossy(&seen).into_owned();
            while let Some((question, answer)) = answers.peek()
                && let Some(at) = screen[from..].find(question)
            {
                from += at + question.len();
                master.write_all(answer.as_bytes()).unwrap();
                answers.next();
            }
        }
        let _gone = tell.send(String::from_utf8_lossy(&seen).into_owned());
    });
    let screen = told.recv_timeout(TIMEOUT).expect("the command did not end");
    let code = child.wait().unwrap().code();
    Seen { code, screen, stdout: String::new(), stderr: String::new() }
}

/// Reads the terminal until its other end is closed.
fn watch(master: OwnedFd) -> mpsc::Receiver<Vec<u8>> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut master, mut seen, mut piece) = (File::from(master), Vec::new(), [0; 4096]);
        // That is an error on Linux (EIO) and an end elsewhere.
        while let Ok(length @ 1..) = master.read(&mut piece) {
            seen.extend_from_slice(&piece[..length]);
        }
        let _gone = tell.send(seen);
    });
    told
}
