//! The man pages, the completions and the help texts are made from the definitions and kept in the repository;
//! these tests fail when they are stale. `UPDATE_REFERENCE=1 cargo test reference` writes them anew.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use botctl::testing::cli::Shell;

/// One page per command, `botctl-migrate-up.1`, and `botctl.1` for the whole.
fn man_pages() -> Vec<(PathBuf, Vec<u8>)> {
    fn pages(command: &clap::Command, above: Option<&str>, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        let name = command.get_display_name().unwrap_or("botctl").to_owned();
        found.push((Path::new("man").join(format!("{name}.1")), page(command, &name, above).into_bytes()));
        for sub in command.get_subcommands() {
            pages(sub, Some(&name), found);
        }
    }
    let mut command = botctl::testing::cli::command().disable_help_subcommand(true).term_width(100);
    command.build();
    let mut found = Vec::new();
    pages(&command, None, &mut found);
    found
}

/// The page of a command: what `clap_mangen` makes of its definition, and what it knows nothing of.
fn page(command: &clap::Command, name: &str, above: Option<&str>) -> String {
    let mut content = Vec::new();
    let man = clap_mangen::Man::new(command.clone())
        .title(name.to_uppercase())
        .date("")
        .source(concat!("botctl ", env!("CARGO_PKG_VERSION")))
        .manual("botctl");
    man.render(&mut content).expect("a page is rendered into memory");
    let content = String::from_utf8(content).expect("a page is text");
    let mut sections = content.split("\n.SH ");
    let mut page = sections.next().expect("a page has a title").to_owned();
    for section in sections {
        match section.lines().next().unwrap_or_default() {
            "SYNOPSIS" => page += &synopsis(command),
            // Examples come below; the version stands in the footer.
            "EXTRA" | "VERSION" => {}
            _ => page = format!("{page}\n.SH {}", section.trim_end()),
        }
    }
    page += &examples(command);
    if above.is_none() {
        page += FILES_AND_ENVIRONMENT;
        page += &variables();
    } else {
        page += "\n.SH ENVIRONMENT\nEvery variable is listed in \\fBbotctl\\fR(1).";
    }
    page += "\n.SH \"EXIT STATUS\"";
    for (code, meaning) in botctl::testing::cli::exit_codes() {
        write!(page, "\n.TP\n{code}\n{}", roff(meaning)).expect("a string takes everything");
    }
    page + &see_also(command, name, above) + "\n"
}

const FILES_AND_ENVIRONMENT: &str = "
.SH FILES
.TP
.I ./.env
Read unless \\-\\-env\\-file names another file.
.TP
.IR bot_database.db ,\\~ backups ,\\~ logs
In the working directory, unless the variables below name other paths.
.SH ENVIRONMENT
Flags override the environment, the environment overrides the env file, the env file overrides the defaults.
.TP
NO_COLOR
If set to any value, output is not coloured. Colours and progress bars appear on a terminal only.
.TP
RUST_LOG
A log filter, such as warn,botctl=debug; overrides LOG_LEVEL.";

/// Every variable, as `env.example` has them.
fn variables() -> String {
    let mut all = String::new();
    for known in botctl::testing::config::all_variables() {
        let default = match known.default {
            Some("") | None => String::new(),
            Some(default) => format!(" Default: {default}."),
        };
        write!(all, "\n.TP\n{}\n{}.{}", known.name, roff(known.about), roff(&default))
            .expect("a string takes everything");
    }
    all
}

fn synopsis(command: &clap::Command) -> String {
    let usage = command.clone().term_width(200).render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    let name = command.get_bin_name().unwrap_or("botctl");
    let line = |line: &str| match line.trim().strip_prefix(name) {
        Some(rest) => format!("\\fB{}\\fR{}", roff(name), roff(rest)),
        None => roff(line.trim()),
    };
    format!("\n.SH SYNOPSIS\n{}", usage.lines().map(line).collect::<Vec<_>>().join("\n.br\n"))
}

fn examples(command: &clap::Command) -> String {
    let Some(text) = command.get_after_long_help().or_else(|| command.get_after_help()) else {
        return String::new();
    };
    let text = text.to_string();
    let lines = text.trim_start_matches("Examples:").trim_matches('\n').lines();
    let lines: Vec<String> = lines.map(|line| roff(line.strip_prefix("  ").unwrap_or(line))).collect();
    format!("\n.SH EXAMPLES\n.nf\n{}\n.fi", lines.join("\n"))
}

fn see_also(command: &clap::Command, name: &str, above: Option<&str>) -> String {
    let whole = (name != "botctl").then_some("botctl".to_owned());
    let above = above.filter(|above| *above != "botctl").map(str::to_owned);
    let below = command.get_subcommands().filter_map(|sub| sub.get_display_name().map(str::to_owned));
    let config = (name != "botctl-config-check").then_some("botctl-config-check".to_owned());
    let mut pages: Vec<String> = whole.into_iter().chain(above).chain(below).chain(config).collect();
    let mut seen = std::collections::HashSet::new();
    pages.retain(|page| seen.insert(page.clone()));
    let pages: Vec<String> = pages.iter().map(|page| format!("\\fB{}\\fR(1)", roff(page))).collect();
    format!("\n.SH \"SEE ALSO\"\n{}", pages.join(", "))
}

/// Text that roff takes as it stands.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

fn completions() -> Vec<(PathBuf, Vec<u8>)> {
    [(Shell::Bash, "botctl.bash"), (Shell::Zsh, "_botctl"), (Shell::Fish, "botctl.fish")]
        .into_iter()
        .map(|(shell, file)| {
            (Path::new("completions").join(file), botctl::testing::cli::completion_script(shell).into_bytes())
        })
        .collect()
}

fn help_texts() -> Vec<(PathBuf, Vec<u8>)> {
    fn texts(command: &mut clap::Command, name: &str, all: &mut String) {
        let help = command.render_long_help();
        writeln!(all, "$ {name} --help\n{help}\n").expect("a string takes everything");
        for sub in command.get_subcommands_mut().filter(|sub| sub.get_name() != "help") {
            let name = format!("{name} {}", sub.get_name());
            texts(sub, &name, all);
        }
    }
    // The width of the terminal in which the tests run must not matter.
    let mut command = botctl::testing::cli::command().disable_help_subcommand(true).term_width(100);
    command.build();
    let mut all = String::new();
    texts(&mut command, "botctl", &mut all);
    let tidy: Vec<&str> = all.lines().map(str::trim_end).collect();
    vec![(PathBuf::from("tests/e2e/help.txt"), (tidy.join("\n") + "\n").into_bytes())]
}

fn compare(folder: &str, made: &[(PathBuf, Vec<u8>)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        for (path, content) in made {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder can be made");
            fs::write(path, content).expect("the file can be written");
        }
        return;
    }
    let hint = "run UPDATE_REFERENCE=1 cargo test reference, look at the difference and commit it";
    for (path, content) in made {
        let committed = fs::read(root.join(path)).unwrap_or_default();
        assert!(committed == *content, "{} is stale: {hint}", path.display());
    }
    if folder.is_empty() {
        return;
    }
    for entry in fs::read_dir(root.join(folder)).expect("the folder is there") {
        let name = entry.expect("an entry").file_name();
        let known = made.iter().any(|(path, _)| path.file_name() == Some(&name));
        assert!(known, "{folder}/{} belongs to no command", name.to_string_lossy());
    }
}

#[test]
fn man_pages_are_current() {
    compare("man", &man_pages());
}

#[test]
fn completions_are_current() {
    compare("completions", &completions());
}

#[test]
fn help_texts_are_current() {
    compare("", &help_texts());
}
