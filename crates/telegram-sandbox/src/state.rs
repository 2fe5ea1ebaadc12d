//! Everything that the sandbox knows, and how it may be read. Changes that people make are in `people`, those that the bot
//! makes in `api`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::api::ApiError;
use super::chats::{Chat, ChatKind, Standing};
use super::faults::Faults;
use super::feed::{Change, Feed};
use super::limits::Limits;
use super::message::{ChatMessage, Document, MessageWire};
use super::observe::Call;
use super::options::{CastMember, Options, Part, User};
use super::queue::Queue;

/// An answer to a pressed button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackAnswer {
    /// Id of the query.
    pub query_id: String,
    /// Who pressed.
    pub user_id: i64,
    /// Where.
    pub chat_id: i64,
    /// Text that the phone shows, empty for none.
    pub text: String,
    /// True = in a dialog that must be closed.
    pub show_alert: bool,
    /// Address that the phone opens.
    pub url: Option<String>,
}

/// An entry of the command menu.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BotCommand {
    /// Name without the slash.
    pub command: String,
    /// What the menu says about it.
    pub description: String,
}

/// A press that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query {
    pub user_id: i64,
    pub chat_id: i64,
}

/// Where updates go instead of getUpdates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Webhook {
    pub url: String,
    pub secret: Option<String>,
    pub max_connections: i64,
    pub last_error: Option<(i64, String)>,
}

/// The whole state of a sandbox; what tests see of it in [`wait_for`](super::Sandbox::wait_for).
#[derive(Debug)]
pub struct State {
    pub(crate) me: User,
    pub(crate) cast: Vec<CastMember>,
    pub(crate) privacy_mode: bool,
    pub(crate) longest_poll: Duration,
    keep_messages: usize,
    first_message_id: i64,
    keep_calls: usize,
    pub(crate) users: HashMap<i64, Arc<User>>,
    pub(crate) chats: HashMap<i64, Chat>,
    pub(crate) queue: Queue,
    pub(crate) webhook: Option<Webhook>,
    queries: HashMap<u64, Query>,
    query_order: VecDeque<u64>,
    next_query: u64,
    answers: VecDeque<CallbackAnswer>,
    calls: VecDeque<Call>,
    call_count: u64,
    pub(crate) faults: Faults,
    pub(crate) limits: Option<Limits>,
    /// By scope (its JSON) and language (empty = all).
    pub(crate) commands: BTreeMap<(String, String), Vec<BotCommand>>,
    pub(crate) files: HashMap<String, Document>,
    next_file: u64,
    pub(crate) feed: Feed,
}

/// Presses that may wait for an answer at once; the oldest is then too old.
const MAX_QUERIES: usize = 100_000;

