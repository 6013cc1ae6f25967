//! Resources as hospitals send them.

use super::*;

const SYSTOLIC: &str = r#"{
  "resourceType":"Observation","id":"bp","status":"final",
  "meta":{"tag":[{"system":"urn:t","code":"x"}],"profile":["http://a.b/p|1.0"],"source":"urn:src"},
  "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"Vital Signs"}]}],
  "code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure"}],"text":"Blood pressure"},
  "subject":{"reference":"Patient/p1","display":"Anna"},
  "encounter":{"reference":"Encounter/e1"},
  "performer":[{"reference":"Practitioner/d1"},{"reference":"Patient/p2"}],
  "effectiveDateTime":"2020-03-01T10:00:00+01:00",
  "component":[
    {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
     "valueQuantity":{"value":120.50,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
     "valueQuantity":{"value":80,"comparator":"<","unit":"mmHg"}}]}"#;

#[test]
fn an_observation_with_components() {
    for (code, expected) in [
        ("code", vec!["http://loinc.org|85354-9", "~Blood pressure"]),
        (
            "combo-code",
            vec![
                "http://loinc.org|85354-9",
                "~Blood pressure",
                "http://loinc.org|8480-6",
                "http://loinc.org|8462-4",
            ],
        ),
        ("component-code", vec!["http://loinc.org|8480-6", "http://loinc.org|8462-4"]),
        ("status", vec!["http://hl7.org/fhir/observation-status|final"]),
        ("subject", vec!["Patient/p1"]),
        ("patient", vec!["Patient/p1"]),
        ("encounter", vec!["Encounter/e1"]),
        ("performer", vec!["Practitioner/d1", "Patient/p2"]),
        ("date", vec!["2020-03-01T09:00:00.000Z .. 2020-03-01T09:00:00.999Z"]),
        ("value-quantity", vec![]),
        (
            "combo-value-quantity",
            vec![
                "120.5 .. 120.5 http://unitsofmeasure.org|mm[Hg]|mmHg",
                "-inf .. 79.99999999999999 ||mmHg",
            ],
        ),
        ("_tag", vec!["urn:t|x"]),
        ("_profile", vec!["<http://a.b/p|1.0>", "<http://a.b/p>"]),
        ("_source", vec!["<urn:src>"]),
        ("_id", vec!["bp"]),
    ] {
        assert_eq!(shown(SYSTOLIC, code), expected, "{code}");
    }
}

#[test]
fn composites_keep_together_what_stands_together() {
    let doc = parse(SYSTOLIC);
    let observation = type_("Observation");
    let tuples = |code| -> Vec<String> {
        let tuples = tuples(observation, &doc, field("Observation", code));
        let part = |values: &Vec<Value>| values.iter().map(show).collect::<Vec<_>>().join(", ");
        tuples.iter().map(|t| t.iter().map(part).collect::<Vec<_>>().join(" $ ")).collect()
    };
    let both = [
        "http://loinc.org|8480-6 $ 120.5 .. 120.5 http://unitsofmeasure.org|mm[Hg]|mmHg",
        "http://loinc.org|8462-4 $ -inf .. 79.99999999999999 ||mmHg",
    ];
    assert_eq!(tuples("component-code-value-quantity"), both);
    assert_eq!(tuples("combo-code-value-quantity"), both);
    assert!(tuples("code-value-quantity").is_empty());
    assert!(is_present(observation, &doc, field("Observation", "combo-code-value-quantity")));
    assert!(!is_present(observation, &doc, field("Observation", "code-value-quantity")));
}

#[test]
fn a_variant_takes_its_chromosome_from_the_resource() {
    let sequence = r#"{"resourceType":"MolecularSequence","coordinateSystem":0,
        "referenceSeq":{"chromosome":{"coding":[{"system":"urn:c","code":"1"}]}},
        "variant":[{"start":10,"end":20},{"start":30,"end":40}]}"#;
    let doc = parse(sequence);
    let field = field("MolecularSequence", "chromosome-variant-coordinate");
    let tuples = tuples(type_("MolecularSequence"), &doc, field);
    let shown: Vec<Vec<String>> =
        tuples.iter().map(|tuple| tuple.iter().flatten().map(show).collect()).collect();
    let first = ["urn:c|1", "10 .. 10", "20 .. 20"];
    assert_eq!(shown, [first, ["urn:c|1", "30 .. 30", "40 .. 40"]]);
}

