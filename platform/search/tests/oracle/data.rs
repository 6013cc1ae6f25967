//! Small resources with odd values.

use serde_json::{Map, Value, json};

use crate::chance::Chance;

pub(crate) const TYPES: [&str; 5] =
    ["Patient", "Observation", "Encounter", "Condition", "RiskAssessment"];
/// Ids of each type: few, so that references often lead somewhere and updates are common.
pub(crate) const IDS: [&str; 9] = ["1", "2", "3", "a", "A", "b.c", "d-e", "0", "x1"];
/// Where the store says it is served.
pub(crate) const BASE: &str = "https://tarn.example/r4";
pub(crate) const SYSTEMS: [&str; 3] = ["http://loinc.org", "urn:s:2", "http://loinc.org/"];
pub(crate) const CODES: [&str; 8] = ["a", "b", "A", "a,b", "x|y", "8867-4", "d$e", r"b\s"];
pub(crate) const WORDS: [&str; 14] = [
    "Smith",
    "smith",
    "Smithson",
    "Müller",
    "MULLER",
    "muller",
    "O'Brien",
    "José  María",
    "Ångström",
    "de la Cruz",
    "李",
    "Smi,th",
    "ﬁsh",
    "van der Berg",
];
pub(crate) const DATES: [&str; 16] = [
    "1979-12-31",
    "1980",
    "1980-05",
    "1980-05-11",
    "1980-05-11T16:32:15Z",
    "1980-05-11T16:32:15.500Z",
    "1980-05-11T18:32:15+02:00",
    "1981-01-01",
    "2020-02-29",
    "0001",
    "9999-12-31",
    "1980-05-12",
    "1980-05-11T23:30:00-05:00",
    "1969-12-31T23:59:59Z",
    "1980-06",
    "2020-02-29T00:00:00Z",
];
pub(crate) const NUMBERS: [&str; 16] = [
    "5", "5.0", "5.4", "5.45", "5.449", "4.9", "-1", "-1.5", "0", "100", "99.5", "100.5", "0.002",
    "6.022", "5400", "0.0054",
];
pub(crate) const UNITS: [(Option<&str>, Option<&str>, Option<&str>); 5] = [
    (Some("http://unitsofmeasure.org"), Some("mg"), Some("milligram")),
    (Some("http://unitsofmeasure.org"), Some("g"), Some("mg")),
    (None, None, Some("mg")),
    (Some("urn:u"), Some("mg"), None),
    (None, None, None),
];
pub(crate) const URIS: [&str; 4] =
    ["http://a.b/c", "http://a.b/c/d", "http://a.b/C", "urn:oid:1.2.3"];
pub(crate) const GENDERS: [&str; 3] = ["male", "female", "other"];

/// A resource of that type.
pub(crate) fn resource(chance: &mut Chance, type_: &str, id: &str) -> Value {
    let mut maker = Maker { chance, into: Map::new() };
    maker.put("resourceType", json!(type_));
    maker.put("id", json!(id));
    maker.meta();
    match type_ {
        "Patient" => maker.patient(),
        "Observation" => maker.observation(),
        "Encounter" => maker.encounter(),
        "Condition" => maker.condition(),
        _ => maker.risk(),
    }
    Value::Object(maker.into)
}

struct Maker<'c> {
    chance: &'c mut Chance,
    into: Map<String, Value>,
}

