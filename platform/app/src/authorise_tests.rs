//! What every verb goes through, on a platform in a folder of the test.

use std::sync::Arc;

use serde_json::json;
use tarn_access::Action;
use tarn_audit::{Event, Filter};
use tarn_domain::{FreshIds, Kind, Problem, StoreId, SystemClock};
use tarn_keys::Keyring;

use crate::agreements::Signature;
use crate::organizations::{self, Created, NewOrganization};
use crate::stores::{self, NewStore, Preload};
use crate::{Act, Call, Platform, Settings, authorise_do_account};

async fn platform(folder: &std::path::Path) -> Arc<Platform> {
    let settings = Settings {
        data_dir: folder.to_owned(),
        public_url: "http://localhost".into(),
        region: "us-east-1".into(),
        bulk: tarn_bulk::Settings {
            import_roots: vec![folder.join("inbox")],
            export_root: folder.join("outbox"),
            spool: folder.join("spool"),
            s3: tarn_bulk::S3Settings::default(),
        },
        upload_limit: 1 << 20,
        job_threads: 1,
        jobs_at_once: 1,
        results_kept: std::time::Duration::from_secs(60),
        fhir: crate::clinical::Limits::default(),
        store_cache: 1 << 20,
        mail: tarn_mail::Settings {
            smtp_url: None,
            from: "tarn@localhost".into(),
            folder: folder.join("mail"),
        },
        subscriptions: tarn_subscriptions::Settings {
            public_url: "http://localhost".into(),
            region: "us-east-1".into(),
            offers: Default::default(),
            redis_url: None,
            first_pause: std::time::Duration::from_secs(1),
            longest_pause: std::time::Duration::from_secs(1),
            attempts: 3,
        },
    };
    let masters = Arc::new(Keyring::open_or_create(folder).unwrap());
    let opened = Platform::open(settings, masters, Arc::new(SystemClock), Arc::new(FreshIds));
    Arc::new(opened.await.unwrap())
}

async fn organization(platform: &Platform, signed: bool) -> (Created, Call) {
    let signature = Signature { name: "Ada Lovelace".into(), title: "Director".into() };
    let new = NewOrganization {
        name: "Test".into(),
        admin_email: "ada@example.org".into(),
        signature: signed.then_some(signature),
    };
    let made = organizations::create(platform, new).await.unwrap();
    let call = call(platform, &made).await;
    (made, call)
}

async fn call(platform: &Platform, made: &Created) -> Call {
    let caller = platform.caller_of_key(made.api_key.expose()).await.unwrap();
    let request = tarn_domain::RequestId::fresh(platform.ids());
    Call {
        request,
        caller,
        source: Some([127, 0, 0, 1].into()),
        agent: Some("test".into()),
        mark: None,
    }
}

async fn store(platform: &Platform, call: &Call) -> StoreId {
    let new =
        NewStore { name: "s".into(), synthetic: false, aws_compat: false, preload: Preload::None };
    stores::create(platform, call, new).await.unwrap().id.parse().unwrap()
}

/// The trail's entries of a call, newest first.
async fn recorded(platform: &Platform, call: &Call) -> Vec<Event> {
    let tenant = platform.tenant(call.caller.organization).await.unwrap();
    let permit = tarn_access::Permit::system("test", call.caller.organization, None);
    let filter = Filter { request: Some(call.request.to_string()), ..Filter::default() };
    let found = tenant.audit().search(&permit, filter, None, 100).await.unwrap();
    found.records.into_iter().map(|record| record.event).collect()
}

fn with_folder<T>(test: impl AsyncFnOnce(&std::path::Path) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    actix_rt::System::new().block_on(test(folder.path()))
}

#[test]
fn what_was_asked_is_in_the_trail_before_the_answer_is_there() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (_, call) = organization(&platform, true).await;
        let act = Act::new(Action::StoreList, "ListFHIRDatastores").with(json!({ "n": 1 }));
        let answer = authorise_do_account(&platform, &call, act, async |granted| {
            assert_eq!(granted.permit().action(), Some(Action::StoreList));
            Ok(7)
        });
        assert_eq!(answer.await.unwrap(), 7);
        let [event] = recorded(&platform, &call).await.try_into().unwrap();
        assert_eq!((&*event.event_name, event.read_only), ("ListFHIRDatastores", true));
        assert_eq!(event.request_parameters, Some(json!({ "n": 1 })));
        assert_eq!(&*event.source_ip_address, "127.0.0.1");
        assert!(event.error_code.is_none());
        platform.close().await.unwrap();
    });
}

