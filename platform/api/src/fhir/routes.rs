//! The table of FHIR's interactions: what is offered where, by which method, under which action.

use actix_web::http::Method;
use tarn_access::Action;
use tarn_app::clinical::operations::{self, Operation};
use tarn_app::clinical::target::Target;

/// The shape of a path: a [`Target`] without what it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    System,
    Metadata,
    SystemSearch,
    SystemHistory,
    SystemOperation(&'static str),
    Deferred,
    DeferredFile,
    Type,
    TypeSearch,
    TypeHistory,
    TypeOperation(&'static str),
    Instance,
    InstanceHistory,
    Version,
    InstanceOperation(&'static str),
    Compartment,
    CompartmentSearch,
    /// Of all subscriptions.
    SubscriptionsOperation(&'static str),
    /// Of one subscription.
    SubscriptionOperation(&'static str),
}

/// What is done.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Interaction {
    Capabilities,
    Bundle,
    Search,
    PostedSearch,
    History,
    Create,
    UpdateWhere,
    PatchWhere,
    DeleteWhere,
    Validate,
    Read,
    Vread,
    Update,
    Patch,
    Delete,
    Export,
    DeferredStatus,
    DeferredFile,
    Forget,
    Import,
    Erase,
    BulkDelete,
    Graphql,
    SubscriptionStatus,
    SubscriptionEvents,
    SubscriptionBinding,
    /// One of [`operations::OPERATIONS`].
    Operation(&'static Operation),
}

impl PartialEq for Interaction {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Operation(one), Self::Operation(other)) => std::ptr::eq(*one, *other),
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }
}

/// One interaction.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) shape: Shape,
    pub(crate) method: Method,
    pub(crate) interaction: Interaction,
    /// What the caller must be allowed to do; none for what everybody may ask. A batch asks leave
    /// for each of its entries.
    pub(crate) action: Option<Action>,
}

const fn route(
    shape: Shape,
    method: Method,
    interaction: Interaction,
    action: Option<Action>,
) -> Route {
    Route { shape, method, interaction, action }
}

const START_EXPORT: Option<Action> = Some(Action::ExportStart);

const ERASE: Option<Action> = Some(Action::FhirErase);
const DELETE: Option<Action> = Some(Action::FhirDelete);

/// Every interaction there is.
pub(crate) static ROUTES: &[Route] = &[
    // The most asked first.
    route(Shape::Instance, Method::GET, Interaction::Read, Some(Action::FhirRead)),
    route(Shape::Type, Method::GET, Interaction::Search, Some(Action::FhirSearch)),
    route(Shape::Type, Method::POST, Interaction::Create, Some(Action::FhirCreate)),
    route(Shape::Instance, Method::PUT, Interaction::Update, Some(Action::FhirUpdate)),
    route(Shape::System, Method::POST, Interaction::Bundle, Some(Action::FhirTransaction)),
    route(Shape::Instance, Method::HEAD, Interaction::Read, Some(Action::FhirRead)),
    route(Shape::Instance, Method::PATCH, Interaction::Patch, Some(Action::FhirPatch)),
    route(Shape::Instance, Method::DELETE, Interaction::Delete, Some(Action::FhirDelete)),
    route(Shape::Version, Method::GET, Interaction::Vread, Some(Action::FhirVRead)),
    route(Shape::Version, Method::HEAD, Interaction::Vread, Some(Action::FhirVRead)),
    route(Shape::InstanceHistory, Method::GET, Interaction::History, Some(Action::FhirHistory)),
    route(Shape::TypeHistory, Method::GET, Interaction::History, Some(Action::FhirHistory)),
    route(Shape::SystemHistory, Method::GET, Interaction::History, Some(Action::FhirHistory)),
    route(Shape::Type, Method::HEAD, Interaction::Search, Some(Action::FhirSearch)),
    route(Shape::Type, Method::PUT, Interaction::UpdateWhere, Some(Action::FhirUpdate)),
    route(Shape::Type, Method::PATCH, Interaction::PatchWhere, Some(Action::FhirPatch)),
    route(Shape::Type, Method::DELETE, Interaction::DeleteWhere, Some(Action::FhirDelete)),
    route(Shape::TypeSearch, Method::POST, Interaction::PostedSearch, Some(Action::FhirSearch)),
    route(Shape::System, Method::GET, Interaction::Search, Some(Action::FhirSearch)),
    route(Shape::SystemSearch, Method::POST, Interaction::PostedSearch, Some(Action::FhirSearch)),
    route(Shape::Compartment, Method::GET, Interaction::Search, Some(Action::FhirSearch)),
    route(
        Shape::CompartmentSearch,
        Method::POST,
        Interaction::PostedSearch,
        Some(Action::FhirSearch),
    ),
    route(
        Shape::TypeOperation("validate"),
        Method::POST,
        Interaction::Validate,
        Some(Action::FhirCreate),
    ),
    route(
        Shape::InstanceOperation("validate"),
        Method::POST,
        Interaction::Validate,
        Some(Action::FhirCreate),
    ),
    route(Shape::SystemOperation("export"), Method::GET, Interaction::Export, START_EXPORT),
    route(Shape::SystemOperation("export"), Method::POST, Interaction::Export, START_EXPORT),
    route(Shape::TypeOperation("export"), Method::GET, Interaction::Export, START_EXPORT),
    route(Shape::TypeOperation("export"), Method::POST, Interaction::Export, START_EXPORT),
    route(Shape::InstanceOperation("export"), Method::GET, Interaction::Export, START_EXPORT),
    route(Shape::InstanceOperation("export"), Method::POST, Interaction::Export, START_EXPORT),
    route(
        Shape::SystemOperation("import"),
        Method::POST,
        Interaction::Import,
        Some(Action::ImportStart),
    ),
    route(Shape::InstanceOperation("erase"), Method::POST, Interaction::Erase, ERASE),
    route(Shape::InstanceOperation("purge"), Method::POST, Interaction::Erase, ERASE),
    // A hard deletion asks leave to erase.
    route(Shape::SystemOperation("bulk-delete"), Method::POST, Interaction::BulkDelete, DELETE),
    route(Shape::TypeOperation("bulk-delete"), Method::POST, Interaction::BulkDelete, DELETE),
    // Which action it is depends on the kind of the job; these are the least of them.
    route(Shape::Deferred, Method::GET, Interaction::DeferredStatus, Some(Action::ExportDescribe)),
    route(Shape::Deferred, Method::DELETE, Interaction::Forget, Some(Action::ExportCancel)),
    route(Shape::DeferredFile, Method::GET, Interaction::DeferredFile, Some(Action::ExportRead)),
    // Each needs leave to search besides; a mutation needs what its changes need.
    route(
        Shape::SystemOperation("graphql"),
        Method::GET,
        Interaction::Graphql,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SystemOperation("graphql"),
        Method::POST,
        Interaction::Graphql,
        Some(Action::FhirRead),
    ),
    route(
        Shape::InstanceOperation("graphql"),
        Method::GET,
        Interaction::Graphql,
        Some(Action::FhirRead),
    ),
    route(
        Shape::InstanceOperation("graphql"),
        Method::POST,
        Interaction::Graphql,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionOperation("status"),
        Method::GET,
        Interaction::SubscriptionStatus,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionOperation("status"),
        Method::POST,
        Interaction::SubscriptionStatus,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionsOperation("status"),
        Method::GET,
        Interaction::SubscriptionStatus,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionsOperation("status"),
        Method::POST,
        Interaction::SubscriptionStatus,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionOperation("get-ws-binding-token"),
        Method::GET,
        Interaction::SubscriptionBinding,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionOperation("get-ws-binding-token"),
        Method::POST,
        Interaction::SubscriptionBinding,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionsOperation("get-ws-binding-token"),
        Method::GET,
        Interaction::SubscriptionBinding,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionsOperation("get-ws-binding-token"),
        Method::POST,
        Interaction::SubscriptionBinding,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionOperation("events"),
        Method::GET,
        Interaction::SubscriptionEvents,
        Some(Action::FhirRead),
    ),
    route(
        Shape::SubscriptionOperation("events"),
        Method::POST,
        Interaction::SubscriptionEvents,
        Some(Action::FhirRead),
    ),
    route(Shape::Metadata, Method::GET, Interaction::Capabilities, None),
    route(Shape::Metadata, Method::HEAD, Interaction::Capabilities, None),
];

/// Whether an interaction is put off where its caller prefers that (`Prefer: respond-async`).
pub(crate) fn is_deferrable(interaction: Interaction, method: &Method) -> bool {
    match interaction {
        Interaction::Bundle
        | Interaction::Search
        | Interaction::PostedSearch
        | Interaction::History => true,
        Interaction::Operation(operation) => !operation.changes && *method == Method::GET,
        _ => false,
    }
}

/// What a path and a method ask for, and the leave that it takes.
pub(crate) fn find(target: &Target, method: &Method) -> Option<(Interaction, Option<Action>)> {
    let own = ROUTES.iter().find(|route| route.method == *method && route.shape.fits(target));
    own.map(|route| (route.interaction, route.action)).or_else(|| {
        let operation = operations::find(target)?;
        let is_callable = methods(operation).contains(method);
        is_callable.then_some((Interaction::Operation(operation), Some(operation.action)))
    })
}

/// The methods that a path offers, as `Allow` lists them; empty where there is no such path.
pub(crate) fn allowed(target: &Target) -> String {
    let fitting = ROUTES.iter().filter(|route| route.shape.fits(target));
    let own = fitting.map(|route| &route.method);
    let called = operations::find(target).map_or(&[][..], |operation| methods(operation));
    own.chain(called).map(Method::as_str).collect::<Vec<_>>().join(", ")
}

/// How an operation is called (<https://hl7.org/fhir/R4/operations.html#executing>).
fn methods(operation: &Operation) -> &'static [Method] {
    if operation.changes { &[Method::POST] } else { &[Method::GET, Method::POST] }
}

