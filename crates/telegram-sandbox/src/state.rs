//! The state of a sandbox. Changes made by users are in `user_actions`, those made by the bot in `api`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::api_error::ApiError;
use crate::calls::{ApiCall, CallbackAnswer};
use crate::chat::{BotMembership, ChatKind, SandboxChat};
use crate::clock::{self, SandboxClock};
use crate::faults::FaultQueue;
use crate::feed::{ChangeFeed, StateChange};
use crate::file::AttachedFile;
use crate::limits::SendLimits;
use crate::markup::ReplyKeyboard;
use crate::message::{ChatMessage, MessageJson};
use crate::options::{PagePhone, PhoneChat, SandboxOptions};
use crate::update_queue::UpdateQueue;
use crate::user::TelegramUser;

/// An entry of the command menu.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BotCommand {
    /// Name without the slash.
    pub command: String,
    /// Description in the menu.
    pub description: String,
}

/// A button press that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingQuery {
    pub user_id: i64,
    pub chat_id: i64,
}

/// Settings of setWebhook.
#[derive(Clone, Debug, Default)]
pub(crate) struct WebhookSettings {
    /// Differs for each setWebhook.
    pub number: u64,
    pub url: String,
    pub secret: Option<String>,
    pub max_connections: i64,
    pub last_error: Option<(i64, String)>,
}

/// The state of a sandbox, as the conditions of [`wait_for`](crate::Sandbox::wait_for) see it.
#[derive(Debug)]
pub struct SandboxState {
    pub(crate) me: TelegramUser,
    pub(crate) phones: Vec<PagePhone>,
    pub(crate) privacy_mode: bool,
    pub(crate) clock: Option<SandboxClock>,
    pub(crate) longest_poll: Duration,
    keep_messages: usize,
    first_message_id: i64,
    keep_calls: usize,
    pub(crate) users: HashMap<i64, Arc<TelegramUser>>,
    pub(crate) chats: HashMap<i64, SandboxChat>,
    pub(crate) queue: UpdateQueue,
    pub(crate) webhook: Option<WebhookSettings>,
    queries: HashMap<u64, PendingQuery>,
    query_order: VecDeque<u64>,
    next_query: u64,
    answers: VecDeque<CallbackAnswer>,
    calls: VecDeque<ApiCall>,
    call_count: u64,
    pub(crate) faults: FaultQueue,
    pub(crate) limits: Option<SendLimits>,
    /// By scope (its JSON) and language (empty = all).
    pub(crate) commands: BTreeMap<(String, String), Vec<BotCommand>>,
    pub(crate) files: HashMap<String, AttachedFile>,
    /// A bot that keeps its database between runs has file ids of earlier ones.
    next_file: u64,
    pub(crate) feed: ChangeFeed,
}

/// Button presses that can wait for an answer; beyond that the oldest expires.
const MAX_QUERIES: usize = 100_000;

