//! `logs tail`: the end of a log in both forms, filters, and following it through everything that happens to files.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use tempfile::TempDir;

use crate::terminal::{ALL, on_terminal};
use crate::world::{TIMEOUT, run_to_end, said};

const TEXT: &str = "\
2026-11-22T13:00:00.000000Z  INFO serving bot=\"repair_bot\" ready_ms=131
2026-11-22T13:00:01.000000Z  INFO update update=71 kind=\"message\" user=1001 chat=1001 outcome=\"handled\" ms=1.234
2026-11-22T13:00:02.000000Z ERROR update failed, retrying update=72 error=the database failed: disk is full
   0: std::backtrace
2026-11-22T13:00:03.000000Z  WARN flood wait chat=-1001 outbox=17 seconds=3
";
const JSON: &str = "\
{\"timestamp\":\"2026-11-22T14:00:00.000000Z\",\"level\":\"INFO\",\"message\":\"update\",\"update\":73,\"chat\":1001,\"ms\":0.5}
{\"timestamp\":\"2026-11-22T14:00:01.000000Z\",\"level\":\"WARN\",\"message\":\"flood wait\",\"chat\":-1001,\"seconds\":3}
{\"timestamp\":\"2026-11-22T14:00:02.000000Z\",\"level\":\"DEBUG\",\"message\":\"delivered\",\"chat\":10011}
";
const PYTHON: &str =
    "2025-01-01 12:00:00,123 - bot.main - WARNING - slow\nTraceback (most recent call last):\n";

/// A folder to run in, with a log in it.
struct Place {
    folder: TempDir,
}

impl Place {
    /// Without any log.
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With these files, the newest first; `None` leaves a gap.
    fn with(files: &[Option<&[u8]>]) -> Self {
        let place = Self::empty();
        fs::create_dir(place.folder.path().join("logs")).unwrap();
        for (number, content) in files.iter().enumerate() {
            if let Some(content) = content {
                fs::write(place.path(number), content).unwrap();
            }
        }
        place
    }

    fn path(&self, number: usize) -> PathBuf {
        let name = if number == 0 { "bot.log".to_owned() } else { format!("bot.log.{number}") };
        self.folder.path().join("logs").join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
        command.args(["logs", "tail"]).args(arguments).env_clear();
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run_to_end(self.command(arguments))
    }

    /// What a run that goes well shows.
    fn shows(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn write(&self, text: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path(0)).unwrap();
        file.write_all(text.as_ref()).unwrap();
    }

    fn rotate(&self) {
        let _none = fs::remove_file(self.path(5));
        for number in (0..5).rev() {
            let _gap = fs::rename(self.path(number), self.path(number + 1));
        }
    }
}

/// The program with `-f`, line by line.
struct Following {
    child: Child,
    lines: Receiver<Vec<u8>>,
    told: Receiver<Vec<u8>>,
}

impl Following {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        fn each(source: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
            let (tell, told) = channel();
            std::thread::spawn(move || {
                let mut source = BufReader::new(source);
                let mut line = Vec::new();
                while source.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                    if tell.send(std::mem::take(&mut line)).is_err() {
                        break;
                    }
                }
            });
            told
        }
        let mut command = place.command(&["-f"]);
        let mut child =
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, told) = (each(child.stdout.take().unwrap()), each(child.stderr.take().unwrap()));
        Self { child, lines, told }
    }

    fn next(&self) -> String {
        let line = self.lines.recv_timeout(TIMEOUT).expect("another line");
        String::from_utf8_lossy(&line).into_owned()
    }

    fn is_told(&self) -> String {
        let line = self.told.recv_timeout(TIMEOUT).expect("a word on stderr");
        String::from_utf8_lossy(&line).into_owned()
    }

    /// Ends it like Ctrl-C; nothing may have been left unsaid. Under a shell that put the tests into the background, which
    /// makes its children ignore Ctrl-C, as `kill` does.
    fn interrupt(mut self) {
        use rustix::process::Signal;
        let signal = if hears_interrupts() { Signal::INT } else { Signal::TERM };
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
        let status = self.child.wait().unwrap();
        let rest: Vec<_> =
            self.lines.iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect();
        assert_eq!(rest, [""; 0]);
        assert_eq!(status.signal(), Some(signal.as_raw()));
    }
}

/// Whether SIGINT does anything to what is started here.
fn hears_interrupts() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    // The lowest bit is signal 1.
    u64::from_str_radix(ignored.trim(), 16).unwrap() & 0b10 == 0
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

