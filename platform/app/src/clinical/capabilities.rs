//! The CapabilityStatement: made from what is really there, once per process.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use tarn_access::Action;
use tarn_domain::{Problem, StoreId, Timestamp};
use tarn_fhir::definitions::{ParamKind, SearchParameter, TypeId, definitions};
use tarn_search::extract;
use tarn_search::own::Standing;

use super::asking::Asking;
use super::operations;
use super::search_parameters;
use super::text::{Array, Object, object};
use crate::{Act, Platform};

/// The interactions that every type has (<https://hl7.org/fhir/R4/http.html>).
const OF_TYPES: [&str; 9] = [
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
];
/// The interactions of the whole store.
const OF_SYSTEM: [&str; 4] = ["transaction", "batch", "history-system", "search-system"];
const GRAPHQL: &str = "http://hl7.org/fhir/OperationDefinition/Resource-graphql";
/// The guide that topic-based subscriptions follow.
const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport";
/// Stands for the store's base URL in the text that is kept.
const BASE: &str = "{base}";
/// Stands for where the store's notifications can be listened to.
const SOCKET: &str = "{socket}";

/// A store's CapabilityStatement as JSON, as everybody may have it.
pub fn statement(platform: &Platform, store: StoreId) -> Vec<u8> {
    static KEPT: OnceLock<String> = OnceLock::new();
    let kept = KEPT.get_or_init(|| make(platform.clock().now(), &documentation(platform), &[]));
    at(kept, platform, store)
}

/// The same with the search parameters of the store's own that can be used, for whoever may
/// search it.
///
/// # Errors
/// Whatever keeps the caller from searching the store.
pub async fn own_statement(asking: Asking<'_>) -> Result<Vec<u8>, Problem> {
    let act = Act::new(Action::FhirSearch, "ReadCapabilities");
    asking
        .act(act, async |_, store| {
            let mut own = search_parameters::standings(&store.snapshot());
            own.retain(|standing| standing.progress.is_whole());
            let platform = asking.platform;
            if own.is_empty() {
                return Ok(statement(platform, asking.store));
            }
            let text = make(platform.clock().now(), &documentation(platform), &own);
            Ok(at(&text, platform, asking.store))
        })
        .await
}

fn at(text: &str, platform: &Platform, store: StoreId) -> Vec<u8> {
    let base = platform.store_endpoint(store);
    let text = text.replacen(BASE, base.trim_end_matches('/'), 1);
    text.replacen(SOCKET, &platform.socket_url(store), 1).into_bytes()
}

fn documentation(platform: &Platform) -> String {
    let limits = &platform.settings().fhir;
    format!(
        "A resource may have {} bytes at most; a batch or transaction {} entries and {} bytes. \
         A page has {} matches unless `_count` says otherwise, {} at most.",
        limits.resource_bytes,
        limits.bundle_entries,
        limits.bundle_bytes,
        limits.default_count,
        limits.max_count,
    )
}

fn make(now: Timestamp, documentation: &str, own: &[Standing]) -> String {
    let mut out = Vec::with_capacity(512 * 1024);
    object(&mut out, |o| {
        o.plain("resourceType", "CapabilityStatement");
        o.plain("status", "active");
        o.plain("date", now);
        o.plain("publisher", "Tarn");
        o.plain("kind", "instance");
        o.object("software", |software| {
            software.plain("name", "Tarn");
            software.plain("version", env!("CARGO_PKG_VERSION"));
        });
        o.object("implementation", |implementation| {
            implementation.plain("description", "A FHIR R4 data store of Tarn");
            implementation.plain("url", BASE);
        });
        o.plain("fhirVersion", "4.0.1");
        texts(o, "format", &["application/fhir+json", "json", "application/fhir+xml", "xml"]);
        let patches =
            ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"];
        texts(o, "patchFormat", &patches);
        o.array("rest", |rest| rest.object(|server| write_server(server, documentation, own)));
    });
    String::from_utf8(out).unwrap_or_default()
}

