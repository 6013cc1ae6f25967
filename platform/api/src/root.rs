//! `/`: where things are, and AWS's door, which is not open yet.

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use tarn_domain::{Kind, Problem};

use crate::problem;

const WHERE: &str = "\
Tarn, an open FHIR R4 health-data lake.

  /datastore/{id}/r4/   FHIR R4 of one data store (its CapabilityStatement is at metadata)
  /api/v1/              stores, imports, exports, audit (an API key as bearer)
  /healthz  /readyz     liveness and readiness
";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::resource("/")
            .route(web::get().to(whereabouts))
            .route(web::head().to(whereabouts))
            .route(web::post().to(aws)),
    );
}

async fn whereabouts() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(WHERE)
}

/// AWS's JSON protocol in its own words: SDKs show `UnknownOperationException` as it is.
async fn aws(request: HttpRequest) -> HttpResponse {
    let version = match request.headers().get(header::CONTENT_TYPE).map(|v| v.as_bytes()) {
        Some(b"application/x-amz-json-1.1") => "application/x-amz-json-1.1",
        _ => "application/x-amz-json-1.0",
    };
    let body = json!({
        "__type": "UnknownOperationException",
        "message": "This operation is not built yet. FHIR is at /datastore/{id}/r4/.",
    });
    HttpResponse::BadRequest()
        .insert_header((header::CONTENT_TYPE, version))
        .insert_header(("x-amzn-errortype", "UnknownOperationException"))
        .body(body.to_string())
}

/// Any path that nobody laid out.
pub(crate) async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let words = "Nothing is at this path. GET / tells what there is.";
    problem::response(&request, &Problem::new(Kind::NotFound, "no-such-path", words))
}

/// A path that is laid out, asked with a method that it does not have.
pub(crate) async fn not_this_method(request: HttpRequest) -> HttpResponse {
    let words = "This path does not offer that method.";
    problem::response(&request, &Problem::new(Kind::MethodNotAllowed, "method-not-allowed", words))
}
