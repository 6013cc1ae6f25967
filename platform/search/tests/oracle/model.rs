//! What a search parameter finds in a resource, read off the JSON in the plainest way.

use serde_json::Value;

/// A value of a search parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    Token(Option<String>, Option<String>),
    Words(String),
    Str(String),
    Uri(String),
    Ref(String),
    RefIdentifier(Option<String>, Option<String>),
    Date(i64, i64),
    /// In billionths, so that decimals compare exactly.
    Num(i128, i128),
    Qty {
        system: Option<String>,
        code: Option<String>,
        unit: Option<String>,
        lo: i128,
        hi: i128,
    },
}

pub(crate) const LOWEST: i128 = i128::MIN / 2;
pub(crate) const HIGHEST: i128 = i128::MAX / 2;

/// The kind of a parameter of the table below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Of {
    Token,
    Str,
    Date,
    Num,
    Qty,
    /// With the types that it can lead to.
    Ref(&'static [&'static str]),
    Uri,
    Id,
    Updated,
}

/// A search parameter: type (none: every type), code, kind, where it is.
pub(crate) struct Param {
    pub(crate) type_: Option<&'static str>,
    pub(crate) code: &'static str,
    pub(crate) of: Of,
    pub(crate) paths: &'static [&'static str],
}

const fn p(
    type_: &'static str,
    code: &'static str,
    of: Of,
    paths: &'static [&'static str],
) -> Param {
    Param { type_: if type_.is_empty() { None } else { Some(type_) }, code, of, paths }
}

pub(crate) const PARAMS: &[Param] = &[
    p("", "_id", Of::Id, &["id"]),
    p("", "_lastUpdated", Of::Updated, &[]),
    p("", "_tag", Of::Token, &["meta.tag"]),
    p("", "_source", Of::Uri, &["meta.source"]),
    p("", "_profile", Of::Uri, &["meta.profile"]),
    p("Patient", "active", Of::Token, &["active"]),
    p("Patient", "gender", Of::Token, &["gender"]),
    p("Patient", "birthdate", Of::Date, &["birthDate"]),
    p("Patient", "death-date", Of::Date, &["deceasedDateTime"]),
    p("Patient", "deceased", Of::Token, &["deceasedBoolean", "deceasedDateTime"]),
    p("Patient", "family", Of::Str, &["name.family"]),
    p("Patient", "given", Of::Str, &["name.given"]),
    p("Patient", "name", Of::Str, &["name"]),
    p("Patient", "address", Of::Str, &["address"]),
    p("Patient", "address-city", Of::Str, &["address.city"]),
    p("Patient", "telecom", Of::Token, &["telecom"]),
    p("Patient", "phone", Of::Token, &["telecom"]),
    p("Patient", "identifier", Of::Token, &["identifier"]),
    p(
        "Patient",
        "general-practitioner",
        Of::Ref(&["Organization", "Practitioner", "PractitionerRole"]),
        &["generalPractitioner"],
    ),
    p("Observation", "status", Of::Token, &["status"]),
    p("Observation", "code", Of::Token, &["code"]),
    p("Observation", "category", Of::Token, &["category"]),
    p("Observation", "identifier", Of::Token, &["identifier"]),
    p("Observation", "subject", Of::Ref(&["Device", "Group", "Location", "Patient"]), &["subject"]),
    p("Observation", "patient", Of::Ref(&["Patient"]), &["subject"]),
    p("Observation", "encounter", Of::Ref(&["Encounter", "EpisodeOfCare"]), &["encounter"]),
    p("Observation", "date", Of::Date, &["effectiveDateTime", "effectivePeriod"]),
    p("Observation", "value-date", Of::Date, &["valueDateTime"]),
    p("Observation", "value-quantity", Of::Qty, &["valueQuantity"]),
    p("Observation", "value-concept", Of::Token, &["valueCodeableConcept"]),
    p("Observation", "component-code", Of::Token, &["component.code"]),
    p("Observation", "component-value-quantity", Of::Qty, &["component.valueQuantity"]),
    p("Observation", "combo-code", Of::Token, &["code", "component.code"]),
    p("Encounter", "status", Of::Token, &["status"]),
    p("Encounter", "class", Of::Token, &["class"]),
    p("Encounter", "type", Of::Token, &["type"]),
    p("Encounter", "date", Of::Date, &["period"]),
    p("Encounter", "length", Of::Qty, &["length"]),
    p("Encounter", "patient", Of::Ref(&["Patient"]), &["subject"]),
    p("Encounter", "part-of", Of::Ref(&["Encounter"]), &["partOf"]),
    p("Condition", "code", Of::Token, &["code"]),
    p("Condition", "subject", Of::Ref(&["Group", "Patient"]), &["subject"]),
    p("Condition", "patient", Of::Ref(&["Patient"]), &["subject"]),
    p("Condition", "encounter", Of::Ref(&["Encounter"]), &["encounter"]),
    p("Condition", "onset-date", Of::Date, &["onsetDateTime", "onsetPeriod"]),
    p("Condition", "onset-age", Of::Qty, &["onsetAge", "onsetRange"]),
    p("Condition", "recorded-date", Of::Date, &["recordedDate"]),
    p("List", "item", Of::Ref(&[]), &["entry.item"]),
    p("RiskAssessment", "subject", Of::Ref(&["Group", "Patient"]), &["subject"]),
    p("RiskAssessment", "date", Of::Date, &["occurrenceDateTime"]),
    p(
        "RiskAssessment",
        "probability",
        Of::Num,
        &["prediction.probabilityDecimal", "prediction.probabilityRange"],
    ),
];