impl Maker<'_> {
    fn put(&mut self, name: &str, value: Value) {
        self.into.insert(name.to_owned(), value);
    }

    /// Puts it, one time in so many not.
    fn mostly(&mut self, name: &str, make: impl FnOnce(&mut Chance) -> Value) {
        if !self.chance.once_in(3) {
            let value = make(self.chance);
            self.put(name, value);
        }
    }

    fn meta(&mut self) {
        let mut meta = Map::new();
        if self.chance.once_in(2) {
            meta.insert("tag".into(), list(self.chance, 2, coding));
        }
        if self.chance.once_in(4) {
            meta.insert("source".into(), json!(self.chance.pick(&URIS)));
        }
        if self.chance.once_in(4) {
            let version = if self.chance.once_in(2) { "|1.0" } else { "" };
            meta.insert("profile".into(), json!([format!("{}{version}", self.chance.pick(&URIS))]));
        }
        if !meta.is_empty() {
            self.put("meta", Value::Object(meta));
        }
    }

    fn patient(&mut self) {
        self.mostly("active", |c| json!(c.once_in(2)));
        self.mostly("gender", |c| json!(c.pick(&GENDERS)));
        self.mostly("birthDate", |c| {
            json!(c.pick(&["1979-12-31", "1980", "1980-05", "2020-02-29"]))
        });
        self.mostly("name", |c| list(c, 3, name));
        self.mostly("address", |c| list(c, 2, address));
        self.mostly("telecom", |c| list(c, 2, telecom));
        self.mostly("identifier", |c| list(c, 2, identifier));
        self.mostly("generalPractitioner", |c| list(c, 2, |c| reference(c, &["Practitioner"])));
        match self.chance.below(6) {
            0 => self.put("deceasedBoolean", json!(true)),
            1 => self.put("deceasedBoolean", json!(false)),
            2 => {
                let date = self.chance.pick(&DATES);
                self.put("deceasedDateTime", json!(date));
            }
            _ => {}
        }
    }

    fn observation(&mut self) {
        self.put("status", json!("final"));
        let code = concept(self.chance);
        self.put("code", code);
        self.mostly("category", |c| list(c, 2, concept));
        self.mostly("subject", |c| reference(c, &["Patient", "Group"]));
        self.mostly("encounter", |c| reference(c, &["Encounter"]));
        self.mostly("identifier", |c| list(c, 2, identifier));
        match self.chance.below(4) {
            0 => {
                let period = period(self.chance);
                self.put("effectivePeriod", period);
            }
            1 | 2 => {
                let date = self.chance.pick(&DATES);
                self.put("effectiveDateTime", json!(date));
            }
            _ => {}
        }
        let (name, value) = value(self.chance);
        if let Some(name) = name {
            self.put(name, value);
        }
        self.mostly("component", |c| list(c, 3, component));
    }

    fn encounter(&mut self) {
        let status = self.chance.pick(&["planned", "finished"]);
        self.put("status", json!(status));
        let class = coding(self.chance);
        self.put("class", class);
        self.mostly("type", |c| list(c, 2, concept));
        self.mostly("subject", |c| reference(c, &["Patient"]));
        self.mostly("period", period);
        self.mostly("length", quantity);
        self.mostly("partOf", |c| reference(c, &["Encounter"]));
    }

    fn condition(&mut self) {
        let subject = reference(self.chance, &["Patient", "Group"]);
        self.put("subject", subject);
        self.mostly("code", concept);
        self.mostly("encounter", |c| reference(c, &["Encounter"]));
        self.mostly("recordedDate", |c| json!(c.pick(&DATES)));
        match self.chance.below(5) {
            0 => {
                let period = period(self.chance);
                self.put("onsetPeriod", period);
            }
            1 => {
                let age = quantity(self.chance);
                self.put("onsetAge", age);
            }
            2 => {
                let range = range(self.chance);
                self.put("onsetRange", range);
            }
            3 => {
                let date = self.chance.pick(&DATES);
                self.put("onsetDateTime", json!(date));
            }
            _ => {}
        }
    }

    fn risk(&mut self) {
        self.put("status", json!("final"));
        let subject = reference(self.chance, &["Patient", "Group"]);
        self.put("subject", subject);
        self.mostly("prediction", |c| {
            list(c, 3, |c| match c.below(3) {
                0 => json!({"probabilityRange": {"low": {"value": number(c)}}}),
                _ => json!({"probabilityDecimal": number(c)}),
            })
        });
        self.mostly("occurrenceDateTime", |c| json!(c.pick(&DATES)));
    }
}

fn list(chance: &mut Chance, most: usize, each: fn(&mut Chance) -> Value) -> Value {
    let count = 1 + chance.below(most);
    Value::Array((0..count).map(|_| each(chance)).collect())
}

fn object(pairs: Vec<(&str, Option<Value>)>) -> Value {
    let some = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(some.collect())
}

fn some(chance: &mut Chance, from: &[&str]) -> Option<Value> {
    (!chance.once_in(4)).then(|| json!(chance.pick(from)))
}

fn coding(chance: &mut Chance) -> Value {
    let system = some(chance, &SYSTEMS);
    let code = Some(json!(chance.pick(&CODES)));
    let display = if chance.once_in(3) { Some(json!(chance.pick(&WORDS))) } else { None };
    object(vec![("system", system), ("code", code), ("display", display)])
}

