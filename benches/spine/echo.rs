//! A bare teloxide bot that says everything back: what the same stand-in and the same machine give a bot that stores nothing.

use anyhow::Result;
use teloxide::prelude::*;

use crate::process::TOKEN;

/// Runs until killed.
pub async fn run(api_url: &str) -> Result<()> {
    let bot = Bot::new(TOKEN).set_api_url(api_url.parse()?);
    let tree = Update::filter_message().endpoint(|bot: Bot, message: Message| async move {
        if let Some(text) = message.text() {
            bot.send_message(message.chat.id, text).await?;
        }
        Ok::<(), teloxide::RequestError>(())
    });
    Dispatcher::builder(bot, tree).build().dispatch().await;
    Ok(())
}
