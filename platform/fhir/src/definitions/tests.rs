//! What the committed asset says.

use super::*;

fn named(name: &str) -> TypeId {
    TypeId::parse(name).unwrap()
}

fn child(path: &str) -> &'static Child {
    let (type_, rest) = path.split_once('.').unwrap();
    let mut at = definitions().root(named(type_));
    let mut found = None;
    for key in rest.split('.') {
        let child = definitions().child(at, key).unwrap_or_else(|| panic!("no {key} in {path}"));
        at = child.element;
        found = Some(child);
    }
    found.unwrap()
}

#[test]
fn the_asset_decodes_quickly_and_is_whole() {
    let packed = include_bytes!("../../assets/r4.bin.zst");
    let began = std::time::Instant::now();
    let decoded = Definitions::decode(packed).unwrap();
    eprintln!("decoded in {:?} (not optimised)", began.elapsed());
    assert_eq!(decoded.roots.len(), 146);
    assert_eq!(decoded.data_types.iter().flatten().count(), 41);
    assert_eq!(decoded.fields.len(), 1716);
    assert_eq!(decoded.code_sets.len(), 224);
    assert!(packed.len() < 1_500_000);
}

#[test]
fn a_damaged_asset_is_refused() {
    let packed = include_bytes!("../../assets/r4.bin.zst");
    let whole = zstd::bulk::decompress(packed, 16 << 20).unwrap();
    assert!(Definitions::decode(&packed[..packed.len() / 2]).is_err());
    for cut in [0, 7, 8, 9, whole.len() / 2, whole.len() - 1] {
        let packed = zstd::bulk::compress(&whole[..cut], 1).unwrap();
        assert!(matches!(Definitions::decode(&packed), Err(AssetError::Damaged(_))));
    }
}

#[test]
fn every_resource_has_id_and_meta() {
    for type_ in TypeId::all() {
        let root = definitions().root(type_);
        assert_eq!(definitions().shape(root).path, type_.name());
        assert_eq!(definitions().child(root, "id").unwrap().data_type, DataType::Id);
        assert_eq!(definitions().child(root, "meta").unwrap().data_type, DataType::Meta);
        assert!(definitions().child(root, "resourceType").is_none());
    }
}

#[test]
fn every_name_finds_its_child_and_no_other() {
    for shape in &definitions().shapes {
        for child in &shape.children {
            assert!(std::ptr::eq(shape.child(child.name).unwrap(), child), "{}", shape.path);
        }
        assert!(shape.child("").is_none() && shape.child("nonsense").is_none());
    }
}

#[test]
fn elements_are_typed_as_r4_says() {
    let name = child("Patient.name");
    assert!(name.is_array && name.data_type == DataType::HumanName && name.max.is_none());
    assert_eq!(child("Patient.name.given").data_type, DataType::String);
    assert!(child("Patient.name.given").is_array);
    assert_eq!(child("Patient.contact.name.period.start").data_type, DataType::DateTime);
    assert_eq!(child("Patient.id").data_type, DataType::Id);
    assert_eq!(child("Patient.name.id").data_type, DataType::String);
    assert_eq!(child("Patient.extension.url").data_type, DataType::Uri);
    assert_eq!(child("Patient.text.div").data_type, DataType::Xhtml);
    assert_eq!(child("Patient.contained").element, ElementId::RESOURCE);
    assert_eq!(child("Bundle.entry.resource").data_type, DataType::Resource);
    assert_eq!(
        child(
            "Timing.repeat".replace("Timing", "CarePlan.activity.detail.scheduledTiming").as_str()
        )
        .data_type,
        DataType::Element
    );
    let range = child("Observation.component.referenceRange.low");
    assert_eq!((range.data_type, range.is_array), (DataType::Quantity, false));
    assert_eq!(child("Questionnaire.item.item.item.linkId").min, 1);
    assert_eq!(child("Observation.status").min, 1);
    assert!(child("Observation.status").is_modifier && child("Observation.status").is_summary);
}

#[test]
fn choices_have_one_key_for_each_type() {
    let root = definitions().root(named("Observation"));
    let value: Vec<_> = definitions().named(root, "value").map(|child| child.name).collect();
    assert_eq!(value.len(), 11);
    assert!(value.contains(&"valueQuantity") && value.contains(&"valueDateTime"));
    assert!(definitions().child(root, "value").is_none());
    assert_eq!(child("Observation.valueQuantity").path_name, "value");
    let extension = definitions().data_type(DataType::Extension);
    assert_eq!(definitions().named(extension, "value").count(), 50);
}

