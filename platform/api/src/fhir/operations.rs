//! What is neither a resource nor a search: Bundles to process, `$validate`, `$everything`.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use tarn_app::clinical;
use tarn_app::clinical::bundle;
use tarn_app::clinical::target::Target;
use tarn_domain::Problem;

use super::incoming::Incoming;
use super::instance::lost;
use super::{body, respond};

pub(super) async fn bundle(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let headers = incoming.request.headers();
    let body = body::resource(headers, payload, incoming.limits().bundle_bytes).await?;
    let answer = bundle::process(incoming.asking(), body, incoming.prefer).await?;
    Ok(respond::document(incoming, answer))
}

pub(super) async fn validate(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (Target::TypeOperation(type_, _) | Target::InstanceOperation(type_, _, _)) =
        &incoming.target
    else {
        return Err(lost());
    };
    let headers = incoming.request.headers();
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let outcome = clinical::validate(incoming.asking(), *type_, body).await?;
    Ok(respond::document(incoming, outcome))
}

pub(super) async fn everything(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let Target::InstanceOperation(type_, id, _) = &incoming.target else { return Err(lost()) };
    let sent = incoming.parameters.clone();
    let bundle = clinical::everything(incoming.asking(), *type_, id, sent).await?;
    Ok(respond::document(incoming, bundle))
}
