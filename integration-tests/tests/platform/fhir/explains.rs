//! `x-tarn-explain`: how a search was answered, for those who may know.

use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::{ask, create, get, identified, observation};

const EXPLAIN: [(&str, &str); 1] = [("x-tarn-explain", "true")];

#[test]
fn a_plan_says_what_was_done_and_how_much_there_was() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = create(&tenant, &identified("1"));
    for _ in 0..3 {
        create(&tenant, &observation(&format!("Patient/{patient}")));
    }
    let path = "/Observation?status=final&patient.identifier=urn:x%7C1&_sort=-date\
                &_include=Observation:subject";
    let bundle = ask(&tenant, "GET", path, &EXPLAIN, &Value::Null).expect(200).json();
    let entries = bundle["entry"].as_array().expect("entries");
    let plan = entries.last().expect("a plan");
    assert_eq!((entries.len(), &plan["search"]["mode"]), (5, &json!("outcome")));
    let issues = plan["resource"]["issue"].as_array().expect("issues");
    let part = |issue: &Value, name: &str| -> Value {
        let parts = issue["extension"][0]["extension"].as_array().cloned().unwrap_or_default();
        let found = parts.into_iter().find(|part| part["url"] == name).unwrap_or_default();
        [&found["valueString"], &found["valueDecimal"]]
            .into_iter()
            .find(|value| !value.is_null())
            .cloned()
            .unwrap_or_default()
    };
    let step = |begins: &str| {
        let is_it = |issue: &&Value| {
            part(issue, "step").as_str().is_some_and(|step| step.starts_with(begins))
        };
        issues.iter().find(is_it).unwrap_or_else(|| panic!("{begins}: {issues:#?}"))
    };
    assert_eq!(part(step("status"), "found"), 3);
    assert!(part(step("status"), "estimated").as_u64() >= Some(3));
    assert_eq!(part(step("refers by patient"), "found"), 3);
    assert_eq!(
        (part(step("identifier"), "depth"), part(step("identifier"), "found")),
        (json!(1), json!(1))
    );
    assert_eq!(part(step("follow includes"), "found"), 1);
    assert!(!plan.to_string().contains("urn:x"), "a plan names no values");
    let plain = get(&tenant, path).expect(200).json();
    assert_eq!(plain["entry"].as_array().map(Vec::len), Some(4), "only who asks is told");
}