#[test]
fn required_bindings_bring_their_codes() {
    let gender = child("Patient.gender").codes.unwrap();
    assert_eq!(gender.codes().len(), 4);
    assert_eq!(gender.system_of("female"), Some("http://hl7.org/fhir/administrative-gender"));
    assert!(child("Condition.clinicalStatus").codes.unwrap().has_code("active"));
    let event = child("MedicationRequest.dosageInstruction.timing.repeat.when").codes.unwrap();
    assert!(event.has_code("MORN") && event.has_code("ACM"));
    assert!(child("Claim.total.currency").codes.unwrap().has_code("EUR"));
    assert!(
        !child("Attachment.contentType".replace("Attachment", "Patient.photo").as_str())
            .codes
            .unwrap()
            .is_complete
    );
    assert!(child("Patient.language").codes.is_none());
    for set in definitions().code_sets() {
        assert_eq!(set.is_complete, !set.codes().is_empty(), "{}", set.url);
    }
}

#[test]
fn references_know_their_targets() {
    let targets = &child("Observation.subject").targets;
    assert_eq!(*targets, ["Device", "Group", "Location", "Patient"].map(named));
    assert!(child("Provenance.target").targets.is_empty());
}

#[test]
fn invariants_are_where_r4_puts_them() {
    let shape = definitions().shape(definitions().root(named("Observation")));
    assert!(shape.invariants.iter().any(|rule| rule.key == "obs-7" && rule.is_error));
    assert!(child("Observation.component").invariants.is_empty());
    let contact = definitions().shape(child("Patient.contact").element);
    assert!(contact.invariants.iter().any(|rule| rule.key == "pat-1"));
}

#[test]
fn every_parameter_is_found_by_type_and_code_and_by_number() {
    for (at, parameter) in definitions().fields().iter().enumerate() {
        assert_eq!(usize::from(parameter.field.0), at);
        assert!(std::ptr::eq(definitions().field(parameter.field).unwrap(), *parameter));
        let types: Vec<TypeId> = match parameter.base {
            Base::Any => TypeId::all().collect(),
            Base::Type(type_) => vec![type_],
        };
        for type_ in types {
            let found = definitions().parameter(type_, parameter.code).unwrap();
            assert!(std::ptr::eq(found, *parameter));
        }
    }
    assert!(definitions().field(FieldId(1716)).is_none());
    assert!(definitions().parameter(named("Patient"), "nonsense").is_none());
}

#[test]
fn every_official_expression_is_covered() {
    // 1,400 in the package; 1,384 with an expression, of which three are examples.
    let mut urls: Vec<_> = definitions().fields().iter().map(|p| (p.url, p.code)).collect();
    urls.sort_unstable();
    urls.dedup();
    assert_eq!(urls.len(), 1_381 + 4);
    for parameter in definitions().fields() {
        let special = ["_content", "_filter", "_query", "_text"].contains(&parameter.code);
        assert_eq!(parameter.expression.is_empty(), special, "{}", parameter.url);
    }
}

#[test]
fn shared_parameters_are_split_by_type() {
    let code = definitions().parameter(named("AllergyIntolerance"), "code").unwrap();
    let expected = "AllergyIntolerance.code | AllergyIntolerance.reaction.substance";
    assert_eq!(code.expression, expected);
    let patient = definitions().parameter(named("Observation"), "patient").unwrap();
    assert_eq!(patient.expression, "Observation.subject.where(resolve() is Patient)");
    let name = definitions().parameter(named("InsurancePlan"), "name").unwrap();
    assert_eq!(name.expression, "InsurancePlan.name | InsurancePlan.alias");
    let id = definitions().parameter(named("Patient"), "_id").unwrap();
    assert_eq!((id.base, id.expression, id.kind), (Base::Any, "Resource.id", ParamKind::Token));
}

#[test]
fn every_type_has_the_common_parameters() {
    let codes: Vec<_> = definitions().common_parameters().iter().map(|p| p.code).collect();
    let expected = [
        "_content",
        "_filter",
        "_id",
        "_lastUpdated",
        "_profile",
        "_query",
        "_security",
        "_source",
        "_tag",
        "_text",
    ];
    assert_eq!(codes, expected);
    assert!(definitions().parameters(named("Binary")).len() >= expected.len());
}

#[test]
fn composites_name_their_parts() {
    let composite = definitions().parameter(named("Observation"), "code-value-quantity").unwrap();
    assert_eq!(composite.kind, ParamKind::Composite);
    let parts = composite.components.iter();
    let parts: Vec<_> = parts
        .map(|part| (definitions().field(part.field).unwrap().code, part.expression))
        .collect();
    assert_eq!(parts, [("code", "code"), ("value-quantity", "value.as(Quantity)")]);
}

#[test]
fn compartments_name_the_parameters_that_lead_into_them() {
    let codes = |owner: &str, type_: &str| -> Vec<_> {
        let found = definitions().compartment(named(owner), named(type_)).iter();
        found.map(|parameter| parameter.code).collect()
    };
    let owners: Vec<_> = definitions().compartments().iter().map(|type_| type_.name()).collect();
    assert_eq!(owners, ["Device", "Encounter", "Patient", "Practitioner", "RelatedPerson"]);
    assert_eq!(codes("Patient", "Observation"), ["subject", "performer"]);
    assert_eq!(codes("Patient", "Organization"), [""; 0]);
    assert_eq!(codes("Encounter", "Encounter"), [""; 0]);
}
