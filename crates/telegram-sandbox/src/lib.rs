//! A local Bot API server with a chat page, for trying a bot out and for its tests. It knows nothing of the bot that talks to it.
//!
//! | module | contents |
//! |---|---|
//! | `options`, `user` | what a sandbox is started with |
//! | `state`, `chat`, `message`, `file`, `update_queue`, `calls` | everything it stores |
//! | `entities`, `html`, `markup` | formatting and keyboards, as strict as Telegram |
//! | `user_actions` | what users do: write, press, forward, block |
//! | `api`, `api_error` | what the bot does: the Bot API's methods |
//! | `faults`, `limits` | injected faults and Telegram's sending limits |
//! | `hub`, `feed` | waiting for changes, and the changes for the page |
//! | `server`, `context`, `host_guard` | HTTP |
//! | `page` | the chat page and its JSON API under `/sandbox/api` |
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::time::Duration;
//! # use telegram_sandbox::{Sandbox, SandboxOptions, TelegramUser};
//! let sandbox = Sandbox::start(SandboxOptions::default()).await?;
//! sandbox.add_user(TelegramUser::new(101, "Anna"));
//! // Start the bot with `sandbox.url()` as the address of the Bot API, then:
//! sandbox.send_text(101, 101, "/start");
//! let greeting = sandbox.wait_for(Duration::from_secs(5), |state| state.last_from_bot(101).cloned()).await?;
//! println!("{}", greeting.html());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

#![warn(missing_docs)]

mod api;
mod api_error;
mod calls;
mod chat;
mod clock;
mod context;
mod entities;
mod faults;
mod feed;
mod file;
mod host_guard;
mod html;
mod hub;
mod limits;
mod markup;
mod message;
mod options;
mod page;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod update_queue;
mod user;
mod user_actions;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

pub use calls::{ApiCall, CallOutcome, CallbackAnswer, CompletedCall};
pub use clock::SandboxClock;
pub use entities::{EntityKind, MessageEntity};
pub use faults::{Fault, FaultKind};
pub use file::{AttachedFile, FileKind, UserFile};
pub use hub::WaitTimeout;
pub use markup::{InlineButton, KeyboardButton, ReplyKeyboard, ReplyMarkup};
pub use message::{ChatMessage, MessageOrigin, SharedContact, SharedLocation};
pub use options::{PagePhone, PhoneChat, SandboxOptions};
pub use state::{BotCommand, SandboxState};
pub use user::TelegramUser;
pub use user_actions::{ButtonPress, SentMessage};

use context::ServerContext;
use host_guard::HostGuard;
use hub::StateHub;

/// How long `stop` waits for responses in progress.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// A running sandbox. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Sandbox {
    hub: Arc<StateHub>,
    addr: SocketAddr,
    tasks: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