/// A resource of the model.
#[derive(Debug, Clone)]
pub(crate) struct Res {
    pub(crate) json: Value,
    pub(crate) rid: u32,
    pub(crate) updated: i64,
}

impl Res {
    pub(crate) fn type_(&self) -> &str {
        self.json["resourceType"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &str {
        self.json["id"].as_str().unwrap_or_default()
    }

    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.type_(), self.id())
    }
}

/// The elements at the parameter's paths.
pub(crate) fn elements<'r>(res: &'r Res, param: &Param) -> Vec<&'r Value> {
    let mut found: Vec<&Value> = param.paths.iter().flat_map(|path| at(&res.json, path)).collect();
    if param.code == "phone" {
        found.retain(|element| element["system"] == "phone");
    }
    if param.code == "patient" {
        found.retain(|element| leads_to(element).as_deref() == Some("Patient"));
    }
    found
}

fn at<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(h, r)| (h, Some(r)));
    let member = match value.get(head) {
        None => return Vec::new(),
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
    };
    match rest {
        None => member,
        Some(rest) => member.into_iter().flat_map(|one| at(one, rest)).collect(),
    }
}

/// The type that a reference leads to, as far as it says.
fn leads_to(reference: &Value) -> Option<String> {
    if let Some(text) = reference["reference"].as_str().filter(|text| text.contains('/')) {
        let text = text.strip_prefix("http://else.where/").unwrap_or(text);
        let text = text.strip_prefix("https://tarn.example/r4/").unwrap_or(text);
        return text.split('/').next().map(str::to_owned);
    }
    reference["type"].as_str().map(str::to_owned)
}

