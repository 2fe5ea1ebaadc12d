//! The migrations themselves, built in or read from a folder. Which of them a database has is not known here.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{fs, io};

use diesel::migration::{MigrationMetadata, MigrationName, MigrationVersion};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::dialect::Dialect;
use super::statements;
use crate::db::connection::AnyConnection;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MigrationScript {
    /// Its timestamp, digits only.
    pub(crate) version: String,
    pub(crate) name: String,
    /// Its folder, relative to the source folder or as it was named: `migrations/sqlite/…`.
    pub(crate) folder: PathBuf,
    pub(crate) up: String,
    pub(crate) down: String,
    /// Whether it runs in a transaction, so that a failure is rolled back.
    pub(crate) in_transaction: bool,
    /// SHA-256 of both texts, in hexadecimal digits. Does not depend on the line ends.
    pub(crate) sha256: String,
}

/// The migrations of one backend, by version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MigrationSet {
    pub(crate) dialect: Dialect,
    all: Vec<MigrationScript>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ScriptError {
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not called YYYY-MM-DD-hhmmss_name", .0.display())]
    Name(PathBuf),
    #[error("{} and {} have the same version", .0.display(), .1.display())]
    Twice(PathBuf, PathBuf),
    /// `metadata.toml` is not TOML, or has an unknown key.
    #[error("{}: {reason}", path.display())]
    InvalidMetadata { path: PathBuf, reason: String },
    /// A script that runs in a transaction begins or ends one of its own.
    #[error("{}, line {line}: {word} would end the transaction in which the migration runs", path.display())]
    Transaction { path: PathBuf, line: usize, word: String },
}

/// A migration as `build.rs` embeds it.
struct EmbeddedScript {
    folder: &'static str,
    up: &'static str,
    down: &'static str,
    metadata: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// The contents of `metadata.toml`. Unknown keys are errors: diesel ignores them, and a misspelt one would leave a
/// migration outside or inside of a transaction unnoticed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptMetadata {
    #[serde(default = "default_true")]
    run_in_transaction: bool,
}

fn default_true() -> bool {
    true
}

impl MigrationSet {
    pub(crate) fn built_in(dialect: Dialect) -> &'static Self {
        static OF_SQLITE: LazyLock<MigrationSet> = LazyLock::new(|| load_embedded(Dialect::Sqlite, SQLITE));
        static OF_POSTGRES: LazyLock<MigrationSet> =
            LazyLock::new(|| load_embedded(Dialect::Postgres, POSTGRES));
        match dialect {
            Dialect::Sqlite => &OF_SQLITE,
            Dialect::Postgres => &OF_POSTGRES,
        }
    }

    /// Returns those that are built in for the backend of a connection.
    pub(crate) fn built_in_for(conn: &AnyConnection) -> &'static Self {
        Self::built_in(Dialect::of_connection(conn))
    }

    /// Reads the migrations of a folder like `migrations`: `sqlite/NAME/up.sql` and so on.
    pub(crate) fn read_folder(root: &Path, dialect: Dialect) -> Result<Self, ScriptError> {
        let root = root.join(dialect.folder_name());
        let unreadable = |source| ScriptError::Unreadable { path: root.clone(), source };
        let mut all = Vec::new();
        for entry in fs::read_dir(&root).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if path.is_dir() && !is_hidden {
                all.push(read_script(path, dialect)?);
            }
        }
        let all = sort_scripts(all)?;
        Ok(Self { dialect, all })
    }

    /// Returns all of them, the oldest first.
    pub(crate) fn all(&self) -> &[MigrationScript] {
        &self.all
    }

    pub(crate) fn find_version(&self, version: &str) -> Option<&MigrationScript> {
        self.all.iter().find(|script| script.version == version)
    }
}

