//! Answers: resources with their headers, Bundles, OperationOutcomes.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_LOCATION, CONTENT_TYPE, ETAG, HeaderValue, LAST_MODIFIED, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use tarn_app::clinical::outcome::{self, write_problem};
use tarn_app::clinical::{Answered, Deleted, Reading, Replay, Resource, Return, Written};
use tarn_domain::{Kind, Problem, Timestamp};

use super::http_date;
use super::incoming::Incoming;
use super::negotiate::Media;
use super::render::Shown;
use crate::problem;

/// What was read.
pub(crate) fn reading(incoming: &Incoming<'_>, reading: Reading) -> Result<HttpResponse, Problem> {
    let resource = match reading {
        Reading::NotModified { version, updated } => {
            let mut answer = HttpResponse::build(StatusCode::NOT_MODIFIED);
            stamp(&mut answer, version, updated);
            return Ok(answer.finish());
        }
        Reading::Resource(resource) => resource,
    };
    let mut body = Vec::with_capacity(resource.length());
    incoming.view()?.write(&resource, &mut body)?;
    let mut answer = HttpResponse::build(StatusCode::OK);
    stamp(&mut answer, resource.version, resource.updated);
    Ok(text(incoming, &mut answer, body))
}

/// What was written, in the form that the caller prefers.
pub(crate) fn written(incoming: &Incoming<'_>, written: Written) -> Result<HttpResponse, Problem> {
    let status = match (written.replay, written.created) {
        (Replay::Conflict, _) => StatusCode::CONFLICT,
        (_, true) => StatusCode::CREATED,
        (_, false) => StatusCode::OK,
    };
    let resource = &written.resource;
    let mut answer = HttpResponse::build(status);
    stamp(&mut answer, resource.version, resource.updated);
    let url = format!("{}/{}", incoming.asking().base(), resource.versioned_reference());
    if written.created {
        answer.insert_header((LOCATION, url.as_str()));
    }
    answer.insert_header((CONTENT_LOCATION, url));
    if !written.tolerated.is_empty() {
        answer.insert_header(("x-amzn-healthlake-validation-issues", "true"));
    }
    match incoming.prefer.returns {
        Some(Return::Minimal) => Ok(answer.finish()),
        Some(Return::OperationOutcome) => {
            let mut body = Vec::new();
            outcome::write_all_well(written.words(), &mut body);
            Ok(text(incoming, &mut answer, body))
        }
        Some(Return::Representation) | None => Ok(text(incoming, &mut answer, whole(resource))),
    }
}

/// What was deleted.
pub(crate) fn deleted(deleted: Deleted) -> HttpResponse {
    let mut answer = HttpResponse::build(StatusCode::NO_CONTENT);
    if let Some((version, updated)) = deleted.version {
        stamp(&mut answer, version, updated);
    }
    answer.finish()
}

/// A Bundle, an OperationOutcome, a CapabilityStatement.
pub(crate) fn document(incoming: &Incoming<'_>, body: Vec<u8>) -> HttpResponse {
    text(incoming, &mut HttpResponse::build(StatusCode::OK), body)
}

/// GraphQL's answer, which is JSON and no resource.
pub(crate) fn graphql(incoming: &Incoming<'_>, answered: Answered) -> HttpResponse {
    let status = if answered.is_good { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let mut answer = HttpResponse::build(status);
    filled(&mut answer, Media::Json, incoming.pretty, answered.body)
}

/// A text of that media type, pretty if that is wanted.
pub(crate) fn plain(media: Media, is_pretty: bool, body: Vec<u8>) -> HttpResponse {
    filled(&mut HttpResponse::build(StatusCode::OK), media, is_pretty, body)
}

/// A refusal or failure.
pub(crate) fn refusal(request: &HttpRequest, media: Media, problem: &Problem) -> HttpResponse {
    problem::note(request, problem);
    let status = StatusCode::from_u16(outcome::status(problem.kind));
    let mut answer = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(seconds) = problem::retry_after(problem.kind) {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    if problem.kind == Kind::Unauthenticated {
        answer.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"tarn\""));
    }
    let mut body = Vec::with_capacity(256);
    write_problem(problem, &mut body);
    filled(&mut answer, media, false, body)
}

/// A method that a path does not have.
pub(crate) fn not_this_method(request: &HttpRequest, media: Media, allowed: &str) -> HttpResponse {
    let words = format!("This path offers {allowed}.");
    let problem = Problem::new(Kind::MethodNotAllowed, "method-not-allowed", words);
    let mut answer = refusal(request, media, &problem);
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        answer.headers_mut().insert(ALLOW, allowed);
    }
    answer
}

fn whole(resource: &Resource) -> Vec<u8> {
    let mut body = Vec::with_capacity(resource.length());
    resource.write(&mut body);
    body
}

fn stamp(answer: &mut HttpResponseBuilder, version: u32, updated: Timestamp) {
    answer.insert_header((ETAG, format!("W/\"{version}\"")));
    if let Ok(date) = HeaderValue::from_bytes(&http_date::format(updated)) {
        answer.insert_header((LAST_MODIFIED, date));
    }
}

fn text(incoming: &Incoming<'_>, answer: &mut HttpResponseBuilder, body: Vec<u8>) -> HttpResponse {
    filled(answer, incoming.media, incoming.pretty, body)
}

fn filled(
    answer: &mut HttpResponseBuilder,
    media: Media,
    is_pretty: bool,
    body: Vec<u8>,
) -> HttpResponse {
    answer.insert_header((CONTENT_TYPE, HeaderValue::from_static(media.content_type())));
    let mut answer = answer.body(body);
    if media.is_xml() || is_pretty {
        answer.extensions_mut().insert(Shown { media, is_pretty });
    }
    answer
}
