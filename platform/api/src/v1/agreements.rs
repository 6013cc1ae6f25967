//! `/api/v1/agreements/baa`: the business associate agreement that opens the routes to PHI.

use actix_web::web::{Data, Payload, ServiceConfig, get, post};
use actix_web::{HttpRequest, Responder};
use tarn_app::agreements;

use super::{body, resource};
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    let baa = resource("/agreements/baa");
    config.service(baa.route(get().to(describe)).route(post().to(sign)));
}

async fn describe(request: HttpRequest, door: Data<Door>) -> impl Responder {
    let done = async { agreements::describe(&door.platform, &call(&request).await?).await };
    Answer::ok(done.await)
}

async fn sign(request: HttpRequest, door: Data<Door>, payload: Payload) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let signature = body::json::<agreements::Signature>(payload).await?;
        agreements::sign(&door.platform, &call, signature).await
    };
    Answer::created(done.await)
}