#[test]
fn a_refusal_is_in_the_trail_and_no_work_is_done() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (_, call) = organization(&platform, false).await;
        let store = store(&platform, &call).await;
        let call = Call { request: tarn_domain::RequestId::fresh(platform.ids()), ..call };
        let act = Act::new(Action::FhirRead, "ReadResource").on(store);
        let refused = authorise_do_account(&platform, &call, act, async |_| -> Result<(), _> {
            unreachable!("there is no agreement")
        });
        assert_eq!(refused.await.unwrap_err().code, "baa-not-signed");
        let [event] = recorded(&platform, &call).await.try_into().unwrap();
        assert_eq!(event.error_code.as_deref(), Some("AccessDeniedException"));
        platform.close().await.unwrap();
    });
}

#[test]
fn a_failure_is_in_the_trail_in_public_words_only() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (_, call) = organization(&platform, true).await;
        let act = Act::new(Action::StoreList, "ListFHIRDatastores");
        let failed = authorise_do_account(&platform, &call, act, async |_| -> Result<(), _> {
            Err(Problem::new(Kind::Conflict, "test", "Words.").because("the operator's"))
        });
        assert_eq!(failed.await.unwrap_err().code, "test");
        let [event] = recorded(&platform, &call).await.try_into().unwrap();
        assert_eq!(event.error_code.as_deref(), Some("ConflictException"));
        assert_eq!(event.error_message.as_deref(), Some("test: Words."));
        platform.close().await.unwrap();
    });
}

#[test]
fn a_change_that_took_its_entry_along_is_not_recorded_twice() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (_, call) = organization(&platform, true).await;
        let act = Act::new(Action::StoreList, "ListFHIRDatastores");
        let done = authorise_do_account(&platform, &call, act, async |granted| {
            assert!(!granted.entry()?.is_empty());
            granted.committed();
            Ok(())
        });
        done.await.unwrap();
        assert!(recorded(&platform, &call).await.is_empty());
        platform.close().await.unwrap();
    });
}

#[test]
fn what_was_announced_and_then_fails_is_recorded_as_both() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (_, call) = organization(&platform, true).await;
        let act = Act::new(Action::StoreCreate, "CreateFHIRDatastore");
        let failed = authorise_do_account(&platform, &call, act, async |granted| {
            granted.announce().await?;
            Err::<(), _>(Problem::internal("the disk"))
        });
        failed.await.unwrap_err();
        let [last, first] = recorded(&platform, &call).await.try_into().unwrap();
        assert_eq!(last.error_code.as_deref(), Some("InternalServerException"));
        assert!(first.error_code.is_none() && first.event_id != last.event_id);
        platform.close().await.unwrap();
    });
}

#[test]
fn a_store_of_somebody_else_is_not_found() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (_, ours) = organization(&platform, true).await;
        let (_, theirs) = organization(&platform, true).await;
        let store = store(&platform, &theirs).await;
        let refused = stores::describe(&platform, &ours, store).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotFound);
        let nobodys = stores::describe(&platform, &ours, StoreId::fresh(&FreshIds)).await;
        assert_eq!(refused.public(), nobodys.unwrap_err().public());
        platform.close().await.unwrap();
    });
}

#[test]
fn a_revoked_key_proves_nothing_from_then_on() {
    with_folder(async |folder| {
        let platform = platform(folder).await;
        let (made, call) = organization(&platform, true).await;
        let tarn_access::Principal::ApiKey(id) = call.caller.principal else { panic!("no key") };
        platform.revoke_key(made.organization, id).await.unwrap();
        let refused = platform.caller_of_key(made.api_key.expose()).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Unauthenticated);
        let never = platform.caller_of_key("tarn_x").await.unwrap_err();
        assert_eq!(refused.public(), never.public(), "both are refused in the same words");
        platform.close().await.unwrap();
    });
}