fn write_server(server: &mut Object<'_>, documentation: &str, own: &[Standing]) {
    server.array("extension", |list| {
        list.object(|o| {
            o.plain("url", "http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket");
            o.plain("valueUri", SOCKET);
        });
    });
    server.plain("mode", "server");
    server.text("documentation", documentation);
    server.object("security", |security| {
        security.value("cors", false);
        security.plain("description", "An API key as bearer token, on everything but this.");
    });
    let including = included_by();
    server.array("resource", |list| {
        for type_ in TypeId::all() {
            list.object(|resource| write_type(resource, type_, &including, own));
        }
    });
    server.array("interaction", |list| interactions(list, &OF_SYSTEM));
    server.array("searchParam", |list| {
        definitions().common_parameters().iter().filter(|p| is_searched(p)).for_each(|parameter| {
            list.object(|o| write_parameter(o, parameter));
        });
        list.object(|o| {
            o.plain("name", "_list");
            o.plain("type", "special");
        });
    });
    server.array("operation", |list| {
        operation(list, "graphql", GRAPHQL);
        operations::of_system().for_each(|offered| {
            operation(list, offered.name, offered.definition);
        });
        bulk_operation(list, "export", "export");
        own_operation(list, "bulk-delete");
        own_operation(list, "import");
    });
    let compartments = definitions().compartments();
    let compartments: Vec<_> = compartments
        .iter()
        .map(|type_| {
            format!("http://hl7.org/fhir/CompartmentDefinition/{}", type_.name().to_lowercase())
        })
        .collect();
    server.array("compartment", |list| compartments.iter().for_each(|url| list.text(url)));
}

fn write_type(
    resource: &mut Object<'_>,
    type_: TypeId,
    including: &BTreeMap<TypeId, Vec<String>>,
    own: &[Standing],
) {
    resource.plain("type", type_);
    resource.plain("profile", format_args!("http://hl7.org/fhir/StructureDefinition/{type_}"));
    if type_.name() == "Subscription" {
        let profile = format!("{BACKPORT}/StructureDefinition/backport-subscription");
        texts(resource, "supportedProfile", &[&profile]);
    }
    resource.array("interaction", |list| interactions(list, &OF_TYPES));
    resource.plain("versioning", "versioned");
    for flag in ["readHistory", "updateCreate", "conditionalCreate"] {
        resource.value(flag, true);
    }
    resource.plain("conditionalRead", "full-support");
    resource.value("conditionalUpdate", true);
    resource.plain("conditionalDelete", "single");
    texts(resource, "referencePolicy", &["literal", "logical", "local"]);
    let left_out = extract::left_out(type_);
    let searched = definitions().parameters(type_).iter().copied().filter(|parameter| {
        let is_left_out = left_out.iter().any(|left| left.field == parameter.field);
        is_searched(parameter) && (!is_left_out || is_special(parameter))
    });
    let searched: Vec<&SearchParameter> = searched.collect();
    let references = searched.iter().filter(|p| p.kind == ParamKind::Reference);
    let includes: Vec<_> = references.map(|p| format!("{type_}:{}", p.code)).collect();
    if !includes.is_empty() {
        resource.array("searchInclude", |list| includes.iter().for_each(|text| list.text(text)));
    }
    if let Some(reverse) = including.get(&type_) {
        resource.array("searchRevInclude", |list| reverse.iter().for_each(|text| list.text(text)));
    }
    resource.array("searchParam", |list| {
        for parameter in &searched {
            list.object(|o| write_parameter(o, parameter));
        }
        let defined = own.iter().map(|standing| &standing.defined);
        for defined in defined.filter(|defined| defined.bases.iter().any(|b| b == type_.name())) {
            list.object(|o| {
                o.text("name", &defined.code);
                o.text("definition", &defined.url);
                o.text("type", &defined.kind);
            });
        }
    });
    resource.array("operation", |list| {
        operation(list, "validate", "http://hl7.org/fhir/OperationDefinition/Resource-validate");
        operation(list, "graphql", GRAPHQL);
        operations::of_type(type_).for_each(|offered| {
            operation(list, offered.name, offered.definition);
        });
        match type_.name() {
            "Patient" => {
                bulk_operation(list, "export", "patient-export");
                operation(list, "purge", "http://hl7.org/fhir/OperationDefinition/Patient-purge");
            }
            "Group" => bulk_operation(list, "export", "group-export"),
            _ => {}
        }
        own_operation(list, "erase");
        own_operation(list, "bulk-delete");
        if type_.name() == "Subscription" {
            for name in ["status", "events", "get-ws-binding-token"] {
                list.object(|o| {
                    o.plain("name", name);
                    o.plain(
                        "definition",
                        format_args!("{BACKPORT}/OperationDefinition/backport-subscription-{name}"),
                    );
                });
            }
        }
    });
}

