//! Delivery of updates to a webhook, as Telegram does it.
//!
//! There is a queue for the messages of each chat and one for the presses of each user. A queue delivers one update at a time,
//! in order; different queues use different connections, so that updates of one chat may overtake each other. An update that
//! the bot does not answer with 2xx is repeated with growing pauses, or when its `Retry-After` is over.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::webhook_client::{WebhookConnection, WebhookRequest, WebhookTarget};
use crate::faults::FaultKind;
use crate::hub::StateHub;
use crate::state::SandboxState;
use crate::update_queue::DeliveryQueue;

/// How long the bot may take to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_mins(1);
/// Pause after the first failure; it doubles up to `LONGEST_PAUSE`. Telegram begins with none and ends with a minute or two.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// An update on its way to the bot.
struct PendingDelivery {
    queue: DeliveryQueue,
    update_id: i64,
    request: WebhookRequest,
    fault: Option<FaultKind>,
}

/// How a delivery ended.
struct DeliveryOutcome {
    queue: DeliveryQueue,
    update_id: i64,
    connection: Option<WebhookConnection>,
    /// What Telegram would report, and the pause that the bot asked for.
    failure: Option<(String, Option<Duration>)>,
}

/// A queue with a delivery in progress, or one that failed.
#[derive(Clone, Copy)]
struct QueueProgress {
    is_busy: bool,
    not_before: Instant,
    pause: Duration,
}

/// Delivers updates until the sandbox stops.
pub(crate) async fn deliver_updates(hub: &Arc<StateHub>) {
    let (sender, mut outcomes) = mpsc::unbounded_channel();
    let mut dispatcher = WebhookDispatcher {
        hub: Arc::clone(hub),
        outcomes: sender,
        progress: HashMap::new(),
        idle: Vec::new(),
        webhook_number: 0,
    };
    loop {
        let changed = hub.queue_changed.notified();
        tokio::pin!(changed);
        changed.as_mut().enable();
        let next_try = dispatcher.start_deliveries();
        tokio::select! {
            () = changed => {}
            Some(outcome) = outcomes.recv() => dispatcher.finish_delivery(outcome),
            () = tokio::time::sleep_until(next_try.unwrap_or_else(Instant::now)), if next_try.is_some() => {}
        }
    }
}

struct WebhookDispatcher {
    hub: Arc<StateHub>,
    outcomes: mpsc::UnboundedSender<DeliveryOutcome>,
    progress: HashMap<DeliveryQueue, QueueProgress>,
    idle: Vec<WebhookConnection>,
    /// The webhook to which `progress` belongs.
    webhook_number: u64,
}

impl WebhookDispatcher {
    /// Starts what can be delivered now. Returns when a pause ends next.
    fn start_deliveries(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let hub = Arc::clone(&self.hub);
        let deliveries = self.choose_deliveries(&mut hub.lock_state(), now);
        for delivery in deliveries {
            let (outcomes, idle) = (self.outcomes.clone(), self.idle.pop());
            tokio::spawn(async move {
                // Without a receiver the sandbox has stopped.
                let _ = outcomes.send(deliver(delivery, idle).await);
            });
        }
        let pauses = self.progress.values().filter(|queue| !queue.is_busy).map(|queue| queue.not_before);
        pauses.filter(|at| *at > now).min()
    }

    /// Takes the oldest update of each free queue, as far as there are connections.
    fn choose_deliveries(&mut self, state: &mut SandboxState, now: Instant) -> Vec<PendingDelivery> {
        let Some(webhook) = state.webhook.clone() else { return Vec::new() };
        let Some(target) = WebhookTarget::parse(&webhook.url) else { return Vec::new() };
        if self.webhook_number != webhook.number {
            self.webhook_number = webhook.number;
            self.progress.retain(|_, queue| queue.is_busy);
            self.idle.clear();
        }
        let busy = self.progress.values().filter(|queue| queue.is_busy).count();
        let mut free = usize::try_from(webhook.max_connections).unwrap_or(1).saturating_sub(busy);
        let mut chosen = Vec::new();
        for (queue, update_id, json) in state.queue.oldest_of_each_queue() {
            let progress = self.progress.get(&queue).copied();
            if free == 0 || progress.is_some_and(|queue| queue.is_busy || queue.not_before > now) {
                continue;
            }
            free -= 1;
            let pause = progress.map_or(FIRST_PAUSE, |queue| queue.pause);
            self.progress.insert(queue, QueueProgress { is_busy: true, not_before: now, pause });
            let request = WebhookRequest {
                target: target.clone(),
                secret: webhook.secret.clone(),
                body: json.to_owned(),
            };
            chosen.push(PendingDelivery { queue, update_id, request, fault: None });
        }
        for delivery in &mut chosen {
            delivery.fault = state.faults.take_for_delivery(delivery.queue.chat());
        }
        chosen
    }

    fn finish_delivery(&mut self, outcome: DeliveryOutcome) {
        let DeliveryOutcome { queue, update_id, connection, failure } = outcome;
        self.idle.extend(connection);
        let Some((message, retry_after)) = failure else {
            self.progress.remove(&queue);
            self.hub.update_state(|state| state.queue.remove_delivered(update_id));
            return;
        };
        if let Some(progress) = self.progress.get_mut(&queue) {
            progress.is_busy = false;
            progress.not_before = Instant::now() + retry_after.unwrap_or(progress.pause);
            progress.pause = (progress.pause * 2).min(LONGEST_PAUSE);
        }
        self.hub.update_state(|state| {
            let now = state.unix_now();
            if let Some(webhook) = &mut state.webhook {
                webhook.last_error = Some((now, message));
            }
        });
    }
}

/// Posts an update, or fails to in the way of a fault.
async fn deliver(delivery: PendingDelivery, idle: Option<WebhookConnection>) -> DeliveryOutcome {
    let PendingDelivery { queue, update_id, request, fault } = delivery;
    let posting = async {
        match fault {
            Some(FaultKind::DropBefore) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(FaultKind::DropAfter) => {
                request.post_unheard().await?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Some(FaultKind::Hang { duration }) => {
                tokio::time::sleep(duration.unwrap_or(RESPONSE_TIMEOUT)).await;
                request.post(idle).await
            }
            _ => request.post(idle).await,
        }
    };
    let (connection, failure) = match tokio::time::timeout(RESPONSE_TIMEOUT, posting).await {
        Ok(Ok(response)) if (200..300).contains(&response.status) => (response.connection, None),
        Ok(Ok(response)) => {
            let message = format!("Wrong response from the webhook: {} {}", response.status, response.reason);
            (response.connection, Some((message, response.retry_after)))
        }
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
            (None, Some(("Connection refused".to_owned(), None)))
        }
        Ok(Err(_)) => (None, Some(("Webhook connection closed".to_owned(), None))),
        Err(_) => (None, Some(("Read timeout expired".to_owned(), None))),
    };
    DeliveryOutcome { queue, update_id, connection, failure }
}
