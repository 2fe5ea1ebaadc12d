//! `botctl config init`: writes the first env file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::private_file::{ExistingFile, PrivateFile};
use crate::config::database::DatabaseConfig;
use crate::config::env_file::EnvFile;
use crate::config::roles::parse_ids;
use crate::config::telegram::TelegramConfig;
use crate::config::{Problem, Secret, Sources};
use crate::db::lock_file::open_regular;
use crate::domain::ids::TelegramId;
use crate::telegram::{Api, CALL_TIMEOUT, CallError};

/// A file longer than this holds something else than a token.
const MAX_TOKEN_FILE: u64 = 4096;

/// Write the first env file: the bot's token, administrators and dispatchers
///
/// Asks for them on a terminal; the token is not shown. Asks Telegram whether the token is valid, then writes ./.env, or the
/// file of --env-file, readable only by this user. Never touches a file that exists. A --database-url is written, too.
///
/// Where there is no terminal, --token-file is required, and nothing is asked. The token is never an argument, which other
/// users of this machine could see.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl config init
  botctl config init --token-file /run/secrets/bot_token --admin-ids 123456789
  pass show botctl | botctl --env-file /etc/botctl.env config init --token-file -")]
pub(super) struct ConfigInitArgs {
    /// Read the token from this file; - for stdin.
    #[arg(long, value_name = "PATH")]
    token_file: Option<PathBuf>,
    /// Telegram IDs of the administrators, separated by commas.
    #[arg(long, value_name = "IDS")]
    admin_ids: Option<String>,
    /// Telegram IDs of the dispatchers, separated by commas.
    #[arg(long, value_name = "IDS")]
    dispatcher_ids: Option<String>,
    /// Do not ask Telegram whether the token is valid.
    #[arg(long)]
    offline: bool,
}

/// The JSON document of `config init`.
#[derive(Serialize)]
struct InitDocument {
    file: PathBuf,
    /// The bot's username; `None` if Telegram was not asked.
    bot: Option<String>,
    admins: usize,
    dispatchers: usize,
}

/// What will be written.
struct FirstSettings {
    telegram: TelegramConfig,
    admins: BTreeSet<TelegramId>,
    dispatchers: BTreeSet<TelegramId>,
    bot: Option<String>,
}

impl ConfigInitArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let path = context.env_file_path();
        if fs::symlink_metadata(&path).is_ok() {
            return Err(existing_file_error(&path));
        }
        let database = context.flag_database_url();
        if database.is_some() {
            DatabaseConfig::load(&context.sources_without_env_file())?;
        }
        let settings = self.gather(context)?;
        let text = env_file_text(&path, &settings, database)?;
        let written = PrivateFile::create(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.finish(ExistingFile::Keep)
        });
        written.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => existing_file_error(&path),
            _ => CommandError::new(ExitCode::Failed, format!("{} was not written: {error}", path.display()))
                .hint("the directory must exist, be writable and have room"),
        })?;
        report_written(context, path, &settings)
    }

    /// Gathers and checks the settings, with the questions that are needed. Ctrl-C ends it and restores the terminal.
    fn gather(&self, context: &CommandContext) -> Result<FirstSettings, CommandError> {
        let is_interactive =
            !context.output().is_json() && io::stdin().is_terminal() && io::stderr().is_terminal();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let gathered = runtime.block_on(async {
            tokio::select! {
                gathered = self.ask_settings(is_interactive) => gathered,
                _ = tokio::signal::ctrl_c() => Err(CommandError::new(ExitCode::Failed, "interrupted; nothing was written")),
            }
        });
        // A thread may still wait for a line.
        runtime.shutdown_background();
        gathered
    }

    async fn ask_settings(&self, is_interactive: bool) -> Result<FirstSettings, CommandError> {
        let telegram = match &self.token_file {
            Some(path) => check_token(&read_token(path)?)?,
            None if is_interactive => ask_token().await?,
            None => {
                return Err(CommandError::new(
                    ExitCode::Usage,
                    "there is no token, and no terminal to ask for it",
                )
                .hint("name its file with --token-file, or - to read it from stdin"));
            }
        };
        let asks_ids = is_interactive && self.token_file.as_deref() != Some(Path::new("-"));
        let bot = if self.offline { None } else { Some(ask_telegram(&telegram).await?) };
        if let Some(bot) = bot.as_deref().filter(|_| asks_ids) {
            eprint_line(&format!("The bot is @{bot}."));
        }
        let question =
            "Telegram IDs of the administrators, separated by commas (Enter if you do not know them): ";
        let admins = ask_ids("--admin-ids", question, self.admin_ids.as_deref(), asks_ids).await?;
        let question = "Telegram IDs of the dispatchers (Enter for none): ";
        let dispatchers =
            ask_ids("--dispatcher-ids", question, self.dispatcher_ids.as_deref(), asks_ids).await?;
        Ok(FirstSettings { telegram, admins, dispatchers, bot })
    }
}