/// Returns the digits of a version in any spelling: `20261122000000`, `2026-11-22-000000`, or with the name behind it.
fn parse_version(text: &str) -> Option<String> {
    let stamp = text.split('_').next().unwrap_or_default();
    let digits: String = stamp.chars().filter(|c| *c != '-').collect();
    (!digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())).then_some(digits)
}

impl MigrationScript {
    pub(super) fn new(
        folder: PathBuf,
        up: &str,
        down: &str,
        metadata: &str,
        dialect: Dialect,
    ) -> Result<Self, ScriptError> {
        let Some((version, name)) = parse_folder_name(&folder) else { return Err(ScriptError::Name(folder)) };
        let metadata: ScriptMetadata =
            toml::from_str(metadata).map_err(|error| ScriptError::InvalidMetadata {
                path: folder.join("metadata.toml"),
                reason: format!(
                    "{}; the only key is run_in_transaction, true or false",
                    error.to_string().trim_end().replace('\n', " ")
                ),
            })?;
        let (up, down) = (normalise_text(up).into_owned(), normalise_text(down).into_owned());
        let digest = Sha256::new().chain_update(&up).chain_update([0]).chain_update(&down).finalize();
        let sha256 = hex::encode(digest);
        let script =
            Self { version, name, folder, up, down, in_transaction: metadata.run_in_transaction, sha256 };
        script.check_transactions(dialect)?;
        Ok(script)
    }

    /// Returns whether `text` is its version, in any spelling.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        parse_version(text).is_some_and(|version| version == self.version)
    }

    fn check_transactions(&self, dialect: Dialect) -> Result<(), ScriptError> {
        const WORDS: [&str; 6] = ["BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"];
        if !self.in_transaction {
            return Ok(());
        }
        for (file, text) in [("up.sql", &self.up), ("down.sql", &self.down)] {
            for statement in statements::split_statements(text, dialect) {
                let word = statement.sql.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
                if WORDS.contains(&word.as_str()) {
                    let path = self.folder.join(file);
                    return Err(ScriptError::Transaction { path, line: statement.line, word });
                }
            }
        }
        Ok(())
    }
}

impl MigrationMetadata for MigrationScript {
    fn run_in_transaction(&self) -> bool {
        self.in_transaction
    }
}

impl MigrationName for MigrationScript {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(&self.version)
    }
}

impl std::fmt::Display for MigrationScript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.version, self.name)
    }
}

/// Leaves nothing out, which the test `built_in_migrations_match_the_source` checks.
fn load_embedded(dialect: Dialect, list: &[EmbeddedScript]) -> MigrationSet {
    let all = list.iter().filter_map(|one| {
        let folder = Path::new("migrations").join(dialect.folder_name()).join(one.folder);
        MigrationScript::new(folder, one.up, one.down, one.metadata, dialect).ok()
    });
    let mut all: Vec<MigrationScript> = all.collect();
    all.sort_by(|a, b| a.version.cmp(&b.version));
    MigrationSet { dialect, all }
}

fn read_script(folder: PathBuf, dialect: Dialect) -> Result<MigrationScript, ScriptError> {
    let read = |file: &str| {
        let path = folder.join(file);
        fs::read_to_string(&path).map_err(|source| ScriptError::Unreadable { path, source })
    };
    let (up, down) = (read("up.sql")?, read("down.sql")?);
    let metadata = match read("metadata.toml") {
        Ok(text) => text,
        Err(ScriptError::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            String::new()
        }
        Err(error) => return Err(error),
    };
    MigrationScript::new(folder, &up, &down, &metadata, dialect)
}

fn sort_scripts(mut all: Vec<MigrationScript>) -> Result<Vec<MigrationScript>, ScriptError> {
    all.sort_by(|a, b| a.version.cmp(&b.version));
    for pair in all.windows(2) {
        if pair[0].version == pair[1].version {
            return Err(ScriptError::Twice(pair[0].folder.clone(), pair[1].folder.clone()));
        }
    }
    Ok(all)
}

