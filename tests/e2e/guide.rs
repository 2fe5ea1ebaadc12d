//! The operator's guide, in both languages: every command in it is run, its text names only commands that exist, what it
//! quotes is said, and both languages have the same commands.
//!
//! Commands of this program are run on a bot of the test. `systemctl` and `docker compose up` start and stop it; other programs
//! are stand-ins that do nothing, named in [`STAND_INS`].

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel::connection::SimpleConnection;
use rstest::rstest;

use crate::command::Said;
use crate::packaging::{bot_directory, is_checkout_invisible};
use crate::world::{Backend, STRANGER, TOKEN, TestDatabase, World, empty, has_postgres, run_to_end, staffed};

/// Programs that the guide calls and that must not run in a test.
const STAND_INS: [&str; 17] = [
    "apt",
    "cargo",
    "createdb",
    "docker",
    "install",
    "jq",
    "packaging/deb/build.sh",
    ".ci/run",
    "promtool",
    "psql",
    "rsync",
    "sudoedit",
    "systemctl",
    "systemd-analyze",
    "tee",
    "useradd",
    "$EDITOR",
];

/// Programs that are run as they are, in the directory of the test.
const HARMLESS: [&str; 4] = ["botctl", "chmod", "cp", "rm"];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of the pages, which are the same in both languages.
fn page_names() -> Vec<String> {
    let names = |language: &str| {
        let entries = fs::read_dir(repository().join("docs/guide").join(language)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let pages = names("en");
    assert_eq!(pages, names("ru"));
    pages
}

fn page(language: &str, name: &str) -> String {
    fs::read_to_string(repository().join("docs/guide").join(language).join(name)).unwrap()
}

/// The lines of a page's blocks in this language, and of a page without any blocks if it is empty.
fn block_lines<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let mut open = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(_), Some(_)) => open = None,
            (Some(name), None) => open = Some(name),
            (None, open) if open.unwrap_or_default() == language => lines.push(line),
            (None, _) => {}
        }
    }
    assert_eq!(open, None, "a block has no end");
    lines
}

/// The commands of a page, without their comments, which are translated.
fn commands(text: &str) -> Vec<String> {
    let lines = block_lines(text, "sh").into_iter();
    lines.map(|line| line.split("  #").next().unwrap_or_default().trim().to_owned()).collect()
}

/// The sources of the program without their comments.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else {
            let text = fs::read_to_string(&path).unwrap_or_default();
            all.extend(
                text.lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .map(|line| format!("{line}\n")),
            );
        }
    }
}

#[test]
fn messages_quoted_in_the_guide_exist() {
    let mut all = String::new();
    sources(&repository().join("src"), &mut all);
    for language in ["en", "ru"] {
        let text = page(language, "troubleshooting.md");
        let quoted: Vec<_> =
            text.lines().filter_map(|line| line.strip_prefix("| \"")?.split('"').next()).collect();
        assert_eq!(quoted.len(), 6, "{language}");
        for message in quoted {
            assert!(all.contains(message), "{language} quotes what nothing says: {message}");
        }
    }
}

#[test]
fn both_languages_have_the_same_blocks() {
    for name in page_names() {
        let (en, ru) = (page("en", &name), page("ru", &name));
        assert_eq!(commands(&en), commands(&ru), "{name}");
        for language in ["cron", "yaml", "ini"] {
            assert_eq!(block_lines(&en, language), block_lines(&ru, language), "{name}");
        }
    }
}

#[test]
fn links_of_the_guide_lead_to_files() {
    let pages = page_names().into_iter().flat_map(|name| [("en", name.clone()), ("ru", name)]);
    for (language, name) in pages {
        let text = page(language, &name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = repository().join("docs/guide").join(language).join(link.split('#').next().unwrap());
            assert!(link.starts_with("https://") || file.is_file(), "{language}/{name} leads to {link}");
        }
    }
}

#[test]
fn commands_in_the_text_of_the_guide_are_valid() {
    let pages = page_names().into_iter().flat_map(|name| [("en", name.clone()), ("ru", name)]);
    for (language, name) in pages {
        let text = page(language, &name);
        let lines = block_lines(&text, "");
        let quoted = lines.iter().flat_map(|line| line.split('`').skip(1).step_by(2));
        for command in quoted.filter(|quoted| quoted.starts_with("botctl ")) {
            // Topics of the help are no commands of clap's.
            if command.starts_with("botctl help ") {
                let mut help = Command::new(env!("CARGO_BIN_EXE_botctl"));
                help.args(command.split_whitespace().skip(1));
                assert!(run_to_end(help).status.success(), "{language}/{name}: {command}");
                continue;
            }
            let words = command.replace("ID", "1002").replace("NAME", "some-backup");
            let words = words.split_whitespace().filter(|word| *word != "&");
            let parsed = botctl::testing::cli::command().try_get_matches_from(words);
            let is_known = parsed.as_ref().map_or_else(|error| error.exit_code() == 0, |_| true);
            assert!(is_known, "{language}/{name}: {command}: {}", parsed.unwrap_err());
        }
    }
}

