//! `/api/v1/stores/{id}/subscriptions`

use actix_web::web::{Data, Path, Payload, ServiceConfig, get, post};
use actix_web::{HttpRequest, Responder};
use tarn_app::subscriptions;

use super::{body, id, resource};
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(resource("/stores/{store}/subscriptions").route(get().to(list))).service(
        resource("/stores/{store}/subscriptions/{subscription}/replay").route(post().to(replay)),
    );
}

async fn list(request: HttpRequest, door: Data<Door>, path: Path<String>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        subscriptions::list(&door.platform, &call, id(&path, "data store")?).await
    };
    Answer::ok(done.await)
}

async fn replay(
    request: HttpRequest,
    door: Data<Door>,
    path: Path<(String, String)>,
    payload: Payload,
) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let (store, subscription) = (id(&path.0, "data store")?, id(&path.1, "subscription")?);
        let asked = body::json::<subscriptions::Replay>(payload).await?;
        subscriptions::replay(&door.platform, &call, store, &subscription, asked).await
    };
    Answer::accepted(done.await)
}
