//! What every request passes on its way in and out: an id, security headers, a log line, metrics.

use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage, web};
use futures_util::FutureExt;
use tarn_domain::{OrganizationId, RequestId};
use tracing::info;

use crate::panicked::Panicked;
use crate::{Door, patience};

/// The header under which a call's id leaves.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps the whole application.
#[derive(Debug, Clone, Copy, Default)]
pub struct Front;

/// [`Front`] around a service.
#[derive(Debug)]
pub struct Fronted<S> {
    service: S,
}

impl<S, B> Transform<S, ServiceRequest> for Front
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Fronted<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Fronted { service }))
    }
}

impl<S, B> Service<ServiceRequest> for Fronted<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let started = Instant::now();
        let door = request.app_data::<web::Data<Door>>().cloned();
        let id = door.as_ref().map(|door| RequestId::fresh(door.platform.ids()));
        if let Some(id) = id {
            request.extensions_mut().insert(id);
        }
        patience::bound(&mut request);
        let fhir = request.path().starts_with("/datastore/");
        let answer = AssertUnwindSafe(self.service.call(request)).catch_unwind();
        Box::pin(async move {
            let answered =
                answer.await.unwrap_or_else(|said| Err(Panicked::new(said, id, fhir).into()));
            let mut response = answered?;
            let tls = door.is_some_and(|door| door.tls);
            harden(response.headers_mut(), id, tls);
            account(&response, id, started);
            Ok(response)
        })
    }
}

/// Adds the id and what browsers should know. What a handler said itself stays.
fn harden(headers: &mut HeaderMap, id: Option<RequestId>, tls: bool) {
    if let Some(value) = id.and_then(|id| HeaderValue::try_from(id.to_string()).ok()) {
        headers.insert(REQUEST_ID, value);
    }
    let mut unless_there = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    unless_there(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    unless_there(header::CACHE_CONTROL, "no-store");
    unless_there(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    unless_there(header::REFERRER_POLICY, "no-referrer");
    if tls {
        unless_there(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

/// One log line and the metrics. The route's pattern stands for the path: paths carry ids, and
/// queries carry what was searched for.
fn account<B>(response: &ServiceResponse<B>, id: Option<RequestId>, started: Instant) {
    let request = response.request();
    let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
    let method = method_name(request.method());
    let status = response.status().as_u16();
    let took = started.elapsed();
    let organization = request.extensions().get::<OrganizationId>().copied();
    info!(
        request.id = id.map(tracing::field::display),
        method,
        route,
        status,
        duration_ms = took.as_micros() as f64 / 1_000.0,
        organization = organization.map(tracing::field::display),
        "answered",
    );
    let class = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    let class = class[usize::from(status / 100).clamp(1, 5) - 1];
    metrics::counter!("tarn_http_requests_total", "method" => method, "route" => route.clone(), "status" => class)
        .increment(1);
    metrics::histogram!("tarn_http_request_seconds", "route" => route).record(took.as_secs_f64());
}

/// The method by a known name: clients may send any word, and metrics must not grow with them.
fn method_name(method: &actix_web::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::{TestRequest, init_service, read_body, try_call_service};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    async fn broken() -> HttpResponse {
        panic!("Verysecretname")
    }

    #[actix_web::test]
    async fn a_handler_that_panics_is_answered_in_the_language_of_its_path() {
        let app = App::new()
            .wrap(Front)
            .route("/datastore/{tail:.*}", web::get().to(broken))
            .route("/api/v1/{tail:.*}", web::get().to(broken));
        let service = init_service(app).await;
        for (path, media) in [
            ("/datastore/x/r4/Patient", "application/fhir+json"),
            ("/api/v1/stores", "application/problem+json"),
        ] {
            let request = TestRequest::get().uri(path).to_request();
            let failed = try_call_service(&service, request).await.unwrap_err();
            let response = failed.error_response();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers().get("content-type").unwrap(), media);
            let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("Verysecretname"));
        }
    }

    #[actix_web::test]
    async fn an_answer_that_says_how_to_cache_it_is_left_alone() {
        let cached =
            || async { HttpResponse::Ok().insert_header(("cache-control", "private")).finish() };
        let app = App::new().wrap(Front).route("/", web::get().to(cached));
        let service = init_service(app).await;
        let response =
            actix_web::test::call_service(&service, TestRequest::get().uri("/").to_request()).await;
        assert_eq!(response.headers().get("cache-control").unwrap(), "private");
        assert_eq!(response.headers().get("x-content-type-options").unwrap(), "nosniff");
        assert!(read_body(response).await.is_empty());
    }
}
