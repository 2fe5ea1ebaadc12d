//! How a bot's test uses the sandbox: a small echo bot, and a test that talks to it.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use telegram_sandbox::{Fault, FaultKind, Sandbox, SandboxOptions, TelegramUser};
use teloxide::RequestError;
use teloxide::prelude::*;
use teloxide::types::UpdateKind;

const ANNA: i64 = 101;
const TIMEOUT: Duration = Duration::from_secs(10);

/// The bot under test. It knows the sandbox only by the address of its API.
async fn run_echo_bot(bot: Bot) -> Result<(), RequestError> {
    let mut offset = 0;
    loop {
        for update in bot.get_updates().offset(offset).timeout(10).await? {
            offset = update.id.as_offset();
            if let UpdateKind::Message(message) = update.kind
                && let Some(text) = message.text()
            {
                bot.send_message(message.chat.id, format!("echo: {text}")).await?;
            }
        }
    }
}

#[tokio::test]
async fn echo_bot_repeats_a_message() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    sandbox.add_user(TelegramUser::new(ANNA, "Anna"));
    let bot = Bot::new("1:any-token").set_api_url(sandbox.url().parse().unwrap());
    let running_bot = tokio::spawn(run_echo_bot(bot));

    sandbox.send_text(ANNA, ANNA, "hello");

    let reply = sandbox.wait_for(TIMEOUT, |state| state.last_from_bot(ANNA).cloned()).await.unwrap();
    assert_eq!(reply.text, "echo: hello");
    running_bot.abort();
    sandbox.stop().await;
}

#[tokio::test]
async fn echo_bot_stops_with_an_error_when_it_is_blocked() {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    sandbox.add_fault(Fault::times(FaultKind::Blocked, 1).for_method("sendMessage"));
    let bot = Bot::new("1:any-token").set_api_url(sandbox.url().parse().unwrap());
    let running_bot = tokio::spawn(run_echo_bot(bot));

    sandbox.send_text(ANNA, ANNA, "hello");

    let error = running_bot.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("bot was blocked by the user"), "{error}");
    sandbox.stop().await;
}
