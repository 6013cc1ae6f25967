//! What operators and their machines look at: `/healthz`, `/readyz`, `/metrics`.

use std::sync::atomic::Ordering;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use tarn_domain::{Kind, Problem, Secret};

use crate::{Door, problem};

const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics));
}

/// The process answers.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

/// The process can do its work, and means to go on.
async fn readyz(door: Data<Door>) -> HttpResponse {
    if door.stopping.load(Ordering::Relaxed) {
        return HttpResponse::ServiceUnavailable().content_type("text/plain").body("stopping\n");
    }
    match door.platform.ready().await {
        Ok(()) => HttpResponse::Ok().content_type("text/plain").body("ready\n"),
        Err(problem) => {
            tracing::warn!(because = problem.internal, "not ready");
            HttpResponse::ServiceUnavailable().content_type("text/plain").body("not ready\n")
        }
    }
}

/// For loopback, or for who holds the token.
async fn metrics(request: HttpRequest, door: Data<Door>) -> HttpResponse {
    let near = request.peer_addr().is_some_and(|address| address.ip().is_loopback());
    let near = near && !came_through_a_proxy(request.headers());
    let token = door.metrics_token.as_ref();
    let allowed = near || token.is_some_and(|token| holds(request.headers(), token));
    if !allowed {
        let words = "Metrics are for loopback, or for who sends the metrics token.";
        let refusal = Problem::new(Kind::Forbidden, "metrics-refused", words);
        return problem::response(&request, &refusal);
    }
    HttpResponse::Ok().content_type(PROMETHEUS).body((door.metrics)())
}

/// A proxy on this machine makes every caller look near.
fn came_through_a_proxy(headers: &HeaderMap) -> bool {
    headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded")
}

/// Compares without telling by the time where the first difference is.
fn holds(headers: &HeaderMap, token: &Secret<String>) -> bool {
    let sent = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
    let (sent, wanted) = (sent.unwrap_or_default().as_bytes(), token.expose().as_bytes());
    let differences = sent.iter().zip(wanted).fold(0, |all, (a, b)| all | (a ^ b));
    sent.len() == wanted.len() && differences == 0
}