fn parse_folder_name(folder: &Path) -> Option<(String, String)> {
    let called = folder.file_name()?.to_str()?;
    let (_, name) = called.split_once('_')?;
    Some((parse_version(called)?, name.to_owned()))
}

/// Removes a byte order mark and makes all line ends `\n`.
fn normalise_text(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn script(folder: &str, up: &str, down: &str, metadata: &str) -> Result<MigrationScript, String> {
        MigrationScript::new(folder.into(), up, down, metadata, Dialect::Sqlite)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_built_in_is_sort_scripts() {
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
            let on_disk = MigrationSet::read_folder(&root, dialect).unwrap();
            let texts = |scripts: &MigrationSet| -> Vec<(String, String, bool)> {
                scripts
                    .all()
                    .iter()
                    .map(|one| (one.version.clone(), one.sha256.clone(), one.in_transaction))
                    .collect()
            };
            assert!(!on_disk.all().is_empty());
            assert_eq!(texts(MigrationSet::built_in(dialect)), texts(&on_disk), "{dialect:?}");
        }
    }

    /// A database remembers the checksum of what was applied to it, and `migrate up` refuses another one.
    const SHIPPED: &[(Dialect, &str, &str)] = &[
        (
            Dialect::Sqlite,
            "20261122000000",
            "e0faef9887b51dcf3bb5d7f2b287246a97c6af86e428b2cb1cd9cac3c3aad514",
        ),
        (
            Dialect::Postgres,
            "20261122000000",
            "174213cc2784db711d8f4725a7104198674cf4aa5a9a56cce0c018f5ed52f39f",
        ),
        (
            Dialect::Sqlite,
            "20261127000000",
            "e60d1b762726f5b1f47e53325f37ade3ae8d26bca211af9b739e7476fea65c35",
        ),
        (
            Dialect::Postgres,
            "20261127000000",
            "10f8a61d9a5097af04f821766ff80c8f512df2a7a8f1d5024ede418a11bbccfe",
        ),
        (
            Dialect::Sqlite,
            "20261127010000",
            "0f2db889761eb7a071a40e5438bd4c2caad276c5edc362f75cc0a288077a16cf",
        ),
        (
            Dialect::Postgres,
            "20261127010000",
            "9800abf75b4523a580c83e7d06b3b4101ecac68e3007ec6282eee86039c90619",
        ),
        (
            Dialect::Sqlite,
            "20261127020000",
            "e72f83b103dd70188d6bd7ed34030454fc75ee6dd19e11d73dec313d161fb23d",
        ),
        (
            Dialect::Postgres,
            "20261127020000",
            "dda898149877898a458ed32f8889998861ea4587b1fb40197042512028e4b790",
        ),
        (
            Dialect::Sqlite,
            "20261128000000",
            "d8c1f409a4139cf43e98a016f58672a075ad35c8896a3ef5d260c60ef36a8216",
        ),
        (
            Dialect::Postgres,
            "20261128000000",
            "d8c1f409a4139cf43e98a016f58672a075ad35c8896a3ef5d260c60ef36a8216",
        ),
        (
            Dialect::Sqlite,
            "20261128010000",
            "c1a781cbfff38764e806a4fca8c9d9841c057618f2658c097caa3bd079666603",
        ),
        (
            Dialect::Postgres,
            "20261128010000",
            "c1a781cbfff38764e806a4fca8c9d9841c057618f2658c097caa3bd079666603",
        ),
        (
            Dialect::Sqlite,
            "20261129000000",
            "b9d01b0cec062735012eb838d9f72287d389652f88bec9f60e2725be1cb9a51b",
        ),
        (
            Dialect::Postgres,
            "20261129000000",
            "f3286e7947f32a479ef40d09b56644f1da8392a47af84dbfd4b248c963a37d78",
        ),
        (
            Dialect::Sqlite,
            "20261129010000",
            "20d2e59126fec13bb4172ff7f636735ed9910189249129a8c12e365620674ef8",
        ),
        (
            Dialect::Postgres,
            "20261129010000",
            "20d2e59126fec13bb4172ff7f636735ed9910189249129a8c12e365620674ef8",
        ),
        (
            Dialect::Sqlite,
            "20261129020000",
            "5b9caa00ab3aa218456652c68042ff6ff74e419b02be233e850c6efb66b3ceed",
        ),
        (
            Dialect::Postgres,
            "20261129020000",
            "cf8121eefb85720e755cd1b4fe4897967779f4689ee45b640a34c541eff6b626",
        ),
        (
            Dialect::Sqlite,
            "20261129030000",
            "b8987d789039164d18357d066a2d3da02a294ef0ddb66b3b7a2004c00756b364",
        ),
        (
            Dialect::Postgres,
            "20261129030000",
            "2fdb5a931dde03dae5ac9d56c8d95a64c3e26841f7337682d18d25ee220b4eea",
        ),
        (
            Dialect::Sqlite,
            "20261129040000",
            "b19ab1a69978e6bf9b3cd6b919146cd80d0c294be33dab8450142ff67f3cb01b",
        ),
        (
            Dialect::Postgres,
            "20261129040000",
            "8d4e76544bbfdf0fbb23229ff8d760529ed15f2081aaf9513bc4196d6a6240c2",
        ),
        (
            Dialect::Sqlite,
            "20261129050000",
            "32c0191dbf91a4fa42f771475e94bfe6dba33b18cdebececc987893c9da8a606",
        ),
        (
            Dialect::Postgres,
            "20261129050000",
            "16fa69ed3c9adb7bfbff3c8af988542300de0b4bd24be57d913fe8231860187f",
        ),
        (
            Dialect::Sqlite,
            "20261130000000",
            "92975b908682fc4ea45c8916d9cc4288496b0cf72b24d2abd7c2eb6e95146cb2",
        ),
        (
            Dialect::Postgres,
            "20261130000000",
            "92975b908682fc4ea45c8916d9cc4288496b0cf72b24d2abd7c2eb6e95146cb2",
        ),
        (
            Dialect::Sqlite,
            "20261130030000",
            "7547d58ee635f9a90d432c727a94c8da049fd3892858583fe7467765aa5295c3",
        ),
        (
            Dialect::Postgres,
            "20261130030000",
            "7547d58ee635f9a90d432c727a94c8da049fd3892858583fe7467765aa5295c3",
        ),
        (
            Dialect::Sqlite,
            "20261130040000",
            "2a71abf7d26022c71396fec23ca42176355818addc9b6d160d9c1154e5b4404c",
        ),
        (
            Dialect::Postgres,
            "20261130040000",
            "2a71abf7d26022c71396fec23ca42176355818addc9b6d160d9c1154e5b4404c",
        ),
        (
            Dialect::Sqlite,
            "20261201000000",
            "3690a212d512b29a486fcfd2d4b2b72dca562ea2e54bdaee8a3339aa401ffb48",
        ),
        (
            Dialect::Postgres,
            "20261201000000",
            "0202c1c52853281ce4688d6cbac8c9252db3d4932d0318c70f84ab200d4c9c5d",
        ),
        (
            Dialect::Sqlite,
            "20261201020000",
            "4aa0b9649865d8410d442c638029664ca4f0d518b6e837a11de8d8d098ab2294",
        ),
        (
            Dialect::Postgres,
            "20261201020000",
            "2adb262e15ff292a8009a9a1b20b3e50b8d297063cff8f280018b2aaa8fbd726",
        ),
        (
            Dialect::Sqlite,
            "20261201030000",
            "7d7ded9fd2a1108ce9d27ae62a19aa3eaf14de727ca295f7a6284f7805257c0b",
        ),
        (
            Dialect::Postgres,
            "20261201030000",
            "a9c45c8c487f0c3780c1dca64566a9913c1249aead7dccd74fbc96ff538e257a",
        ),
        (
            Dialect::Sqlite,
            "20261201040000",
            "49ba661d3d5e2bcff12085af0936f111ffe160990028596602d4d39782b2dd8a",
        ),
        (
            Dialect::Postgres,
            "20261201040000",
            "0db3e7bfda432e19adf0c1e9e3eff42e0e9a69b025c262c0242b8c877b9e995f",
        ),
        (
            Dialect::Sqlite,
            "20261201050000",
            "01d2b6949b729e171d727c861eeb4994ea59da6c60fd82c67269a5fd6ede9bce",
        ),
        (
            Dialect::Postgres,
            "20261201050000",
            "e116ea743966d035e733f10379c1923d041179d45e909b386e410173d581ce9c",
        ),
    ];

    #[test]
    fn shipped_migrations_are_unchanged() {
        for &(dialect, version, sha256) in SHIPPED {
            let script =
                MigrationSet::built_in(dialect).find_version(version).expect("shipped migrations stay");
            assert_eq!(
                script.sha256,
                sha256,
                "{} has been shipped and must not be edited: undo that and write a new migration instead",
                script.folder.display()
            );
        }
        for dialect in [Dialect::Sqlite, Dialect::Postgres] {
            for script in MigrationSet::built_in(dialect).all() {
                let is_known =
                    SHIPPED.iter().any(|(of, version, _)| *of == dialect && *version == script.version);
                assert!(is_known, "add the checksum of {} here: {}", script.folder.display(), script.sha256);
            }
        }
    }

    #[test]
    fn checksum_ignores_only_line_ends() {
        let of = |up: &str, down: &str| script("2026-01-02-030405_x", up, down, "").unwrap().sha256;
        let one = of("SELECT 1;\nSELECT 2;\n", "SELECT 3;\n");
        assert_eq!(of("SELECT 1;\r\nSELECT 2;\r\n", "\u{feff}SELECT 3;\r"), one);
        assert_ne!(of("SELECT 1;\nSELECT 2; \n", "SELECT 3;\n"), one);
        assert_ne!(of("SELECT 1;\nSELECT 2;\nSELECT 3;\n", ""), one);
        assert_ne!(of("SELECT 1;\nSELECT 2;\n", ""), one);
    }

    #[test]
    fn unknown_metadata_is_refused() {
        let with = |metadata: &str| script("1_x", "", "", metadata).map(|script| script.in_transaction);
        assert_eq!(with(""), Ok(true));
        assert_eq!(with("# nothing\n"), Ok(true));
        assert_eq!(with("run_in_transaction = false"), Ok(false));
        for wrong in
            ["run_in_transactions = false", "run_in_transaction = \"no\"", "run_in_transaction", "[x]"]
        {
            let error = with(wrong).unwrap_err();
            assert!(error.contains("1_x/metadata.toml") && error.contains("the only key is"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn folder_names_hold_version_and_name() {
        let made = script("a/2026-11-22-000000_create_schema", "", "", "").unwrap();
        assert_eq!((made.version.as_str(), made.name.as_str()), ("20261122000000", "create_schema"));
        assert!(made.is_called("20261122000000") && made.is_called("2026-11-22-000000_create_schema"));
        assert!(!made.is_called("create_schema") && !made.is_called(""));
        for wrong in ["notes", "x_y", "_x", "2026-11-22-000000"] {
            assert!(script(wrong, "", "", "").unwrap_err().contains("YYYY-MM-DD-hhmmss_name"), "{wrong}");
        }
    }

    #[test]
    fn transaction_statements_are_refused() {
        let error = script("1_x", "SELECT 1;\n commit;", "", "").unwrap_err();
        assert_eq!(error, "1_x/up.sql, line 2: COMMIT would end the transaction in which the migration runs");
        assert!(script("1_x", "BEGIN; SELECT 1; COMMIT;", "", "run_in_transaction = false").is_ok());
    }
}