fn concept(chance: &mut Chance) -> Value {
    let codings = (!chance.once_in(5)).then(|| list(chance, 2, coding));
    let text = (codings.is_none() || chance.once_in(3)).then(|| json!(chance.pick(&WORDS)));
    object(vec![("coding", codings), ("text", text)])
}

fn identifier(chance: &mut Chance) -> Value {
    let system = some(chance, &SYSTEMS);
    object(vec![("system", system), ("value", Some(json!(chance.pick(&CODES))))])
}

fn name(chance: &mut Chance) -> Value {
    let family = some(chance, &WORDS);
    let given = Some(list(chance, 2, |c| json!(c.pick(&WORDS))));
    let text = if chance.once_in(4) { some(chance, &WORDS) } else { None };
    object(vec![
        ("family", family),
        ("given", given),
        ("text", text),
        ("use", Some(json!("usual"))),
    ])
}

fn address(chance: &mut Chance) -> Value {
    let line = Some(list(chance, 2, |c| json!(c.pick(&WORDS))));
    object(vec![("line", line), ("city", some(chance, &WORDS)), ("country", some(chance, &WORDS))])
}

fn telecom(chance: &mut Chance) -> Value {
    let system = some(chance, &["phone", "email"]);
    object(vec![("system", system), ("value", Some(json!(chance.pick(&CODES))))])
}

fn reference(chance: &mut Chance, types: &[&str]) -> Value {
    match chance.below(9) {
        8 => json!({"reference": format!("{BASE}/{}/{}", chance.pick(types), chance.pick(&IDS))}),
        0 => json!({"reference": format!("http://else.where/{}/1", chance.pick(types))}),
        1 => json!({"reference": "urn:uuid:0b5f61f5-7c65-4d07-b47c-5b5b1d7b0b0e"}),
        2 => json!({"identifier": identifier(chance), "type": chance.pick(types)}),
        3 => {
            json!({"reference": format!("{}/{}/_history/2", chance.pick(types), chance.pick(&IDS))})
        }
        _ => json!({"reference": format!("{}/{}", chance.pick(types), chance.pick(&IDS))}),
    }
}

fn period(chance: &mut Chance) -> Value {
    match chance.below(6) {
        0 => json!({"start": chance.pick(&DATES)}),
        1 => json!({"end": chance.pick(&DATES)}),
        2 => json!({"start": "1980-05-16", "end": "1980-05-17"}),
        3 => json!({"start": "1980-05", "end": "1980-05"}),
        4 => json!({"start": "1979-12-31", "end": "1981-01-01"}),
        _ => json!({"start": "1980-05-11T16:32:15Z", "end": "1980-05-11T16:32:15.500Z"}),
    }
}

fn number(chance: &mut Chance) -> Value {
    serde_json::from_str(chance.pick(&NUMBERS)).expect("a number")
}

fn quantity(chance: &mut Chance) -> Value {
    let (system, code, unit) = chance.pick(&UNITS);
    let text = |text: Option<&str>| text.map(|text| json!(text));
    let value = Some(number(chance));
    object(vec![
        ("value", value),
        ("system", text(system)),
        ("code", text(code)),
        ("unit", text(unit)),
    ])
}

fn range(chance: &mut Chance) -> Value {
    let simple = |value: f64| json!({"value": value, "unit": "mg"});
    match chance.below(3) {
        0 => json!({"low": simple(4.0)}),
        1 => json!({"high": simple(6.0)}),
        _ => json!({"low": simple(4.9), "high": simple(5.45)}),
    }
}

fn value(chance: &mut Chance) -> (Option<&'static str>, Value) {
    match chance.below(5) {
        0 => (Some("valueQuantity"), quantity(chance)),
        1 => (Some("valueCodeableConcept"), concept(chance)),
        2 => (Some("valueString"), json!(chance.pick(&WORDS))),
        3 => (Some("valueDateTime"), json!(chance.pick(&DATES))),
        _ => (None, Value::Null),
    }
}

fn component(chance: &mut Chance) -> Value {
    let code = Some(concept(chance));
    let mut made = object(vec![("code", code)]);
    if let (Some(name), value) = value(chance) {
        made[name] = value;
    }
    made
}
