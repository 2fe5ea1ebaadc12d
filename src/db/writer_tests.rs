#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::prelude::*;

use super::*;
use crate::config::database::DatabaseUrl;
use crate::db::{Database, WriterThread, connection, inbox, time};
use crate::migrate;
use crate::migrate::testing::ScratchDatabase;

struct Fixture {
    db: Database,
    _ended: WriterThread,
    url: DatabaseUrl,
    _storage: Storage,
}

/// Dropped after the connections.
#[allow(dead_code, reason = "kept for its destructor")]
enum Storage {
    Folder(tempfile::TempDir),
    Server(ScratchDatabase),
}

fn open_fixture(url: DatabaseUrl, storage: Storage) -> Fixture {
    let (db, ended) = Database::open(&url).unwrap();
    Fixture { db, _ended: ended, url, _storage: storage }
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bot.db");
    connection::prepare_sqlite_file(&path).unwrap();
    let url = DatabaseUrl::Sqlite(path);
    migrate::apply_pending(&mut connection::open_connection(&url).unwrap()).unwrap();
    open_fixture(url, Storage::Folder(folder))
}

/// `None` without a server.
fn postgres_fixture() -> Option<Fixture> {
    let scratch = ScratchDatabase::create()?;
    Some(open_fixture(scratch.url(), Storage::Server(scratch)))
}

/// Ends all sessions of the bot, as a restart of the server does.
fn end_sessions(fixture: &Fixture) {
    let mut conn = connection::open_connection(&fixture.url).unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    on_each!(&mut conn, |c| diesel::sql_query(end).execute(c)).unwrap();
}

async fn count_stored(fixture: &Fixture) -> Result<usize> {
    let found = fixture.db.read(|conn| inbox::list_unfinished_updates(conn, i64::MIN, 100)).await;
    found.map(|updates| updates.len())
}

fn store(conn: &mut AnyConnection, update_id: i64) -> Result<()> {
    let update = inbox::StoredUpdate { update_id, payload: "{}".to_owned() };
    inbox::insert_updates(conn, &[update], time::now()).map(drop)
}

/// What another process finds in the database.
fn stored(fixture: &Fixture) -> Vec<i64> {
    let mut conn = connection::open_connection(&fixture.url).unwrap();
    inbox::list_unfinished_updates(&mut conn, i64::MIN, 100)
        .unwrap()
        .into_iter()
        .map(|update| update.update_id)
        .collect()
}

/// A job of the tests.
type Change = Box<dyn FnOnce(&mut AnyConnection) -> Result<()> + Send>;

/// Hands the jobs over while the writer is held up, so that they share a group.
async fn in_one_group(fixture: &Fixture, jobs: Vec<Change>) -> Vec<Result<()>> {
    let (open, gate) = mpsc::channel::<()>();
    let holder = tokio::spawn({
        let db = fixture.db.clone();
        async move {
            db.write(move |_| {
                gate.recv().expect("the gate opens");
                Ok::<_, Error>(())
            })
            .await
        }
    });
    let (queued, mut all_queued) = tokio::sync::mpsc::unbounded_channel();
    let waiting: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let (db, queued) = (fixture.db.clone(), queued.clone());
            tokio::spawn(async move {
                let write = db.write(job);
                tokio::pin!(write);
                // The first poll puts the job into the writer's queue.
                let first =
                    std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context)));
                let first = first.await;
                queued.send(()).expect("somebody counts");
                match first {
                    std::task::Poll::Ready(done) => done,
                    std::task::Poll::Pending => write.await,
                }
            })
        })
        .collect();
    for _ in &waiting {
        all_queued.recv().await.expect("each job is queued");
    }
    open.send(()).expect("the writer waits at the gate");
    // It is in the group too and shares its fate.
    let _holder = holder.await.unwrap();
    let mut results = Vec::new();
    for job in waiting {
        results.push(job.await.unwrap());
    }
    results
}

#[tokio::test]
async fn a_panic_in_a_nested_savepoint_takes_back_its_own_job_and_leaves_the_neighbours() {
    let fixture = fixture();
    let results = in_one_group(
        &fixture,
        vec![
            Box::new(|conn| store(conn, 1)),
            Box::new(|conn| {
                store(conn, 2)?;
                in_savepoint::<(), Error>(conn, |_| panic!("a handler panics"))
            }),
            Box::new(|conn| store(conn, 3)),
        ],
    )
    .await;
    assert!(results[0].is_ok() && results[2].is_ok(), "{results:?}");
    assert!(matches!(&results[1], Err(Error::Panicked(text)) if text == "a handler panics"), "{results:?}");
    assert_eq!(stored(&fixture), [1, 3]);
}

#[tokio::test]
async fn when_sqlite_rolls_the_group_back_on_its_own_nobody_is_told_that_it_was_kept() {
    let fixture = fixture();
    let results = in_one_group(
        &fixture,
        vec![
            Box::new(|conn| store(conn, 1)),
            // What SQLite does by itself when the disk is full in the middle of a statement.
            Box::new(|conn| {
                on_each!(conn, |c| diesel::sql_query("ROLLBACK").execute(c))?;
                Err(Error::Conflict)
            }),
            Box::new(|conn| store(conn, 3)),
        ],
    )
    .await;
    assert!(matches!(&results[0], Err(Error::Commit(_))), "{results:?}");
    assert!(results[1].as_ref().is_err_and(Error::is_transient), "{results:?}");
    // The third ran in a transaction of its own, or not at all; in any case it was told the truth.
    let expected: Vec<i64> = if results[2].is_ok() { vec![3] } else { vec![] };
    assert_eq!(stored(&fixture), expected);
    // The writer goes on with a fresh connection.
    fixture.db.write(|conn| store(conn, 4)).await.unwrap();
    assert!(stored(&fixture).contains(&4));
}

