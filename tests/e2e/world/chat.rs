//! What users do and see in their chats, and the Bot API calls behind it.

use std::collections::HashMap;
use std::io::Write;
use std::sync::atomic::Ordering;

use telegram_sandbox::{ApiCall, CallOutcome, CallbackAnswer, ChatMessage, Sandbox, SandboxState};

use super::{
    ADMIN, DISPATCHER, GROUP, MASTER, OTHER_DISPATCHER, OTHER_MASTER, STRANGER, TIMEOUT, TOKEN, World,
};
use crate::texts;

/// The text of messages that the old bot left behind.
const OLD: &str = "Сообщение прежнего бота";

impl World {
    /// Waits until the sandbox is in some state.
    pub fn wait<T>(&self, what: &str, look: impl FnMut(&SandboxState) -> Option<T>) -> T {
        let found = self.runtime.block_on(self.sandbox.wait_for(TIMEOUT, look));
        found.unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// Some calls of the bot fail in this test, by fault or on purpose.
    pub fn allow_failed_calls(&self) {
        self.expects_failed_calls.store(true, Ordering::Relaxed);
    }

    /// Everything the bot ever sent to a chat, as text: first versions and edits.
    pub fn texts_sent_to(&self, chat: i64) -> Vec<String> {
        let is_saying = |call: &&ApiCall| {
            (call.method == "editMessageText" || call.method.starts_with("send"))
                && call.params["chat_id"] == chat
        };
        // A message is in its chat a moment before its call is in the log.
        self.wait("the log of calls", |state| {
            let shown: usize = state
                .iter_messages(chat)
                .filter(|message| message.from_bot)
                .map(|message| 1 + usize::try_from(message.edits).unwrap())
                .sum();
            let refused = |call: &&ApiCall| matches!(call.outcome, CallOutcome::Error { .. });
            let logged = state.api_calls().iter().filter(is_saying).filter(|call| !refused(call)).count();
            (logged >= shown).then_some(())
        });
        let calls = self.sandbox.api_calls();
        let done = calls.iter().filter(is_saying).filter(|call| call.outcome == CallOutcome::Ok);
        done.filter_map(|call| call.params["text"].as_str().or(call.params["caption"].as_str()))
            .filter(|text| *text != OLD)
            .map(texts::seen)
            .collect()
    }

    /// Calls a method of the Bot API as another holder of the token would.
    pub fn call_bot_api(&self, method: &str, payload: &str) -> String {
        use std::io::Read;
        let mut stream = std::net::TcpStream::connect(self.sandbox.local_addr()).unwrap();
        let head = format!(
            "POST /bot{TOKEN}/{method} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{payload}",
            self.sandbox.local_addr(),
            payload.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Leaves a message with this button in a chat, as the old bot did. Returns its number.
    pub fn old_message(&self, chat: i64, data: &str) -> i64 {
        // Some data of these tests no bot could have sent.
        let shown = if data.is_empty() || data.len() > 64 { "no_orders" } else { data };
        let button = serde_json::json!({ "text": "…", "callback_data": shown });
        let message = serde_json::json!({ "chat_id": chat, "text": OLD, "reply_markup": { "inline_keyboard": [[button]] } });
        let answer = self.call_bot_api("sendMessage", &message.to_string());
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let body: serde_json::Value =
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
        body["result"]["message_id"].as_i64().unwrap_or_else(|| panic!("{answer}"))
    }

    /// Everything from now on is news to [`ChatUser::hears`].
    pub fn begin_act(&self) {
        let mut mark = self.mark.lock().unwrap();
        mark.clear();
        self.sandbox.read_state(|state| {
            for chat in [ADMIN, DISPATCHER, OTHER_DISPATCHER, MASTER, OTHER_MASTER, STRANGER, GROUP] {
                mark.extend(state.iter_messages(chat).map(|message| ((chat, message.id), message.edits)));
            }
        });
    }

    pub(super) fn is_news(mark: &HashMap<(i64, i64), u32>, message: &ChatMessage) -> bool {
        message.from_bot
            && mark.get(&(message.chat_id, message.id)).is_none_or(|edits| *edits < message.edits)
    }
}

/// A person in a chat: their private one, unless said otherwise.
#[derive(Clone, Copy)]
pub struct ChatUser<'w> {
    pub world: &'w World,
    pub id: i64,
    pub chat: i64,
}

/// The answer to a pressed button, and how its update ended.
#[derive(Clone, Debug)]
pub struct Toast {
    pub text: String,
    pub outcome: String,
}

impl Toast {
    /// Whether the person was told that they have no right: in so many words, or, to a master, that the order is not
    /// theirs.
    pub fn turns_away(&self, order: i64) -> bool {
        self.text == texts::text("refusal-no-right") || self.text == texts::about("card-unassigned", order)
    }
}

impl ChatUser<'_> {
    /// The same person in the work group.
    pub fn in_group(self) -> Self {
        Self { chat: GROUP, ..self }
    }

    /// Writes something, and waits until the bot has handled it.
    pub fn says(self, text: &str) -> Self {
        self.says_with_outcome(text);
        self
    }

    /// Promises the first day that the long-repair dialogue offers, and nothing else.
    pub fn promises_a_day(self) -> Self {
        self.presses("promised");
        self.presses("dialog_skip:2");
        self.presses("dialog_skip:3");
        self
    }

    /// Replies to the bot's last message in the chat.
    pub fn replies(self, text: &str) -> Self {
        let last =
            self.world.sandbox.messages(self.chat).into_iter().rfind(|message| message.from_bot).unwrap();
        self.acts(|telegram| telegram.send_reply(self.id, self.chat, text, last.id).update_id)
    }

    /// The same; how the update ended.
    pub fn says_with_outcome(self, text: &str) -> String {
        self.world.begin_act();
        let sent = self.world.sandbox.send_text(self.id, self.chat, text);
        self.world.wait_until_handled(sent.update_id)
    }

    /// Does something else with the sandbox that makes an update, and waits until the bot has handled it.
    pub fn acts(self, act: impl FnOnce(&Sandbox) -> i64) -> Self {
        self.world.begin_act();
        let update = act(&self.world.sandbox);
        self.world.wait_until_handled(update);
        self
    }

    /// Waits for something new from the bot, a message or an edit, with this in it.
    pub fn hears(self, part: &str) -> ChatMessage {
        self.hears_all(&[part])
    }

    /// Waits for something new from the bot that has all of these in it.
    pub fn hears_all(self, parts: &[&str]) -> ChatMessage {
        let mark = self.world.mark.lock().unwrap().clone();
        let found = self.world.runtime.block_on(self.world.sandbox.wait_for(TIMEOUT, |state| {
            let has_all = |message: &ChatMessage| parts.iter().all(|part| message.text.contains(part));
            state
                .iter_messages(self.chat)
                .rev()
                .find(|message| World::is_news(&mark, message) && has_all(message))
                .cloned()
        }));
        found.unwrap_or_else(|_| {
            panic!("{} did not hear {parts:?}; the chat:\n{}", self.id, self.transcript())
        })
    }

    /// Presses the newest button with this callback data, or with it as the beginning before a further `:`; waits for
    /// the button to come and for the answer.
    pub fn presses(self, data: &str) -> Toast {
        self.presses_where(data, |_, offered| is_button(offered, data))
    }

    /// Presses the newest button with this on it.
    pub fn presses_label(self, label: &str) -> Toast {
        self.presses_where(label, |text, _| text.contains(label))
    }

    fn presses_where(self, what: &str, wanted: impl Fn(&str, &str) -> bool) -> Toast {
        let (message, data) = self.finds_where(what, wanted);
        self.presses_on(message, &data)
    }

    /// Waits for a button as [`ChatUser::presses`] does; the message under which it is, and its data.
    pub fn finds(self, data: &str) -> (i64, String) {
        self.finds_where(data, |_, offered| is_button(offered, data))
    }

    fn finds_where(self, what: &str, wanted: impl Fn(&str, &str) -> bool) -> (i64, String) {
        let offer = |state: &SandboxState| {
            let live =
                state.iter_messages(self.chat).rev().filter(|message| message.from_bot && !message.deleted);
            live.flat_map(|message| message.buttons().map(move |button| (message.id, button))).find_map(
                |(id, button)| {
                    let data = button.data.as_ref()?;
                    wanted(&button.label, data).then(|| (id, data.clone()))
                },
            )
        };
        let found = self.world.runtime.block_on(self.world.sandbox.wait_for(TIMEOUT, offer));
        found.unwrap_or_else(|_| {
            panic!("{} is offered no {what:?}; the chat:\n{}", self.id, self.transcript())
        })
    }

    /// Presses a button under a message that the old bot left in the chat.
    pub fn presses_old(self, data: &str) -> Toast {
        let message = self.world.old_message(self.chat, data);
        self.presses_on(message, data)
    }

    /// Presses a button with any data under some message.
    pub fn presses_on(self, message: i64, data: &str) -> Toast {
        self.world.begin_act();
        let pressed = self.world.sandbox.press_button(self.id, self.chat, message, data);
        let outcome = self.world.wait_until_handled(pressed.update_id);
        let CallbackAnswer { text, .. } =
            self.world.wait("an answer to the press", |state| state.answer_to(&pressed.query_id).cloned());
        Toast { text, outcome }
    }

    /// Callback data of all buttons that are on live messages now.
    pub fn buttons(self) -> Vec<String> {
        let messages = self.world.sandbox.messages(self.chat);
        let live = messages.iter().filter(|message| message.from_bot && !message.deleted);
        live.flat_map(|message| message.buttons().filter_map(|button| button.data.clone())).collect()
    }

    /// The keys under the composer, once the bot has shown some.
    pub fn menu(self) -> Vec<String> {
        let messages = self.world.sandbox.messages(self.chat);
        let keyboard = messages.iter().rev().find_map(|message| message.reply_keyboard());
        keyboard
            .into_iter()
            .flat_map(|keyboard| keyboard.rows.iter().flatten())
            .map(|key| key.label.clone())
            .collect()
    }

    /// Waits until a message has this in it and returns it, old or new.
    pub fn sees(self, part: &str) -> ChatMessage {
        let found = self.world.runtime.block_on(self.world.sandbox.wait_for(TIMEOUT, |state| {
            state
                .iter_messages(self.chat)
                .rev()
                .find(|message| message.from_bot && message.text.contains(part))
                .cloned()
        }));
        found
            .unwrap_or_else(|_| panic!("{} does not see {part:?}; the chat:\n{}", self.id, self.transcript()))
    }

    /// How many calls of the bot went to this chat.
    pub fn count_texts(self) -> usize {
        self.world.texts_sent_to(self.chat).len()
    }

    /// What was said here after the first `before` messages and edits.
    pub fn texts_since(self, before: usize) -> Vec<String> {
        self.world.texts_sent_to(self.chat).split_off(before)
    }

    /// Nothing was said here since there were `before` messages and edits. The chat's order is kept, so once the
    /// answer to another word is there, everything from before would be too.
    pub fn assert_silent_since(self, before: usize) {
        let help = match self.id {
            STRANGER => texts::text_with("help-guest", &[("id", &STRANGER.to_string())]),
            _ => texts::text("help-footer"),
        };
        self.says("/help").hears(&help);
        let said = self.world.texts_sent_to(self.chat);
        assert_eq!(said.len(), before + 1, "{} heard more: {:#?}", self.id, &said[before..]);
    }

    /// The latest messages of the chat, for the words of a failed test.
    pub fn transcript(self) -> String {
        use std::fmt::Write as _;
        let messages = self.world.sandbox.messages(self.chat);
        let mut text = String::new();
        for message in &messages[messages.len().saturating_sub(12)..] {
            let ChatMessage { id, from, edits, .. } = message;
            let (said, buttons) = (&message.text, message.buttons().collect::<Vec<_>>());
            let _written = writeln!(text, "[{id} from {from}, {edits} edits] {said}\n  {buttons:?}");
        }
        text
    }
}

/// Whether callback data is the wanted one, or begins with it before a further `:`.
fn is_button(offered: &str, wanted: &str) -> bool {
    offered.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