fn numbered(from: u32, to: u32) -> String {
    (from..to)
        .map(|number| format!("2026-11-22T13:00:00.000000Z  INFO line number={number}\n"))
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn the_last_lines_come_from_all_files_oldest_first() {
    // A crash during a rotation leaves a gap, a power loss a line without end.
    let (old, new) = (numbered(0, 100), numbered(100, 130));
    let place = Place::with(&[Some(new.trim_end().as_bytes()), None, Some(old.trim_end().as_bytes())]);
    assert_eq!(place.shows(&[]), numbered(80, 130));
    assert_eq!(place.shows(&["-n", "3"]), numbered(127, 130));
    assert_eq!(place.shows(&["-n", "0"]), "");
    assert_eq!(place.shows(&["-n", "31"]), numbered(99, 130));
    assert_eq!(place.shows(&["-n", "1000000"]), numbered(0, 130));
    assert_eq!(place.shows(&["-n", "all"]), numbered(0, 130));
    assert_eq!(place.shows(&["--since", "2026-11-22"]), numbered(0, 130));
    // Between the two renames and the new file there is no bot.log.
    fs::remove_file(place.path(0)).unwrap();
    assert_eq!(place.shows(&["-n", "1"]), numbered(99, 100));
}

#[test]
fn filters_understand_both_forms_and_add_up() {
    let both = [TEXT, JSON].concat();
    let place = Place::with(&[Some(both.as_bytes()), Some(PYTHON.as_bytes())]);
    let lines: Vec<&str> = PYTHON.lines().chain(both.lines()).collect();
    let picked = |numbers: &[usize]| {
        numbers.iter().map(|number| format!("{}\n", lines[*number])).collect::<Vec<_>>().concat()
    };
    for (arguments, numbers) in [
        (&["--level", "warn"][..], &[4, 5, 6, 8][..]),
        (&["--level", "ERROR"], &[4, 5]),
        (&["--level", "info"], &[2, 3, 4, 5, 6, 7, 8]),
        (&["--chat", "1001"], &[3, 7]),
        (&["--chat", "-1001"], &[6, 8]),
        (&["--update", "72"], &[4, 5]),
        (&["--update", "73", "--chat", "1001"], &[7]),
        (&["--grep", "flood"], &[6, 8]),
        (&["--grep", "(?i)FLOOD", "-n", "1"], &[8]),
        (&["--grep", "backtrace$"], &[5]),
        (&["--grep", "disk is full"], &[4, 5]),
        (&["--level", "warn", "--grep", "^2026.*flood|slow"], &[6]),
        // Lines of the old bot are foreign.
        (&["--grep", "slow|Traceback"], &[0, 1]),
        // In Moscow, unless an offset is given.
        (&["--since", "2026-11-22 16:00:03"], &[6, 7, 8, 9]),
        (&["--since", "2026-11-22 13:00:03Z"], &[6, 7, 8, 9]),
        (&["--since", "2026-11-22T17:00:01+03:00"], &[8, 9]),
        (&["--grep", "flooda+*"], &[6, 8]),
        (&["--grep", "flood wait+*", "--chat", "-1001"], &[6, 8]),
        (&["--grep", "fullx+{0}$"], &[4, 5]),
        (&["--until", "2026-11-22T13:00:01Z"], &[2, 3]),
        (&["--since", "2026-11-22 16:00:02", "--until", "2026-11-22 17:00", "--level", "error"], &[4, 5]),
        (&["--since", "9999-01-01"], &[]),
    ] {
        assert_eq!(place.shows(arguments), picked(numbers), "{arguments:?}");
    }
    let mut elsewhere = place.command(&["--since", "2026-11-22 18:00:03"]);
    elsewhere.env("TIMEZONE", "Asia/Yekaterinburg");
    let output = run_to_end(elsewhere);
    assert_eq!(String::from_utf8_lossy(&output.stdout), picked(&[6, 7, 8, 9]));
    let nothing = place.run(&["--grep", "nowhere"]);
    assert_eq!(nothing.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&nothing.stderr), "no matching log lines\n");
    assert_eq!(said(&place.run(&["--grep", "nowhere", "-q"])), "");
}

#[test]
fn relative_times_follow_the_clock() {
    let ago = |hours| chrono::Utc::now() - chrono::TimeDelta::hours(hours);
    let line = |hours| format!("{}  INFO line\n", ago(hours).format("%Y-%m-%dT%H:%M:%S%.6fZ"));
    let (old, new) = (line(3), line(1));
    let place = Place::with(&[Some([&*old, &*new].concat().as_bytes())]);
    assert_eq!(place.shows(&["--since", "2h"]), new);
    assert_eq!(place.shows(&["--until", "2h"]), old);
    assert_eq!(place.shows(&["--since", "1s"]), "");
}