#[tokio::test]
async fn a_full_database_fails_its_job_as_transient_and_the_writer_goes_on() {
    let fixture = fixture();
    let big = "x".repeat(4 << 20);
    let full = fixture.db.write(move |conn| {
        on_each!(conn, |c| diesel::sql_query("PRAGMA max_page_count = 60").execute(c))?;
        let update = inbox::StoredUpdate { update_id: 1, payload: big };
        inbox::insert_updates(conn, &[update], time::now()).map(drop)
    });
    let error = full.await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    fixture
        .db
        .write(|conn| {
            on_each!(conn, |c| diesel::sql_query("PRAGMA max_page_count = 1000000").execute(c))?;
            store(conn, 2)
        })
        .await
        .unwrap();
    assert_eq!(stored(&fixture), [2]);
}

#[test]
fn a_reconnect_that_fails_does_not_count_the_files_as_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (database, link) = (folder.path().join("bot.db"), folder.path().join("link.db"));
    connection::prepare_sqlite_file(&database).unwrap();
    std::os::unix::fs::symlink(&database, &link).unwrap();
    let pool = SharedPool::open(&DatabaseUrl::Sqlite(link.clone()), 1).unwrap();
    let (conn, file) = open_for_writing(Some(database.clone()), &pool).unwrap();
    let (outage, reconnected_at) = (Outage::default(), Instant::now());
    let mut state = WriterState { pool, outage, conn: Some(conn), file, reconnected_at };
    let wal = folder.path().join("bot.db-wal");
    assert!(wal.exists());
    std::fs::remove_file(&link).unwrap();
    state.reconnect(true).unwrap_err();
    assert!(!wal.exists(), "SQLite keeps it");
    state.check_file().unwrap();
    std::os::unix::fs::symlink(&database, &link).unwrap();
    state.reconnect(true).unwrap();
    std::fs::remove_file(&wal).unwrap();
    let lost = state.check_file().unwrap_err();
    assert!(matches!(lost, Error::FileLost { loss: FileLoss::Sidecar, .. }), "{lost:?}");
}

#[tokio::test]
async fn a_failed_job_on_postgres_leaves_its_neighbours_in_the_group() {
    let Some(fixture) = postgres_fixture() else { return };
    let results = in_one_group(
        &fixture,
        vec![
            Box::new(|conn| store(conn, 1)),
            Box::new(|conn| {
                store(conn, 2)?;
                on_each!(conn, |c| diesel::sql_query("SELECT 1 / 0").execute(c))?;
                Ok(())
            }),
            Box::new(|conn| store(conn, 3)),
        ],
    )
    .await;
    assert!(results[0].is_ok() && results[1].is_err() && results[2].is_ok(), "{results:?}");
    assert_eq!(stored(&fixture), [1, 3]);
}

#[tokio::test]
async fn server_that_restarts_between_two_jobs_is_not_noticed() {
    let Some(fixture) = postgres_fixture() else { return };
    fixture.db.write(|conn| store(conn, 1)).await.unwrap();
    assert_eq!(count_stored(&fixture).await.unwrap(), 1);
    end_sessions(&fixture);
    fixture.db.write(|conn| store(conn, 2)).await.unwrap();
    // The writer has found out for the readers.
    assert_eq!(count_stored(&fixture).await.unwrap(), 2);
    assert!(fixture.db.outage().report_once(), "no outage was reported");
}

#[tokio::test]
async fn session_that_ends_within_a_job_fails_it_as_transient() {
    let Some(fixture) = postgres_fixture() else { return };
    let ended = fixture.db.write(|conn| {
        store(conn, 1)?;
        on_each!(conn, |c| diesel::sql_query("SELECT pg_terminate_backend(pg_backend_pid())").execute(c))?;
        Ok::<_, Error>(())
    });
    let error = ended.await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    fixture.db.write(|conn| store(conn, 2)).await.unwrap();
    assert_eq!(stored(&fixture), [2]);
}

#[tokio::test]
async fn lock_of_another_process_fails_only_the_job_that_needs_it() {
    let Some(fixture) = postgres_fixture() else { return };
    fixture.db.write(|conn| store(conn, 1)).await.unwrap();
    let mut other = connection::open_connection(&fixture.url).unwrap();
    on_each!(&mut other, |c| c.batch_execute("BEGIN; SELECT FROM inbox WHERE update_id = 1 FOR UPDATE"))
        .unwrap();
    let results = in_one_group(
        &fixture,
        vec![
            Box::new(|conn| inbox::mark_done(conn, 1, time::now()).map(drop)),
            Box::new(|conn| store(conn, 2)),
        ],
    )
    .await;
    assert!(results[0].as_ref().is_err_and(Error::is_locked) && results[1].is_ok(), "{results:?}");
    drop(other);
    fixture.db.write(|conn| inbox::mark_done(conn, 1, time::now()).map(drop)).await.unwrap();
    assert_eq!(stored(&fixture), [2]);
}
