//! The rules of the architecture: which module may use which, no cycles of files, and where certain words may stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::source::{SourceFile, Token, inner_packages, production_files, workspace_root};

/// The parts of a path inside the crate: `["db", "pool", "Pool"]`.
type ItemPath = Vec<String>;

/// What a file imports and names.
#[derive(Default)]
struct References {
    /// Paths that the file uses.
    used: BTreeSet<ItemPath>,
    /// What the file only passes on with `pub use`: the name and where it comes from.
    reexported: BTreeMap<String, ItemPath>,
}

/// Collects the references of one file.
struct ReferenceReader<'a> {
    tokens: &'a [Token<'a>],
    /// The file's module, and inline modules around the current token.
    module: ItemPath,
    imported: BTreeMap<String, ItemPath>,
    modules: &'a BTreeSet<ItemPath>,
    found: References,
}

impl<'a> ReferenceReader<'a> {
    fn read(tokens: &'a [Token<'a>], module: ItemPath, modules: &'a BTreeSet<ItemPath>) -> References {
        let mut reader =
            Self { tokens, module, imported: BTreeMap::new(), modules, found: References::default() };
        // Imports may stand below their use, so they are read first.
        reader.walk(true);
        reader.walk(false);
        reader.found
    }

    fn walk(&mut self, reads_imports: bool) {
        let (mut at, mut depth, mut inline_modules) = (0, 0_usize, Vec::new());
        while at < self.tokens.len() {
            match self.tokens[at].text {
                "use" if self.tokens[at + 1].is_identifier() || self.tokens[at + 1].text == "::" => {
                    let end = at + self.tokens[at..].iter().position(|token| token.text == ";").unwrap();
                    if reads_imports {
                        self.read_import(at, end);
                    }
                    at = end;
                }
                "mod" if self.opens_module(at) => {
                    let name = &self.tokens[self.module_name(at)];
                    inline_modules.push(depth);
                    self.module.push(name.text.to_owned());
                    at = self.module_name(at);
                }
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if inline_modules.last() == Some(&depth) {
                        inline_modules.pop();
                        self.module.pop();
                    }
                }
                _ if !reads_imports => at = self.read_path(at),
                _ => {}
            }
            at += 1;
        }
    }

    /// Returns the index of the name behind `mod`, which in a macro follows a `$`.
    fn module_name(&self, start: usize) -> usize {
        start + 1 + usize::from(self.tokens.get(start + 1).is_some_and(|token| token.text == "$"))
    }

    fn opens_module(&self, start: usize) -> bool {
        self.tokens.get(self.module_name(start) + 1).is_some_and(|token| token.text == "{")
    }

    fn read_import(&mut self, start: usize, end: usize) {
        let is_public = start > 0 && ["pub", ")"].contains(&self.tokens[start - 1].text);
        for (path, name) in flatten_import(&self.tokens[start + 1..end]) {
            let Some(path) = self.absolute(&path) else { continue };
            // `use super::*` imports no name; `pub(super)` does not use the parent.
            if name != "super" {
                self.imported.insert(name.clone(), path.clone());
            }
            if is_public {
                self.found.reexported.insert(name, path);
            } else {
                self.found.used.insert(path);
            }
        }
    }

    /// Reads the path that begins at this token, if one does; returns the index of its last token.
    fn read_path(&mut self, start: usize) -> usize {
        let is_start = self.tokens[start].is_identifier()
            && (start == 0 || !["::", ".", "mod"].contains(&self.tokens[start - 1].text));
        if !is_start {
            return start;
        }
        let (mut at, mut path) = (start, vec![self.tokens[start].text.to_owned()]);
        while self.tokens.get(at + 1).is_some_and(|token| token.text == "::")
            && self.tokens.get(at + 2).is_some_and(Token::is_identifier)
        {
            path.push(self.tokens[at + 2].text.to_owned());
            at += 2;
        }
        // A lone word is a reference only when it was imported.
        if path.len() > 1 || self.imported.contains_key(&path[0]) {
            self.found.used.extend(self.absolute(&path));
        }
        at
    }

    /// Returns the path from the root of the crate; `None` for other crates and for names of this file.
    fn absolute(&self, path: &[String]) -> Option<ItemPath> {
        let climbs = path.iter().take_while(|part| *part == "super").count();
        let first = path[0].as_str();
        let (mut base, rest) = match first {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (self.module.clone(), &path[1..]),
            "super" => (self.module[..self.module.len().checked_sub(climbs)?].to_vec(), &path[climbs..]),
            _ => match self.imported.get(first) {
                Some(imported) => (imported.clone(), &path[1..]),
                None => (self.module.clone(), path),
            },
        };
        base.extend(rest.iter().cloned());
        let is_local = ["crate", "self", "super"].contains(&first) || self.imported.contains_key(first);
        let is_child = || self.modules.contains(&base[..=self.module.len().min(base.len() - 1)]);
        (is_local || is_child()).then_some(base)
    }
}

