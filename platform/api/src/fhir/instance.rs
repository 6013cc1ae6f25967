//! Interactions with one resource: read, vread, update, patch, delete.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use tarn_app::clinical::target::Target;
use tarn_app::clinical::{self, Patch, PatchFormat};
use tarn_domain::{Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;

use super::incoming::Incoming;
use super::{body, negotiate, respond};

const JSON_PATCH: &str = "application/json-patch+json";

pub(super) async fn read(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let (type_, id) = named(incoming)?;
    let conditions = incoming.conditions()?;
    let reading = clinical::read(incoming.asking(), type_, id, &conditions).await?;
    respond::reading(incoming, reading)
}

pub(super) async fn vread(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let Target::Version(type_, id, version) = &incoming.target else { return Err(lost()) };
    let conditions = incoming.conditions()?;
    let reading = clinical::vread(incoming.asking(), *type_, id, *version, &conditions).await?;
    respond::reading(incoming, reading)
}

pub(super) async fn update(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (type_, id) = named(incoming)?;
    let headers = incoming.request.headers();
    let conditions = incoming.conditions()?;
    let body = body::resource(headers, payload, incoming.limits().resource_bytes).await?;
    let (asking, level) = (incoming.asking(), incoming.writing()?.level);
    let written = clinical::update(asking, type_, id, body, &conditions, level).await?;
    respond::written(incoming, written)
}

pub(super) async fn patch(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let (type_, id) = named(incoming)?;
    let conditions = incoming.conditions()?;
    let patch = patch_body(incoming, payload).await?;
    let written = clinical::patch(incoming.asking(), type_, id, patch, &conditions).await?;
    respond::written(incoming, written)
}

/// A patch: JSON Patch by its own media type, FHIRPath Patch as a resource.
pub(super) async fn patch_body(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<Patch, Problem> {
    let headers = incoming.request.headers();
    let most = incoming.limits().resource_bytes;
    if negotiate::content_type(headers) == JSON_PATCH {
        let text = body::read(headers, payload, most).await?;
        return Ok(Patch { format: PatchFormat::Json, text });
    }
    negotiate::is_xml(headers).map_err(|_| {
        let words = "A patch must be `application/json-patch+json`, or Parameters (FHIRPath \
                     Patch) of `application/fhir+json` or `application/fhir+xml`.";
        Problem::new(Kind::UnsupportedMediaType, "unsupported-patch", words)
    })?;
    let text = body::resource(headers, payload, most).await?;
    Ok(Patch { format: PatchFormat::FhirPath, text })
}

pub(super) async fn delete(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let (type_, id) = named(incoming)?;
    let conditions = incoming.conditions()?;
    clinical::delete(incoming.asking(), type_, id, &conditions).await.map(respond::deleted)
}

fn named<'i>(incoming: &'i Incoming<'_>) -> Result<(TypeId, &'i LogicalId), Problem> {
    match &incoming.target {
        Target::Instance(type_, id) => Ok((*type_, id)),
        _ => Err(lost()),
    }
}

/// The table of routes and what it leads to do not fit.
pub(super) fn lost() -> Problem {
    Problem::internal("a route leads to the wrong interaction")
}
