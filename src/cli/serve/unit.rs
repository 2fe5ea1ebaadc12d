//! Prints a systemd unit for this program and directory: the packaged unit with other places.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{self, Path, PathBuf};

use serde::Serialize;

use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::config::database::DatabaseUrl;
use crate::config::{DEFAULT_ENV_FILE, Origin, ServeConfig, ServeMode, Sources, variables};

const PACKAGED_UNIT: &str = include_str!("../../../packaging/systemd/botctl.service");

/// Where `ProtectHome=` hides everything.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// Where the service sees directories of its own.
const TEMPORARY: [&str; 2] = ["/tmp", "/var/tmp"];

#[derive(Serialize)]
struct UnitResult {
    unit: String,
}

/// What the unit names.
struct UnitPlaces {
    program: PathBuf,
    arguments: Vec<String>,
    user: String,
    directory: PathBuf,
    /// Files outside of the directory that are only read.
    readable: Vec<PathBuf>,
    /// Directories outside of the directory into which the bot writes.
    writable: Vec<PathBuf>,
}

/// Prints the unit. The configuration must be complete, since it names the places that the service may write to.
pub(super) fn print_unit(may_migrate: bool, context: &CommandContext) -> Result<(), CommandError> {
    let sources = context.sources()?;
    let config = ServeConfig::load(sources, ServeMode::Production)?;
    let places = UnitPlaces::collect(&config, sources, may_migrate)?;
    let outside = names_outside_env_file(sources);
    if !outside.is_empty() {
        let names = outside.join(", ");
        context.output().warn(format_args!(
            "the unit has no variables of the environment or of flags; put into the env file: {names}"
        ));
    }
    let unit = places.unit_text();
    context.output().print_result(&UnitResult { unit: unit.clone() }, || unit)
}

fn names_outside_env_file(sources: &Sources) -> Vec<&'static str> {
    let is_outside = |name: &&str| {
        sources.get(name).is_some_and(|found| matches!(found.origin, Origin::Environment | Origin::Flag(_)))
    };
    variables::all_variables().map(|variable| variable.name).filter(is_outside).collect()
}

impl UnitPlaces {
    fn collect(config: &ServeConfig, sources: &Sources, may_migrate: bool) -> Result<Self, CommandError> {
        let directory = std::env::current_dir().map_err(|error| unreadable_directory(&error))?;
        let program = std::env::current_exe().map_err(|error| unreadable_directory(&error))?;
        let user = directory_owner(&directory)?;
        let (mut arguments, mut readable) = (Vec::new(), Vec::new());
        if let Some(file) = sources.env_file().filter(|file| file.path() != Path::new(DEFAULT_ENV_FILE)) {
            let file = path::absolute(file.path()).map_err(|error| unreadable_directory(&error))?;
            arguments.extend(["--env-file".to_owned(), file.display().to_string()]);
            readable.push(file);
        }
        arguments.push("serve".to_owned());
        arguments.extend(may_migrate.then(|| "--migrate".to_owned()));
        let token_file = sources.get("BOT_TOKEN_FILE").filter(|found| !found.text.is_empty());
        readable.extend(token_file.map(|found| PathBuf::from(found.text)));
        let database = config.database.as_ref().and_then(|config| match &config.url {
            DatabaseUrl::Sqlite(path) => path.parent().map(Path::to_owned),
            DatabaseUrl::Postgres(_) => None,
        });
        let writable = database.into_iter().chain([config.backup.dir.clone()]).chain(config.log_dir.clone());
        let is_outside = |path: &PathBuf| !path.starts_with(&directory);
        let writable = writable.map(|path| directory.join(path)).filter(is_outside).collect();
        let readable = readable.into_iter().map(|path| directory.join(path)).filter(is_outside).collect();
        let places = Self { program, arguments, user, directory, readable, writable };
        places.paths().try_for_each(check_path)?;
        Ok(places)
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        let outside = self.readable.iter().chain(&self.writable);
        [&self.program, &self.directory].into_iter().chain(outside).map(PathBuf::as_path)
    }

