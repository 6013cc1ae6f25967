//! `/api/v1/stores`

use actix_web::web::{Data, Path, Payload, ServiceConfig, delete, get, patch, post};
use actix_web::{HttpRequest, Responder};
use tarn_app::stores;

use super::{body, id, resource};
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(resource("/stores").route(post().to(create)).route(get().to(list))).service(
        resource("/stores/{store}")
            .route(get().to(describe))
            .route(patch().to(update))
            .route(delete().to(remove)),
    );
}

async fn create(request: HttpRequest, door: Data<Door>, payload: Payload) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let new = body::json::<stores::NewStore>(payload).await?;
        stores::create(&door.platform, &call, new).await
    };
    Answer::created(done.await)
}

async fn list(request: HttpRequest, door: Data<Door>) -> impl Responder {
    let done = async { stores::list(&door.platform, &call(&request).await?).await };
    Answer::ok(done.await)
}

async fn describe(request: HttpRequest, door: Data<Door>, path: Path<String>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        stores::describe(&door.platform, &call, id(&path, "data store")?).await
    };
    Answer::ok(done.await)
}

async fn update(
    request: HttpRequest,
    door: Data<Door>,
    path: Path<String>,
    payload: Payload,
) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let id = id(&path, "data store")?;
        let change = body::json::<stores::StoreChange>(payload).await?;
        stores::update(&door.platform, &call, id, change).await
    };
    Answer::ok(done.await)
}

async fn remove(request: HttpRequest, door: Data<Door>, path: Path<String>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        stores::delete(&door.platform, &call, id(&path, "data store")?).await
    };
    Answer::accepted(done.await)
}