impl State {
    pub(crate) fn new(options: &Options) -> Self {
        let me = User {
            is_bot: true,
            ..User::new(options.bot_id, &options.bot_name).with_username(&options.bot_username)
        };
        let mut state = Self {
            me,
            cast: options.cast.clone(),
            privacy_mode: options.privacy_mode,
            longest_poll: options.longest_poll,
            keep_messages: options.keep_messages_per_chat,
            first_message_id: options.first_message_id,
            keep_calls: options.keep_calls,
            users: HashMap::new(),
            chats: HashMap::new(),
            queue: Queue::starting_at(options.first_update_id),
            webhook: None,
            queries: HashMap::new(),
            query_order: VecDeque::new(),
            next_query: options.first_query_id,
            answers: VecDeque::new(),
            calls: VecDeque::new(),
            call_count: 0,
            faults: Faults::default(),
            limits: options.real_limits.then(Limits::default),
            commands: BTreeMap::new(),
            files: HashMap::new(),
            next_file: 1,
            feed: Feed::default(),
        };
        for part in options.cast.iter().map(|member| &member.part) {
            match part {
                Part::Person(user) => state.add_user(user.clone()),
                Part::Group { id, title, members, with_bot } => {
                    state.add_group(*id, title, members);
                    if *with_bot {
                        state.set_standing(*id, Standing::Member);
                    }
                }
            }
        }
        state
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    /// All messages of a chat that are not forgotten, oldest first, deleted ones included. Empty for an unknown chat.
    #[must_use]
    pub fn messages(&self, chat: i64) -> Vec<ChatMessage> {
        self.iter_messages(chat).cloned().collect()
    }

    /// The same without copying.
    pub fn iter_messages(&self, chat: i64) -> impl DoubleEndedIterator<Item = &ChatMessage> {
        self.chats.get(&chat).into_iter().flat_map(Chat::messages)
    }

    /// The latest message of a chat that is not deleted.
    #[must_use]
    pub fn last_message(&self, chat: i64) -> Option<&ChatMessage> {
        self.iter_messages(chat).rev().find(|message| !message.deleted)
    }

    /// The latest message of the bot in a chat that is not deleted.
    #[must_use]
    pub fn last_from_bot(&self, chat: i64) -> Option<&ChatMessage> {
        self.iter_messages(chat).rev().find(|message| message.from_bot && !message.deleted)
    }

    /// One message, deleted or not.
    #[must_use]
    pub fn message(&self, chat: i64, message_id: i64) -> Option<&ChatMessage> {
        self.chats.get(&chat)?.any_message(message_id)
    }

    /// Answers to presses, oldest first, at most `keep_calls`.
    #[must_use]
    pub fn answers(&self) -> &VecDeque<CallbackAnswer> {
        &self.answers
    }

    /// The answer to one press.
    #[must_use]
    pub fn answer_to(&self, query_id: &str) -> Option<&CallbackAnswer> {
        self.answers.iter().rev().find(|answer| answer.query_id == query_id)
    }

    /// Calls of the Bot API, oldest first, at most `keep_calls`.
    #[must_use]
    pub fn calls(&self) -> &VecDeque<Call> {
        &self.calls
    }

    /// Number of calls since the start, forgotten ones included.
    #[must_use]
    pub fn call_count(&self) -> u64 {
        self.call_count
    }

    /// Updates that the bot has not confirmed.
    #[must_use]
    pub fn pending_updates(&self) -> usize {
        self.queue.len()
    }

    /// Command menus by scope (the JSON of `BotCommandScope`) and language (empty = all languages).
    #[must_use]
    pub fn my_commands(&self) -> &BTreeMap<(String, String), Vec<BotCommand>> {
        &self.commands
    }

    /// A person, if known.
    #[must_use]
    pub fn user(&self, id: i64) -> Option<&User> {
        if id == self.me.id { Some(&self.me) } else { self.users.get(&id).map(Arc::as_ref) }
    }

    // ---- changing, for the rooms beside this one -------------------------------------------------------------------

    pub(crate) fn add_user(&mut self, user: User) {
        let id = user.id;
        self.users.insert(id, Arc::new(user));
        let (first, keep) = (self.first_message_id, self.keep_messages);
        self.chats.entry(id).or_insert_with(|| {
            Chat::new(id, ChatKind::Private { started: false, blocked: false }, first, keep)
        });
        self.feed.push(Change::Chat);
    }

    pub(crate) fn add_group(&mut self, id: i64, title: &str, members: &[i64]) {
        let kind = ChatKind::Group {
            title: title.to_owned(),
            members: members.iter().copied().collect(),
            bot: Standing::Never,
        };
        self.chats.insert(id, Chat::new(id, kind, self.first_message_id, self.keep_messages));
        self.feed.push(Change::Chat);
    }

    /// Sets how the bot stands in a group, without telling it. Returns how it stood; `None` = no such group.
    pub(crate) fn set_standing(&mut self, group: i64, standing: Standing) -> Option<Standing> {
        match &mut self.chats.get_mut(&group)?.kind {
            ChatKind::Group { bot, .. } => Some(std::mem::replace(bot, standing)),
            ChatKind::Private { .. } => None,
        }
    }

    /// The chat of a call, if the bot may write there.
    pub(crate) fn reachable(&self, chat: i64) -> Result<&Chat, ApiError> {
        let chat = self.chats.get(&chat).ok_or_else(|| ApiError::bad_request("chat not found"))?;
        chat.check_reachable()?;
        Ok(chat)
    }

    /// `Chat` JSON of a chat that exists.
    pub(crate) fn chat_json(&self, chat: i64) -> Value {
        self.chats.get(&chat).map_or(Value::Null, |found| found.json(self.user(chat)))
    }

    /// `Message` JSON.
    pub(crate) fn message_json(&self, message: &ChatMessage) -> Value {
        let quoted = message.reply_to.and_then(|id| self.chats.get(&message.chat_id)?.message(id));
        let reply_to = quoted.map(|quoted| self.wire(quoted, None).value());
        self.wire(message, reply_to).value()
    }

    fn wire<'a>(&'a self, message: &'a ChatMessage, reply_to: Option<Value>) -> MessageWire<'a> {
        let from = self.user(message.from).unwrap_or(&self.me);
        MessageWire { message, from, chat: self.chat_json(message.chat_id), reply_to }
    }

    /// A message to fill in, under the next id of its chat.
    pub(crate) fn new_message(&self, chat: i64, from: i64) -> ChatMessage {
        ChatMessage {
            id: self.chats.get(&chat).map_or(self.first_message_id, Chat::next_id),
            chat_id: chat,
            from,
            from_bot: from == self.me.id,
            date: now(),
            text: String::new(),
            entities: Vec::new(),
            markup: super::markup::Markup::None,
            document: None,
            contact: None,
            forward: None,
            reply_to: None,
            service: None,
            edits: 0,
            edit_date: None,
            deleted: false,
        }
    }

    /// Stores a message made by `new_message` and returns its JSON.
    pub(crate) fn store(&mut self, message: ChatMessage) -> Value {
        let json = self.message_json(&message);
        self.feed.push(Change::Message(message.chat_id, message.id));
        if let Some(document) = &message.document {
            self.files.entry(document.file_id.clone()).or_insert_with(|| document.clone());
        }
        if let Some(chat) = self.chats.get_mut(&message.chat_id)
            && let Some(forgotten) = chat.push(message)
            && let Some(document) = forgotten.document
        {
            self.files.remove(&document.file_id);
        }
        json
    }

    pub(crate) fn new_file_id(&mut self) -> String {
        let number = self.next_file;
        self.next_file += 1;
        format!("sandbox-file-{number:08}")
    }

    pub(crate) fn open_query(&mut self, query: Query) -> u64 {
        let id = self.next_query;
        self.next_query += 1;
        self.queries.insert(id, query);
        self.query_order.push_back(id);
        if self.query_order.len() > MAX_QUERIES
            && let Some(oldest) = self.query_order.pop_front()
        {
            self.queries.remove(&oldest);
        }
        id
    }

    /// Takes a query that waits for its answer; answered, unknown and old ones are all `None`.
    pub(crate) fn close_query(&mut self, id: &str) -> Option<Query> {
        self.queries.remove(&id.parse().ok()?)
    }

    pub(crate) fn expire_queries(&mut self) {
        self.queries.clear();
        self.query_order.clear();
    }

    pub(crate) fn keep_answer(&mut self, answer: CallbackAnswer) {
        self.feed.push(Change::Answer(Box::new(answer.clone())));
        push_bounded(&mut self.answers, answer, self.keep_calls);
    }

    /// Whether the log is kept at all, so that a call can save itself the trouble.
    pub(crate) fn logs_calls(&self) -> bool {
        self.keep_calls > 0
    }

    pub(crate) fn count_call(&mut self) -> u64 {
        self.call_count += 1;
        self.call_count
    }

    pub(crate) fn keep_call(&mut self, call: Call) {
        push_bounded(&mut self.calls, call, self.keep_calls);
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, keep: usize) {
    if keep > 0 {
        if queue.len() >= keep {
            queue.pop_front();
        }
        queue.push_back(item);
    }
}

/// Unix seconds.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
