//! The man pages, the completions and the help texts are made from the definitions and kept in the repository;
//! these tests fail when they are stale. `UPDATE_REFERENCE=1 cargo test reference` writes them anew.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use clap_complete::Shell;

/// One page per command, `botctl-migrate-up.1`, and `botctl.1` for the whole.
fn man_pages() -> Vec<(PathBuf, Vec<u8>)> {
    fn pages(command: &clap::Command, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        let mut content = Vec::new();
        let page = clap_mangen::Man::new(command.clone()).date("").manual("botctl");
        page.render(&mut content).expect("a page is rendered into memory");
        found.push((Path::new("man").join(page.get_filename()), content));
        for sub in command.get_subcommands() {
            pages(sub, found);
        }
    }
    let mut command = botctl::cli::command().disable_help_subcommand(true);
    command.build();
    let mut found = Vec::new();
    pages(&command, &mut found);
    found
}

fn completions() -> Vec<(PathBuf, Vec<u8>)> {
    [(Shell::Bash, "botctl.bash"), (Shell::Zsh, "_botctl"), (Shell::Fish, "botctl.fish")]
        .into_iter()
        .map(|(shell, file)| {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut botctl::cli::command(), "botctl", &mut script);
            (Path::new("completions").join(file), script)
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
    let mut command = botctl::cli::command().disable_help_subcommand(true).term_width(100);
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
    let cure = "run UPDATE_REFERENCE=1 cargo test reference, look at the difference and commit it";
    for (path, content) in made {
        let committed = fs::read(root.join(path)).unwrap_or_default();
        assert!(committed == *content, "{} is stale: {cure}", path.display());
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
