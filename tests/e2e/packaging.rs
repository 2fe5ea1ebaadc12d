//! The systemd unit, as packaged and as printed for this machine, and the variables that images and compose files set.
//! `packaging/deb/test.sh` and `docker/test.sh` run the bot in them.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::command::Said;
use crate::world::{TOKEN, run_to_end, said};

/// The account that owns the bot's directory where the tests run as root.
const DAEMON: u32 = 1;

/// How much of the machine `systemd-analyze security` may find exposed, from 0 to 10.
const EXPOSURE_LIMIT: f64 = 1.5;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// A directory that a service would see (it has a /tmp of its own), and that does not belong to root.
pub fn bot_directory() -> TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        chown(folder.path(), Some(DAEMON), None).unwrap();
    }
    folder
}

/// Tells whether this checkout is where no service would see the program. What prints a unit for it is skipped then, loudly.
pub fn is_checkout_invisible() -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_botctl"));
    let is_invisible = ["/tmp", "/var/tmp"].iter().any(|root| program.starts_with(root));
    if is_invisible {
        let _written = writeln!(
            std::io::stderr(),
            "SKIPPED a unit for {}: a service has a /tmp of its own",
            program.display()
        );
    }
    is_invisible
}

fn print_unit(folder: &TempDir, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
    command.args(arguments).env_clear().current_dir(folder.path());
    run_to_end(command).into()
}

fn write_env_file(path: PathBuf) {
    fs::write(path, format!("BOT_TOKEN={TOKEN}\nADMIN_IDS=1001\n")).unwrap();
}

/// Runs `systemd-analyze`; `None` where there is none.
fn systemd_analyze(arguments: &[&str], unit: &Path) -> Option<String> {
    if !Path::new("/usr/bin/systemd-analyze").exists() {
        eprintln!("skipped: there is no systemd-analyze");
        return None;
    }
    let mut command = Command::new("/usr/bin/systemd-analyze");
    command.args(arguments).arg(unit);
    let output = run_to_end(command);
    assert!(output.status.success(), "{}", said(&output));
    Some(said(&output))
}

fn assert_restricted(unit: &Path) {
    let Some(report) = systemd_analyze(&["security", "--offline=true", "--no-pager"], unit) else { return };
    let last = report.lines().find(|line| line.contains("exposure level")).expect("a verdict");
    let level = last.split_whitespace().find_map(|word| word.parse::<f64>().ok()).expect("a number");
    assert!(level <= EXPOSURE_LIMIT, "{report}");
}

