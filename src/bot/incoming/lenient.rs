//! Reading JSON as far as it is understood.
//!
//! Telegram adds fields, kinds and forms of values at any time. A value of an unexpected type counts as missing here, so
//! that it never costs the update that holds it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A type that is read from the JSON forms that it knows; any other form gives `None`.
pub(super) trait LenientValue: Sized {
    fn from_text(_text: &str) -> Option<Self> {
        None
    }

    fn from_number(_number: i64) -> Option<Self> {
        None
    }

    fn from_flag(_flag: bool) -> Option<Self> {
        None
    }

    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// Deserializes a field of any form.
pub(super) fn read_value<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: LenientValue,
{
    deserializer.deserialize_any(LenientVisitor(PhantomData))
}

/// The same as a type.
pub(super) struct Lenient<T>(pub(super) Option<T>);

impl<'de, T: LenientValue> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_value(deserializer).map(Self)
    }
}

/// Reads the next value of an object.
pub(super) fn next_value<'de, T: LenientValue, A: MapAccess<'de>>(
    object: &mut A,
) -> Result<Option<T>, A::Error> {
    Ok(object.next_value::<Lenient<T>>()?.0)
}

/// The name of a field, borrowed where the JSON has no escapes.
#[derive(Deserialize)]
pub(super) struct FieldName<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

struct LenientVisitor<T>(PhantomData<T>);

impl<'de, T: LenientValue> Visitor<'de> for LenientVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::from_flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).ok().and_then(T::from_number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        // Some proxies write 5 as 5.0.
        let is_whole = number.fract() == 0.0;
        Ok(format!("{number:.0}").parse().ok().filter(|_| is_whole).and_then(T::from_number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(text))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list)
    }
}

impl LenientValue for i64 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn from_number(number: i64) -> Option<Self> {
        Some(number)
    }
}

impl LenientValue for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn from_number(number: i64) -> Option<Self> {
        Some(number.to_string())
    }
}

impl LenientValue for bool {
    fn from_flag(flag: bool) -> Option<Self> {
        Some(flag)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}