/// Returns every path of a `use` declaration with the name that it gets.
fn flatten_import(tokens: &[Token<'_>]) -> Vec<(ItemPath, String)> {
    fn walk(tokens: &[Token<'_>], at: &mut usize, prefix: &[String], found: &mut Vec<(ItemPath, String)>) {
        let mut path = prefix.to_vec();
        while let Some(token) = tokens.get(*at) {
            *at += 1;
            match token.text {
                "{" => {
                    while tokens[*at].text != "}" {
                        walk(tokens, at, &path, found);
                    }
                    *at += 1;
                    // The comma behind the group.
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token.text == ","));
                    return;
                }
                "," => break,
                "}" => {
                    *at -= 1;
                    break;
                }
                "as" => {
                    found.push((path, tokens[*at].text.to_owned()));
                    *at += 1;
                    *at += usize::from(tokens.get(*at).is_some_and(|token| token.text == ","));
                    return;
                }
                "self" if !path.is_empty() => {}
                "::" | "*" => {}
                name => path.push(name.to_owned()),
            }
        }
        let name = path.last().cloned().unwrap_or_default();
        found.push((path, name));
    }
    let mut found = Vec::new();
    walk(tokens, &mut 0, &[], &mut found);
    found
}

/// The files that each file uses, by module.
type FileGraph<'a> = BTreeMap<&'a [String], BTreeSet<&'a [String]>>;

/// The files of one package and what they refer to.
struct Package {
    files: BTreeMap<ItemPath, (String, References)>,
}

impl Package {
    fn read(folder: &str) -> Self {
        let sources = production_files(&format!("{folder}src"));
        let modules: BTreeSet<ItemPath> = sources.iter().map(SourceFile::module_path).collect();
        let is_library = |source: &&SourceFile| !source.path.ends_with("src/main.rs");
        let files = sources.iter().filter(is_library).map(|source| {
            let references = ReferenceReader::read(&source.tokens(), source.module_path(), &modules);
            (source.module_path(), (source.path.display().to_string(), references))
        });
        Self { files: files.collect() }
    }

    /// Returns the module of the file that defines an item, through re-exports.
    fn defining_file(&self, path: &[String]) -> &[String] {
        let mut path = path.to_vec();
        for _ in 0..10 {
            let known = (0..=path.len()).rev().find_map(|length| self.files.get_key_value(&path[..length]));
            let Some((module, (_, references))) = known else { return &[] };
            let rest = &path[module.len()..];
            match rest.first().and_then(|name| references.reexported.get(name)) {
                Some(origin) => path = origin.iter().chain(&rest[1..]).cloned().collect(),
                None => return module,
            }
        }
        panic!("{path:?} is re-exported in a circle");
    }

