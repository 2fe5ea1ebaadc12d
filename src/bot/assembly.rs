//! Messages that belong together: the photos of an album, and the parts into which an app cuts a long text.
//!
//! Each part is an update of its own. A part waits in its chat's lane until the last one is there, and all are handled as
//! one message. The inbox keeps them meanwhile: after a crash they are put together again.

use std::time::Duration;

use super::dialogue::DialogueAnswer;
use super::incoming::{IncomingEvent, IncomingUpdate, MessageDetails, ReceivedUpdate, UpdateContent};
use super::labels::Label;
use super::view::html::{MAX_MESSAGE, utf16_len};

/// How long a part waits for the next one.
pub(super) const PART_WINDOW: Duration = Duration::from_secs(1);
/// The most parts of one message. An album has no more (Telegram Bot API: sendMediaGroup).
const MAX_PARTS: usize = 10;

/// Whether another part may follow as many as there are.
pub(super) fn may_continue(last: &ReceivedUpdate, parts: usize) -> bool {
    parts < MAX_PARTS && sent_message(last).is_some_and(|(_, details)| details.marks.may_continue())
}

/// Whether an update is the next part of the one before it in the chat.
pub(super) fn is_next_part(last: &ReceivedUpdate, next: &ReceivedUpdate) -> bool {
    let (Some((last, before)), Some((next, after))) = (sent_message(last), sent_message(next)) else {
        return false;
    };
    last.sender.telegram_id == next.sender.telegram_id
        && last.thread == next.thread
        && before.marks.is_followed_by(&after.marks)
        && (after.marks.media_group.is_some() || has_same_form(&last.event, &next.event))
}

/// Whether a text can be the rest of a cut one: no app cuts a text in front of a command or a label.
pub(super) fn is_plain_text(event: &IncomingEvent) -> bool {
    match event {
        IncomingEvent::Text(text) => !text.starts_with('/') && Label::from_message(text).is_none(),
        IncomingEvent::Answer(DialogueAnswer::Forwarded { text, .. }) => text.is_some(),
        _ => false,
    }
}

/// Puts the parts of a message together; `None` when there are none.
pub(super) fn join_parts(parts: impl IntoIterator<Item = ReceivedUpdate>) -> Option<ReceivedUpdate> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next()?;
    for part in parts {
        whole.parts.push(part.id);
        if let (UpdateContent::Action(whole), UpdateContent::Action(part)) =
            (&mut whole.content, part.content)
        {
            add_part(whole, part);
        }
    }
    Some(whole)
}

fn sent_message(update: &ReceivedUpdate) -> Option<(&IncomingUpdate, &MessageDetails)> {
    let UpdateContent::Action(input) = &update.content else { return None };
    input.message.as_ref().map(|details| (input, details))
}

fn has_same_form(last: &IncomingEvent, next: &IncomingEvent) -> bool {
    std::mem::discriminant(last) == std::mem::discriminant(next) && is_plain_text(next)
}

fn add_part(whole: &mut IncomingUpdate, part: IncomingUpdate) {
    if let (Some(whole), Some(part)) = (&mut whole.message, part.message) {
        whole.ids.extend(part.ids);
        whole.files.extend(part.files);
        whole.marks = part.marks;
    }
    match (&mut whole.event, part.event) {
        (IncomingEvent::Text(whole), IncomingEvent::Text(next)) => append_text(whole, &next),
        (IncomingEvent::Answer(whole), IncomingEvent::Answer(part)) => add_answer(whole, part),
        _ => {}
    }
}

fn add_answer(whole: &mut DialogueAnswer, part: DialogueAnswer) {
    match (whole, part) {
        (whole @ DialogueAnswer::OtherContent, part) => *whole = part,
        (
            DialogueAnswer::Text(whole) | DialogueAnswer::Forwarded { text: Some(whole), .. },
            DialogueAnswer::Text(next) | DialogueAnswer::Forwarded { text: Some(next), .. },
        ) => append_text(whole, &next),
        (DialogueAnswer::Forwarded { text, .. }, DialogueAnswer::Forwarded { text: next, .. }) => {
            *text = text.take().or(next);
        }
        _ => {}
    }
}

/// Appends a part to a text. A full part was cut anywhere, a shorter one at a space or line end, which is lost.
fn append_text(whole: &mut String, next: &str) {
    if !utf16_len(whole).is_multiple_of(MAX_MESSAGE) {
        whole.push('\n');
    }
    whole.push_str(next);
}

#[cfg(test)]
#[path = "assembly_tests.rs"]
mod tests;