#[test]
fn an_observation_of_every_value() {
    let observation = |value: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},{value}}}"#
        )
    };
    for (value, code, expected) in [
        (
            r#""valueQuantity":{"value":1e-2,"unit":"g"}"#,
            "value-quantity",
            vec!["0.01 .. 0.01 ||g"],
        ),
        (r#""valueQuantity":{"unit":"g"}"#, "value-quantity", vec![]),
        (r#""valueQuantity":{"value":1e999}"#, "value-quantity", vec![]),
        (r#""valueString":"Clear"}"#.trim_end_matches('}'), "value-string", vec!["'Clear'"]),
        (r#""valueCodeableConcept":{"text":"Clear"}"#, "value-string", vec!["'Clear'"]),
        (
            r#""valueCodeableConcept":{"coding":[{"system":"s","code":"c"}],"text":"Clear"}"#,
            "value-concept",
            vec!["s|c", "~Clear"],
        ),
        (
            r#""valueDateTime":"2020""#,
            "value-date",
            vec!["2020-01-01T00:00:00.000Z .. 2020-12-31T23:59:59.999Z"],
        ),
        (
            r#""valuePeriod":{"start":"2020-01-02"}"#,
            "value-date",
            vec!["2020-01-02T00:00:00.000Z .. open"],
        ),
        (r#""valuePeriod":{"start":"nonsense","end":"2020"}"#, "value-date", vec![]),
        (
            r#""effectivePeriod":{"start":"2020-01-02","end":"2020-01"}"#,
            "date",
            vec!["2020-01-02T00:00:00.000Z .. 2020-01-31T23:59:59.999Z"],
        ),
        (
            r#""effectiveTiming":{"event":["2020-01-02","2020-01-05"]}"#,
            "date",
            vec!["2020-01-02T00:00:00.000Z .. 2020-01-05T23:59:59.999Z"],
        ),
        (
            r#""effectiveInstant":"2020-01-02T03:04:05.678Z""#,
            "date",
            vec!["2020-01-02T03:04:05.678Z .. 2020-01-02T03:04:05.678Z"],
        ),
        (r#""valueSampledData":{"data":"E"}"#, "value-quantity", vec![]),
    ] {
        assert_eq!(shown(&observation(value), code), expected, "{value}");
    }
}

#[test]
fn a_condition_begins_at_a_date_an_age_or_a_word() {
    let condition = |onset: &str| {
        format!(
            r#"{{"resourceType":"Condition","subject":{{"reference":"Patient/p1"}},
                "code":{{"coding":[{{"system":"http://snomed.info/sct","code":"38341003"}}]}},
                "clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}}]}},
                {onset}}}"#
        )
    };
    let date = condition(r#""onsetDateTime":"1999-05""#);
    let may = ["1999-05-01T00:00:00.000Z .. 1999-05-31T23:59:59.999Z"];
    assert_eq!(shown(&date, "onset-date"), may);
    assert!(shown(&date, "onset-age").is_empty() && shown(&date, "onset-info").is_empty());
    let age =
        condition(r#""onsetAge":{"value":52,"system":"http://unitsofmeasure.org","code":"a"}"#);
    assert_eq!(shown(&age, "onset-age"), ["52 .. 52 http://unitsofmeasure.org|a|"]);
    let range = condition(r#""onsetRange":{"low":{"value":30,"code":"a"}}"#);
    assert_eq!(shown(&range, "onset-age"), ["30 .. inf |a|"]);
    let word = condition(r#""onsetString":"in childhood""#);
    assert_eq!(shown(&word, "onset-info"), ["'in childhood'"]);
    assert!(shown(&word, "onset-date").is_empty());
    let active = "http://terminology.hl7.org/CodeSystem/condition-clinical|active";
    assert_eq!(shown(&word, "clinical-status"), [active]);
    assert_eq!(shown(&word, "code"), ["http://snomed.info/sct|38341003"]);
}

#[test]
fn an_encounter() {
    let encounter = r#"{"resourceType":"Encounter","status":"finished",
        "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"AMB"},
        "type":[{"coding":[{"system":"http://snomed.info/sct","code":"185345009"}],"text":"Visit"}],
        "subject":{"reference":"Patient/p1"},
        "participant":[{"individual":{"reference":"Practitioner/d1"}},{"individual":{"reference":"RelatedPerson/r1"}}],
        "period":{"start":"2020-01-01T08:00:00Z","end":"2020-01-01T09:00:00Z"},
        "length":{"value":60,"system":"http://unitsofmeasure.org","code":"min"},
        "location":[{"location":{"reference":"Location/l1"},"period":{"start":"2020"}}],
        "serviceProvider":{"reference":"Organization/o1"}}"#;
    for (code, expected) in [
        ("class", vec!["http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB"]),
        ("type", vec!["http://snomed.info/sct|185345009", "~Visit"]),
        ("participant", vec!["Practitioner/d1", "RelatedPerson/r1"]),
        ("practitioner", vec!["Practitioner/d1"]),
        ("date", vec!["2020-01-01T08:00:00.000Z .. 2020-01-01T09:00:00.999Z"]),
        ("length", vec!["60 .. 60 http://unitsofmeasure.org|min|"]),
        ("location", vec!["Location/l1"]),
        ("location-period", vec!["2020-01-01T00:00:00.000Z .. open"]),
        ("service-provider", vec!["Organization/o1"]),
        ("status", vec!["http://hl7.org/fhir/encounter-status|finished"]),
    ] {
        assert_eq!(shown(encounter, code), expected, "{code}");
    }
}

#[test]
fn a_prescription_names_a_code_or_a_medication() {
    let request = |medication: &str| {
        format!(
            r#"{{"resourceType":"MedicationRequest","status":"active","intent":"order",
                "subject":{{"reference":"Patient/p1"}},"authoredOn":"2021-01-01",
                "dosageInstruction":[{{"timing":{{"event":["2021-01-02"]}}}}],{medication}}}"#
        )
    };
    let code = request(r#""medicationCodeableConcept":{"coding":[{"code":"860975"}]}"#);
    assert_eq!(shown(&code, "code"), ["860975"]);
    assert!(shown(&code, "medication").is_empty());
    let reference = request(r#""medicationReference":{"reference":"Medication/m1"}"#);
    assert_eq!(shown(&reference, "medication"), ["Medication/m1"]);
    assert!(shown(&reference, "code").is_empty());
    assert_eq!(
        shown(&code, "intent"),
        ["http://hl7.org/fhir/CodeSystem/medicationrequest-intent|order"]
    );
    assert_eq!(shown(&code, "date"), ["2021-01-02T00:00:00.000Z .. 2021-01-02T23:59:59.999Z"]);
    assert_eq!(shown(&code, "patient"), ["Patient/p1"]);
}
