//! `/api/v1/stores/{id}/exports`

use actix_web::web::{Data, Path, Payload, ServiceConfig, get, post};
use actix_web::{HttpRequest, Responder};
use tarn_app::exports;

use super::{body, id, resource};
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/stores/{store}/exports").route(post().to(start)).route(get().to(list)))
        .service(resource("/stores/{store}/exports/{job}").route(get().to(describe)))
        .service(resource("/stores/{store}/exports/{job}/cancel").route(post().to(cancel)));
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
        let asked = body::json::<exports::NewExport>(payload).await?;
        exports::start(&door.platform, &call, store, asked).await
    };
    Answer::accepted(done.await)
}

async fn list(request: HttpRequest, door: Data<Door>, path: Path<String>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        exports::list(&door.platform, &call, id(&path, "data store")?).await
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
        exports::describe(&door.platform, &call, store, job).await
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
        exports::cancel(&door.platform, &call, store, job).await
    };
    Answer::accepted(done.await)
}
