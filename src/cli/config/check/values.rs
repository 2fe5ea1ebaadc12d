//! Checks values: malformed, missing, misspelt, given twice.

use super::finding::{CheckState, Finding};
use crate::config::reader::ValueError;
use crate::config::sentry::Dsn;
use crate::config::variables;
use crate::config::{Inspection, Problem, ProblemKind, Sources, Warning, WarningKind};
use crate::logging::write;

/// The variable of log filters, which belongs to `tracing`.
const RUST_LOG: &str = "RUST_LOG";
pub(crate) const DSN: &str = "SENTRY_DSN";

pub(super) fn check_values(sources: &Sources, inspection: &Inspection) -> Vec<Finding> {
    let mut found: Vec<_> = inspection.problems.iter().map(problem_finding).collect();
    if found.is_empty() {
        let set = variables::all_variables().filter(|known| sources.get(known.name).is_some()).count();
        let file = sources.env_file().map_or_else(
            || "there is no env file".to_owned(),
            |file| format!("env file {}", file.path().display()),
        );
        found.push(Finding::new("values", CheckState::Ok, format!("{set} variables are set; {file}")));
    }
    found.extend(sources.typos().into_iter().map(typo));
    found.extend(sources.unknown_variables().into_iter().map(|(name, origin)| {
        Finding::new("names", CheckState::Warn, "unknown variable, ignored")
            .with_origin(&name, &origin)
            .hint("remove it, unless another program also reads this file")
    }));
    found.extend(check_admins(sources, inspection));
    found.extend(log_filter());
    found.extend(check_dsn(sources, inspection));
    found.extend(name_proxy(inspection));
    found
}

/// Names the proxy without its credentials.
fn name_proxy(inspection: &Inspection) -> Option<Finding> {
    let proxy = inspection.telegram.as_ref()?.shown_proxy()?;
    Some(Finding::new("proxy", CheckState::Ok, format!("Telegram is reached through the proxy {proxy}")))
}

/// A problem that prevents the start of `serve`.
pub(super) fn problem_finding(problem: &Problem) -> Finding {
    let Problem { variable, origin, kind, message, hint } = problem;
    let name = if variable.is_empty() { "env_file" } else { "values" };
    let finding = Finding::new(name, CheckState::Failed, message).hint(hint);
    match kind {
        _ if variable.is_empty() => Finding { origin: Some(origin.to_string()), ..finding },
        // An unset variable has no location.
        ProblemKind::Missing => {
            Finding { variable: Some(variable.clone()), origin: Some("not set".to_owned()), ..finding }
        }
        ProblemKind::Wrong => finding.with_origin(variable, origin),
    }
}

fn typo(warning: Warning) -> Finding {
    let is_in_file = matches!(warning.origin, crate::config::Origin::EnvFile { .. });
    let state = match warning.kind {
        WarningKind::Misspelt if is_in_file => CheckState::Failed,
        WarningKind::Misspelt | WarningKind::Ambiguous | WarningKind::Doubtful => CheckState::Warn,
    };
    let name = if warning.kind == WarningKind::Doubtful { "values" } else { "names" };
    Finding::new(name, state, warning.message)
        .with_origin(&warning.variable, &warning.origin)
        .hint(warning.hint)
}

fn check_admins(sources: &Sources, inspection: &Inspection) -> Option<Finding> {
    let is_empty = inspection.roles.as_ref()?.admins.is_empty();
    is_empty.then(|| {
        Finding::new("values", CheckState::Warn, "there is no administrator")
            .with_variable("ADMIN_IDS", sources)
            .hint("press Start in the bot's chat and set ADMIN_IDS to the Telegram ID that it shows")
    })
}

/// Parses the filter as the log does, which falls back to `LOG_LEVEL`.
fn log_filter() -> Option<Finding> {
    let origin = crate::config::Origin::Environment;
    Some(match write::rust_log_filter()? {
        Ok(_) => Finding::new("log_filter", CheckState::Ok, "valid log filter; overrides LOG_LEVEL")
            .with_origin(RUST_LOG, &origin),
        Err(_) => {
            Finding::new("log_filter", CheckState::Failed, "invalid log filter; LOG_LEVEL is used instead")
                .with_origin(RUST_LOG, &origin)
                .hint("use a filter such as warn,botctl=debug, or remove it")
        }
    })
}

/// Never quotes the DSN: it contains a key.
fn check_dsn(sources: &Sources, inspection: &Inspection) -> Option<Finding> {
    let finding = |state, message: String| Finding::new("sentry", state, message).with_variable(DSN, sources);
    match &inspection.dsn {
        Dsn::Off => None,
        Dsn::At(dsn) => {
            let host = dsn.expose().host_str().unwrap_or_default();
            Some(finding(CheckState::Ok, format!("error reports go to {host}")))
        }
        Dsn::Unusable(error) => Some(
            finding(CheckState::Failed, describe_dsn_error(error))
                .hint(format!("{}; leave it empty for no reports", error.hint)),
        ),
    }
}

/// Describes the error of a DSN and its effect.
pub(crate) fn describe_dsn_error(error: &ValueError) -> String {
    format!("{}; errors would not be reported", error.message)
}
