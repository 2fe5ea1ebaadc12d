//! A teloxide bot that echoes every text and stores nothing: the upper limit on the same machine and sandbox.

use anyhow::Result;
use teloxide::prelude::*;

use crate::process::TOKEN;

pub(crate) async fn run(api_url: &str) -> Result<()> {
    let bot = Bot::new(TOKEN).set_api_url(api_url.parse()?);
    let handler = Update::filter_message().endpoint(|bot: Bot, message: Message| async move {
        if let Some(text) = message.text() {
            bot.send_message(message.chat.id, text).await?;
        }
        Ok::<(), teloxide::RequestError>(())
    });
    Dispatcher::builder(bot, handler).build().dispatch().await;
    Ok(())
}
