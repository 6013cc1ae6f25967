//! The resources that all patients of a population share.

use super::us_core;
use crate::care::places::STATE;
use crate::care::{CareSystem, Payer, Practitioner, Site};
use crate::codes::{Drug, hl7};
use crate::json::Json;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes them all.
pub(crate) fn write(care: &CareSystem, sink: &mut Sink) {
    for site in care.sites.iter().flat_map(|(clinic, hospital)| [clinic, hospital]) {
        organization(site, sink);
        location(site, sink);
        for person in &site.staff {
            practitioner(person, site, sink);
            role(person, site, sink);
        }
    }
    for payer in &care.payers {
        insurer(payer, sink);
    }
    for (drug, id) in care.formulary() {
        medication(drug, id, sink);
    }
}

fn phone(json: &mut Json<'_>, number: &str) {
    json.element();
    json.text("system", "phone");
    json.text("value", number);
    json.text("use", "work");
    json.end();
}

fn address(json: &mut Json<'_>, site: &Site) {
    json.text("use", "work");
    json.array("line");
    json.item(&site.street);
    json.end_array();
    json.text("city", site.town.name);
    json.text("state", STATE);
    json.text("postalCode", site.town.zip);
    json.text("country", "US");
}

fn organization(site: &Site, sink: &mut Sink) {
    let profile = us_core!("us-core-organization");
    let mut json = sink.open_as(ResourceKind::Organization, site.organization, profile);
    json.bool("active", true);
    json.concepts("type", &[&hl7!("organization-type", "prov", "Healthcare Provider")]);
    json.text("name", site.name);
    json.array("telecom");
    phone(&mut json, &site.phone);
    json.end_array();
    json.array("address");
    json.element();
    address(&mut json, site);
    json.end();
    json.end_array();
    json.finish();
}

fn insurer(payer: &Payer, sink: &mut Sink) {
    let profile = us_core!("us-core-organization");
    let mut json = sink.open_as(ResourceKind::Organization, payer.id, profile);
    json.bool("active", true);
    json.concepts("type", &[&hl7!("organization-type", "pay", "Payer")]);
    json.text("name", payer.name);
    json.finish();
}

fn location(site: &Site, sink: &mut Sink) {
    let mut json =
        sink.open_as(ResourceKind::Location, site.location, us_core!("us-core-location"));
    json.text("status", "active");
    json.text("name", site.name);
    json.text("mode", "instance");
    let kind = if site.is_hospital {
        hl7!("v3-RoleCode", "HOSP", "Hospital")
    } else {
        hl7!("v3-RoleCode", "PC", "Primary care clinic")
    };
    json.concepts("type", &[&kind]);
    json.array("telecom");
    phone(&mut json, &site.phone);
    json.end_array();
    json.object("address");
    address(&mut json, site);
    json.end();
    json.object("position");
    json.raw("longitude", site.town.longitude);
    json.raw("latitude", site.town.latitude);
    json.end();
    json.reference_named(
        "managingOrganization",
        ResourceKind::Organization,
        site.organization,
        site.name,
    );
    json.finish();
}

fn practitioner(person: &Practitioner, site: &Site, sink: &mut Sink) {
    let profile = us_core!("us-core-practitioner");
    let mut json = sink.open_as(ResourceKind::Practitioner, person.id, profile);
    json.array("identifier");
    json.element();
    json.text("system", "http://hl7.org/fhir/sid/us-npi");
    json.text("value", &person.npi);
    json.end();
    json.end_array();
    json.bool("active", true);
    json.array("name");
    json.element();
    json.text("use", "official");
    json.text("family", person.family);
    json.array("given");
    json.item(person.given);
    json.end_array();
    json.array("prefix");
    json.item("Dr.");
    json.end_array();
    json.end();
    json.end_array();
    json.array("address");
    json.element();
    address(&mut json, site);
    json.end();
    json.end_array();
    json.text("gender", if person.female { "female" } else { "male" });
    json.finish();
}

fn role(person: &Practitioner, site: &Site, sink: &mut Sink) {
    let profile = us_core!("us-core-practitionerrole");
    let mut json = sink.open_as(ResourceKind::PractitionerRole, person.role, profile);
    json.bool("active", true);
    json.reference_named("practitioner", ResourceKind::Practitioner, person.id, &person.name);
    let organization = site.organization;
    json.reference_named("organization", ResourceKind::Organization, organization, site.name);
    json.concepts("code", &[&hl7!("practitioner-role", "doctor", "Doctor")]);
    json.concepts("specialty", &[&person.specialty.code()]);
    json.references("location", ResourceKind::Location, site.location);
    json.array("telecom");
    phone(&mut json, &site.phone);
    json.end_array();
    json.finish();
}

fn medication(drug: &Drug, id: Id, sink: &mut Sink) {
    let mut json = sink.open_as(ResourceKind::Medication, id, us_core!("us-core-medication"));
    json.concept("code", &drug.code);
    json.text("status", "active");
    json.finish();
}