#[test]
fn json_is_one_object_a_line() {
    let both = [TEXT, JSON].concat();
    let place = Place::with(&[Some(both.as_bytes()), Some(PYTHON.as_bytes())]);
    let expected = "\
{\"raw\":\"2025-01-01 12:00:00,123 - bot.main - WARNING - slow\"}
{\"raw\":\"Traceback (most recent call last):\"}
{\"time\":\"2026-11-22T13:00:00.000000Z\",\"level\":\"info\",\"message\":\"serving\",\"fields\":{\"bot\":\"repair_bot\",\"ready_ms\":131}}
{\"time\":\"2026-11-22T13:00:01.000000Z\",\"level\":\"info\",\"message\":\"update\",\"fields\":{\"chat\":1001,\"kind\":\"message\",\"ms\":1.234,\"outcome\":\"handled\",\"update\":71,\"user\":1001}}
{\"time\":\"2026-11-22T13:00:02.000000Z\",\"level\":\"error\",\"message\":\"update failed, retrying\",\"fields\":{\"error\":\"the database failed: disk is full\",\"update\":72}}
{\"raw\":\"   0: std::backtrace\"}
{\"time\":\"2026-11-22T13:00:03.000000Z\",\"level\":\"warn\",\"message\":\"flood wait\",\"fields\":{\"chat\":-1001,\"outbox\":17,\"seconds\":3}}
{\"time\":\"2026-11-22T14:00:00.000000Z\",\"level\":\"info\",\"message\":\"update\",\"fields\":{\"chat\":1001,\"ms\":0.5,\"update\":73}}
{\"time\":\"2026-11-22T14:00:01.000000Z\",\"level\":\"warn\",\"message\":\"flood wait\",\"fields\":{\"chat\":-1001,\"seconds\":3}}
{\"time\":\"2026-11-22T14:00:02.000000Z\",\"level\":\"debug\",\"message\":\"delivered\",\"fields\":{\"chat\":10011}}
";
    assert_eq!(place.shows(&["--json"]), expected);
}

#[test]
fn file_content_but_for_nul_bytes_is_printed_unchanged() {
    let mut odd = b"\xff\xfe broken\0 \x1b[31mred\x1b[0m\r\n\r\n\n".to_vec();
    odd.extend(b"2026-11-22T13:00:00.000000Z ERROR ");
    odd.extend(b"x".repeat(1024 * 1024));
    odd.extend(b"\n\xd0\nlast");
    let place = Place::with(&[Some(&odd)]);
    let mut expected: Vec<u8> = odd.iter().copied().filter(|byte| *byte != 0).collect();
    expected.push(b'\n');
    assert!(place.run(&[]).stdout == expected);
    // The last three are the long one and what belongs to it.
    let long = &expected[expected.len() - (1024 * 1024 + 34 + 1 + 2 + 5)..];
    assert!(place.run(&["-n", "3"]).stdout == long);
    assert!(place.run(&["--level", "error"]).stdout == long);
    assert!(place.run(&["--grep", "xxx"]).stdout == long);
    let json = place.shows(&["--json"]);
    let objects: Vec<serde_json::Value> =
        json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 6);
    assert_eq!(objects[0]["raw"], "\u{fffd}\u{fffd} broken \u{1b}[31mred\u{1b}[0m");
    assert_eq!(objects[3]["message"].as_str().unwrap().len(), 1024 * 1024);
}

#[test]
fn nul_bytes_are_skipped_with_one_remark() {
    // Left by a truncation under the writer, and by a power loss.
    let (hole, more) = ("\0".repeat(100_000), "\0".repeat(7));
    let log = [&hole, TEXT, &more, &numbered(0, 2)].concat();
    let place = Place::with(&[Some(log.as_bytes())]);
    let clean = [TEXT, &numbered(0, 2)].concat();
    let shows = |arguments: &[&str], expected: &str, remarks: usize| {
        let output = place.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{arguments:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.matches("NUL bytes").count(), remarks, "{told}");
    };
    shows(&[], &clean, 1);
    shows(&["-n", "all"], &clean, 1);
    shows(&["-n", "7"], &clean, 1);
    shows(&["-n", "1"], &numbered(1, 2), 0);
    shows(&["--level", "error"], &TEXT.split_inclusive('\n').skip(2).take(2).collect::<String>(), 0);
    shows(&["--since", "2026-11-22", "--level", "info"], &clean, 1);
    shows(&["-n", "1", "--grep", "serving"], &format!("{}\n", TEXT.lines().next().unwrap()), 1);
    let json = place.shows(&["--json"]);
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["message"], json.lines().count()), (&"serving".into(), 7));
    let terminal = on_terminal(place.command(&["-n", "all"]), ALL, "");
    assert!(!terminal.screen.contains("u{0}"), "{}", terminal.screen);
    assert_eq!(terminal.screen.matches("NUL bytes").count(), 1);
}

#[test]
fn nul_bytes_written_while_following_are_skipped() {
    let place = Place::with(&[Some(b"one\n")]);
    let following = Following::start(&place, &[]);
    assert_eq!(following.next(), "one\n");
    place.write("\0\0\0two\n");
    assert_eq!(following.next(), "two\n");
    assert!(following.is_told().contains("NUL bytes"));
    place.write("\0three\n");
    assert_eq!(following.next(), "three\n");
    following.interrupt();
}

#[test]
fn compressed_log_files_are_named_as_skipped() {
    let place = Place::with(&[Some(TEXT.as_bytes())]);
    for name in ["bot.log.1.gz", "bot.log.2.gz", "bot.log-20261101.zst", "bot.log.old", "other.gz"] {
        fs::write(place.path(0).with_file_name(name), "x").unwrap();
    }
    let output = place.run(&["-n", "1"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    for name in ["bot.log.1.gz", "bot.log.2.gz", "bot.log-20261101.zst"] {
        assert!(told.contains(name), "{told}");
    }
    assert!(!told.contains("other.gz") && !told.contains("old"), "{told}");
    assert_eq!(place.run(&["-n", "1", "-q"]).stderr, b"");
}

#[test]
fn missing_log_is_named_and_an_empty_one_is_fine() {
    for (place, what) in
        [(Place::empty(), "nor does its directory"), (Place::with(&[]), "logs/bot.log does not exist")]
    {
        let output = place.run(&[]);
        let said = said(&output);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{said}");
        assert!(said.contains("logs/bot.log") && said.contains(what) && said.contains("LOG_DIR"), "{said}");
    }
    assert_eq!(said(&Place::with(&[Some(b"")]).run(&[])), "");
    let place = Place::empty();
    fs::create_dir_all(place.path(0)).unwrap();
    let output = place.run(&["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["error"]["message"], "cannot read logs/bot.log: not a regular file");
    // A variable that has nothing to do with it may be wrong at three in the morning.
    let place = Place::with(&[Some(b"line\n")]);
    let mut command = place.command(&[]);
    command.env("LOG_LEVEL", "LOUD").env("TIMEZONE", "Mars/Base");
    assert_eq!(said(&run_to_end(command)), "line\n");
}

#[test]
fn invalid_arguments_get_a_hint() {
    let place = Place::with(&[Some(TEXT.as_bytes())]);
    for (arguments, hint) in [
        (&["--grep", "x("][..], "unclosed group"),
        (&["--grep", "a\nb"], "leave the line end out"),
        (&["--since", "soon"], "an age (30m, 2h, 1d)"),
        (&["--until", "25:00"], "times without an offset are in TIMEZONE"),
        (&["--level", "wran"], "'warn'"),
        (&["-n", "many"], "a number of lines, or all"),
        (&["--chat", "home"], "invalid"),
        (&["-f", "--until", "1h"], "cannot be used with"),
        (&["--since", "1h", "--until", "2h"], "give --since the earlier time"),
    ] {
        let output = place.run(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        assert!(said(&output).contains(hint), "{arguments:?}: {}", said(&output));
        let json = place.run(&[arguments, &["--json"]].concat());
        let document: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!((json.status.code(), &document["error"]["kind"]), (Some(2), &"usage".into()));
    }
}

#[test]
fn closed_stdout_ends_following_quietly() {
    let place = Place::with(&[Some(numbered(0, 20_000).as_bytes())]);
    for arguments in [&["-n", "all"][..], &["-n", "all", "--json"], &["-n", "1", "-f"]] {
        let mut command = place.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        assert!(first.contains("line"), "{first}");
        // No line comes that could not be written.
        drop(reader);
        let (id, (tell, told)) = (rustix::process::Pid::from_child(&child), channel());
        std::thread::spawn(move || tell.send(child.wait_with_output()));
        let Ok(output) = told.recv_timeout(TIMEOUT) else {
            rustix::process::kill_process(id, rustix::process::Signal::KILL).unwrap();
            panic!("{arguments:?} goes on without a reader");
        };
        let output = output.unwrap();
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn each_line_is_shown_once_while_files_are_rotated_fast() {
    let place = Place::with(&[Some(numbered(0, 10).as_bytes())]);
    let following = Following::start(&place, &["-n", "5"]);
    let (mut written, mut shown) = (numbered(5, 10), String::new());
    let mut count = 10;
    while shown.len() < written.len() {
        shown += &following.next();
    }
    // How much was written when each file ended. Five rotations after its end a file is gone.
    let mut ended: Vec<usize> = Vec::new();
    for round in 0..120_u32 {
        for _ in 0..round % 4 {
            let line = numbered(count, count + 1);
            count += 1;
            let (begin, end) = line.split_at(line.len() / 2);
            place.write(begin);
            place.write(end);
            written += &line;
        }
        while ended.len() > 4 && shown.len() < ended[ended.len() - 4] {
            shown += &following.next();
        }
        ended.push(written.len());
        place.rotate();
    }
    place.write("last\n");
    written += "last\n";
    while shown.len() < written.len() {
        shown += &following.next();
    }
    assert!(shown == written, "{shown}\n--- instead of\n{written}");
    following.interrupt();
}

#[test]
fn following_waits_for_folder_file_and_line_end() {
    let place = Place::empty();
    let following = Following::start(&place, &["--level", "warn"]);
    assert_eq!(following.is_told(), "waiting for logs/bot.log\n");
    fs::create_dir(place.folder.path().join("logs")).unwrap();
    let (before, after) = TEXT.split_at(TEXT.find("disk").unwrap());
    place.write(before);
    place.write(after);
    let error = following.next();
    assert!(error.contains("ERROR") && error.ends_with("disk is full\n"), "{error}");
    assert_eq!(following.next(), "   0: std::backtrace\n");
    assert!(following.next().contains("WARN"));
    fs::remove_dir_all(place.folder.path().join("logs")).unwrap();
    fs::create_dir(place.folder.path().join("logs")).unwrap();
    place.write(JSON);
    assert!(following.next().contains("flood wait"));
    fs::remove_file(place.path(0)).unwrap();
    place.write("2026-11-22T15:00:00.000000Z ERROR again\n");
    assert!(following.next().contains("again"));
    following.interrupt();
}

#[test]
fn truncated_file_is_followed_from_its_start() {
    let place = Place::with(&[Some(b"one\ntwo\n")]);
    let following = Following::start(&place, &["--json", "-n", "1"]);
    assert_eq!(following.next(), "{\"raw\":\"two\"}\n");
    OpenOptions::new().write(true).truncate(true).open(place.path(0)).unwrap();
    place.write("three is longer than one and two\n");
    assert_eq!(following.next(), "{\"raw\":\"three is longer than one and two\"}\n");
    following.interrupt();
}

#[test]
fn terminal_gets_colour_but_no_control_sequences() {
    let text = [TEXT, "\x1b]0;title\x07\x1b[31mred\x1b[0m \u{202e}\n"].concat();
    let place = Place::with(&[Some(text.as_bytes())]);
    let shown = on_a_terminal(&place, &[("TERM", "xterm")]);
    assert!(shown.contains("Z \x1b[1m\x1b[31mERROR\x1b[0m update failed"), "{shown:?}");
    assert!(shown.contains("\r\n\\u{1b}]0;title\\u{7}\\u{1b}[31mred\\u{1b}[0m \\u{202e}\r\n"), "{shown:?}");
    let plain = on_a_terminal(&place, &[("TERM", "xterm"), ("NO_COLOR", "1")]);
    assert!(plain.contains("Z ERROR update failed") && !plain.contains('\x1b'), "{plain:?}");
    assert_eq!(place.shows(&[]), text);
}

/// What a terminal is given.
fn on_a_terminal(place: &Place, env: &[(&str, &str)]) -> String {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = File::options().read(true).write(true).open(Path::new(&name)).unwrap();
    let mut command = place.command(&[]);
    command.envs(env.iter().copied()).stdout(theirs.try_clone().unwrap()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // Once the other end is closed, reading ends with an error or with nothing.
    drop((command, theirs));
    let (mut ours, mut shown, mut piece) = (File::from(ours), Vec::new(), [0; 4096]);
    while let Ok(read) = ours.read(&mut piece) {
        if read == 0 {
            break;
        }
        shown.extend_from_slice(&piece[..read]);
    }
    assert!(child.wait().unwrap().success());
    String::from_utf8(shown).unwrap()
}
