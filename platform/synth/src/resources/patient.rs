//! Patient and Coverage.

use super::us_core;
use crate::calendar::{Day, Moment};
use crate::care::Payer;
use crate::care::places::{STATE, TOWNS};
use crate::codes::{Code, code, hl7};
use crate::json::Json;
use crate::person::{Heritage, Marital, Person};
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes the patient.
pub(crate) fn write(
    person: &Person,
    deceased: Option<Moment>,
    (organization, practitioner): (Id, Id),
    sink: &mut Sink,
) {
    let mut json = sink.open_as(ResourceKind::Patient, person.id, us_core!("us-core-patient"));
    extensions(person, &mut json);
    identifiers(person, &mut json);
    json.bool("active", deceased.is_none());
    names(person, &mut json);
    telecoms(person, &mut json);
    json.text("gender", if person.female { "female" } else { "male" });
    json.day("birthDate", person.birth);
    if let Some(at) = deceased {
        json.moment("deceasedDateTime", at);
    }
    home(person, &mut json);
    json.concept("maritalStatus", &marital(person.marital));
    json.bool("multipleBirthBoolean", false);
    json.array("communication");
    json.element();
    json.concept("language", &language(person));
    json.bool("preferred", true);
    json.end();
    json.end_array();
    json.references("generalPractitioner", ResourceKind::Practitioner, practitioner);
    json.reference("managingOrganization", ResourceKind::Organization, organization);
    json.finish();
}

fn extensions(person: &Person, json: &mut Json<'_>) {
    json.array("extension");
    for (url, category) in [
        (us_core!("us-core-race"), person.heritage.race()),
        (us_core!("us-core-ethnicity"), person.heritage.ethnicity()),
    ] {
        json.element();
        json.array("extension");
        json.element();
        json.text("url", "ombCategory");
        json.coding("valueCoding", &category);
        json.end();
        json.element();
        json.text("url", "text");
        json.text("valueString", category.display);
        json.end();
        json.end_array();
        json.text("url", url);
        json.end();
    }
    json.element();
    json.text("url", us_core!("us-core-birthsex"));
    json.text("valueCode", if person.female { "F" } else { "M" });
    json.end();
    json.end_array();
}

fn identifiers(person: &Person, json: &mut Json<'_>) {
    let record = hl7!("v2-0203", "MR", "Medical record number");
    let social = hl7!("v2-0203", "SS", "Social Security number");
    json.array("identifier");
    for (usage, kind, system, value) in [
        ("usual", &record, "urn:oid:2.16.840.1.113883.19.5", &person.mrn),
        ("official", &social, "http://hl7.org/fhir/sid/us-ssn", &person.ssn),
    ] {
        json.element();
        json.text("use", usage);
        json.concept("type", kind);
        json.text("system", system);
        json.text("value", value);
        json.end();
    }
    json.end_array();
}

fn names(person: &Person, json: &mut Json<'_>) {
    json.array("name");
    name(person, "official", person.family, json);
    if let Some(maiden) = person.maiden {
        name(person, "maiden", maiden, json);
    }
    json.end_array();
}

fn name(person: &Person, usage: &str, family: &str, json: &mut Json<'_>) {
    json.element();
    json.text("use", usage);
    json.text("family", family);
    json.array("given");
    json.item(person.given);
    if person.middle != person.given {
        json.item(person.middle);
    }
    json.end_array();
    json.end();
}

fn telecoms(person: &Person, json: &mut Json<'_>) {
    json.array("telecom");
    for (system, usage, value) in
        [("phone", "home", &person.phone), ("phone", "mobile", &person.mobile)]
    {
        json.element();
        json.text("system", system);
        json.text("value", value);
        json.text("use", usage);
        json.end();
    }
    json.end_array();
}

fn home(person: &Person, json: &mut Json<'_>) {
    let town = &TOWNS[person.town];
    json.array("address");
    json.element();
    json.text("use", "home");
    json.array("line");
    json.item(&person.street);
    json.end_array();
    json.text("city", town.name);
    json.text("state", STATE);
    json.text("postalCode", town.zip);
    json.text("country", "US");
    json.end();
    json.end_array();
}

fn marital(status: Marital) -> Code {
    match status {
        Marital::Never => hl7!("v3-MaritalStatus", "S", "Never Married"),
        Marital::Married => hl7!("v3-MaritalStatus", "M", "Married"),
        Marital::Divorced => hl7!("v3-MaritalStatus", "D", "Divorced"),
        Marital::Widowed => hl7!("v3-MaritalStatus", "W", "Widowed"),
    }
}

fn language(person: &Person) -> Code {
    const BCP_47: &str = "urn:ietf:bcp:47";
    // Four in ten Hispanic patients prefer Spanish; the record number decides who.
    if person.heritage == Heritage::Hispanic && person.mrn.ends_with(['1', '4', '7', '9']) {
        code(BCP_47, "es", "Spanish")
    } else {
        code(BCP_47, "en-US", "English (United States)")
    }
}

/// Writes one period of insurance.
pub(crate) fn coverage(
    person: &Person,
    id: Id,
    payer: &Payer,
    (from, to): (Day, Option<Day>),
    ended: bool,
    sink: &mut Sink,
) {
    let mut json = sink.open_as(ResourceKind::Coverage, id, us_core!("us-core-coverage"));
    json.array("identifier");
    json.element();
    json.concept("type", &hl7!("v2-0203", "MB", "Member Number"));
    json.text("system", "urn:oid:2.16.840.1.113883.19.6");
    json.plain("value", |out| {
        out.extend_from_slice(format!("M{:09}", id.bits() % 1_000_000_000).as_bytes());
    });
    json.end();
    json.end_array();
    json.text("status", if ended { "cancelled" } else { "active" });
    json.reference("beneficiary", ResourceKind::Patient, person.id);
    json.concept("relationship", &hl7!("subscriber-relationship", "self", "Self"));
    json.object("period");
    json.day("start", from);
    if let Some(to) = to {
        json.day("end", to);
    }
    json.end();
    json.array("payor");
    json.reference_item(ResourceKind::Organization, payer.id);
    json.end_array();
    json.finish();
}
