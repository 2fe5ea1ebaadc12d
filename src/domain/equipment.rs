//! The eight types of equipment, with the texts under which the database and old buttons know them.
//!
//! The texts are data and never change; translations go by [`EquipmentType::key`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum EquipmentType {
    WashingMachine,
    Oven,
    Dishwasher,
    CoffeeMachine,
    Plumbing,
    Electrics,
    WaterHeater,
    Television,
}

impl EquipmentType {
    /// Every type, in the order in which they are offered.
    pub const ALL: [Self; 8] = [
        Self::WashingMachine,
        Self::Oven,
        Self::Dishwasher,
        Self::CoffeeMachine,
        Self::Plumbing,
        Self::Electrics,
        Self::WaterHeater,
        Self::Television,
    ];

    /// Returns the stored text, which is also in buttons (`equipment:TYPE`).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WashingMachine => "Стиральные машины",
            Self::Oven => "Духовой шкаф",
            Self::Dishwasher => "Посудомоечная машина",
            Self::CoffeeMachine => "Кофе машина",
            Self::Plumbing => "Сантехника",
            Self::Electrics => "Электрика",
            Self::WaterHeater => "Водонагреватели",
            Self::Television => "Телевизоры",
        }
    }

    /// Returns a language-neutral key for locale files.
    pub fn key(self) -> &'static str {
        match self {
            Self::WashingMachine => "washing-machine",
            Self::Oven => "oven",
            Self::Dishwasher => "dishwasher",
            Self::CoffeeMachine => "coffee-machine",
            Self::Plumbing => "plumbing",
            Self::Electrics => "electrics",
            Self::WaterHeater => "water-heater",
            Self::Television => "television",
        }
    }
}

impl fmt::Display for EquipmentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[derive(Clone, Debug, Eq, PartialEq, Error)]
#[error("unknown equipment type {0:?}")]
pub struct UnknownEquipment(pub String);

impl FromStr for EquipmentType {
    type Err = UnknownEquipment;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|equipment| equipment.as_str() == text)
            .ok_or_else(|| UnknownEquipment(text.to_owned()))
    }
}

impl From<EquipmentType> for &'static str {
    fn from(equipment: EquipmentType) -> Self {
        equipment.as_str()
    }
}

impl TryFrom<String> for EquipmentType {
    type Error = UnknownEquipment;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_stored_texts_are_the_old_ones_in_the_old_order() {
        let texts: Vec<_> = EquipmentType::ALL.into_iter().map(EquipmentType::as_str).collect();
        assert_eq!(
            texts.join(", "),
            "Стиральные машины, Духовой шкаф, Посудомоечная машина, Кофе машина, \
             Сантехника, Электрика, Водонагреватели, Телевизоры"
        );
    }

    #[test]
    fn texts_survive_reading_and_json_and_fit_a_button() {
        for equipment in EquipmentType::ALL {
            assert_eq!(equipment.as_str().parse(), Ok(equipment));
            let json = serde_json::to_string(&equipment).unwrap();
            assert_eq!(serde_json::from_str::<EquipmentType>(&json).unwrap(), equipment);
            assert!("equipment:".len() + equipment.as_str().len() <= 64);
        }
        assert_eq!("Oven".parse::<EquipmentType>(), Err(UnknownEquipment("Oven".to_owned())));
    }
}
