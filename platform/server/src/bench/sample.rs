//! Values of a population, sampled over HTTP: what a benchmark asks for is there.

use serde_json::Value;

use super::client::Client;
use crate::error::Failure;

/// Patients that values are taken from.
const PATIENTS: usize = 200;

/// What was seen in the population.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// Ids.
    pub(super) patients: Vec<String>,
    /// Family names.
    pub(super) families: Vec<String>,
    /// Cities of addresses.
    pub(super) cities: Vec<String>,
    /// Dates of birth.
    pub(super) births: Vec<String>,
    /// Observations with a quantity.
    pub(super) measured: Vec<Measured>,
    /// `system%7Ccode` of conditions.
    pub(super) conditions: Vec<String>,
}

/// What one observation has.
#[derive(Debug)]
pub(super) struct Measured {
    /// `system%7Ccode`.
    pub(super) code: String,
    /// `system%7Ccode` of its category.
    pub(super) category: String,
    /// Its day, `YYYY-MM-DD`.
    pub(super) day: String,
    /// As it is written.
    pub(super) value: String,
    /// Its UCUM unit.
    pub(super) unit: String,
}

impl Sample {
    /// Takes a sample from a store.
    pub(super) async fn take(client: &mut Client, fhir: &str) -> Result<Self, Failure> {
        let mut sample = Self::default();
        let path = format!("{fhir}/Patient?_sort=birthdate&_count=1000");
        let page = client.json("GET", &path, "").await?;
        let all = resources(&page);
        // Steps spread the sample over ages.
        let step = all.len().div_ceil(PATIENTS).max(1);
        for patient in all.into_iter().step_by(step) {
            let Some(id) = patient["id"].as_str() else { continue };
            sample.patients.push(id.to_owned());
            keep(&mut sample.families, &patient["name"][0]["family"]);
            keep(&mut sample.cities, &patient["address"][0]["city"]);
            keep(&mut sample.births, &patient["birthDate"]);
            let path =
                format!("{fhir}/Observation?patient={id}&value-quantity:missing=false&_count=20");
            let page = client.json("GET", &path, "").await?;
            sample.measured.extend(resources(&page).into_iter().filter_map(Measured::of));
            let page = client.json("GET", &format!("{fhir}/Condition?patient={id}"), "").await?;
            let code = |condition: &Value| token(&condition["code"]["coding"][0]);
            sample.conditions.extend(resources(&page).into_iter().filter_map(code));
        }
        let Self { patients, families, cities, births, measured, conditions } = &sample;
        let empty = [
            patients.is_empty(),
            families.is_empty(),
            cities.is_empty(),
            births.is_empty(),
            measured.is_empty(),
            conditions.is_empty(),
        ];
        if empty.contains(&true) {
            return Err(Failure::new("the population has no values to ask for"));
        }
        Ok(sample)
    }
}

impl Measured {
    fn of(observation: &Value) -> Option<Self> {
        let quantity = &observation["valueQuantity"];
        Some(Self {
            code: token(&observation["code"]["coding"][0])?,
            category: token(&observation["category"][0]["coding"][0])?,
            day: observation["effectiveDateTime"].as_str()?.get(..10)?.to_owned(),
            value: quantity["value"].as_number()?.to_string(),
            unit: quantity["code"].as_str().map(encoded)?,
        })
    }
}

fn resources(page: &Value) -> Vec<&Value> {
    page["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]).collect()
}

fn keep(values: &mut Vec<String>, found: &Value) {
    values.extend(found.as_str().map(encoded));
}

fn token(coding: &Value) -> Option<String> {
    let text = |name: &str| coding[name].as_str().map(encoded);
    Some(format!("{}%7C{}", text("system")?, text("code")?))
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
