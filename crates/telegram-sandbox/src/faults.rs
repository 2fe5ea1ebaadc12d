//! Injected faults: what fails, for which calls, and how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What happens to a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FaultKind {
    /// 429 "Too Many Requests" with `parameters.retry_after`.
    TooManyRequests {
        /// Seconds.
        retry_after: u32,
    },
    /// A server error with an HTML body, as Telegram's front servers send.
    ServerError {
        /// HTTP status, 500 to 599.
        code: u16,
    },
    /// Delays the call; `None` never answers.
    Hang {
        /// Milliseconds.
        #[serde(default, rename = "for_ms", with = "millis")]
        duration: Option<Duration>,
    },
    /// Closes the connection before the call is executed.
    DropBefore,
    /// Executes the call, then closes the connection without a response.
    DropAfter,
    /// 403 "bot was blocked by the user".
    Blocked,
    /// A refusal by Telegram, such as 401 "Unauthorized".
    Refused {
        /// Error code, 400 to 499.
        code: u16,
        /// Telegram's description.
        description: String,
    },
}

/// A fault for calls to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Method, in any case; `None` matches every method.
    #[serde(default)]
    pub method: Option<String>,
    /// Chat; `None` matches every call.
    #[serde(default)]
    pub chat: Option<i64>,
    /// Number of calls; `None` means until cleared.
    #[serde(default)]
    pub times: Option<u32>,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

impl Fault {
    /// Creates a fault for every call until it is cleared.
    #[must_use]
    pub fn always(kind: FaultKind) -> Self {
        Self { method: None, chat: None, times: None, kind }
    }

    /// Creates a fault for the next `times` calls.
    #[must_use]
    pub fn times(kind: FaultKind, times: u32) -> Self {
        Self { times: Some(times), ..Self::always(kind) }
    }

    /// Limits it to deliveries of updates to a webhook: `DropBefore` and `DropAfter` lose the connection before the update is
    /// sent and before the answer is read, `Hang` delays the delivery. Its chat is the user's for a press.
    #[must_use]
    pub fn for_webhook(self) -> Self {
        self.for_method(DELIVERY)
    }

    /// Limits it to one method.
    #[must_use]
    pub fn for_method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Limits it to one chat.
    #[must_use]
    pub fn in_chat(mut self, chat: i64) -> Self {
        self.chat = Some(chat);
        self
    }

    fn applies_to(&self, method: &str, chat: Option<i64>) -> bool {
        self.times != Some(0)
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && (self.chat.is_none() || self.chat == chat)
    }
}

/// What the deliveries of a webhook are called where the methods of calls are named.
const DELIVERY: &str = "webhook";

/// Faults, oldest first; the first that matches a call applies.
#[derive(Debug, Default)]
pub(crate) struct FaultQueue(Vec<Fault>);

impl FaultQueue {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn as_slice(&self) -> &[Fault] {
        &self.0
    }

    /// Takes the fault for a call and counts its use.
    pub(crate) fn take_matching(&mut self, method: &str, chat: Option<i64>) -> Option<FaultKind> {
        self.take_first(|fault| fault.applies_to(method, chat))
    }

    /// Takes the fault for the delivery of an update to a webhook: only one that is meant for deliveries.
    pub(crate) fn take_for_delivery(&mut self, chat: i64) -> Option<FaultKind> {
        self.take_first(|fault| fault.method.is_some() && fault.applies_to(DELIVERY, Some(chat)))
    }

    fn take_first(&mut self, applies: impl FnMut(&Fault) -> bool) -> Option<FaultKind> {
        let index = self.0.iter().position(applies)?;
        let fault = &mut self.0[index];
        let kind = fault.kind.clone();
        if let Some(times) = &mut fault.times {
            *times -= 1;
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(kind)
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option)] // serde's signature
    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(|duration| duration.as_millis()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