/// What R4 gives no expression is searched where it has a meaning of its own.
fn is_searched(parameter: &SearchParameter) -> bool {
    !parameter.expression.is_empty() || is_special(parameter) || parameter.code == "_filter"
}

/// What the store knows without an index entry, and what has words for entries.
fn is_special(parameter: &SearchParameter) -> bool {
    matches!(parameter.code, "_id" | "_lastUpdated" | "_text" | "_content")
}

fn write_parameter(o: &mut Object<'_>, parameter: &SearchParameter) {
    o.plain("name", parameter.code);
    o.plain("definition", parameter.url);
    o.plain("type", parameter.kind.as_str());
}

/// Which references name each type as a target: what `_revinclude` can follow.
fn included_by() -> BTreeMap<TypeId, Vec<String>> {
    let mut by_target: BTreeMap<TypeId, Vec<String>> = BTreeMap::new();
    for source in TypeId::all() {
        for parameter in definitions().parameters(source) {
            for target in &parameter.targets {
                by_target.entry(*target).or_default().push(format!("{source}:{}", parameter.code));
            }
        }
    }
    by_target
}

fn interactions(list: &mut Array<'_>, codes: &[&str]) {
    for code in codes {
        list.object(|o| o.plain("code", code));
    }
}

fn operation(list: &mut Array<'_>, name: &str, definition: &str) {
    list.object(|o| {
        o.plain("name", name);
        o.plain("definition", definition);
    });
}

/// An operation that FHIR does not define.
fn own_operation(list: &mut Array<'_>, name: &str) {
    operation(list, name, &format!("urn:tarn:OperationDefinition:{name}"));
}

/// An operation of FHIR Bulk Data Access.
fn bulk_operation(list: &mut Array<'_>, name: &str, definition: &str) {
    let base = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition";
    operation(list, name, &format!("{base}/{definition}"));
}

fn texts(o: &mut Object<'_>, name: &'static str, all: &[&str]) {
    o.array(name, |list| all.iter().for_each(|text| list.text(text)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statement_is_whole_and_says_what_there_is() {
        let text = make(Timestamp::from_micros(0), "words", &[]);
        let statement: serde_json::Value = serde_json::from_str(&text).unwrap();
        let resources = statement["rest"][0]["resource"].as_array().unwrap();
        assert_eq!(resources.len(), TypeId::COUNT);
        let patient = resources.iter().find(|resource| resource["type"] == "Patient").unwrap();
        let names: Vec<_> = patient["searchParam"].as_array().unwrap().iter().collect();
        let has = |name: &str| names.iter().any(|parameter| parameter["name"] == name);
        assert!(has("birthdate") && has("_id") && has("_lastUpdated") && has("_content"));
        let codes: Vec<_> = patient["interaction"].as_array().unwrap().iter().collect();
        assert!(codes.iter().any(|code| code["code"] == "search-type"));
        assert_eq!(statement["implementation"]["url"], BASE);
        assert!(text.len() < 2_000_000, "{} bytes", text.len());
    }

    #[test]
    fn the_statement_is_a_good_resource() {
        let text = make(Timestamp::from_micros(0), "words", &[]);
        let document = tarn_fhir::json::Document::parse(text.as_bytes()).unwrap();
        let checked = tarn_fhir::check::check(&document);
        assert_eq!(checked.map(|type_| type_.name()), Ok("CapabilityStatement"));
    }
}