#[test]
fn packaged_unit_is_restricted() {
    assert_restricted(&Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/systemd/botctl.service"));
}

#[test]
fn printed_unit_is_valid_and_restricted() {
    if is_checkout_invisible() {
        return;
    }
    let folder = bot_directory();
    write_env_file(folder.path().join(".env"));
    let printed = print_unit(&folder, &["serve", "--migrate", "--print-unit"]).ends(0);
    assert_eq!(printed.err, "");
    let program = env!("CARGO_BIN_EXE_botctl");
    assert!(printed.out.contains(&format!("\nExecStart={program} serve --migrate\n")), "{}", printed.out);
    assert!(printed.out.contains(&format!("\nWorkingDirectory={}\n", folder.path().display())));
    assert!(!printed.out.contains(TOKEN) && !printed.out.contains("\nUser=root\n"), "{}", printed.out);
    let unit = folder.path().join("botctl.service");
    fs::write(&unit, &printed.out).unwrap();
    assert_restricted(&unit);
    // It would warn of lines that it does not know, too.
    if let Some(warnings) = systemd_analyze(&["verify", "--man=no"], &unit) {
        assert_eq!(warnings, "");
    }
    let document = print_unit(&folder, &["serve", "--migrate", "--print-unit", "--json"]).ends(0).document();
    assert_eq!(document["data"]["unit"], printed.out);
}

#[test]
fn printed_unit_names_the_env_file_and_what_it_leaves_out() {
    if is_checkout_invisible() {
        return;
    }
    let folder = bot_directory();
    fs::create_dir(folder.path().join("my settings")).unwrap();
    write_env_file(folder.path().join("my settings/env"));
    let arguments =
        ["serve", "--print-unit", "--env-file", "my settings/env", "--database-url", "/srv/bot/play.db"];
    let printed = print_unit(&folder, &arguments).ends(0);
    let (program, cwd) = (env!("CARGO_BIN_EXE_botctl"), folder.path().display());
    let start = format!("\nExecStart={program} --env-file \"{cwd}/my settings/env\" serve\n");
    assert!(printed.out.contains(&start), "{}", printed.out);
    assert!(printed.out.contains(&format!("\nReadWritePaths={cwd} -/srv/bot\n")), "{}", printed.out);
    assert!(printed.err.contains("put into the env file: DATABASE_URL"), "{}", printed.err);
}

#[test]
fn unit_that_could_not_work_is_not_printed() {
    let folder = bot_directory();
    let incomplete = print_unit(&folder, &["serve", "--print-unit"]).ends(2);
    assert!(incomplete.err.contains("BOT_TOKEN") && incomplete.out.is_empty(), "{}", incomplete.err);
    let temporary = tempfile::tempdir_in("/tmp").unwrap();
    write_env_file(temporary.path().join(".env"));
    if fs::metadata(temporary.path()).unwrap().uid() == 0 {
        let said = print_unit(&temporary, &["serve", "--print-unit"]).ends(3);
        assert!(said.err.contains("must not run as root") && said.err.contains("hint: "), "{}", said.err);
        chown(temporary.path(), Some(DAEMON), None).unwrap();
    }
    let said = print_unit(&temporary, &["serve", "--print-unit"]).ends(3);
    assert!(said.err.contains("/tmp of its own") && said.out.is_empty(), "{}", said.err);
}

#[test]
fn packaged_unit_is_not_restarted_in_vain() {
    let packaged = read("packaging/systemd/botctl.service");
    // What is refused stays refused; a database that is away or locked need not.
    for line in ["Type=notify", "RestartPreventExitStatus=2 3", "WatchdogSec=60", "TimeoutStopSec=40"] {
        assert!(packaged.lines().any(|there| there == line), "{line}");
    }
}

/// The variables of the service `bot` in a compose file.
fn bot_variables(file: &str) -> Vec<String> {
    let text = read(file);
    let (_, bot) = text.split_once("\n  bot:\n").expect("a service `bot`");
    let (_, variables) = bot.split_once("    environment:\n").expect("its variables");
    let lines = variables.lines().take_while(|line| line.starts_with("      "));
    lines.filter_map(|line| line.trim().split_once(": ")).map(|(name, _)| name.to_owned()).collect()
}

/// The stage that compiles the dependencies needs a stand-in for every target, or Cargo refuses the manifest. No test runs it.
#[test]
fn dockerfile_has_a_stand_in_for_every_target() {
    let dockerfile = read("docker/Dockerfile");
    let manifest = read("Cargo.toml");
    let paths: Vec<&str> = manifest.lines().filter_map(|line| line.strip_prefix("path = ")).collect();
    assert!(paths.len() > 3, "{paths:?}");
    for path in paths {
        assert!(dockerfile.contains(path.trim_matches('"')), "{path}");
    }
}

#[test]
fn packages_and_compose_files_set_known_variables() {
    let known = read("env.example");
    let is_known = |name: &str| known.lines().any(|line| line.starts_with(&format!("# {name}=")));
    for overlay in ["", ".postgres", ".redis", ".webhook"] {
        let file = format!("docker/compose{overlay}.yml");
        let names = bot_variables(&file);
        assert!(!names.is_empty(), "{file}");
        for name in names.iter().filter(|name| !name.starts_with('#')) {
            assert!(is_known(name), "{file} sets {name}, which env.example does not know");
        }
    }
    for line in read("packaging/deb/botctl.env").lines() {
        let name = line.strip_prefix("# ").and_then(|line| line.strip_suffix('='));
        assert!(name.is_none_or(is_known), "the package's settings have {line}");
    }
    let dockerfile = read("docker/Dockerfile");
    let set = dockerfile.lines().filter_map(|line| line.strip_prefix("ENV ")).flat_map(str::split_whitespace);
    for name in set.filter_map(|pair| Some(pair.split_once('=')?.0)) {
        assert!(["HOME", "PATH"].contains(&name) || is_known(name), "the image sets {name}");
    }
}
