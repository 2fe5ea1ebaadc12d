//! Lists the migrations for the program, which needs their texts at run time: to show them before they run, to notice
//! that one was changed, and to name the statement that failed. Also makes cargo notice a new one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a build that cannot go on must stop"
)]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the folder"));
    let mut code = String::new();
    for (constant, backend) in [("SQLITE", "sqlite"), ("POSTGRES", "postgres")] {
        let mut folders: Vec<PathBuf> = fs::read_dir(root.join("migrations").join(backend))
            .expect("the folder of the migrations is there")
            .map(|entry| entry.expect("the folder can be read").path())
            .filter(|path| path.is_dir() && !is_hidden(path))
            .collect();
        folders.sort();
        writeln!(code, "const {constant}: &[EmbeddedScript] = &[").unwrap();
        for folder in folders {
            let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
            println!("cargo:rerun-if-changed={}", folder.display());
            let metadata = folder.join("metadata.toml");
            let metadata = if metadata.exists() { text(&metadata) } else { "\"\"".to_owned() };
            let (up, down) = (text(&folder.join("up.sql")), text(&folder.join("down.sql")));
            writeln!(
                code,
                "    EmbeddedScript {{ folder: {name:?}, up: {up}, down: {down}, metadata: {metadata} }},"
            )
            .unwrap();
        }
        writeln!(code, "];").unwrap();
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names the folder"));
    fs::write(out.join("migrations.rs"), code).expect("the list can be written");
    name_commit();
}

/// Passes the commit on to a release, from `BOTCTL_COMMIT` or else from git. A debug build has none: it would be compiled anew
/// for every commit.
fn name_commit() {
    println!("cargo:rerun-if-env-changed=BOTCTL_COMMIT");
    if std::env::var_os("BOTCTL_COMMIT").is_some() || std::env::var("PROFILE").as_deref() != Ok("release") {
        return;
    }
    if let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) {
        println!("cargo:rustc-env=BOTCTL_COMMIT={commit}");
    }
    // Changes with every commit.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
}

/// Returns what a git command prints; `None` without git or outside of a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn text(path: &Path) -> String {
    println!("cargo:rerun-if-changed={}", path.display());
    format!("include_str!({:?})", path.display().to_string())
}
