//! Watches the webhook while the bot runs: one that is broken or gone is silent otherwise.

use std::time::{Duration, Instant};

use super::intake::Intake;
use super::reception::{CONFLICT_TIMEOUT, ContactRecorder, ReceptionError, TokenConflicts, TokenRejections};
use super::webhook::{WebhookInfo, WebhookRegistration, delivery_hint};
use crate::telegram::{Api, CallError};

/// How often the webhook's state is read.
const WATCH_INTERVAL: Duration = Duration::from_secs(20);

/// Reads the webhook's state from time to time.
pub(crate) struct WebhookWatch<'a> {
    intake: &'a Intake,
    api: &'a Api,
    registration: &'a WebhookRegistration,
    conflicts: TokenConflicts,
    rejections: TokenRejections,
    contact: ContactRecorder,
    deliveries: DeliveryErrors,
}

impl<'a> WebhookWatch<'a> {
    pub(crate) fn new(intake: &'a Intake, api: &'a Api, registration: &'a WebhookRegistration) -> Self {
        Self {
            intake,
            api,
            registration,
            conflicts: TokenConflicts::default(),
            rejections: TokenRejections::default(),
            contact: ContactRecorder::default(),
            deliveries: DeliveryErrors::default(),
        }
    }

    /// Watches until the intake stops, or until no more updates can come.
    pub(crate) async fn run(mut self) -> Result<(), ReceptionError> {
        self.intake.health().record_webhook(None);
        let mut beat = tokio::time::interval(WATCH_INTERVAL);
        loop {
            tokio::select! {
                _ = beat.tick() => {}
                () = self.intake.stopping().cancelled() => return Ok(()),
            }
            let checked = match WebhookInfo::load(self.api).await {
                Ok(info) => self.check_info(&info).await,
                Err(error) => Err(error),
            };
            match checked {
                Ok(is_foreign) => self.record_conflict(is_foreign)?,
                Err(error) => self.record_failure(&error)?,
            }
        }
    }

    /// Reports failed deliveries, and sets the webhook again if another process has changed it. Returns whether one has.
    async fn check_info(&mut self, info: &WebhookInfo) -> Result<bool, CallError> {
        if self.rejections.end_all() {
            tracing::info!("Telegram accepts the token again");
        }
        if !info.delivers_to(self.registration.url.expose()) {
            self.registration.register(self.api).await?;
            self.deliveries = DeliveryErrors::of_new_webhook();
            return Ok(true);
        }
        match self.deliveries.find_new(info) {
            Some((error, is_first)) => {
                self.intake.health().record_webhook(Some((Instant::now(), error.to_owned())));
                let (hint, pending) = (delivery_hint(error), info.pending_update_count);
                if is_first {
                    tracing::error!(error, hint, pending, "Telegram cannot deliver updates");
                } else {
                    tracing::warn!(error, hint, pending, "Telegram still cannot deliver updates");
                }
            }
            None => self.contact.record_answer(self.intake.database()).await,
        }
        Ok(false)
    }

    fn record_conflict(&mut self, is_foreign: bool) -> Result<(), ReceptionError> {
        if !is_foreign {
            return Ok(());
        }
        tracing::error!("another process has changed the webhook; it was set again");
        let since = self.conflicts.record_conflict(Instant::now());
        if since >= CONFLICT_TIMEOUT { Err(ReceptionError::ForeignWebhook) } else { Ok(()) }
    }

    fn record_failure(&mut self, error: &CallError) -> Result<(), ReceptionError> {
        let CallError::Refused { code: 401 | 404, description, .. } = error else {
            tracing::warn!(%error, "the state of the webhook could not be read");
            return Ok(());
        };
        if self.rejections.is_empty() {
            tracing::error!(description, "Telegram rejected the token, retrying");
        }
        match self.rejections.record_rejection(Instant::now()) {
            Some(_) => Ok(()),
            None => Err(ReceptionError::Token(description.clone())),
        }
    }
}

/// The failed deliveries that Telegram reports.
#[derive(Default)]
struct DeliveryErrors {
    /// The first look reports nothing, since an old error stays.
    has_looked: bool,
    last_date: Option<i64>,
    is_failing: bool,
}

impl DeliveryErrors {
    /// Setting a webhook makes Telegram forget the errors of the one before.
    fn of_new_webhook() -> Self {
        Self { has_looked: true, ..Self::default() }
    }

    /// Returns an error that has occurred since the last look, and whether it is the first one of an outage.
    fn find_new<'a>(&mut self, info: &'a WebhookInfo) -> Option<(&'a str, bool)> {
        let before = std::mem::replace(&mut self.last_date, info.last_error_date);
        let is_new = std::mem::replace(&mut self.has_looked, true) && before != info.last_error_date;
        let error = info.last_error_message.as_deref().filter(|_| is_new);
        let was_failing = std::mem::replace(&mut self.is_failing, error.is_some());
        error.map(|error| (error, !was_failing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_deliveries_are_reported_once_for_each_outage() {
        let mut errors = DeliveryErrors::default();
        let info = |date, message: &str| WebhookInfo {
            last_error_date: date,
            last_error_message: Some(message.to_owned()),
            ..WebhookInfo::default()
        };
        // It may be years old.
        assert_eq!(errors.find_new(&info(Some(5), "old")), None);
        assert_eq!(errors.find_new(&info(Some(5), "old")), None);
        assert_eq!(errors.find_new(&info(Some(9), "new")), Some(("new", true)));
        assert_eq!(errors.find_new(&info(Some(11), "new")), Some(("new", false)));
        assert_eq!(errors.find_new(&info(Some(11), "new")), None);
        // Also when the clock at Telegram was set back.
        assert_eq!(errors.find_new(&info(Some(3), "next")), Some(("next", true)));
        assert_eq!(errors.find_new(&WebhookInfo::default()), None);
        let mut errors = DeliveryErrors::of_new_webhook();
        assert_eq!(errors.find_new(&info(Some(5), "new")), Some(("new", true)));
    }
}
