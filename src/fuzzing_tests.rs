//! The checks of `fuzz/` on a stable toolchain: on its corpus and on mutations of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{RngAlgorithm, TestError, TestRng, TestRunner};
use rstest::rstest;

use crate::testing::fuzzing::{
    check_amount, check_callback, check_env_file, check_log, check_phone, check_text, check_update,
    check_visit,
};

/// What inputs of some target are made of or stumble over.
const TOKENS: [&str; 22] = [
    "\u{200b}",
    "\u{338}",
    "\u{308}",
    "\u{ff1e}",
    "\u{2212}",
    "５",
    "٥",
    "\r",
    "\n",
    "\t",
    "\0",
    "\\",
    "\"",
    "'",
    "${HOME}",
    "${A:-",
    "#",
    ":",
    "null",
    "1e999",
    "9223372036854775808",
    "тыс",
];

/// Returns the committed inputs; those that the fuzzer adds have no extension.
fn read_corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Inputs of the corpus with some parts removed or replaced: by bytes, by a token, by a part of another input.
fn mutated_inputs(corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let part = |(input, from, to): (Vec<u8>, Index, Index)| {
        let (from, to) = (from.index(input.len() + 1), to.index(input.len() + 1));
        input[from.min(to)..from.max(to)].to_vec()
    };
    let replacement = prop_oneof![
        Just(Vec::new()),
        vec(any::<u8>(), 1..4),
        select(&TOKENS[..]).prop_map(|token| token.as_bytes().to_vec()),
        (select(corpus.clone()), any::<Index>(), any::<Index>()).prop_map(part),
    ];
    let length = prop_oneof![8 => 0..12_usize, 1 => Just(usize::MAX)];
    let mutations = vec((any::<Index>(), length, replacement), 0..5);
    (select(corpus), mutations).prop_map(|(mut input, mutations)| {
        for (at, length, replacement) in mutations {
            let from = at.index(input.len() + 1);
            let to = from.saturating_add(length).min(input.len());
            input.splice(from..to, replacement);
        }
        input
    })
}

#[rstest]
#[case("amounts", check_amount)]
#[case("visits", check_visit)]
#[case("callbacks", check_callback)]
#[case("env_files", check_env_file)]
#[case("log_lines", check_log)]
#[case("phones", check_phone)]
#[case("texts", check_text)]
#[case("updates", check_update)]
fn checks_hold_for_the_corpus_and_its_mutations(#[case] target: &str, #[case] check: fn(&[u8])) {
    let corpus = read_corpus(target);
    assert!(corpus.len() >= 3, "the corpus of {target} is missing");
    for input in &corpus {
        check(input);
    }
    let config = ProptestConfig::default();
    // A failing input belongs into the corpus and not beside this file.
    let config = ProptestConfig { cases: 4 * config.cases, failure_persistence: None, ..config };
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let outcome = TestRunner::new_with_rng(config, random).run(&mutated_inputs(corpus), |input| {
        check(&input);
        Ok(())
    });
    if let Err(TestError::Fail(reason, input)) = outcome {
        panic!("{target}: {reason}\ninput: \"{}\"", input.escape_ascii());
    }
}
