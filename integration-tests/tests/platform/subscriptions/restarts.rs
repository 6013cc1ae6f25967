//! Nothing is lost when the server dies; something may be told twice.

use std::collections::BTreeSet;

use tarn_integration_tests::Receiver;

use super::*;

#[test]
fn what_was_written_before_a_crash_is_told_after_it() {
    // It must not give up while the endpoint is away.
    let mut settings = QUICK;
    settings[3].1 = "100000";
    let (mut server, receiver) = (Server::start_with_environment(&settings), Receiver::start());
    let tenant = server.tenant();
    subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    let mut written = BTreeSet::new();
    for round in 0..3 {
        // The endpoint is away while the changes are made, so that all of them are still owed.
        receiver.always((round == 1).then_some(503));
        let client = server.client(&tenant.key);
        for n in 0..40 {
            let id = format!("p{round}-{n}");
            let path = format!("{}/Patient/{id}", tenant.fhir);
            client.put(&path, &patient(&id, "Turing")).expect(201);
            written.insert(id);
        }
        server.kill();
        server.expect_errors();
        receiver.always(None);
        server.start_again();
    }
    // Nobody asks for the store: it is opened because it has subscriptions.
    let told = receiver.wait(|all| {
        let told: BTreeSet<_> = all.iter().map(|it| text(&it.json()["id"]).to_owned()).collect();
        written.is_subset(&told)
    });
    let versions: BTreeSet<_> =
        told.iter().map(|it| text(&it.json()["meta"]["versionId"]).to_owned()).collect();
    assert_eq!(versions, BTreeSet::from(["1".to_owned()]));
}

#[test]
fn a_store_that_is_stopped_goes_on_where_it_was() {
    let (mut server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    put(&tenant, &patient("a", "Turing"));
    receiver.wait(|all| all.len() == 1);
    assert_eq!(server.stop(), Some(0));
    server.start_again();
    let client = server.client(&tenant.key);
    client.put(&format!("{}/Patient/b", tenant.fhir), &patient("b", "Turing")).expect(201);
    let received = receiver.wait(|all| ids(all).contains(&"b".to_owned()));
    assert!(ids(&received).starts_with(&["a".to_owned()]));
}
