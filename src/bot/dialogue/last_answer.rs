//! The message that gave the last answer of a dialogue: an edit corrects it, and late parts belong to it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::domain::ids::MessageId;

/// The most seconds between the parts of a text that an app cut.
const PART_SECONDS: i64 = 1;

/// By what the parts of a message are recognised.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartMarks {
    /// In seconds since 1970.
    #[serde(default)]
    pub(crate) sent_at: Option<i64>,
    /// The same for all messages of an album.
    #[serde(default)]
    pub(crate) media_group: Option<String>,
    /// Whether the text is so long that an app may have cut it.
    #[serde(default)]
    pub(crate) may_be_cut: bool,
}

impl PartMarks {
    /// Whether another part may follow.
    pub(crate) fn may_continue(&self) -> bool {
        self.media_group.is_some() || self.may_be_cut
    }

    /// Whether these are the marks of the next part of the same message.
    pub(crate) fn is_followed_by(&self, next: &Self) -> bool {
        match (&self.media_group, &next.media_group) {
            (Some(album), Some(next)) => album == next,
            (None, None) if self.may_be_cut => {
                let seconds = next.sent_at.zip(self.sent_at).map(|(next, last)| next.saturating_sub(last));
                seconds.is_some_and(|seconds| (0..=PART_SECONDS).contains(&seconds))
            }
            _ => false,
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastAnswer {
    /// The number of the step to which it was the answer, accepted or not.
    pub(crate) step: u8,
    /// More than one for an album or a cut text.
    pub(crate) messages: Vec<MessageId>,
    pub(crate) marks: PartMarks,
    /// Tells an edit of the text from one of something else.
    pub(crate) text_digest: String,
}

impl LastAnswer {
    /// Whether a message that came after the bot had answered is another part of this one. `step` is the present step.
    ///
    /// A part may have been sent in the next second, and so may a quick user's next message. That one comes below the bot's
    /// answer, or answers another question.
    pub(crate) fn is_followed_by(&self, ids: &[MessageId], marks: &PartMarks, step: u8) -> bool {
        let is_at_once = marks.media_group.is_some() || marks.sent_at == self.marks.sent_at;
        let ends = self.messages.last().zip(ids.first());
        let is_adjacent = ends.is_some_and(|(last, next)| last.0.saturating_add(1) == next.0);
        self.marks.is_followed_by(marks) && (is_at_once || is_adjacent && step == self.step)
    }
}

/// Returns the digest of a text as [`LastAnswer`] keeps it.
pub(crate) fn digest_text(text: Option<&str>) -> String {
    let digest = Sha256::digest(text.unwrap_or_default());
    hex::encode(&digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(sent_at: i64, may_be_cut: bool) -> PartMarks {
        PartMarks { sent_at: Some(sent_at), media_group: None, may_be_cut }
    }

    #[test]
    fn message_after_the_bots_answer_is_no_part() {
        let messages = vec![MessageId(4), MessageId(5)];
        let last = LastAnswer { step: 1, messages, marks: marks(50, true), text_digest: String::new() };
        let is_part = |id, sent_at| last.is_followed_by(&[MessageId(id)], &marks(sent_at, false), 1);
        assert!(is_part(6, 50) && is_part(6, 51) && is_part(9, 50));
        assert!(!is_part(7, 51), "the bot's answer is in between");
        assert!(!is_part(6, 52) && !is_part(6, 49));
        assert!(!last.is_followed_by(&[MessageId(6)], &marks(51, false), 2), "it answers the next question");
    }
}