impl SandboxState {
    pub(crate) fn new(options: &SandboxOptions) -> Self {
        let me = TelegramUser {
            is_bot: true,
            ..TelegramUser::new(options.bot_id, &options.bot_name).with_username(&options.bot_username)
        };
        let mut state = Self {
            me,
            phones: options.phones.clone(),
            privacy_mode: options.privacy_mode,
            clock: options.clock.clone(),
            longest_poll: options.longest_poll,
            keep_messages: options.keep_messages_per_chat,
            first_message_id: options.first_message_id,
            keep_calls: options.keep_calls,
            users: HashMap::new(),
            chats: HashMap::new(),
            queue: UpdateQueue::starting_at(options.first_update_id),
            webhook: None,
            queries: HashMap::new(),
            query_order: VecDeque::new(),
            next_query: options.first_query_id,
            answers: VecDeque::new(),
            calls: VecDeque::new(),
            call_count: 0,
            faults: FaultQueue::default(),
            limits: options.real_limits.then(SendLimits::default),
            commands: BTreeMap::new(),
            files: HashMap::new(),
            next_file: options.first_query_id,
            feed: ChangeFeed::default(),
        };
        for chat in options.phones.iter().map(|phone| &phone.chat) {
            match chat {
                PhoneChat::Private(user) => state.add_user(user.clone()),
                PhoneChat::Group { id, title, members, with_bot } => {
                    state.add_group(*id, title, members, false);
                    if *with_bot {
                        state.set_membership(*id, BotMembership::Member);
                    }
                }
            }
        }
        state
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    /// Copies the stored messages of a chat, oldest first, deleted ones included. Empty for an unknown chat.
    pub fn messages(&self, chat: i64) -> Vec<ChatMessage> {
        self.iter_messages(chat).cloned().collect()
    }

    /// Iterates over the stored messages of a chat, oldest first, deleted ones included.
    pub fn iter_messages(&self, chat: i64) -> impl DoubleEndedIterator<Item = &ChatMessage> {
        self.chats.get(&chat).into_iter().flat_map(SandboxChat::iter_messages)
    }

    /// Finds the latest message of a chat that is not deleted.
    pub fn last_message(&self, chat: i64) -> Option<&ChatMessage> {
        self.iter_messages(chat).rev().find(|message| !message.deleted)
    }

    /// Finds the bot's latest message in a chat that is not deleted.
    pub fn last_from_bot(&self, chat: i64) -> Option<&ChatMessage> {
        self.iter_messages(chat).rev().find(|message| message.from_bot && !message.deleted)
    }

    /// The keyboard that a chat shows under the composer.
    pub fn reply_keyboard(&self, chat: i64) -> Option<&ReplyKeyboard> {
        self.chats.get(&chat)?.keyboard().map(|(_, keyboard)| keyboard)
    }

    /// Finds a message, deleted or not.
    pub fn find_message(&self, chat: i64, message_id: i64) -> Option<&ChatMessage> {
        self.chats.get(&chat)?.kept_message(message_id)
    }

    /// The answers to button presses, oldest first, at most `keep_calls`.
    pub fn callback_answers(&self) -> &VecDeque<CallbackAnswer> {
        &self.answers
    }

    /// Finds the answer to one button press.
    pub fn answer_to(&self, query_id: &str) -> Option<&CallbackAnswer> {
        self.answers.iter().rev().find(|answer| answer.query_id == query_id)
    }

    /// The log of API calls, oldest first, at most `keep_calls`.
    pub fn api_calls(&self) -> &VecDeque<ApiCall> {
        &self.calls
    }

    /// Number of API calls since the start, also of those no longer in the log.
    pub fn call_count(&self) -> u64 {
        self.call_count
    }

    /// Number of updates that the bot has not confirmed.
    pub fn pending_updates(&self) -> usize {
        self.queue.len()
    }

    /// Command menus by scope (the JSON of `BotCommandScope`) and language (empty = all languages).
    pub fn command_menus(&self) -> &BTreeMap<(String, String), Vec<BotCommand>> {
        &self.commands
    }

    /// Finds a user or the bot itself.
    pub fn find_user(&self, id: i64) -> Option<&TelegramUser> {
        if id == self.me.id { Some(&self.me) } else { self.users.get(&id).map(Arc::as_ref) }
    }

    /// Whether there is such a chat.
    pub fn has_chat(&self, chat: i64) -> bool {
        self.chats.contains_key(&chat)
    }

    // ---- changing --------------------------------------------------------------------------------------------------

    pub(crate) fn add_user(&mut self, user: TelegramUser) {
        let id = user.id;
        self.users.insert(id, Arc::new(user));
        let (first, keep) = (self.first_message_id, self.keep_messages);
        self.chats.entry(id).or_insert_with(|| {
            SandboxChat::new(id, ChatKind::Private { started: false, blocked: false }, first, keep)
        });
        self.feed.push_change(StateChange::Chat);
    }

    pub(crate) fn add_group(&mut self, id: i64, title: &str, members: &[i64], is_channel: bool) {
        let kind = ChatKind::Group {
            title: title.to_owned(),
            members: members.iter().copied().collect(),
            bot: BotMembership::Never,
            is_channel,
        };
        self.chats.insert(id, SandboxChat::new(id, kind, self.first_message_id, self.keep_messages));
        self.feed.push_change(StateChange::Chat);
    }

    /// Lets the bot write to a chat without telling it.
    pub(crate) fn begin_chat(&mut self, chat: i64) {
        match self.chats.get_mut(&chat).map(|found| &mut found.kind) {
            Some(ChatKind::Private { started, .. }) => *started = true,
            Some(ChatKind::Group { bot, .. }) => *bot = BotMembership::Member,
            None => {}
        }
        self.feed.push_change(StateChange::Chat);
    }

    /// Sets the bot's membership without sending an update. Returns the previous one, `None` when there is no such group.
    pub(crate) fn set_membership(&mut self, group: i64, standing: BotMembership) -> Option<BotMembership> {
        match &mut self.chats.get_mut(&group)?.kind {
            ChatKind::Group { bot, .. } => Some(std::mem::replace(bot, standing)),
            ChatKind::Private { .. } => None,
        }
    }

    /// Finds a chat to which the bot may write.
    pub(crate) fn writable_chat(&self, chat: i64) -> Result<&SandboxChat, ApiError> {
        let chat = self.chats.get(&chat).ok_or_else(|| ApiError::bad_request("chat not found"))?;
        chat.check_writable()?;
        Ok(chat)
    }

    /// `Chat` JSON; null for an unknown chat.
    pub(crate) fn chat_json(&self, chat: i64) -> Value {
        self.chats.get(&chat).map_or(Value::Null, |found| found.to_json(self.find_user(chat)))
    }

    /// `Message` JSON.
    pub(crate) fn message_json(&self, message: &ChatMessage) -> Value {
        let quoted = message.reply_to.and_then(|id| self.chats.get(&message.chat_id)?.live_message(id));
        let reply_to = quoted.map(|quoted| self.message_fields(quoted, None).into_value());
        self.message_fields(message, reply_to).into_value()
    }

    fn message_fields<'a>(&'a self, message: &'a ChatMessage, reply_to: Option<Value>) -> MessageJson<'a> {
        let from = self.find_user(message.from).unwrap_or(&self.me);
        MessageJson { message, from, chat: self.chat_json(message.chat_id), reply_to }
    }

    /// An empty message with the next id of its chat.
    pub(crate) fn new_message(&self, chat: i64, from: i64) -> ChatMessage {
        ChatMessage {
            id: self.chats.get(&chat).map_or(self.first_message_id, SandboxChat::next_message_id),
            chat_id: chat,
            from,
            from_bot: from == self.me.id,
            date: self.unix_now(),
            text: String::new(),
            entities: Vec::new(),
            markup: crate::markup::ReplyMarkup::None,
            document: None,
            album: None,
            contact: None,
            location: None,
            forward: None,
            reply_to: None,
            topic: None,
            service: None,
            edits: 0,
            edit_date: None,
            pinned: false,
            deleted: false,
        }
    }

    /// Stores a message made by `new_message` and returns its JSON.
    pub(crate) fn store_message(&mut self, message: ChatMessage) -> Value {
        let json = self.message_json(&message);
        self.feed.push_change(StateChange::Message(message.chat_id, message.id));
        if let Some(document) = &message.document {
            self.files.entry(document.file_id.clone()).or_insert_with(|| document.clone());
        }
        if let Some(chat) = self.chats.get_mut(&message.chat_id)
            && let Some(forgotten) = chat.push_message(message)
            && let Some(document) = forgotten.document
        {
            self.files.remove(&document.file_id);
        }
        json
    }

    /// Returns Unix seconds.
    pub(crate) fn unix_now(&self) -> i64 {
        clock::unix_now(self.clock.as_ref())
    }

    pub(crate) fn new_file_id(&mut self) -> String {
        let number = self.next_file;
        self.next_file += 1;
        format!("sandbox-file-{number}")
    }

    pub(crate) fn add_query(&mut self, query: PendingQuery) -> u64 {
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

    /// Removes a pending query. Answered, unknown and expired ones are all `None`.
    pub(crate) fn take_query(&mut self, id: &str) -> Option<PendingQuery> {
        self.queries.remove(&id.parse().ok()?)
    }

    pub(crate) fn expire_queries(&mut self) {
        self.queries.clear();
        self.query_order.clear();
    }

    pub(crate) fn log_answer(&mut self, answer: CallbackAnswer) {
        self.feed.push_change(StateChange::Answer(Box::new(answer.clone())));
        push_bounded(&mut self.answers, answer, self.keep_calls);
    }

    /// Whether calls are logged at all.
    pub(crate) fn logs_calls(&self) -> bool {
        self.keep_calls > 0
    }

    pub(crate) fn next_call_number(&mut self) -> u64 {
        self.call_count += 1;
        self.call_count
    }

    pub(crate) fn log_call(&mut self, call: ApiCall) {
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
