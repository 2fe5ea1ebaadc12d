//! Whether the bot is ready: updates come in and can be stored.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::shared_reading::SharedReading;
use crate::bot::intake_health::IntakeHealth;
use crate::bot::redis_dialogues::RedisDialogues;
use crate::db::{self, Database};
use crate::migrate::{self, SchemaState};

/// How long the database, and Redis, may take to answer.
const SERVER_TIMEOUT: Duration = Duration::from_secs(2);
/// How long nothing may have been written, with something to write.
const STALL_LIMIT: Duration = Duration::from_secs(5);
/// How often the servers are asked at most.
const READING_LIFETIME: Duration = Duration::from_secs(1);

/// The body of `/readyz`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct ReadinessReport {
    pub ready: bool,
    pub causes: Vec<ReadinessCause>,
}

/// Why the bot is not ready.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct ReadinessCause {
    /// `stopping`, `database`, `schema`, `redis` or `intake`.
    pub cause: String,
    pub message: String,
}

impl ReadinessCause {
    fn new(cause: &str, message: impl Into<String>) -> Self {
        Self { cause: cause.to_owned(), message: message.into() }
    }
}

impl ReadinessReport {
    pub(super) fn stopping() -> Self {
        Self::from(vec![ReadinessCause::new("stopping", "the bot is stopping")])
    }
}

impl From<Vec<ReadinessCause>> for ReadinessReport {
    fn from(causes: Vec<ReadinessCause>) -> Self {
        Self { ready: causes.is_empty(), causes }
    }
}

/// What readiness depends on.
pub(super) struct Readiness {
    db: Database,
    intake: IntakeHealth,
    schema: SharedReading<SchemaState>,
    /// `None` when the database has the dialogues.
    redis: Option<SharedReading<()>>,
}

impl Readiness {
    pub(super) fn new(db: Database, intake: IntakeHealth, redis: Option<RedisDialogues>) -> Self {
        let pool = db.clone();
        let schema = SharedReading::new(READING_LIFETIME, move || {
            let pool = pool.clone();
            async move { pool.read(migrate::schema_state).await.map_err(|error: db::Error| error.to_string()) }
        });
        let redis = redis.map(|redis| {
            SharedReading::new(READING_LIFETIME, move || {
                let redis = redis.clone();
                async move { redis.check_server().await.map_err(|error| error.to_string()) }
            })
        });
        Self { db, intake, schema, redis }
    }

    /// Returns every cause at once.
    pub(super) async fn report(&self) -> ReadinessReport {
        let (schema, redis) = tokio::join!(self.schema.get(SERVER_TIMEOUT), async {
            match &self.redis {
                Some(redis) => redis.get(SERVER_TIMEOUT).await,
                None => Some(Ok(Arc::default())),
            }
        });
        let mut causes = Vec::new();
        match schema {
            None => causes.push(ReadinessCause::new("database", "the database does not answer")),
            Some(Err(error)) => {
                causes.push(ReadinessCause::new("database", format!("the database cannot be read: {error}")));
            }
            Some(Ok(schema)) if *schema != SchemaState::Current => causes.push(ReadinessCause::new(
                "schema",
                "the schema is not the one of this program; see `botctl migrate status`",
            )),
            Some(Ok(_)) => {}
        }
        let stalled_for = self.db.outage().stalled_for();
        if stalled_for >= STALL_LIMIT {
            let message = format!("nothing could be written to the database for {} s", stalled_for.as_secs());
            causes.push(ReadinessCause::new("database", message));
        }
        match redis {
            None => causes.push(ReadinessCause::new("redis", "Redis does not answer")),
            Some(Err(error)) => causes.push(ReadinessCause::new("redis", error)),
            Some(Ok(_)) => {}
        }
        causes.extend(self.intake.find_problem().map(|message| ReadinessCause::new("intake", message)));
        causes.into()
    }
}
