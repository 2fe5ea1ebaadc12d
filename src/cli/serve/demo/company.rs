//! The people and the texts of the made-up company.

use serde::Deserialize;

const COMPANY: &str = include_str!("company.json");

/// Everything that the demonstration is made of.
#[derive(Debug, Deserialize)]
pub(super) struct DemoCompany {
    pub(super) admin: DemoPerson,
    pub(super) dispatchers: Vec<DemoPerson>,
    pub(super) masters: Vec<DemoMaster>,
    pub(super) groups: Vec<DemoGroup>,
    pub(super) problems: Vec<DemoProblem>,
    pub(super) client_names: Vec<String>,
    pub(super) streets: Vec<String>,
    /// With `{street}`, `{house}` and `{flat}`.
    pub(super) address: String,
    pub(super) notes: Vec<String>,
    /// With `{day}`, `{hour}` and `{end}`.
    pub(super) visits: Vec<String>,
    pub(super) declines: Vec<String>,
    pub(super) refusals: Vec<String>,
    /// What a long repair needs.
    pub(super) parts: Vec<String>,
    /// What dispatchers add.
    pub(super) comments: Vec<String>,
    /// What masters add on site.
    pub(super) findings: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DemoPerson {
    pub(super) id: i64,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) username: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DemoMaster {
    #[serde(flatten)]
    pub(super) person: DemoPerson,
    pub(super) phone: String,
    pub(super) specialization: String,
    /// Their work group.
    pub(super) group: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DemoGroup {
    pub(super) id: i64,
    pub(super) title: String,
}

/// What breaks in a type of equipment.
#[derive(Debug, Deserialize)]
pub(super) struct DemoProblem {
    pub(super) equipment: String,
    /// The name of a picture in [`super::photos`].
    pub(super) photo: String,
    pub(super) texts: Vec<String>,
}

impl DemoCompany {
    pub(super) fn load() -> serde_json::Result<Self> {
        serde_json::from_str(COMPANY)
    }

    /// Returns all people.
    pub(super) fn people(&self) -> impl Iterator<Item = &DemoPerson> {
        let masters = self.masters.iter().map(|master| &master.person);
        std::iter::once(&self.admin).chain(&self.dispatchers).chain(masters)
    }
}
