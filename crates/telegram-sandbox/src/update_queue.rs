//! Updates that wait for the bot. Each is serialized once.

use std::collections::{BTreeSet, HashSet, VecDeque};

use serde_json::Value;

/// Kinds that Telegram sends only when asked for ("Telegram Bot API: getUpdates, `allowed_updates`").
const OPT_IN_KINDS: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// A serialized update.
#[derive(Debug)]
struct QueuedUpdate {
    id: i64,
    json: Box<str>,
    /// Delivered once even if the bot has confirmed its id already.
    forced: bool,
    queue: DeliveryQueue,
}

/// A queue of updates that a webhook receives in order, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeliveryQueue {
    /// What happens in a chat.
    Chat(i64),
    /// The button presses of a user.
    Presses(i64),
    /// An update without a chat.
    Other(i64),
}

impl DeliveryQueue {
    fn of_update(id: i64, json: &str) -> Self {
        let update: Value = serde_json::from_str(json).unwrap_or_default();
        if let Some(user) = update["callback_query"]["from"]["id"].as_i64() {
            return Self::Presses(user);
        }
        let chat =
            update.as_object().into_iter().flatten().find_map(|(_, content)| content["chat"]["id"].as_i64());
        chat.map_or(Self::Other(id), Self::Chat)
    }

    /// The chat, or the user who pressed a button.
    pub(crate) fn chat(self) -> i64 {
        let (Self::Chat(id) | Self::Presses(id) | Self::Other(id)) = self;
        id
    }
}

/// Updates in the order in which they happened.
#[derive(Debug, Default)]
pub(crate) struct UpdateQueue {
    waiting: VecDeque<QueuedUpdate>,
    last_id: i64,
    allowed_kinds: Option<BTreeSet<String>>,
    /// Grows with every update, which wakes a waiting poll.
    pub(crate) version: u64,
    /// Number of the latest getUpdates; it ends an earlier one that still waits.
    pub(crate) poll_number: u64,
}

impl UpdateQueue {
    pub(crate) fn starting_at(first_id: i64) -> Self {
        Self { last_id: first_id - 1, ..Self::default() }
    }

    /// Sets `allowed_updates`; an empty list restores the default.
    pub(crate) fn set_allowed_kinds(&mut self, kinds: Vec<String>) {
        self.allowed_kinds = (!kinds.is_empty()).then(|| kinds.into_iter().collect());
    }

    pub(crate) fn allowed_kinds(&self) -> Vec<String> {
        self.allowed_kinds.iter().flatten().cloned().collect()
    }

    /// Queues an update with the next id. An update of a kind that is not allowed only uses up the id.
    pub(crate) fn push_update(&mut self, kind: &str, body: &str) -> i64 {
        self.last_id += 1;
        let wanted = match &self.allowed_kinds {
            Some(allowed) => allowed.contains(kind),
            None => !OPT_IN_KINDS.contains(&kind),
        };
        if wanted {
            let json = format!("{{\"update_id\":{},\"{kind}\":{body}}}", self.last_id);
            self.enqueue(self.last_id, json, false);
        }
        self.last_id
    }

    /// Queues any text as an update with any id.
    pub(crate) fn push_raw_update(&mut self, id: i64, json: String) {
        self.last_id = self.last_id.max(id);
        self.enqueue(id, json, true);
    }

    pub(crate) fn next_update_id(&self) -> i64 {
        self.last_id + 1
    }

    fn enqueue(&mut self, id: i64, json: String, forced: bool) {
        let queue = DeliveryQueue::of_update(id, &json);
        self.waiting.push_back(QueuedUpdate { id, json: json.into(), forced, queue });
        self.version += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Removes what the offset of getUpdates confirms: everything below it, or all but the last `-offset`.
    pub(crate) fn confirm_offset(&mut self, offset: i64) {
        if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            let surplus = self.waiting.len().saturating_sub(keep);
            self.waiting.drain(..surplus);
            return;
        }
        // Ids ascend, except those of raw updates, which are few and soon gone.
        while self.waiting.front().is_some_and(|update| update.id < offset && !update.forced) {
            self.waiting.pop_front();
        }
    }

    /// The first `limit` updates as a JSON array, `None` when there are none.
    pub(crate) fn next_batch(&mut self, limit: usize) -> Option<String> {
        if self.waiting.is_empty() {
            return None;
        }
        let size: usize = self.waiting.iter().take(limit).map(|update| update.json.len() + 1).sum();
        let mut array = String::with_capacity(size + 2);
        array.push('[');
        for update in self.waiting.iter_mut().take(limit) {
            if array.len() > 1 {
                array.push(',');
            }
            array.push_str(&update.json);
            update.forced = false;
        }
        array.push(']');
        Some(array)
    }

    /// The oldest update of each queue of a webhook, with its id and JSON.
    pub(crate) fn oldest_of_each_queue(&self) -> impl Iterator<Item = (DeliveryQueue, i64, &str)> {
        let mut seen = HashSet::new();
        let first = move |update: &&QueuedUpdate| seen.insert(update.queue);
        self.waiting.iter().filter(first).map(|update| (update.queue, update.id, &*update.json))
    }

    /// Removes an update that the bot has accepted.
    pub(crate) fn remove_delivered(&mut self, id: i64) {
        if let Some(place) = self.waiting.iter().position(|update| update.id == id) {
            self.waiting.remove(place);
        }
    }
}