    /// Returns for each file the files of its group that it uses.
    fn file_graph(&self, group: impl Fn(&[String]) -> String) -> FileGraph<'_> {
        let edges = |module: &[String], references: &References| -> BTreeSet<&[String]> {
            let targets = references.used.iter().map(|path| self.defining_file(path));
            targets.filter(|target| *target != module && group(target) == group(module)).collect()
        };
        self.files.iter().map(|(module, (_, references))| (&module[..], edges(module, references))).collect()
    }

    /// Returns the groups of files that use each other in a circle, and in each who uses whom.
    fn cycles(&self, group: impl Fn(&[String]) -> String) -> BTreeMap<BTreeSet<&str>, BTreeSet<String>> {
        let graph = self.file_graph(group);
        let reached: FileGraph<'_> =
            graph.keys().map(|module| (*module, reachable(&graph, module))).collect();
        let file = |module: &[String]| self.files[module].0.as_str();
        let mut cycles: BTreeMap<BTreeSet<&str>, BTreeSet<String>> = BTreeMap::new();
        for (module, used) in &graph {
            let is_circular = |other: &&&[String]| reached[**other].contains(module);
            let members = reached[module].iter().filter(is_circular).map(|other| file(other)).collect();
            let edges = used.iter().filter(is_circular);
            let edges = edges.map(|other| format!("{} uses {}", file(module), file(other)));
            cycles.entry(members).or_default().extend(edges);
        }
        cycles.retain(|members, _| !members.is_empty());
        cycles
    }
}

/// Returns all files that `start` uses, directly or through others.
fn reachable<'a>(graph: &FileGraph<'a>, start: &'a [String]) -> BTreeSet<&'a [String]> {
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![start]);
    while let Some(module) = waiting.pop() {
        waiting.extend(graph[module].iter().filter(|next| seen.insert(**next)));
    }
    seen
}

/// Returns the table of `lib.rs`: each module and the paths that it may use.
fn dependency_table() -> BTreeMap<String, BTreeSet<ItemPath>> {
    let lib = fs::read_to_string(workspace_root().join("src/lib.rs")).unwrap();
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let rows: Vec<(String, String)> = rows
        .map(|row| {
            let (module, rest) = row.split_once("`]").unwrap();
            (module.to_owned(), rest.split('|').nth(2).unwrap().trim().to_owned())
        })
        .collect();
    let names: BTreeSet<ItemPath> = rows.iter().map(|(module, _)| vec![module.clone()]).collect();
    let path = |word: &str| -> ItemPath { word.trim().split("::").map(str::to_owned).collect() };
    let allowed = |cell: &str| match cell {
        _ if cell.starts_with("everything") => names.clone(),
        _ => cell.split([',', ';']).map(path).filter(|path| names.contains(&path[..1])).collect(),
    };
    rows.iter().map(|(module, cell)| (module.clone(), allowed(cell))).collect()
}

