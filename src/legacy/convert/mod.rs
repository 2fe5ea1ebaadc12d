//! What the old values mean in the new schema. Nothing here fails: a value that cannot be understood is `Unreadable`.

pub(super) mod money;
pub(super) mod names;
pub(super) mod parsed;
pub(super) mod time;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::value::LegacyValue;
    use super::{money, names, time};

    proptest! {
        #[test]
        fn no_value_causes_a_panic(number: f64, int: i64, words in "\\PC{0,30}|[-+0-9 .,:TZe]{0,30}") {
            for value in [LegacyValue::Real(number), LegacyValue::Int(int), LegacyValue::Text(words.clone()), LegacyValue::Bytes(words)] {
                let _ = (money::parse_kopecks(&value), time::parse_time(&value), names::parse_flag(&value), value.as_integer(), value.as_text());
            }
        }
    }
}
