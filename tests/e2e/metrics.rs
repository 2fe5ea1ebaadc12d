//! What Prometheus reads, and the alert rules and the dashboard that use it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{TimeDelta, Utc};
use regex::Regex;
use rstest::rstest;
use serde_json::Value;
use telegram_sandbox::{Fault, FaultKind};

use crate::command::Said;
use crate::health::monitored;
use crate::postgres_server::find_program;
use crate::world::{Backend, DISPATCHER, MASTER, World, execute, run_to_end, wait_until};

/// Every metric, as the design names them.
const NAMES: [&str; 17] = [
    "botctl_api_call_duration_seconds",
    "botctl_api_calls_total",
    "botctl_backup_last_success_timestamp_seconds",
    "botctl_build_info",
    "botctl_db_pool_connections",
    "botctl_dead_letters",
    "botctl_inbox_unfinished",
    "botctl_job_last_success_timestamp_seconds",
    "botctl_last_poll_timestamp_seconds",
    "botctl_last_update_timestamp_seconds",
    "botctl_leader",
    "botctl_orders",
    "botctl_outbox_oldest_seconds",
    "botctl_outbox_pending",
    "botctl_rate_limited_total",
    "botctl_update_duration_seconds",
    "botctl_updates_total",
];

impl World {
    fn metrics(&self) -> String {
        let (status, body) = self.monitor_get("/metrics");
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The value of a series, as it is written; `None` when there is none.
    fn metric(&self, series: &str) -> Option<f64> {
        let body = self.metrics();
        let value = body.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map(|value| value.parse().unwrap())
    }
}

/// A monitored bot whose daily backup is due, so that it has made one when this returns.
fn world_after_backup(backend: Backend) -> Option<World> {
    let due = (Utc::now() - TimeDelta::hours(1)).format("%H:%M").to_string();
    let setup = monitored().stopped().with("TIMEZONE", "UTC").with("BACKUP_TIME", &due);
    let world = setup.build_or_skip(backend)?;
    world.ask(&["migrate", "up"]).ends(0);
    insert_failed_backup(&world);
    world.start();
    world.wait_for_log(&["scheduled backup was made"]);
    Some(world)
}

/// Leaves the row of a backup that failed some time ago.
fn insert_failed_backup(world: &World) {
    let row = "('backup', '2026-01-01 10:00:00', '2026-01-01 10:00:05', 'failed: x')";
    let insert = format!("INSERT INTO job_runs (job, started_at, finished_at, outcome) VALUES {row}");
    world.db(|conn| execute(conn, &insert));
}

fn run_promtool(arguments: &[&str], input: &str) -> Option<Said> {
    let mut command = Command::new(find_program("promtool")?);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap().into())
}

#[rstest]
fn every_metric_is_exported_as_prometheus_likes_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = world_after_backup(backend) else { return };
    world.allow_failed_calls();
    world.dispatcher().says("/start");
    world.master().says("/start");
    world.make_master(MASTER);
    let order = world.order_in(botctl::testing::domain::OrderStatus::New);
    world
        .sandbox
        .add_fault(Fault::times(FaultKind::TooManyRequests { retry_after: 1 }, 1).for_method("sendMessage"));
    world.dispatcher().says(&format!("/order {order}")).sees("+7 9");
    let blocked = Fault::times(FaultKind::Blocked, 1).for_method("sendMessage").in_chat(MASTER);
    world.sandbox.add_fault(blocked);
    world.master().says("/help");
    let is_counted = |series: &str, value: f64| world.metric(series).is_some_and(|found| found >= value);
    for (series, value) in [
        ("botctl_updates_total{kind=\"message\",outcome=\"handled\"}", 3.0),
        ("botctl_update_duration_seconds_count", 3.0),
        ("botctl_update_duration_seconds_bucket{le=\"10\"}", 3.0),
        ("botctl_orders{status=\"NEW\"}", 1.0),
        ("botctl_orders{status=\"CLOSED\"}", 0.0),
        ("botctl_dead_letters", 1.0),
        ("botctl_inbox_unfinished", 0.0),
        ("botctl_outbox_pending", 0.0),
        ("botctl_api_calls_total{method=\"sendMessage\",result=\"ok\"}", 3.0),
        ("botctl_api_calls_total{method=\"sendMessage\",result=\"rate_limited\"}", 1.0),
        ("botctl_api_calls_total{method=\"sendMessage\",result=\"refused\"}", 1.0),
        ("botctl_rate_limited_total", 1.0),
        ("botctl_leader", 1.0),
        ("botctl_db_pool_connections{state=\"idle\"}", 1.0),
    ] {
        wait_until(series, || is_counted(series, value));
    }
    let since = Utc::now() - TimeDelta::minutes(5);
    for series in [
        "botctl_last_poll_timestamp_seconds",
        "botctl_last_update_timestamp_seconds",
        "botctl_job_last_success_timestamp_seconds{job=\"backup\"}",
        "botctl_backup_last_success_timestamp_seconds",
    ] {
        #[allow(clippy::cast_precision_loss)]
        let since = since.timestamp() as f64;
        wait_until(series, || is_counted(series, since));
    }
    let body = world.metrics();
    let types = body.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    assert_eq!(types.collect::<BTreeSet<_>>(), BTreeSet::from(NAMES));
    for private in
        [DISPATCHER.to_string(), MASTER.to_string(), "+7 9".to_owned(), "+79".to_owned(), "Дарья".to_owned()]
    {
        let labels = body.lines().filter_map(|line| line.rsplit_once(' ')).map(|(series, _)| series);
        for series in labels {
            assert!(!series.contains(&private), "{series}");
        }
    }
    if let Some(said) = run_promtool(&["check", "metrics"], &body) {
        assert_eq!((said.code, &*said.out, &*said.err), (0, "", ""));
    }
}

