//! Measures appends: `cargo run --release -p tarn-audit --example append_rate [DIR]`.

use std::time::Instant;

use tarn_audit::{Batch, Category, Entry, Event, Filter, Reader, ResourceName, Trail, Verdict};
use tarn_domain::{AccountId, FreshIds, OrganizationId, SystemClock};
use tarn_keys::Keyring;

fn event(n: u64) -> Event {
    let account = AccountId::fresh(&FreshIds);
    let source = "healthlake.amazonaws.com";
    let mut e =
        Event::new(&SystemClock, &FreshIds, account, source, "ReadResource", Category::Data);
    e.user_identity.kind = "IAMUser".into();
    e.user_identity.principal_id = Some(format!("{:032x}", 77).into());
    e.user_identity.arn = Some("arn:aws:iam::123456789012:user/demo".into());
    e.source_ip_address = "192.0.2.7".into();
    e.user_agent = "python-requests/2.32.3".into();
    e.request_parameters = Some(serde_json::json!({
        "datastoreId": format!("{:032x}", 5),
        "resourceType": "Observation",
        "resourceId": tarn_domain::LogicalId::fresh(&FreshIds).as_str(),
    }));
    e.request_id = format!("{:032x}", n as u128 * 0x9e37_79b9_7f4a_7c15).into();
    e.read_only = true;
    e.resources = vec![ResourceName {
        arn: "arn:aws:healthlake:us-east-1:123456789012:datastore/fhir/05".into(),
        account_id: None,
        kind: Some("AWS::HealthLake::FHIRDatastore".into()),
    }];
    e
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args().nth(1).unwrap_or_else(|| "audit-rate".into());
    let dir = std::path::PathBuf::from(dir);
    let keys = Keyring::open_or_create(&dir)?;
    let organization = OrganizationId::fresh(&FreshIds);
    let folder = dir.join("organizations").join(organization.to_string());
    let mut trail = Trail::create(&folder, organization, &keys)?;
    for (size, rounds) in [(1, 500), (32, 200), (500, 100)] {
        let events: Vec<Event> = (0..size * rounds).map(event).collect();
        let started = Instant::now();
        let entries = events.iter().map(Entry::of).collect::<Result<Vec<_>, _>>()?;
        let encoded = started.elapsed().as_secs_f64();
        let started = Instant::now();
        for entries in entries.chunks(size as usize) {
            let mut batch = Batch::new();
            batch.add(entries.to_vec());
            trail.commit(batch)?;
        }
        let count = entries.len() as f64;
        let committed = started.elapsed().as_secs_f64();
        println!(
            "batches of {size}: {:.0} entries/s committed, {:.0} entries/s with their encoding",
            count / committed,
            count / (committed + encoded),
        );
    }
    let entries: Vec<Entry> =
        (0..1_000).map(event).map(|e| Entry::of(&e)).collect::<Result<_, _>>()?;
    println!(
        "bytes of a record: {}",
        entries.iter().map(|e| e.bytes().len()).sum::<usize>() / 1_000
    );
    let head = trail.head()?;
    drop(trail);
    let size = std::fs::metadata(folder.join("audit.sqlite"))?.len();
    println!("bytes on disk per entry: {}", size / head.seq);
    let mut reader = Reader::open(&folder, organization, &keys)?;
    let started = Instant::now();
    assert_eq!(reader.verify()?, Verdict::Whole(head));
    println!("verified: {:.0} entries/s", head.seq as f64 / started.elapsed().as_secs_f64());
    let started = Instant::now();
    let filter = Filter { principal: Some("nobody".into()), ..Filter::default() };
    reader.search(&filter, None, 50)?;
    println!("searched in vain: {:.0} entries/s", 100_000.0 / started.elapsed().as_secs_f64());
    Ok(())
}