fn report_written(
    context: &CommandContext,
    file: PathBuf,
    settings: &FirstSettings,
) -> Result<(), CommandError> {
    let output = context.output();
    let document = InitDocument {
        file,
        bot: settings.bot.clone(),
        admins: settings.admins.len(),
        dispatchers: settings.dispatchers.len(),
    };
    output.print_result(&document, || format!("wrote {}", document.file.display()))?;
    if document.admins == 0 {
        output.warn(
            "there is no administrator: press Start in the bot, add the ID that it shows to ADMIN_IDS, restart",
        );
    }
    output.note(
        "next: `botctl config check --online`, then `botctl serve`; env.example explains every variable",
    );
    Ok(())
}

fn existing_file_error(path: &Path) -> CommandError {
    CommandError::new(ExitCode::Refused, format!("{} exists and was not changed", path.display())).hint(
        "edit it (env.example explains every variable), move it away, or name another file with --env-file",
    )
}

fn read_token(path: &Path) -> Result<String, CommandError> {
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().take(MAX_TOKEN_FILE).read_to_string(&mut text)
    } else {
        open_regular(path).and_then(|file| file.take(MAX_TOKEN_FILE).read_to_string(&mut text))
    };
    read.map_err(|error| {
        CommandError::new(ExitCode::Failed, format!("--token-file {}: {error}", path.display()))
            .hint("name a readable file that holds the token and nothing else")
    })?;
    Ok(text.trim_start_matches('\u{feff}').trim().to_owned())
}

/// Checks the form of a token, for the Bot API server of the environment.
fn check_token(token: &str) -> Result<TelegramConfig, CommandError> {
    let sources = Sources::without_env_file([("BOT_TOKEN", token)]);
    TelegramConfig::load(&sources).map_err(|problems| {
        let of_token = problems.iter().find(|problem| problem.variable == "BOT_TOKEN").cloned();
        match of_token {
            Some(Problem { message, hint, .. }) => {
                CommandError::new(ExitCode::Refused, format!("the token: {message}")).hint(hint)
            }
            None => problems.into(),
        }
    })
}

async fn ask_token() -> Result<TelegramConfig, CommandError> {
    loop {
        let token = ask_line("Token of the bot, from @BotFather (not shown): ", Echo::Off).await?;
        match check_token(&token) {
            Ok(telegram) => return Ok(telegram),
            Err(error) => eprint_line(error.message()),
        }
    }
}

/// Returns the bot's username.
async fn ask_telegram(telegram: &TelegramConfig) -> Result<String, CommandError> {
    let unreachable = |error: &dyn std::fmt::Display| {
        CommandError::new(
            ExitCode::Unreachable,
            format!("Telegram is unreachable, so nothing was written: {error}"),
        )
        .hint("check the network; --offline writes the file without asking")
    };
    let api = Api::new(telegram).map_err(|error| unreachable(&error))?;
    match api.call("getMe", "{}".to_owned(), CALL_TIMEOUT).await {
        Ok(account) => {
            let account: Option<serde_json::Value> = serde_json::from_str(account.get()).ok();
            let username = account.as_ref().and_then(|account| account["username"].as_str());
            username.map(str::to_owned).ok_or_else(|| unreachable(&"it did not tell the bot's name"))
        }
        Err(CallError::Refused { code: 401 | 404, description, .. }) => Err(CommandError::new(
            ExitCode::Refused,
            format!("Telegram rejected the token, so nothing was written: {description}"),
        )
        .hint("copy the token from @BotFather again; if TELEGRAM_API_URL is set, check it too")),
        Err(error) => Err(unreachable(&error)),
    }
}

