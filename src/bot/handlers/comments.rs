//! Comments and files on an order: adding them with a button or as a reply to a card, telling the others, showing them.

use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::change_notice::{self, StaffAudience, end_refused};
use super::order_card;
use super::question::DialogueQuestion;
use crate::bot::callback::PageNumber;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{
    ClosingDraft, Dialogue, DialogueAnswer, DialogueNonce, LongRepairDraft, OrderQuestion,
};
use crate::bot::incoming::IncomingEvent;
use crate::bot::outgoing::{file_takes_caption, is_sendable};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, html_text, plain_text};
use crate::bot::view::{cards, order_changes as view, prompts};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{ChatPlace, OrderId};
use crate::domain::notice::NoticeKind;
use crate::domain::order::OrderFile;
use crate::domain::text;
use crate::domain::visibility::is_master_chat;
use crate::service::comments::{self, CommentEntry};
use crate::service::orders::{self, OrderView};
use crate::service::{self, Refusal};

/// What a message says about an order.
struct CommentContent {
    text: Option<String>,
    files: Vec<OrderFile>,
}

/// Asks for a comment.
pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>, order: OrderId) -> HandlerResult {
    let seen = match orders::view_order(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen,
        Err(refusal) => {
            let card = ctx.pressed_message;
            return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
        }
    };
    if !may_show(ctx, &seen) {
        return order_card::show_card(ctx, &seen, OrderMessageKind::Staff);
    }
    let draft = OrderQuestion { order, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(comment_question(ctx, draft).ask_first(ctx, Dialogue::Comment(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: OrderQuestion,
    answer: &DialogueAnswer,
) -> HandlerResult {
    if order_card::has_left_group(ctx, draft.order)? {
        let html = html_text!(ctx.texts, "order-wrong-group", id = draft.order);
        return Ok(ctx.show_screen(html, None).end_dialogue());
    }
    if *answer == DialogueAnswer::Repeat {
        return Ok(comment_question(ctx, draft).ask_first(ctx, Dialogue::Comment(draft)));
    }
    match read_content(ctx, answer.text()) {
        Ok(content) => match add_comment(ctx, draft.order, &content) {
            Ok(reply) => Ok(reply.end_dialogue()),
            Err(refusal) => end_refused(ctx, refusal),
        },
        Err(error) => Ok(comment_question(ctx, draft).ask_again(ctx, &error, Dialogue::Comment(draft))),
    }
}

/// Takes a message that replies to one about an order as a comment on it; `None` for any other message. Of the members of a
/// group only those count who may see the order.
pub(crate) fn take_reply(
    ctx: &mut UpdateContext<'_>,
    event: &IncomingEvent,
) -> service::Result<Option<Reply>> {
    let Some(replied) = ctx.message.replied_message() else { return Ok(None) };
    let text = match event {
        IncomingEvent::Text(text) => Some(text.as_str()),
        IncomingEvent::Answer(DialogueAnswer::Text(caption)) => Some(caption.as_str()),
        IncomingEvent::Answer(DialogueAnswer::OtherContent) => None,
        _ => return Ok(None),
    };
    let Some((order, is_card)) = orders::find_order_of_message(ctx.tx, ctx.chat, replied)? else {
        return Ok(None);
    };
    // A question may stand where a card was, and in a group a reply to the card may answer it.
    let is_answer = |open: &Dialogue| match open {
        Dialogue::Close(ClosingDraft { order: asked, .. })
        | Dialogue::LongRepair(LongRepairDraft { order: asked, .. })
            if *asked == order && text.is_some_and(|text| open.recognizes(text)) =>
        {
            true
        }
        _ => !is_card,
    };
    if ctx.dialogue.as_ref().is_some_and(is_answer) {
        return Ok(None);
    }
    let content = match read_content(ctx, text) {
        Ok(content) => content,
        Err(_) if ctx.chat.is_group() => return Ok(Some(Reply::none())),
        Err(error) => return Ok(Some(ctx.send_message(error, None))),
    };
    match add_comment(ctx, order, &content) {
        Err(Refusal::NoRight | Refusal::NoSuchOrder) if ctx.chat.is_group() => Ok(Some(Reply::none())),
        result => result.map(Some),
    }
}

/// Adds the rest of an album to the order on which its beginning is; `None` when it is on none.
pub(crate) fn take_late_files(ctx: &mut UpdateContext<'_>) -> service::Result<Option<Reply>> {
    let Some(earlier) = ctx.earlier_album.clone().filter(|_| ctx.dialogue.is_none()) else { return Ok(None) };
    let files: Vec<_> = ctx.message.order_files().into_iter().filter(is_sendable).collect();
    let order = comments::find_order_of_files(ctx.tx, &ctx.user, &earlier.files)?;
    let Some(order) = order.filter(|_| !files.is_empty()) else { return Ok(None) };
    ctx.action = "album".into();
    match store_comment(ctx, order, &CommentContent { text: None, files }) {
        Err(Refusal::NoRight | Refusal::NoSuchOrder) => Ok(Some(Reply::none())),
        stored => stored.map(Some),
    }
}

/// Sends the comments of a page, and their files in order.
pub(crate) fn show_comments(ctx: &mut UpdateContext<'_>, order: OrderId, page: PageNumber) -> HandlerResult {
    let (seen, entries) = match comments::list_comments(ctx.tx, &ctx.user, order) {
        Ok(found) => found,
        Err(refusal) => {
            let card = ctx.pressed_message;
            return order_card::refuse_action(ctx, order, OrderMessageKind::Staff, card, refusal);
        }
    };
    if !may_show(ctx, &seen) {
        return order_card::show_card(ctx, &seen, OrderMessageKind::Staff);
    }
    if entries.is_empty() {
        return Ok(ctx.notify_user(plain_text!(ctx.texts, "comments-empty", id = order)));
    }
    let (texts, zone, place) = (ctx.texts, ctx.settings.zone, ctx.place());
    let paging = Paging::of_rows(page, &entries);
    let shown = paging.slice(&entries);
    let html = view::comment_page(texts, zone, order, shown, paging);
    let markup = ReplyMarkup::InlineKeyboard(keyboards::comment_pages(texts, order, paging));
    let mut reply = Reply::none().send_comment(order, place, html, Some(markup));
    for entry in shown {
        reply = send_files(reply, texts, order, place, entry, zone);
    }
    Ok(reply)
}

fn send_files(
    mut reply: Reply,
    texts: &Texts,
    order: OrderId,
    place: ChatPlace,
    entry: &CommentEntry,
    zone: chrono_tz::Tz,
) -> Reply {
    for file in entry.files.iter().filter(|file| is_sendable(file)) {
        let caption = file_takes_caption(file).then(|| view::file_caption(texts, zone, order, entry));
        reply = reply.send_file(order, place, file, caption, None);
    }
    reply
}

/// Whether the chat may see the order: a group only as its master's.
fn may_show(ctx: &UpdateContext<'_>, seen: &OrderView) -> bool {
    !ctx.chat.is_group() || is_master_chat(&seen.order, seen.master.as_ref(), ctx.chat)
}

fn comment_question(ctx: &UpdateContext<'_>, draft: OrderQuestion) -> DialogueQuestion {
    let id = QuestionId { step: 1, nonce: draft.nonce };
    DialogueQuestion {
        html: html_text!(ctx.texts, "comment-ask", id = draft.order),
        markup: keyboards::step_buttons(ctx.texts, id, false, false),
    }
}

/// Returns what the message says; the error is for the user.
fn read_content(ctx: &UpdateContext<'_>, text: Option<&str>) -> Result<CommentContent, String> {
    let files: Vec<_> = ctx.message.order_files().into_iter().filter(is_sendable).collect();
    let text = match text {
        Some(text) => Some(text::parse_comment(text).map_err(|error| prompts::text_error(ctx.texts, error))?),
        None if files.is_empty() => return Err(html_text!(ctx.texts, "comment-unsupported")),
        None => None,
    };
    Ok(CommentContent { text, files })
}

/// Stores a comment, answers, and tells the others.
fn add_comment(ctx: &mut UpdateContext<'_>, id: OrderId, content: &CommentContent) -> HandlerResult {
    let told = store_comment(ctx, id, content)?;
    Ok(ctx.send_message(html_text!(ctx.texts, "comment-done", id = id), None).and(told))
}

/// Stores a comment and tells the master and the staff who did not write it.
fn store_comment(ctx: &mut UpdateContext<'_>, id: OrderId, content: &CommentContent) -> HandlerResult {
    if ctx.chat.is_group() {
        let seen = orders::view_order(ctx.tx, &ctx.user, id)?;
        if !may_show(ctx, &seen) {
            return Err(Refusal::NoRight);
        }
    }
    let CommentContent { text, files } = content;
    let seen = comments::add_comment(ctx.tx, &ctx.user, id, text.as_deref(), files, ctx.now)?;
    let mut reply = change_notice::refresh_cards(ctx, &seen.order, seen.master.as_ref())?;
    let author = ctx.user.display_name();
    let master = seen.master.as_ref().filter(|_| seen.order.status.has_master());
    if let (Some(master), Some((place, texts))) = (master, change_notice::master_reader(ctx, master)?) {
        let mention = master.work_chat.map(|_| cards::mention_user(master.telegram_id, &master.name));
        let mut html = comment_notice(texts, id, &author, content);
        if let Some(mention) = mention {
            html = html_text!(
                texts,
                "group-notice",
                person = mention,
                notice = crate::bot::view::text::Html(html)
            );
        }
        reply = send_content(reply, id, place, html, keyboards::view_master_order(texts, id), files);
    }
    for reader in
        change_notice::staff_readers(ctx, &seen.order, StaffAudience::Responsible, NoticeKind::Comment)?
    {
        let texts = Texts::of(ctx.locale_of(&reader));
        let html = comment_notice(texts, id, &author, content);
        let place = ChatPlace::from(crate::domain::ids::ChatId::from(reader.telegram_id));
        reply = send_content(reply, id, place, html, keyboards::open_order(texts, id), files);
    }
    Ok(reply)
}

fn comment_notice(texts: &Texts, id: OrderId, author: &str, content: &CommentContent) -> String {
    view::notice_comment(texts, id, author, content.text.as_deref(), content.files.len())
}

/// Sends a notice with the files behind it; the first file carries the notice if it can.
fn send_content(
    mut reply: Reply,
    id: OrderId,
    place: ChatPlace,
    html: String,
    markup: InlineKeyboardMarkup,
    files: &[OrderFile],
) -> Reply {
    let markup = Some(ReplyMarkup::InlineKeyboard(markup));
    let (first, rest) = match files.split_first() {
        Some((first, rest)) if file_takes_caption(first) && view::fits_caption(&html) => (first, rest),
        _ => {
            reply = reply.send_comment(id, place, html, markup);
            return files.iter().fold(reply, |reply, file| reply.send_file(id, place, file, None, None));
        }
    };
    reply = reply.send_file(id, place, first, Some(html), markup);
    rest.iter().fold(reply, |reply, file| reply.send_file(id, place, file, None, None))
}