impl Shape {
    fn fits(self, target: &Target) -> bool {
        match (self, target) {
            (Self::System, Target::System)
            | (Self::Metadata, Target::Metadata)
            | (Self::SystemSearch, Target::SystemSearch)
            | (Self::SystemHistory, Target::SystemHistory)
            | (Self::Deferred, Target::Deferred(_))
            | (Self::DeferredFile, Target::DeferredFile(..))
            | (Self::Type, Target::Type(_))
            | (Self::TypeSearch, Target::TypeSearch(_))
            | (Self::TypeHistory, Target::TypeHistory(_))
            | (Self::Instance, Target::Instance(..))
            | (Self::InstanceHistory, Target::InstanceHistory(..))
            | (Self::Version, Target::Version(..))
            | (Self::Compartment, Target::Compartment(..))
            | (Self::CompartmentSearch, Target::CompartmentSearch(..)) => true,
            (Self::SystemOperation(name), Target::SystemOperation(asked))
            | (Self::TypeOperation(name), Target::TypeOperation(_, asked))
            | (Self::InstanceOperation(name), Target::InstanceOperation(_, _, asked)) => {
                name == asked
            }
            (Self::SubscriptionsOperation(name), Target::TypeOperation(type_, asked))
            | (Self::SubscriptionOperation(name), Target::InstanceOperation(type_, _, asked)) => {
                name == asked && type_.name() == "Subscription"
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_routes_are_the_same() {
        for (at, a) in ROUTES.iter().enumerate() {
            for b in &ROUTES[..at] {
                assert!(a.shape != b.shape || a.method != b.method, "{a:?}");
            }
        }
    }

    #[test]
    fn only_the_capabilities_are_for_everybody() {
        for route in ROUTES {
            let is_public = route.interaction == Interaction::Capabilities;
            assert_eq!(route.action.is_none(), is_public, "{route:?}");
        }
    }

    #[test]
    fn a_path_knows_its_methods() {
        let allow = |path: &str| allowed(&Target::parse(path).unwrap());
        assert_eq!(allow("Patient/1"), "GET, PUT, HEAD, PATCH, DELETE");
        assert_eq!(allow("Patient/_search"), "POST");
        assert_eq!(allow("Patient/1/$everything"), "GET, POST");
        assert_eq!(allow("Patient/1/$meta-add"), "POST");
        assert_eq!(allow("Patient/1/$nothing"), "");
    }
}