#[test]
fn modules_use_only_what_the_table_in_lib_rs_allows() {
    let table = dependency_table();
    assert!(table.len() >= 10, "the table in lib.rs was not understood: {table:?}");
    let mut violations = Vec::new();
    for (module, (file, references)) in &Package::read("").files {
        let Some(top) = module.first() else { continue };
        let allowed = table.get(top).unwrap_or_else(|| panic!("{file}: {top} is not in the table of lib.rs"));
        let paths = references.used.iter().chain(references.reexported.values());
        for path in paths.filter(|path| path.first().is_some_and(|other| other != top)) {
            let is_allowed = allowed.iter().any(|prefix| path.starts_with(prefix));
            if table.contains_key(&path[0]) && !is_allowed {
                violations.push(format!("{file} uses {}", path.join("::")));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn files_of_a_module_do_not_use_each_other_in_cycles() {
    let package = Package::read("");
    let mut cycles = package.cycles(|module| module.first().cloned().unwrap_or_default());
    let inner: Vec<_> = inner_packages().iter().map(|folder| Package::read(&format!("{folder}/"))).collect();
    cycles.extend(inner.iter().flat_map(|package| package.cycles(|_| String::new())));
    let edges: Vec<_> = cycles.values().collect();
    assert!(cycles.is_empty(), "{} cycles: {edges:#?}", cycles.len());
}

#[test]
fn references_are_found_in_every_form() {
    let path = |path: &str| -> ItemPath { path.split("::").map(str::to_owned).collect() };
    let modules: BTreeSet<ItemPath> = ["db", "db::orders", "db::orders::parts", "bot"].map(path).into();
    let used = |code: &str| {
        let tokens = crate::source::tokenize(code);
        let references = ReferenceReader::read(&tokens, path("db::orders"), &modules);
        references.used.iter().map(|path| path.join("::")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(used("use crate::bot::view;"), "bot::view");
    assert_eq!(
        used(
            "use crate::{\n    service::orders,\n    domain::{ids::{self, A, B as C}, money},\n    cli,\n};"
        ),
        "cli domain::ids domain::ids::A domain::ids::B domain::money service::orders"
    );
    assert_eq!(used("fn f(x: crate::courier::X) {}"), "courier::X");
    assert_eq!(used("use super::super::bot::X;"), "bot::X");
    assert_eq!(used("use super::error::Result;"), "db::error::Result");
    assert_eq!(used("use crate::bot; fn f() { bot::view::g(); std::fs::read(); }"), "bot bot::view::g");
    assert_eq!(used("mod parts; fn f() { parts::g(); other::h(); }"), "db::orders::parts::g");
    assert_eq!(used("mod inner { use super::super::X; } use super::Y;"), "db::X db::Y");
    assert_eq!(used("mod $name { use super::super::X; }"), "db::X");
    assert_eq!(used("mod inner { use super::*; } pub(super) fn f() {}"), "db::orders");
    assert_eq!(used("pub use parts::{A, B}; fn f(x: A) {}"), "db::orders::parts::A");
}

#[test]
fn cycles_are_found_through_reexports() {
    let path = |path: &str| -> ItemPath { path.split("::").map(str::to_owned).collect() };
    let sources = [
        ("a", "mod b; mod c; pub use b::B;"),
        ("a::b", "use super::c::C; pub struct B;"),
        ("a::c", "use super::B; pub struct C;"),
        ("a::d", "use super::B;"),
    ];
    let modules: BTreeSet<ItemPath> = sources.iter().map(|(module, _)| path(module)).collect();
    let files = sources.map(|(module, code)| {
        let references = ReferenceReader::read(&crate::source::tokenize(code), path(module), &modules);
        (path(module), (module.to_owned(), references))
    });
    let package = Package { files: files.into() };
    let cycles: Vec<_> = package.cycles(|_| String::new()).into_keys().collect();
    assert_eq!(cycles, [["a::b", "a::c"].into()]);
}

#[test]
fn the_domain_knows_neither_database_nor_telegram_nor_threads() {
    for source in production_files("src/domain") {
        for token in source.tokens() {
            let is_foreign = ["diesel", "teloxide", "tokio"].contains(&token.text);
            assert!(!is_foreign, "{}:{} mentions {}", source.path.display(), token.line, token.text);
        }
    }
}

#[test]
fn texts_for_users_are_in_the_locale_files_and_not_in_the_source() {
    // Stored texts, labels of keyboards, and words that users type.
    const ALLOWED: [&str; 13] = [
        "src/bot/labels.rs",
        "src/domain/address.rs",
        "src/domain/answer.rs",
        "src/domain/equipment.rs",
        "src/domain/input.rs",
        "src/domain/money.rs",
        "src/domain/pasted_order.rs",
        "src/domain/person_name.rs",
        "src/domain/phone.rs",
        "src/domain/visit/parser.rs",
        "src/domain/visit/past_days.rs",
        "src/domain/visit/times.rs",
        "src/domain/visit/tokens.rs",
    ];
    let mut violations = Vec::new();
    for source in production_files("src") {
        let path = source.path.to_string_lossy();
        let is_cyrillic = |line: &&str| line.chars().any(|letter| ('\u{400}'..='\u{4ff}').contains(&letter));
        if !ALLOWED.contains(&&*path) {
            violations
                .extend(source.production.lines().filter(is_cyrillic).map(|line| format!("{path}: {line}")));
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn the_migrations_of_both_backends_have_the_same_names_and_files() {
    let list = |backend: &str| {
        let folder = workspace_root().join("migrations").join(backend);
        let names: BTreeSet<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        for name in &names {
            for file in ["up.sql", "down.sql"] {
                assert!(folder.join(name).join(file).is_file(), "{backend}/{name} has no {file}");
            }
        }
        names
    };
    let (sqlite, postgres) = (list("sqlite"), list("postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}
