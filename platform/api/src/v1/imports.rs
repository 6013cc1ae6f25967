//! `/api/v1/stores/{id}/imports`

use actix_web::http::header::CONTENT_ENCODING;
use actix_web::web::{Data, Path, Payload, ServiceConfig, get, post};
use actix_web::{HttpRequest, Responder};
use futures_util::StreamExt;
use serde::Deserialize;
use tarn_app::imports;
use tarn_domain::{Kind, Problem};

use super::{body, id, resource};
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/stores/{store}/imports").route(post().to(start)).route(get().to(list)))
        .service(resource("/stores/{store}/imports/upload").route(post().to(upload)))
        .service(resource("/stores/{store}/imports/{job}").route(get().to(describe)))
        .service(resource("/stores/{store}/imports/{job}/cancel").route(post().to(cancel)));
}

async fn start(
    request: HttpRequest,
    door: Data<Door>,
    path: Path<String>,
    payload: Payload,
) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let store = id(&path, "data store")?;
        let asked = body::json::<imports::NewImport>(payload).await?;
        imports::start(&door.platform, &call, store, asked).await
    };
    Answer::accepted(done.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadQuery {
    name: Option<String>,
    validation: Option<imports::Validation>,
}

async fn upload(
    request: HttpRequest,
    door: Data<Door>,
    path: Path<String>,
    payload: Payload,
) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let store = id(&path, "data store")?;
        let query = body::query::<UploadQuery>(&request)?;
        let named = imports::Upload { name: query.name, validation: query.validation };
        refuse_encoding(&request)?;
        let broken = |_| Problem::new(Kind::Invalid, "broken-body", "The upload broke off.");
        let chunks = payload.map(move |chunk| chunk.map_err(broken));
        imports::upload(&door.platform, &call, store, named, chunks).await
    };
    Answer::accepted(done.await)
}

/// Gzip is told by its first bytes when the import reads it; other encodings are not taken.
fn refuse_encoding(request: &HttpRequest) -> Result<(), Problem> {
    let encoding =
        request.headers().get(CONTENT_ENCODING).map(|v| v.to_str().unwrap_or("?").trim());
    match encoding {
        None | Some("" | "identity" | "gzip" | "x-gzip") => Ok(()),
        Some(_) => {
            let words = "The body's `Content-Encoding` must be `gzip` or `identity`.";
            Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-encoding", words))
        }
    }
}

async fn list(request: HttpRequest, door: Data<Door>, path: Path<String>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        imports::list(&door.platform, &call, id(&path, "data store")?).await
    };
    Answer::ok(done.await)
}

async fn describe(
    request: HttpRequest,
    door: Data<Door>,
    path: Path<(String, String)>,
) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let (store, job) = (id(&path.0, "data store")?, id(&path.1, "job")?);
        imports::describe(&door.platform, &call, store, job).await
    };
    Answer::ok(done.await)
}

async fn cancel(
    request: HttpRequest,
    door: Data<Door>,
    path: Path<(String, String)>,
) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let (store, job) = (id(&path.0, "data store")?, id(&path.1, "job")?);
        imports::cancel(&door.platform, &call, store, job).await
    };
    Answer::accepted(done.await)
}