    fn unit_text(&self) -> String {
        let is_home = self.paths().any(|path| is_below(path, &HOMES));
        let mut unit = String::from("# Printed by `botctl serve --print-unit`.\n");
        for line in PACKAGED_UNIT.lines().skip(1) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            let line = match key {
                "ExecStart" => format!("ExecStart={}", self.command_line()),
                "User" => format!("User={}", self.user),
                "WorkingDirectory" => format!("WorkingDirectory={}", escape_specifiers(&self.directory)),
                "ProtectHome" if is_home => format!("ProtectHome=tmpfs\n{}", self.bind_paths()),
                "ProtectHome" => format!("ProtectHome={value}\n{}", self.writable_paths("ReadWritePaths")),
                // Only of the package: its user, directory and manual page.
                "Group" | "StateDirectory" | "StateDirectoryMode" | "Documentation" => continue,
                _ => line.to_owned(),
            };
            unit.push_str(&line);
            unit.push('\n');
        }
        unit
    }

    fn command_line(&self) -> String {
        let program = quote_word(&escape_specifiers(&self.program));
        // A dollar sign stands for a variable in arguments.
        let escaped = self.arguments.iter().map(|word| word.replace('%', "%%").replace('$', "$$"));
        std::iter::once(program).chain(escaped.map(|word| quote_word(&word))).collect::<Vec<_>>().join(" ")
    }

    fn writable_paths(&self, key: &str) -> String {
        // One that is missing is reported better by the bot than by systemd, unless it is the working directory.
        let others = self.writable.iter().map(|path| format!("-{}", escape_specifiers(path)));
        let all = std::iter::once(escape_specifiers(&self.directory)).chain(others);
        format!("{key}={}", all.map(|path| quote_word(&path)).collect::<Vec<_>>().join(" "))
    }

    fn bind_paths(&self) -> String {
        let readable = std::iter::once(&self.program).chain(&self.readable);
        let readable =
            readable.map(|path| quote_word(&escape_specifiers(path))).collect::<Vec<_>>().join(" ");
        format!("{}\nBindReadOnlyPaths={readable}", self.writable_paths("BindPaths"))
    }
}

/// The owner of the bot's directory: the unit may well be printed by root.
fn directory_owner(directory: &Path) -> Result<String, CommandError> {
    let uid = fs::metadata(directory).map_err(|error| unreadable_directory(&error))?.uid();
    if uid == 0 {
        let message = format!("{} belongs to root, and the bot must not run as root", directory.display());
        return Err(CommandError::new(ExitCode::Refused, message)
            .hint("run this in the bot's directory, and make that its user's: chown -R botctl: ."));
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid.to_string()).then(|| name.to_owned())
    });
    Ok(named.unwrap_or_else(|| uid.to_string()))
}

fn unreadable_directory(error: &io::Error) -> CommandError {
    CommandError::new(ExitCode::Failed, format!("cannot read the current directory: {error}"))
}

fn check_path(path: &Path) -> Result<(), CommandError> {
    if is_below(path, &TEMPORARY) {
        let message = format!("{} would be invisible: the service has a /tmp of its own", path.display());
        return Err(CommandError::new(ExitCode::Refused, message)
            .hint("put the program, its directory and its files elsewhere, such as /var/lib/botctl"));
    }
    if path.to_str().is_none_or(|text| text.contains(char::is_control)) {
        let message = format!("{} cannot be written into a unit", path.display());
        return Err(CommandError::new(ExitCode::Refused, message).hint("rename it"));
    }
    Ok(())
}

fn is_below(path: &Path, roots: &[&str]) -> bool {
    roots.iter().any(|root| path.starts_with(root))
}

fn escape_specifiers(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

/// A word as systemd splits them.
fn quote_word(word: &str) -> String {
    if word.contains([' ', '"', '\'', '\\', ';']) {
        format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(directory: &str) -> UnitPlaces {
        UnitPlaces {
            program: "/usr/local/bin/botctl".into(),
            arguments: vec!["--env-file".into(), "/etc/bot 5%/$x".into(), "serve".into()],
            user: "repair".into(),
            directory: directory.into(),
            readable: vec!["/etc/bot 5%/$x".into()],
            writable: vec!["/mnt/copies".into()],
        }
    }

    #[test]
    fn unit_has_the_places_of_this_machine() {
        let unit = places("/srv/bot").unit_text();
        for line in [
            "ExecStart=/usr/local/bin/botctl --env-file \"/etc/bot 5%%/$$x\" serve",
            "User=repair",
            "WorkingDirectory=/srv/bot",
            "ProtectHome=yes",
            "ReadWritePaths=/srv/bot -/mnt/copies",
            "RestartPreventExitStatus=2 3",
        ] {
            assert!(unit.lines().any(|there| there == line), "{line} is not in {unit}");
        }
        assert!(!unit.contains("StateDirectory") && !unit.contains("Group=") && !unit.contains("man:"));
    }

    #[test]
    fn places_in_a_home_directory_stay_visible() {
        let unit = places("/home/repair/my bot").unit_text();
        for line in [
            "WorkingDirectory=/home/repair/my bot",
            "ProtectHome=tmpfs",
            "BindPaths=\"/home/repair/my bot\" -/mnt/copies",
            "BindReadOnlyPaths=/usr/local/bin/botctl \"/etc/bot 5%%/$x\"",
        ] {
            assert!(unit.lines().any(|there| there == line), "{line} is not in {unit}");
        }
        assert!(!unit.contains("\nReadWritePaths"));
    }

    #[test]
    fn places_that_the_service_cannot_see_are_refused() {
        assert!(check_path(Path::new("/tmp/bot")).is_err() && check_path(Path::new("/srv/a\nb")).is_err());
        assert!(check_path(Path::new("/srv/bot")).is_ok());
    }
}
