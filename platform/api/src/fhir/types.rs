//! Interactions with a type: create, conditional update, patch and delete.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use tarn_app::clinical;
use tarn_app::clinical::target::Target;
use tarn_domain::Problem;
use tarn_fhir::definitions::TypeId;

use super::incoming::Incoming;
use super::instance::{lost, patch_body};
use super::{body, respond};

pub(super) async fn create(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let type_ = named(incoming)?;
    let headers = incoming.request.headers();
    let (criteria, writing) = (incoming.if_none_exist()?, incoming.writing()?);
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let written =
        clinical::create(incoming.asking(), type_, body, criteria.as_ref(), &writing).await?;
    respond::written(incoming, written)
}

pub(super) async fn update_where(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let type_ = named(incoming)?;
    let headers = incoming.request.headers();
    let conditions = incoming.conditions()?;
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let criteria = &incoming.parameters;
    let (asking, level) = (incoming.asking(), incoming.writing()?.level);
    let written = clinical::update_where(asking, type_, criteria, body, &conditions, level).await?;
    respond::written(incoming, written)
}

pub(super) async fn patch_where(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let type_ = named(incoming)?;
    let conditions = incoming.conditions()?;
    let patch = patch_body(incoming, payload).await?;
    let criteria = &incoming.parameters;
    let asking = incoming.asking();
    let written = clinical::patch_where(asking, type_, criteria, patch, &conditions).await?;
    respond::written(incoming, written)
}

pub(super) async fn delete_where(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let type_ = named(incoming)?;
    let conditions = incoming.conditions()?;
    let criteria = &incoming.parameters;
    if criteria.get("_count").is_some() {
        let asking = incoming.asking();
        let bundle = clinical::delete_many(asking, type_, criteria, &conditions).await?;
        return Ok(respond::document(incoming, bundle));
    }
    let done = clinical::delete_where(incoming.asking(), type_, criteria, &conditions).await?;
    Ok(respond::deleted(done))
}

fn named(incoming: &Incoming<'_>) -> Result<TypeId, Problem> {
    match &incoming.target {
        Target::Type(type_) => Ok(*type_),
        _ => Err(lost()),
    }
}