/// A bot whose operator follows a page of the guide.
struct Operator {
    world: World,
    /// Where the stand-ins are.
    programs: tempfile::TempDir,
    is_serving: bool,
    /// The database to which the guide moves the data.
    target: Option<TestDatabase>,
}

impl Operator {
    fn new(page: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let is_serving = !["quick-start.md", "old-bot.md", "development.md"].contains(&page);
        let setup = if is_serving { staffed() } else { empty().stopped() };
        let world = setup.with("HTTP_LISTEN", &free).build(Backend::Sqlite);
        if page == "old-bot.md" {
            let mut old = diesel::Connection::establish(&world.store.url()).unwrap();
            diesel::SqliteConnection::batch_execute(&mut old, include_str!("legacy/init_db.sql")).unwrap();
            fs::write(world.cwd().join(".env"), "").unwrap();
            std::os::unix::fs::symlink(world.store.url(), world.cwd().join("bot_database.db")).unwrap();
        }
        world.close_db();
        if is_serving {
            // It has run since yesterday.
            world.ask(&["backup"]).ends(0);
        }
        fs::create_dir(world.cwd().join("docker")).unwrap();
        fs::copy(repository().join("env.example"), world.cwd().join("env.example")).unwrap();
        let programs = tempfile::tempdir().unwrap();
        for name in STAND_INS.iter().filter(|name| !name.contains(['/', '$'])) {
            let file = programs.path().join(name);
            // What is piped into it must be read, or the writer would fail.
            fs::write(&file, "#!/bin/sh\nexec cat > /dev/null\n").unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let target = has_postgres().then(|| TestDatabase::new(Backend::Postgres, &world.cwd()));
        Self { world, programs, is_serving, target }
    }

    fn serve(&mut self, wanted: bool) {
        match (self.is_serving, wanted) {
            (false, true) => self.world.start(),
            (true, false) => assert_eq!(self.world.terminate(), 0),
            _ => {}
        }
        self.is_serving = wanted;
    }

    /// Does what a line of the guide says.
    fn follow(&mut self, line: &str) {
        let line =
            line.replace("sudo -u botctl ", "").replace("sudo ", "").replace("cargo run -- ", "botctl ");
        let line = match line.split_once(" exec bot ") {
            Some((compose, command)) if compose.starts_with("docker compose") => command.to_owned(),
            _ => line,
        };
        let line = line.replace("ID", &STRANGER.to_string());
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["-s"] | ["cd", "/var/lib/botctl"] => {}
            ["systemctl", "stop", "botctl"] => self.serve(false),
            ["systemctl", "start", "botctl"]
            | ["systemctl", "enable", "--now", "botctl"]
            | ["docker", "compose", .., "up", "-d"] => self.serve(true),
            ["systemctl", "restart", "botctl"] => {
                self.serve(false);
                self.serve(true);
            }
            ["botctl", "serve", ..] if !line.contains("--print-unit") => self.run_in_foreground(&line),
            // It asks on a terminal only, and not where there are settings.
            ["botctl", "config", "init"] => {
                let _earlier = fs::remove_file(self.world.cwd().join(".env"));
                fs::write(self.world.cwd().join("token"), TOKEN).unwrap();
                self.run("botctl config init --token-file token --admin-ids 1001 --dispatcher-ids 1002");
            }
            ["botctl", "logs", "tail", "-f"] => self.run_in_foreground(&line),
            _ => self.run(&line),
        }
    }

    /// Runs a command that ends by itself.
    fn run(&self, line: &str) {
        // A quoted text may have any characters.
        let unquoted: String = line.split('\'').step_by(2).collect();
        for part in unquoted.split("&&").flat_map(|part| part.split('|')) {
            let word = part.split_whitespace().next().unwrap();
            assert!(STAND_INS.contains(&word) || HARMLESS.contains(&word), "what is {word}? {line}");
            for file in part.split_whitespace().filter(|word| {
                word.starts_with("docker/c") || word.contains(".ci/") || word.starts_with("packaging/")
            }) {
                assert!(repository().join(file).is_file(), "there is no {file}: {line}");
            }
        }
        if line.starts_with(".ci/") || line.starts_with("packaging/") {
            return;
        }
        let mut line = line.to_owned();
        if line.contains(" NAME") {
            line = line.replace(" NAME", &format!(" {}", self.newest_backup()));
        }
        if let Some(at) = line.find("postgres://") {
            let Some(target) = &self.target else { return };
            line = format!("{}{}", &line[..at], target.url());
        }
        let said = self.shell(&line);
        // There is no terminal on which it could ask.
        let said = if said.code == 6 { self.shell(&confirmed(&line)) } else { said };
        assert_eq!(said.code, 0, "{line}\n{}\n{}", said.out, said.err);
    }

