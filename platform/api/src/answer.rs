//! Answers of `/api/v1`: a JSON value with a status, or a problem.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use tarn_domain::Problem;

use crate::problem;

/// What a handler of `/api/v1` returns.
#[derive(Debug)]
pub(crate) struct Answer<T>(StatusCode, Result<T, Problem>);

impl<T> Answer<T> {
    /// 200 with the value.
    pub(crate) fn ok(result: Result<T, Problem>) -> Self {
        Self(StatusCode::OK, result)
    }

    /// 201: it was made.
    pub(crate) fn created(result: Result<T, Problem>) -> Self {
        Self(StatusCode::CREATED, result)
    }

    /// 202: it will be done.
    pub(crate) fn accepted(result: Result<T, Problem>) -> Self {
        Self(StatusCode::ACCEPTED, result)
    }
}

impl<T: Serialize> Responder for Answer<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Self(status, result) = self;
        let text = result.and_then(|value| serde_json::to_vec(&value).map_err(Problem::internal));
        match text {
            Ok(text) => HttpResponse::build(status).content_type(ContentType::json()).body(text),
            Err(problem) => problem::response(request, &problem),
        }
    }
}