/// The values of a parameter in a resource.
pub(crate) fn values(res: &Res, param: &Param) -> Vec<Val> {
    match param.of {
        Of::Id => return vec![Val::Token(None, Some(res.id().to_owned()))],
        Of::Updated => {
            let shown = res.updated.div_euclid(1_000) * 1_000;
            return vec![Val::Date(shown, shown)];
        }
        _ => {}
    }
    let found = elements(res, param);
    if param.code == "deceased" {
        let is = found.iter().any(|element| **element != Value::Bool(false));
        return vec![Val::Token(None, Some(is.to_string()))];
    }
    found.into_iter().flat_map(|element| of_element(element, param)).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn of_element(element: &Value, param: &Param) -> Vec<Val> {
    match param.of {
        Of::Token => token(element, param),
        Of::Str => strings(element).into_iter().map(Val::Str).collect(),
        Of::Date => vec![date(element)],
        Of::Num if element.is_object() => match quantity(element) {
            Val::Qty { lo, hi, .. } => vec![Val::Num(lo, hi)],
            _ => Vec::new(),
        },
        Of::Num => {
            let number = billionths(&element.to_string());
            vec![Val::Num(number, number)]
        }
        Of::Qty => vec![quantity(element)],
        Of::Ref(_) => reference(element),
        Of::Uri => {
            let uri = element.as_str().unwrap_or_default();
            let plain = uri.split('|').next().unwrap_or(uri);
            vec![Val::Uri(uri.to_owned()), Val::Uri(plain.to_owned())]
        }
        Of::Id | Of::Updated => Vec::new(),
    }
}

fn token(element: &Value, param: &Param) -> Vec<Val> {
    if let Some(bool) = element.as_bool() {
        return vec![Val::Token(None, Some(bool.to_string()))];
    }
    if let Some(code) = text(element) {
        let system = match (param.code, param.type_) {
            ("gender", _) => Some("http://hl7.org/fhir/administrative-gender"),
            ("status", Some("Observation")) => Some("http://hl7.org/fhir/observation-status"),
            ("status", Some("Encounter")) => Some("http://hl7.org/fhir/encounter-status"),
            _ => None,
        };
        return vec![Val::Token(system.map(str::to_owned), Some(code))];
    }
    if matches!(param.code, "telecom" | "phone") {
        return vec![Val::Token(None, text(&element["value"]))];
    }
    if param.code == "identifier" {
        return vec![Val::Token(text(&element["system"]), text(&element["value"]))];
    }
    let mut found = Vec::new();
    let codings: Vec<&Value> = match element.get("coding") {
        Some(codings) => codings.as_array().expect("codings").iter().collect(),
        None if element.get("code").is_some() => vec![element],
        None => Vec::new(),
    };
    for coding in codings {
        found.push(Val::Token(text(&coding["system"]), text(&coding["code"])));
        found.extend(text(&coding["display"]).map(Val::Words));
    }
    found.extend(text(&element["text"]).map(Val::Words));
    found
}

/// Every string that a name or an address has, or the string itself.
fn strings(element: &Value) -> Vec<String> {
    if let Some(text) = text(element) {
        return vec![text];
    }
    let parts = ["family", "given", "text", "line", "city", "country"];
    parts.into_iter().flat_map(|part| at(element, part)).filter_map(text).collect()
}

fn reference(element: &Value) -> Vec<Val> {
    let mut found = Vec::new();
    if let Some(text) = element["reference"].as_str() {
        let plain = text.split("/_history/").next().unwrap_or(text);
        found.push(Val::Ref(plain.to_owned()));
    }
    if let Some(identifier) = element.get("identifier") {
        let (system, value) = (text(&identifier["system"]), text(&identifier["value"]));
        found.push(Val::RefIdentifier(system, value));
    }
    found
}

fn quantity(element: &Value) -> Val {
    let end = |name: &str| element[name].get("value").map(|v| billionths(&v.to_string()));
    let (lo, hi, of) = match element.get("value") {
        Some(value) => {
            let value = billionths(&value.to_string());
            (value, value, element)
        }
        None => {
            let of = if element.get("low").is_some() { &element["low"] } else { &element["high"] };
            (end("low").unwrap_or(LOWEST), end("high").unwrap_or(HIGHEST), of)
        }
    };
    Val::Qty {
        system: text(&of["system"]),
        code: text(&of["code"]),
        unit: text(&of["unit"]),
        lo,
        hi,
    }
}

/// A plain decimal in billionths.
pub(crate) fn billionths(text: &str) -> i128 {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<9}");
    let number: i128 = digits.parse().expect("digits");
    if negative { -number } else { number }
}

fn date(element: &Value) -> Val {
    if let Some(text) = element.as_str() {
        let (lo, hi) = span(text);
        return Val::Date(lo, hi);
    }
    let lo = element["start"].as_str().map_or(i64::MIN, |start| span(start).0);
    let hi = element["end"].as_str().map_or(i64::MAX, |end| span(end).1);
    Val::Date(lo, hi)
}

/// First and last microsecond of a date of the generator.
pub(crate) fn span(text: &str) -> (i64, i64) {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().expect("digits");
    let day = 86_400_000_000;
    let start = |y: i64, m: i64| days(y, m) * day;
    let next = |y: i64, m: i64| if m == 12 { start(y + 1, 1) } else { start(y, m + 1) };
    match text.len() {
        4 => (start(number(0, 4), 1), start(number(0, 4) + 1, 1) - 1),
        7 => (start(number(0, 4), number(5, 7)), next(number(0, 4), number(5, 7)) - 1),
        10 => {
            let lo = start(number(0, 4), number(5, 7)) + (number(8, 10) - 1) * day;
            (lo, lo + day - 1)
        }
        _ => {
            let (midnight, _) = span(&text[..10]);
            let seconds = number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19);
            let mut lo = midnight + seconds * 1_000_000;
            let mut rest = &text[19..];
            let mut width = 1_000_000;
            if let Some(fraction) = rest.strip_prefix('.') {
                let digits = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
                width = 10i64.pow(6 - digits as u32);
                lo += fraction[..digits].parse::<i64>().expect("digits") * width;
                rest = &fraction[digits..];
            }
            if rest != "Z" {
                let sign = if rest.starts_with('-') { 1 } else { -1 };
                let hours: i64 = rest[1..3].parse().expect("hours");
                lo += sign * hours * 3_600_000_000;
            }
            (lo, lo + width - 1)
        }
    }
}

/// Days from 1970 to the first of a month, counted year by year.
fn days(year: i64, month: i64) -> i64 {
    let leap = |y: i64| i64::from(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    let before = |y: i64| (1..y).map(|y| 365 + leap(y)).sum::<i64>();
    let lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    before(year) - before(1970) + lengths[..month as usize - 1].iter().sum::<i64>()
}
