//! The answer to a request whose handler panicked: our fault, in the language of its path.

use std::any::Any;
use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use tarn_app::clinical::outcome;
use tarn_domain::{Problem, RequestId};

/// A handler that panicked. What it said is not looked at: it may hold a piece of a resource.
#[derive(Debug)]
pub(crate) struct Panicked {
    id: Option<RequestId>,
    fhir: bool,
}

impl Panicked {
    /// Notes it; where it happened is in the log already.
    pub(crate) fn new(_said: Box<dyn Any + Send>, id: Option<RequestId>, fhir: bool) -> Self {
        tracing::error!(request.id = id.map(tracing::field::display), "a handler panicked");
        Self { id, fhir }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a handler panicked")
    }
}

impl ResponseError for Panicked {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse {
        let problem = Problem::internal(self);
        let mut answer = HttpResponse::InternalServerError();
        if let Some(id) = self.id {
            answer.insert_header(("x-request-id", id.to_string()));
        }
        if self.fhir {
            let media = (header::CONTENT_TYPE, "application/fhir+json");
            let mut text = Vec::new();
            outcome::write_problem(&problem, &mut text);
            return answer.insert_header(media).body(text);
        }
        let details = serde_json::json!({
            "type": format!("urn:tarn:problem:{}", problem.code),
            "title": "Failed on our side",
            "status": 500,
            "detail": problem.public(),
            "code": problem.code,
        });
        let media = (header::CONTENT_TYPE, "application/problem+json");
        answer.insert_header(media).body(details.to_string())
    }
}
