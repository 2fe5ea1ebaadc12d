//! Files in messages: photos, videos, voice messages and documents, and their JSON in the Bot API.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the app shows a file as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A file to download.
    Document,
    /// A picture.
    Photo,
    /// A video.
    Video,
    /// A voice message.
    Voice,
    /// Music.
    Audio,
    /// A video without sound.
    Animation,
    /// A round video message.
    VideoNote,
    /// A sticker.
    Sticker,
}

impl FileKind {
    /// The name of its field in a message, and of the parameter of the method that sends it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Audio => "audio",
            Self::Animation => "animation",
            Self::VideoNote => "video_note",
            Self::Sticker => "sticker",
        }
    }

    /// Telegram's name in refusals.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Document => "Document",
            Self::Photo => "Photo",
            Self::Video => "Video",
            Self::Voice => "VoiceNote",
            Self::Audio => "Audio",
            Self::Animation => "Animation",
            Self::VideoNote => "VideoNote",
            Self::Sticker => "Sticker",
        }
    }
}

/// A file in a message.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachedFile {
    /// Id by which `getFile` and a repeated send name it.
    pub file_id: String,
    /// Id of the content: the same in every message that has it.
    pub unique_id: String,
    /// File name; a photo has a made-up one.
    pub name: String,
    /// MIME type.
    pub mime: String,
    /// Content.
    pub bytes: Arc<[u8]>,
    /// What the app shows it as.
    pub kind: FileKind,
    /// Width and height in pixels of a photo; zero for the other kinds.
    pub size: (u32, u32),
}

impl std::fmt::Debug for AttachedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}({} {} {} bytes)", self.kind, self.file_id, self.name, self.bytes.len())
    }
}

impl AttachedFile {
    /// `PhotoSize` array, `Video`, `Voice` or `Document` of the Bot API.
    pub(crate) fn to_json(&self) -> Value {
        let mut fields = json!({
            "file_id": self.file_id,
            "file_unique_id": self.unique_id,
            "file_size": self.bytes.len(),
        });
        match self.kind {
            FileKind::Photo => {
                (fields["width"], fields["height"]) = (self.size.0.into(), self.size.1.into());
                return json!([fields]);
            }
            FileKind::Video | FileKind::Animation => {
                (fields["width"], fields["height"]) = (640.into(), 360.into());
                fields["duration"] = MADE_UP_SECONDS.into();
                fields["file_name"] = self.name.as_str().into();
            }
            FileKind::VideoNote => {
                (fields["length"], fields["duration"]) = (240.into(), MADE_UP_SECONDS.into());
                return fields;
            }
            FileKind::Sticker => {
                (fields["width"], fields["height"]) = (512.into(), 512.into());
                fields["type"] = "regular".into();
                (fields["is_animated"], fields["is_video"]) = (false.into(), false.into());
                return fields;
            }
            FileKind::Voice | FileKind::Audio => fields["duration"] = MADE_UP_SECONDS.into(),
            FileKind::Document => fields["file_name"] = self.name.as_str().into(),
        }
        fields["mime_type"] = self.mime.as_str().into();
        fields
    }
}

/// Duration of every video and voice message, whose content is not read.
const MADE_UP_SECONDS: u32 = 5;

/// A file that a user sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFile {
    kind: FileKind,
    name: String,
    bytes: Arc<[u8]>,
    pub(crate) caption: String,
    pub(crate) reply_to: Option<i64>,
    pub(crate) album: Option<String>,
}

impl UserFile {
    /// Creates a file without a caption. The content of a photo is a PNG, JPEG or GIF.
    #[must_use]
    pub fn new(kind: FileKind, name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let (name, bytes) = (name.into(), bytes.into());
        Self { kind, name, bytes, caption: String::new(), reply_to: None, album: None }
    }

    /// Creates a small file without meaning.
    #[must_use]
    pub fn made_up(kind: FileKind) -> Self {
        // A GIF of 2 × 1 pixels.
        const PICTURE: &[u8] = b"GIF89a\x02\x00\x01\x00\x00\x00\x00;";
        let content = if kind == FileKind::Photo { PICTURE } else { b"made up" };
        Self::new(kind, kind.field(), content)
    }

    /// Sets the text below the file.
    #[must_use]
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// Sends it as a reply to a message.
    #[must_use]
    pub fn in_reply_to(mut self, message_id: i64) -> Self {
        self.reply_to = Some(message_id);
        self
    }

    /// Makes it a part of an album: the messages with the same `media_group_id`.
    #[must_use]
    pub fn in_album(mut self, media_group_id: impl Into<String>) -> Self {
        self.album = Some(media_group_id.into());
        self
    }

    /// Gives it an id.
    pub(crate) fn attach(&self, file_id: String) -> AttachedFile {
        let mime = match self.kind {
            FileKind::Photo => photo_type(&self.bytes),
            FileKind::Video | FileKind::Animation | FileKind::VideoNote => "video/mp4",
            FileKind::Voice => "audio/ogg",
            FileKind::Audio => "audio/mpeg",
            FileKind::Sticker => "image/webp",
            FileKind::Document => document_type(&self.name),
        };
        AttachedFile {
            unique_id: unique_id(&file_id),
            file_id,
            name: self.name.clone(),
            mime: mime.to_owned(),
            bytes: Arc::clone(&self.bytes),
            kind: self.kind,
            size: picture_size(&self.bytes).filter(|_| self.kind == FileKind::Photo).unwrap_or_default(),
        }
    }
}

/// The id of the content of a new file.
pub(crate) fn unique_id(file_id: &str) -> String {
    format!("U{file_id}")
}

/// The type of a picture that `picture_size` knows.
pub(crate) fn photo_type(bytes: &[u8]) -> &'static str {
    match bytes.first() {
        Some(0x89) => "image/png",
        Some(b'G') => "image/gif",
        _ => "image/jpeg",
    }
}

fn document_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("txt") => "text/plain",
        Some("csv") => "text/csv",
        Some("pdf") => "application/pdf",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Width and height of a PNG, JPEG or GIF; `None` for anything else.
pub(crate) fn picture_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let pair = |at: usize| Some((u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?), at + 2));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        return Some((number(16)?, number(20)?));
    }
    if bytes.starts_with(b"GIF8") {
        let number = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        return Some((number(6)?, number(8)?));
    }
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return None;
    }
    let mut at = 2;
    loop {
        let (marker, next) = pair(at)?;
        let (length, _) = pair(next)?;
        // Start-of-frame markers, without the table markers among them.
        if matches!(marker, 0xffc0..=0xffcf) && !matches!(marker, 0xffc4 | 0xffc8 | 0xffcc) {
            let (height, after) = pair(next + 3)?;
            let (width, _) = pair(after)?;
            return Some((u32::from(width), u32::from(height)));
        }
        at = next + usize::from(length.max(2));
    }
}
