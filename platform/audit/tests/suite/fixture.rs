//! A trail in a folder of its own, and events to put into it.

use std::path::PathBuf;
use std::time::Duration;

use tarn_audit::{Category, Entry, Event, Reader, ResourceName, Trail, UserIdentity, Verdict};
use tarn_domain::{AccountId, FreshIds, ManualClock, OrganizationId, Timestamp};
use tarn_keys::Keyring;

/// The moment of event 0; event `n` is `n` seconds later.
pub(crate) const START: i64 = 1_767_225_600_000_000;

/// A data folder with one organisation in it.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) keys: Keyring,
    pub(crate) organization: OrganizationId,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keyring::open_or_create(dir.path()).unwrap();
        Self { dir, keys, organization: OrganizationId::from_bytes([7; 16]) }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().join("organizations").join(self.organization.to_string())
    }

    pub(crate) fn create(&self) -> Trail {
        Trail::create(&self.folder(), self.organization, &self.keys).unwrap()
    }

    pub(crate) fn open(&self) -> Trail {
        Trail::open(&self.folder(), self.organization, &self.keys).unwrap()
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(&self.folder(), self.organization, &self.keys).unwrap()
    }

    pub(crate) fn verify(&self) -> Verdict {
        self.reader().verify().unwrap()
    }

    /// Changes the file behind the trail's back.
    pub(crate) fn tamper(&self, sql: &str) {
        let db = rusqlite::Connection::open(self.folder().join("audit.sqlite")).unwrap();
        db.execute_batch(sql).unwrap();
    }
}

pub(crate) fn event(n: u64) -> Event {
    let clock = ManualClock::at(Timestamp::from_micros(START));
    clock.advance(Duration::from_secs(n));
    let account: AccountId = "123456789012".parse().unwrap();
    let source = "healthlake.amazonaws.com";
    let mut event = Event::new(&clock, &FreshIds, account, source, "ReadResource", Category::Data);
    event.user_identity = UserIdentity {
        kind: "IAMUser".into(),
        principal_id: Some(format!("key-{}", n % 3).into()),
        account_id: Some("123456789012".into()),
        ..UserIdentity::default()
    };
    event.source_ip_address = "192.0.2.7".into();
    event.user_agent = "curl/8.5.0".into();
    event.request_parameters = Some(serde_json::json!({
        "datastoreId": format!("{:032x}", n % 2),
        "resourceType": "Observation",
        "resourceId": format!("b1d2c3e4-{n:08}"),
    }));
    event.request_id = format!("{n:032x}").into();
    event.read_only = true;
    event.resources = vec![ResourceName {
        arn: format!("arn:aws:healthlake:us-east-1:123456789012:datastore/fhir/{:032x}", n % 2)
            .into(),
        account_id: Some("123456789012".into()),
        kind: Some("AWS::HealthLake::FHIRDatastore".into()),
    }];
    event
}

pub(crate) fn events(range: std::ops::Range<u64>) -> Vec<Event> {
    range.map(event).collect()
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<Entry> {
    range.map(|n| Entry::of(&event(n)).unwrap()).collect()
}
