//! Permits and refusals.

use std::sync::LazyLock;

use tarn_access::{
    Action, Caller, Permit, Policies, Principal, Refusal, Resource, Scope, Standing, authorize,
};
use tarn_domain::{ApiKeyId, Explain, Kind, OrganizationId, RequestId, StoreId};

static OURS: LazyLock<OrganizationId> = LazyLock::new(|| OrganizationId::from_bytes([1; 16]));
static THEIRS: LazyLock<OrganizationId> = LazyLock::new(|| OrganizationId::from_bytes([2; 16]));
static STORE: LazyLock<StoreId> = LazyLock::new(|| StoreId::from_bytes([3; 16]));
static REQUEST: LazyLock<RequestId> = LazyLock::new(|| RequestId::from_bytes([4; 16]));

fn policies() -> Policies {
    Policies::shipped().unwrap()
}

fn caller(role: &str) -> Caller {
    let principal = Principal::ApiKey(ApiKeyId::from_bytes([5; 16]));
    Caller { organization: *OURS, principal, role: role.into() }
}

fn resource(action: Action, organization: OrganizationId, synthetic: bool) -> Resource {
    match action.scope() {
        Scope::Organization => Resource::Organization(organization),
        Scope::Store => Resource::Store { organization, id: *STORE, synthetic },
    }
}

fn ask(
    action: Action,
    of: OrganizationId,
    made_up: bool,
    standing: Standing,
) -> Result<Permit, Refusal> {
    let policies = policies();
    let caller = caller(policies.founder());
    authorize(&policies, &caller, action, resource(action, of, made_up), standing, *REQUEST)
}

#[test]
fn a_permit_says_who_what_and_where() {
    let permit = ask(Action::FhirRead, *OURS, false, Standing::Signed).unwrap();
    assert_eq!(permit.action(), Some(Action::FhirRead));
    assert_eq!((permit.organization(), permit.store()), (*OURS, Some(*STORE)));
    assert_eq!(permit.request(), *REQUEST);
    assert_eq!(permit.caller(), &caller(policies().founder()));
    assert!(permit.covers(*OURS, *STORE));
    assert!(!permit.covers(*THEIRS, *STORE));
    assert!(!permit.covers(*OURS, StoreId::from_bytes([9; 16])));
}

#[test]
fn what_is_anothers_does_not_exist() {
    for action in Action::ALL {
        for standing in [Standing::Unsigned, Standing::Signed] {
            let refused = ask(*action, *THEIRS, false, standing).err();
            assert_eq!(refused, Some(Refusal::NotFound), "{action}");
        }
    }
    assert_eq!(Refusal::NotFound.explain().kind, Kind::NotFound);
}

#[test]
fn an_unknown_role_may_nothing() {
    let policies = policies();
    for role in ["", "ORG-ADMIN", "nobody"] {
        for action in Action::ALL {
            let resource = resource(*action, *OURS, false);
            let standing = Standing::Signed;
            let asked = authorize(&policies, &caller(role), *action, resource, standing, *REQUEST);
            assert_eq!(asked.err(), Some(Refusal::Forbidden(*action)));
        }
    }
}

#[test]
fn an_action_on_a_store_needs_a_store() {
    let policies = policies();
    let caller = caller(policies.founder());
    let whole = Resource::Organization(*OURS);
    let asked = authorize(&policies, &caller, Action::FhirRead, whole, Standing::Signed, *REQUEST);
    assert_eq!(asked.err(), Some(Refusal::Forbidden(Action::FhirRead)));
}

#[test]
fn health_data_needs_an_agreement_in_force() {
    let refusals = [
        (Standing::Unsigned, Refusal::BaaNotSigned),
        (Standing::Suspended, Refusal::BaaSuspended),
        (Standing::Terminated, Refusal::BaaTerminated),
    ];
    for action in Action::ALL {
        assert!(ask(*action, *OURS, false, Standing::Signed).is_ok(), "{action}");
        for (standing, refusal) in refusals {
            let expected = action.is_phi().then_some(refusal);
            assert_eq!(ask(*action, *OURS, false, standing).err(), expected, "{action}");
            assert!(ask(*action, *OURS, true, standing).is_ok(), "{action} on made-up patients");
        }
    }
}

#[test]
fn what_touches_resources_is_health_data() {
    for action in Action::ALL.iter().filter(|action| action.as_str().starts_with("fhir:")) {
        assert_eq!(action.is_phi(), *action != Action::FhirCapabilities, "{action}");
    }
    assert!(Action::ImportStart.is_phi() && Action::ExportStart.is_phi());
    assert!(!Action::BaaSign.is_phi(), "or nobody could ever sign");
}

#[test]
fn the_refusal_without_an_agreement_says_who_signs_and_how() {
    let problem = Refusal::BaaNotSigned.explain();
    assert_eq!((problem.kind, problem.code), (Kind::Forbidden, "baa-not-signed"));
    for words in ["POST /api/v1/agreements/baa", "name", "title", "--accept-baa", "synthetic"] {
        assert!(problem.public().contains(words), "{words}: {}", problem.public());
    }
}

#[test]
fn the_platforms_own_work_says_why_and_stays_in_its_organisation() {
    let permit = Permit::system("rebuild index after restore", *OURS, None);
    assert!(permit.covers(*OURS, *STORE) && !permit.covers(*THEIRS, *STORE));
    let reason = Principal::System("rebuild index after restore");
    assert_eq!(permit.caller().principal, reason);
    let narrow = Permit::system("run import", *OURS, Some(*STORE)).for_request(*REQUEST);
    assert!(narrow.covers(*OURS, *STORE) && !narrow.covers(*OURS, StoreId::from_bytes([9; 16])));
    assert_eq!(narrow.request(), *REQUEST);
}

#[test]
fn every_action_reads_back_from_its_name() {
    for action in Action::ALL {
        assert_eq!(action.as_str().parse(), Ok(*action));
    }
    assert_eq!("fhir:Everything".parse::<Action>(), Err(()));
}
