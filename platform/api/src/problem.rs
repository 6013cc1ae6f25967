//! Refusals in the language of `/api/v1`: problem details (RFC 9457).

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use tarn_domain::{Kind, Problem};
use tracing::{error, warn};

use crate::caller::request_id;

/// The members of RFC 9457 §3.1, with our stable `code` and the request's id beside them.
#[derive(Debug, Serialize)]
struct Details<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    issues: Vec<Place<'a>>,
}

#[derive(Debug, Serialize)]
struct Place<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    detail: &'a str,
}

/// The answer that a problem gets.
pub(crate) fn response(request: &HttpRequest, problem: &Problem) -> HttpResponse {
    note(request, problem);
    let status = status(problem.kind);
    let place = |issue: &'static str, at, detail| Place { code: issue, at, detail };
    let issues = match problem.issues.as_slice() {
        [only] if only.expression.is_none() => Vec::new(),
        issues => issues
            .iter()
            .map(|i| place(i.code.as_str(), i.expression.as_deref(), &i.diagnostics))
            .collect(),
    };
    let details = Details {
        r#type: format!("urn:tarn:problem:{}", problem.code),
        title: title(problem.kind),
        status: status.as_u16(),
        detail: problem.public(),
        code: problem.code,
        request_id: request_id(request).ok().map(|id| id.to_string()),
        issues,
    };
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    if let Some(seconds) = retry_after(problem.kind) {
        answer.insert_header((header::RETRY_AFTER, seconds));
    }
    if problem.kind == Kind::Unauthenticated {
        answer.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"tarn\""));
    }
    answer.body(serde_json::to_vec(&details).unwrap_or_default())
}

/// Writes to the log what the operator should know. This is where a problem stops travelling.
pub(crate) fn note(request: &HttpRequest, problem: &Problem) {
    let id = request_id(request).ok();
    let id = id.map(tracing::field::display);
    let because = problem.internal.as_deref().unwrap_or_default();
    match problem.kind {
        Kind::Internal | Kind::OutcomeUnknown => {
            error!(request.id = id, code = problem.code, because, "a request failed");
        }
        Kind::Unavailable(_) => {
            warn!(request.id = id, code = problem.code, because, "a request was put off");
        }
        _ => {}
    }
}

/// The one table of statuses on this surface.
pub(crate) const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Gone => StatusCode::GONE,
        Kind::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        Kind::NotSupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Kind::OutcomeUnknown | Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Invalid => "The request is wrong",
        Kind::Unauthenticated => "Not signed in",
        Kind::Forbidden => "Not allowed",
        Kind::NotFound => "Not found",
        Kind::MethodNotAllowed => "Not this method",
        Kind::NotAcceptable => "No acceptable format",
        Kind::Conflict => "At odds with what is there",
        Kind::Gone => "Deleted",
        Kind::PreconditionFailed => "A condition does not hold",
        Kind::TooLarge => "Too large",
        Kind::UnsupportedMediaType => "Format not taken",
        Kind::Unprocessable => "Against the rules",
        Kind::Busy(_) => "Too much at once",
        Kind::NotSupported => "Not built",
        Kind::Unavailable(_) => "Not now",
        Kind::OutcomeUnknown => "Outcome unknown",
        Kind::Internal => "Failed on our side",
    }
}

/// Whole seconds to wait, where waiting helps.
pub(crate) fn retry_after(kind: Kind) -> Option<String> {
    match kind {
        Kind::Busy(wait) | Kind::Unavailable(wait) => {
            Some(wait.as_secs_f64().ceil().max(1.0).to_string())
        }
        _ => None,
    }
}
