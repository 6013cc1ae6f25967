//! What is neither a resource nor a search: Bundles to process, and operations.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::Payload;
use tarn_app::clinical;
use tarn_app::clinical::Preferences;
use tarn_app::clinical::bundle;
use tarn_app::clinical::operations::{self, Arguments, Operation};
use tarn_app::clinical::target::Target;
use tarn_domain::{Kind, Problem};

use super::incoming::Incoming;
use super::instance::lost;
use super::{body, respond};

pub(super) async fn bundle(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let headers = incoming.request.headers();
    let body = body::resource(headers, payload, incoming.limits().bundle_bytes).await?;
    let writing = incoming.writing()?;
    if writing.key.is_some() {
        let words = "An idempotency key is for the creation of one resource.";
        return Err(Problem::new(Kind::Invalid, "bad-idempotency-key", words));
    }
    let prefer = Preferences { level: writing.level, ..incoming.prefer };
    let answer = bundle::process(incoming.asking(), body, prefer).await?;
    Ok(respond::document(incoming, answer))
}

pub(super) async fn validate(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (type_, id) = match &incoming.target {
        Target::TypeOperation(type_, _) => (*type_, None),
        Target::InstanceOperation(type_, id, _) => (*type_, Some(id)),
        _ => return Err(lost()),
    };
    let headers = incoming.request.headers();
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let parameters = &incoming.parameters;
    let outcome = clinical::validate(incoming.asking(), type_, id, parameters, body).await?;
    Ok(respond::document(incoming, outcome))
}

/// Calls an operation: by GET with a query, by POST with Parameters as well.
pub(super) async fn invoke(
    incoming: &Incoming<'_>,
    operation: &Operation,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let headers = incoming.request.headers();
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let arguments = Arguments::read(&incoming.parameters, &body)?;
    let (asking, target) = (incoming.asking(), &incoming.target);
    let done = operations::invoke(asking, operation, target, arguments).await?;
    let mut answer = respond::document(incoming, done.body);
    if let Some(location) = done.location {
        let url = HeaderValue::try_from(format!("{}/{location}", asking.base()));
        answer.headers_mut().insert(LOCATION, url.map_err(Problem::internal)?);
    }
    Ok(answer)
}