// User actions are called for their effect; the ids that they return are often not needed.
#[allow(clippy::must_use_candidate)]
impl Sandbox {
    /// Starts the server on the current tokio runtime. Fails when the address cannot be bound.
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let addr = listener.local_addr()?;
        let hub = Arc::new(StateHub::new(SandboxState::new(&options)));
        let shared = ServerContext {
            hub: Arc::clone(&hub),
            token: options.token.as_deref().map(Arc::from),
            guard: Arc::new(HostGuard::new(addr, options.trusted_hosts)),
        };
        let webhook_hub = Arc::clone(&hub);
        let tasks = vec![
            tokio::spawn(server::run_server(listener, shared)),
            tokio::spawn(async move {
                tokio::select! {
                    () = api::webhook::deliver_updates(&webhook_hub) => {}
                    () = webhook_hub.wait_until_stopped() => {}
                }
            }),
        ];
        Ok(Self { hub, addr, tasks: Arc::new(Mutex::new(tasks)) })
    }

    /// Stops the server: polls and hanging calls end, responses in progress are written. The state stays readable.
    pub async fn stop(&self) {
        self.hub.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for mut task in tasks {
            if tokio::time::timeout(STOP_TIMEOUT, &mut task).await.is_err() {
                task.abort();
            }
        }
    }

    /// The address on which the server listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Base URL of the Bot API and URL of the chat page, without a trailing slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    // ---- users and groups ------------------------------------------------------------------------------------------

    /// Adds a user, or replaces the one with the same id. A new user has not started the bot yet.
    pub fn add_user(&self, user: TelegramUser) {
        self.hub.update_state(|state| state.add_user(user));
    }

    /// Adds a group without the bot. `id` is negative; one below -1,000,000,000,000 makes a supergroup.
    pub fn add_group(&self, id: i64, title: &str, members: &[i64]) {
        self.hub.update_state(|state| state.add_group(id, title, members, false));
    }

    /// Adds a channel without the bot; its id is like a supergroup's.
    pub fn add_channel(&self, id: i64, title: &str) {
        self.hub.update_state(|state| state.add_group(id, title, &[], true));
    }

    /// Opens a topic of a group, or closes it: the bot cannot write to a closed one.
    pub fn set_topic(&self, group: i64, topic: i64, is_open: bool) {
        self.hub.update_state(|state| {
            if let Some(chat) = state.chats.get_mut(&group) {
                chat.topics.insert(topic, is_open);
            }
        });
    }

    /// Deletes a topic of a group.
    pub fn delete_topic(&self, group: i64, topic: i64) {
        self.hub.update_state(|state| {
            if let Some(chat) = state.chats.get_mut(&group) {
                chat.topics.remove(&topic);
            }
        });
    }

    /// Adds the bot to a group. Returns the id of the `my_chat_member` update, 0 when the bot was already a member.
    pub fn add_bot_to_group(&self, by: i64, group: i64) -> i64 {
        self.hub.update_state(|state| state.set_bot_in_group(by, group, true))
    }

    /// Removes the bot from a group. Returns the id of the `my_chat_member` update, 0 when it was not a member.
    pub fn remove_bot_from_group(&self, by: i64, group: i64) -> i64 {
        self.hub.update_state(|state| state.set_bot_in_group(by, group, false))
    }

    /// Lets the bot write to a chat, as if the user had pressed Start, or added the bot, before the sandbox began. The bot is told
    /// nothing.
    pub fn begin_chat(&self, chat: i64) {
        self.hub.update_state(|state| state.begin_chat(chat));
    }

    /// Lets a user block the bot. Returns the id of the `my_chat_member` update, 0 when nothing changed.
    pub fn block_bot(&self, user: i64) -> i64 {
        self.hub.update_state(|state| state.set_blocked(user, true))
    }

    /// Lets a user unblock the bot; writing to it does so too.
    pub fn unblock_bot(&self, user: i64) -> i64 {
        self.hub.update_state(|state| state.set_blocked(user, false))
    }

    // ---- user actions ----------------------------------------------------------------------------------------------

    /// Sends a text to a private chat (`chat` is the own id) or a group. An unknown user is added as "User N".
    pub fn send_text(&self, from: i64, chat: i64, text: &str) -> SentMessage {
        self.hub.update_state(|state| state.post_text(from, chat, text, None))
    }

    /// Sends a text as a reply to a message.
    pub fn send_reply(&self, from: i64, chat: i64, text: &str, reply_to: i64) -> SentMessage {
        self.hub.update_state(|state| state.post_text(from, chat, text, Some(reply_to)))
    }

    /// Sends a text to a topic of a group.
    pub fn send_in_topic(&self, from: i64, chat: i64, topic: i64, text: &str) -> SentMessage {
        self.hub.update_state(|state| state.post_in_topic(from, chat, topic, text, None))
    }

    /// The same as a reply to a message.
    pub fn reply_in_topic(&self, from: i64, chat: i64, topic: i64, text: &str, reply_to: i64) -> SentMessage {
        self.hub.update_state(|state| state.post_in_topic(from, chat, topic, text, Some(reply_to)))
    }

    /// Shares a contact: the user's own or, with another or no `user_id`, a different one.
    pub fn send_contact(&self, from: i64, chat: i64, contact: SharedContact) -> SentMessage {
        self.hub.update_state(|state| state.share_contact(from, chat, contact, None))
    }

    /// Sends a photo, video, voice message, document or another file.
    pub fn send_file(&self, from: i64, chat: i64, file: &UserFile) -> SentMessage {
        self.hub.update_state(|state| state.post_file(from, chat, file))
    }

    /// Keeps a file under an id of the caller's choice, as if it had been sent in an earlier run.
    pub fn keep_file(&self, file_id: &str, file: &UserFile) {
        self.hub.update_state(|state| {
            state.files.insert(file_id.to_owned(), file.attach(file_id.to_owned()));
        });
    }

    /// Sends a location.
    pub fn send_location(&self, from: i64, chat: i64, location: SharedLocation) -> SentMessage {
        self.hub.update_state(|state| state.share_location(from, chat, location, None))
    }

    /// Edits a user's own text or caption. Returns the id of the update, `None` when there is no such message.
    pub fn edit_text(&self, from: i64, chat: i64, message_id: i64, text: &str) -> Option<i64> {
        self.hub.update_state(|state| state.edit_own_message(from, chat, message_id, text))
    }

    /// Forwards a text from outside of the sandbox.
    pub fn forward_text(&self, from: i64, chat: i64, origin: MessageOrigin, text: &str) -> SentMessage {
        self.hub.update_state(|state| state.forward_text(from, chat, origin, text))
    }

    /// Forwards a message of the sandbox. Returns `None` when there is no such message.
    pub fn forward_message(
        &self,
        by: i64,
        from_chat: i64,
        message_id: i64,
        to_chat: i64,
    ) -> Option<SentMessage> {
        self.hub.update_state(|state| state.forward_message(by, (from_chat, message_id), to_chat, false))
    }

    /// Answers a `request_users` button (`users_shared`).
    pub fn share_users(&self, from: i64, chat: i64, request_id: i64, users: &[i64]) -> SentMessage {
        self.hub.update_state(|state| state.share_users(from, chat, request_id, users))
    }

    /// Answers a `request_chat` button (`chat_shared`).
    pub fn share_chat(&self, from: i64, chat: i64, request_id: i64, shared: i64) -> SentMessage {
        self.hub.update_state(|state| state.share_chat(from, chat, request_id, shared))
    }

    /// Presses a button with this callback data. Neither the message nor the button needs to exist.
    pub fn press_button(&self, from: i64, chat: i64, message_id: i64, data: &str) -> ButtonPress {
        self.hub.update_state(|state| state.press_button(from, chat, message_id, data))
    }

    /// Presses the first button with callback data that matches, in the latest message that has one. Returns `None` when there is
    /// no such button.
    pub fn press_latest_button(
        &self,
        from: i64,
        chat: i64,
        wanted: impl Fn(&InlineButton) -> bool,
    ) -> Option<ButtonPress> {
        self.hub.update_state(|state| {
            let offers = |message: &ChatMessage| {
                let button = message.buttons().find(|button| button.data.is_some() && wanted(button))?;
                Some((message.id, button.data.clone()?))
            };
            let (id, data) =
                state.iter_messages(chat).rev().filter(|message| !message.deleted).find_map(offers)?;
            Some(state.press_button(from, chat, id, &data))
        })
    }

    /// Makes all unanswered button presses too old to be answered.
    pub fn expire_queries(&self) {
        self.hub.update_state(SandboxState::expire_queries);
    }

    /// Queues any JSON text as an update, even under an `update_id` that the bot has confirmed; it is delivered at least once.
    /// Without an `update_id` it gets the next one. Returns the id.
    pub fn push_raw_update(&self, json: &str) -> i64 {
        let parsed: Option<serde_json::Value> = serde_json::from_str(json).ok();
        let id = parsed.as_ref().and_then(|update| update.get("update_id")?.as_i64());
        self.hub.update_state(|state| match (id, parsed) {
            (None, Some(serde_json::Value::Object(mut update))) => {
                let id = state.queue.next_update_id();
                update.insert("update_id".to_owned(), id.into());
                state.queue.push_raw_update(id, serde_json::Value::Object(update).to_string());
                id
            }
            (id, _) => {
                let id = id.unwrap_or_else(|| state.queue.next_update_id());
                state.queue.push_raw_update(id, json.to_owned());
                id
            }
        })
    }

    // ---- observing the bot -----------------------------------------------------------------------------------------

    /// Reads from the state under its lock.
    pub fn read_state<T>(&self, read: impl FnOnce(&SandboxState) -> T) -> T {
        read(&self.hub.lock_state())
    }

    /// Copies all messages of a chat, oldest first, deleted ones included.
    pub fn messages(&self, chat: i64) -> Vec<ChatMessage> {
        self.read_state(|state| state.messages(chat))
    }

    /// Copies the latest message of a chat that is not deleted.
    pub fn last_message(&self, chat: i64) -> Option<ChatMessage> {
        self.read_state(|state| state.last_message(chat).cloned())
    }

    /// Copies the answers to button presses, oldest first.
    pub fn callback_answers(&self) -> Vec<CallbackAnswer> {
        self.read_state(|state| state.callback_answers().iter().cloned().collect())
    }

    /// Copies the log of API calls, oldest first.
    pub fn api_calls(&self) -> Vec<ApiCall> {
        self.read_state(|state| state.api_calls().iter().cloned().collect())
    }

    /// Counts the updates that the bot has not confirmed.
    pub fn pending_updates(&self) -> usize {
        self.read_state(SandboxState::pending_updates)
    }

    /// Copies the command menus by scope (the JSON of `BotCommandScope`) and language (empty = all languages).
    pub fn command_menus(&self) -> BTreeMap<(String, String), Vec<BotCommand>> {
        self.read_state(|state| state.command_menus().clone())
    }

    /// Waits until `condition` returns a value; it is called at once and after every change.
    pub async fn wait_for<T>(
        &self,
        timeout: Duration,
        condition: impl FnMut(&SandboxState) -> Option<T>,
    ) -> Result<T, WaitTimeout> {
        self.hub.wait_for(timeout, condition).await
    }

    /// Streams the bot's calls from now on, for load generators. The channel is unbounded: drain it or drop it.
    pub fn subscribe_calls(&self) -> UnboundedReceiver<CompletedCall> {
        self.hub.subscribe_calls()
    }

    // ---- faults ----------------------------------------------------------------------------------------------------

    /// Adds a fault. The oldest that matches a call applies.
    pub fn add_fault(&self, fault: Fault) {
        self.hub.update_state(|state| {
            state.faults.add(fault);
            state.feed.push_change(feed::StateChange::FaultQueue);
        });
    }

    /// Reports a failed delivery to the webhook in getWebhookInfo, such as an error of its certificate.
    pub fn fail_webhook(&self, message: &str) {
        self.hub.update_state(|state| {
            let now = state.unix_now();
            if let Some(webhook) = &mut state.webhook {
                webhook.last_error = Some((now, message.to_owned()));
            }
        });
    }

    /// Removes all faults. Calls that already hang keep hanging.
    pub fn clear_faults(&self) {
        self.hub.update_state(|state| {
            state.faults.clear();
            state.feed.push_change(feed::StateChange::FaultQueue);
        });
    }

    /// Lists the faults that still apply.
    pub fn pending_faults(&self) -> Vec<Fault> {
        self.read_state(|state| state.faults.as_slice().to_vec())
    }
}
