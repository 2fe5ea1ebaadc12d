//! What belongs to no single command: `--version`, `--color`, help topics, `-y`; and `migrate down --dry-run`.

use rstest::rstest;

use crate::command::Said;
use crate::terminal::{self, on_terminal};
use crate::transfer::everything;
use crate::world::{Backend, World, empty, run_to_end, staffed};

fn stopped() -> World {
    empty().stopped().build(Backend::Sqlite)
}

#[test]
fn version_tells_what_the_binary_is_made_of() {
    let world = stopped();
    let short = world.ask(&["--version"]).ends(0).out;
    assert!(short.starts_with(concat!("botctl ", env!("CARGO_PKG_VERSION"))), "{short}");
    for arguments in [&["--version", "--verbose"][..], &["-Vv"], &["-v", "--version"]] {
        let long = world.ask(arguments).ends(0).out;
        let names: Vec<&str> = long.lines().skip(1).filter_map(|line| line.split(':').next()).collect();
        assert_eq!(names, ["commit", "features", "SQLite", "schema"], "{long}");
    }
    let document = world.ask_json(&["--version"], 0);
    let data = &document["data"];
    assert_eq!(data["version"], env!("CARGO_PKG_VERSION"));
    assert!(data["sqlite"].as_str().unwrap().starts_with("3."), "{document}");
    assert_eq!(data["schema"], crate::migrate::NEWEST);
    assert!(data["features"].is_array() && data["commit"].is_null(), "{document}");
}

#[test]
fn topics_explain_every_code_and_every_variable() {
    let world = stopped();
    let codes = world.ask(&["help", "exit-codes"]).ends(0).out;
    for (code, meaning) in botctl::testing::cli::exit_codes() {
        assert!(codes.contains(&format!("  {code}  ")) && codes.contains(meaning), "{code}: {codes}");
    }
    let text = world.ask(&["help", "environment"]).ends(0).out;
    for variable in botctl::testing::config::all_variables() {
        assert!(
            text.contains(&format!("  {}\n      {}", variable.name, variable.about)),
            "{}",
            variable.name
        );
    }
    let document = world.ask_json(&["help", "environment"], 0);
    assert_eq!(document["data"]["topic"], "environment");
    assert!(world.ask(&["--help"]).ends(0).out.contains("botctl help exit-codes"));
    // The help of commands is as before.
    assert!(world.ask(&["help", "migrate", "up"]).ends(0).out.contains("Apply pending migrations"));
    world.ask(&["help", "exit"]).ends(2);
}

#[test]
fn colour_can_be_forced_and_forbidden() {
    const ESCAPE: char = '\u{1b}';
    let world = stopped();
    let piped = |arguments: &[&str], env: &[(&str, &str)]| {
        let mut command = world.command(arguments);
        command.envs(env.iter().copied());
        Said::from(run_to_end(command))
    };
    let coloured =
        piped(&["config", "check", "--color", "always"], &[("TIMEZONE", "Mars/Base"), ("NO_COLOR", "1")])
            .ends(3);
    assert!(
        coloured.out.contains("\u{1b}[1m\u{1b}[31mfailed") && coloured.err.contains(ESCAPE),
        "{coloured:?}"
    );
    assert!(piped(&["--color=always", "--help"], &[]).ends(0).out.contains(ESCAPE));
    assert!(piped(&["--color", "always", "stauts"], &[]).ends(2).err.contains(ESCAPE));
    let document = piped(&["config", "check", "--color", "always", "--json"], &[]).ends(0);
    assert!(!document.out.contains(ESCAPE), "{document:?}");
    for arguments in [
        &["config", "check", "--color", "never"][..],
        &["--color", "never", "--help"],
        &["--color=never", "stauts"],
    ] {
        let mut command = world.command(arguments);
        command.env("TERM", "xterm");
        let seen = on_terminal(command, terminal::ALL, "");
        assert!(!seen.screen.contains(ESCAPE), "{arguments:?}: {seen:?}");
    }
    let said = piped(&["status", "--color", "pink"], &[]).ends(2);
    assert!(said.err.contains("auto, always, never"), "{said:?}");
}

#[rstest]
fn dry_run_of_down_shows_the_loss_and_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("PATH", "/usr/bin:/bin").build_or_skip(backend) else { return };
    world.ask(&["migrate", "down", "--dry-run"]).ends(5);
    assert_eq!(world.terminate(), 0);
    let before = world.db(everything);
    world.close_db();
    let said = world.ask(&["migrate", "down", "--to", "0", "--dry-run"]).ends(0);
    assert_eq!(said.out.lines().count(), crate::migrate::BUILT_IN.len(), "{said:?}");
    assert!(said.out.starts_with(&format!("would revert {}", crate::migrate::NEWEST)), "{said:?}");
    assert!(said.err.contains("the table") && said.err.contains("users"), "{said:?}");
    let document = world.ask_json(&["migrate", "down", "--to", "0", "--dry-run"], 0);
    let data = &document["data"];
    let lost = data["lost"].as_array().unwrap();
    assert!(lost.iter().any(|loss| loss["table"] == "users" && loss["rows"] == 6), "{document}");
    assert!(data["reverted"].as_array().unwrap().is_empty() && data["backup"].is_null(), "{document}");
    assert_eq!(world.db(everything), before);
    world.close_db();
    assert!(!world.cwd().join("backups").exists());
    // `-y` is `--yes`.
    world.ask(&["migrate", "down", "-y"]).ends(0);
    world.ask(&["migrate", "up"]).ends(0);
}