#[test]
fn waiting_messages_and_a_job_that_failed_are_shown() {
    let world = monitored().stopped().with("BACKUP_TIME", "").build(Backend::Sqlite);
    world.allow_failed_calls();
    world.ask(&["migrate", "up"]).ends(0);
    insert_failed_backup(&world);
    world.start();
    world.sandbox.add_fault(Fault::always(FaultKind::Hang { duration: None }).for_method("sendMessage"));
    world.stranger().says("/start");
    wait_until("the message waits", || {
        world.metric("botctl_outbox_pending") == Some(1.0)
            && world.metric("botctl_outbox_oldest_seconds").is_some_and(|age| age > 0.0 && age < 60.0)
    });
    let job = "botctl_job_last_success_timestamp_seconds{job=\"backup\"}";
    assert_eq!(world.metric(job), Some(0.0));
}

fn monitoring_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/monitoring").join(name)
}

/// The metrics that a text names.
fn named_metrics(text: &str) -> BTreeSet<String> {
    let names = Regex::new(r"\bbotctl_[a-z0-9_]+").unwrap();
    let base = |name: &str| {
        let is_part =
            |suffix: &&str| name.strip_suffix(suffix).is_some_and(|base| base.ends_with("_duration_seconds"));
        let suffix = ["_bucket", "_sum", "_count"].into_iter().find(is_part).unwrap_or_default();
        name.strip_suffix(suffix).unwrap_or(name).to_owned()
    };
    names.find_iter(text).map(|found| base(found.as_str())).collect()
}

#[test]
fn alert_rules_and_dashboard_use_exported_metrics_only() {
    let exported: BTreeSet<String> = NAMES.map(str::to_owned).into();
    for name in ["alerts.yml", "alerts_test.yml", "dashboard.json"] {
        let named = named_metrics(&fs::read_to_string(monitoring_file(name)).unwrap());
        assert!(named.len() > 5, "{name} was not understood: {named:?}");
        let unknown: Vec<_> = named.difference(&exported).collect();
        assert!(unknown.is_empty(), "{name} uses {unknown:?}");
    }
    let dashboard = named_metrics(&fs::read_to_string(monitoring_file("dashboard.json")).unwrap());
    let unused: Vec<_> = exported.difference(&dashboard).collect();
    assert!(unused.is_empty(), "the dashboard does not show {unused:?}");
}

#[test]
fn alert_rules_are_valid_and_fire_when_they_should() {
    let Some(promtool) = find_program("promtool") else { return };
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&promtool);
        command.args(arguments).current_dir(monitoring_file("")).env_clear();
        Said::from(run_to_end(command)).ends(0)
    };
    run(&["check", "rules", "alerts.yml"]);
    run(&["test", "rules", "alerts_test.yml"]);
}

#[test]
fn dashboard_has_valid_queries() {
    let dashboard: Value =
        serde_json::from_slice(&fs::read(monitoring_file("dashboard.json")).unwrap()).unwrap();
    let targets =
        dashboard["panels"].as_array().unwrap().iter().filter_map(|panel| panel["targets"].as_array());
    let queries: Vec<&str> = targets.flatten().map(|target| target["expr"].as_str().unwrap()).collect();
    assert!(queries.len() >= 10, "{queries:?}");
    // Rules are the form in which promtool checks queries.
    let rule = |(number, query): (usize, &&str)| {
        let query = query.replace("$__rate_interval", "5m").replace("$instance", ".*");
        format!("      - record: query{number}\n        expr: {}\n", Value::from(query))
    };
    let rules: String = queries.iter().enumerate().map(rule).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.yml");
    fs::write(&file, format!("groups:\n  - name: dashboard\n    rules:\n{rules}")).unwrap();
    if let Some(said) = run_promtool(&["check", "rules", file.to_str().unwrap()], "") {
        said.ends(0);
    }
}