/// Returns the ids of an option, or asks for them.
async fn ask_ids(
    name: &str,
    question: &str,
    given: Option<&str>,
    asks: bool,
) -> Result<BTreeSet<TelegramId>, CommandError> {
    if let Some(given) = given {
        return parse_ids(given).map_err(|error| {
            CommandError::new(ExitCode::Usage, format!("{name}: {}", error.message)).hint(error.hint)
        });
    }
    if !asks {
        return Ok(BTreeSet::new());
    }
    loop {
        match parse_ids(&ask_line(question, Echo::On).await?) {
            Ok(ids) => return Ok(ids),
            Err(error) => eprint_line(&format!("{}; {}", error.message, error.hint)),
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Echo {
    On,
    Off,
}

/// Asks on the terminal and returns the line that is typed.
async fn ask_line(question: &str, echo: Echo) -> Result<String, CommandError> {
    let hidden = (echo == Echo::Off).then(HiddenInput::begin);
    // A terminal that is gone gives no line below.
    let _asked = write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush());
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|length| (length > 0).then_some(line))
    });
    let line = line.await.map_err(|error| CommandError::new(ExitCode::Failed, error))??;
    if hidden.is_some() {
        eprint_line("");
    }
    line.map(|line| line.trim().to_owned())
        .ok_or_else(|| CommandError::new(ExitCode::Failed, "the input ended; nothing was written"))
}

fn eprint_line(text: &str) {
    let _written = writeln!(io::stderr(), "{text}");
}

/// While it lives, the terminal does not show what is typed.
struct HiddenInput {
    /// How it was before.
    modes: Option<Termios>,
}

impl HiddenInput {
    fn begin() -> Self {
        let modes = tcgetattr(io::stdin()).ok();
        if let Some(modes) = &modes {
            let mut hidden = modes.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            let _may_fail = tcsetattr(io::stdin(), OptionalActions::Now, &hidden);
        }
        Self { modes }
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        if let Some(modes) = &self.modes {
            let _may_fail = tcsetattr(io::stdin(), OptionalActions::Now, modes);
        }
    }
}

/// Returns the text of the env file, which is read back to be sure that it says what it should.
fn env_file_text(
    path: &Path,
    settings: &FirstSettings,
    database: Option<Secret<String>>,
) -> Result<String, CommandError> {
    let ids = |ids: &BTreeSet<TelegramId>| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let mut values = vec![
        ("BOT_TOKEN", settings.telegram.token.expose().clone()),
        ("ADMIN_IDS", ids(&settings.admins)),
        ("DISPATCHER_IDS", ids(&settings.dispatchers)),
    ];
    values.extend(database.map(|url| ("DATABASE_URL", url.expose().clone())));
    let mut text = String::from("# Written by `botctl config init`; env.example explains every variable.\n");
    for (name, value) in &values {
        let is_plain = value.chars().all(|c| c.is_ascii_alphanumeric() || "_:,./@%+=&?-".contains(c));
        let quote = if is_plain { "" } else { "'" };
        // Writing to a String cannot fail.
        let _written = writeln!(text, "{name}={quote}{value}{quote}");
    }
    let read = EnvFile::parse(path, text.as_bytes(), &BTreeMap::new());
    match values.iter().find(|(name, value)| read.get(name).map(|entry| &entry.value) != Some(value)) {
        None => Ok(text),
        Some((name, _)) => Err(CommandError::new(
            ExitCode::Failed,
            format!("{name} contains quotation marks, which this command does not write"),
        )
        .hint("write the file by hand, from env.example")),
    }
}