    fn newest_backup(&self) -> String {
        let list = self.world.ask_json(&["backup", "list"], 0);
        let newest = list["data"]["backups"][0]["path"].as_str();
        let newest = newest.unwrap_or_else(|| panic!("no backup: {list}"));
        Path::new(newest).file_name().unwrap().to_str().unwrap().to_owned()
    }

    fn shell(&self, line: &str) -> Said {
        let line = if line.contains("--print-unit") && is_checkout_invisible() { "true" } else { line };
        let mut command = Command::new("/bin/bash");
        command.args(["-o", "pipefail", "-c", line]);
        self.surround(&mut command);
        // A service would not see the directories of the test, which are in /tmp.
        let folder = bot_directory();
        if line.contains("--print-unit") {
            fs::write(folder.path().join(".env"), format!("BOT_TOKEN={TOKEN}\n")).unwrap();
            command.current_dir(folder.path()).env_clear().env("PATH", self.path());
        }
        run_to_end(command).into()
    }

    /// The stand-ins before all other programs.
    fn path(&self) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_botctl")).parent().unwrap();
        format!("{}:{}:/usr/bin:/bin", self.programs.path().display(), program.display())
    }

    /// Gives a command the environment of the bot.
    fn surround(&self, command: &mut Command) {
        let bot = self.world.command(&[]);
        command.env_clear().env("PATH", self.path()).env("EDITOR", "true").stdin(Stdio::null());
        command.current_dir(self.world.cwd());
        command.envs(bot.get_envs().filter_map(|(name, value)| Some((name, value?))));
    }

    /// Runs a command that goes on until it is stopped: it prints something, and then ends in order.
    fn run_in_foreground(&self, line: &str) {
        let sandbox = if line.contains("--sandbox") { " --sandbox-listen 127.0.0.1:0" } else { "" };
        let mut command = Command::new("/bin/bash");
        command.args(["-c", &format!("exec {line}{sandbox}")]);
        self.surround(&mut command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let wanted = if line.contains(" serve") { "serving" } else { "" };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains(wanted)), "{line} says nothing");
        let killed = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
        assert!(killed.unwrap().success());
        lines.for_each(drop);
        let code = child.wait().unwrap().code();
        assert!(code == Some(0) || code.is_none() && wanted.is_empty(), "{line} ended with {code:?}");
    }
}

/// The line with the confirmation that its command would have asked for.
fn confirmed(line: &str) -> String {
    match line.split_once(" | ") {
        Some((command, rest)) => format!("{command} --yes | {rest}"),
        None => format!("{line} --yes"),
    }
}

#[rstest]
fn commands_of_the_guide_work(
    #[values(
        "README.md",
        "quick-start.md",
        "configuration.md",
        "database.md",
        "backups.md",
        "monitoring.md",
        "security.md",
        "scaling.md",
        "webhook.md",
        "redis.md",
        "old-bot.md",
        "troubleshooting.md",
        "development.md"
    )]
    name: &str,
) {
    let commands = commands(&page("en", name));
    assert!(!commands.is_empty());
    let mut operator = Operator::new(name);
    for line in commands.iter().filter(|line| !line.is_empty()) {
        operator.follow(line);
    }
}

#[test]
fn every_page_of_the_guide_is_followed() {
    let tests = fs::read_to_string(repository().join("tests/e2e/guide.rs")).unwrap();
    for name in page_names() {
        assert!(tests.contains(&format!("        \"{name}\"")), "no test follows {name}");
    }
}

/// The jobs as cron runs them, with the folder and the program of this test in the places of the real ones.
#[test]
fn guide_cron_jobs_print_only_errors() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_botctl")).parent().unwrap();
    let table = block_lines(&page("en", "monitoring.md"), "cron")
        .join("\n")
        .replace("/var/lib/botctl", folder.path().to_str().unwrap())
        .replace("/usr/local/bin", program.to_str().unwrap());
    let path =
        table.lines().find_map(|line| line.strip_prefix("PATH=")).expect("cron's own has no /usr/local/bin");
    let run = |job: &str| -> Said {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", job]).env_clear().env("PATH", path).env("HOME", folder.path());
        run_to_end(command).into()
    };
    let jobs: Vec<&str> =
        table.lines().filter_map(|line| line.split_once("  botctl  ").map(|(_, job)| job)).collect();
    let [status] = jobs[..] else { panic!("{table}") };
    run(&format!("cd {} && botctl migrate up", folder.path().display())).ends(0);
    // The bot has not run yet.
    let said = run(status).ends(3);
    assert_eq!((&*said.out, &*said.err), ("", "error: serve is not running\n  hint: start `botctl serve`\n"));
    // As a serving bot leaves it.
    let database = folder.path().join("bot_database.db").display().to_string();
    let _serving = botctl::testing::db::acquire_serve_lock(&database.parse().unwrap()).unwrap();
    let said = run(status).ends(0);
    assert_eq!((said.out, said.err), (String::new(), String::new()));
    fs::remove_file(database).unwrap();
    assert!(run(status).err.contains("there is no database"));
}
