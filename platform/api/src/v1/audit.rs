//! `/api/v1/audit`

use actix_web::web::{Data, ServiceConfig, get, post};
use actix_web::{HttpRequest, Responder};
use tarn_app::audit;

use super::{body, resource};
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/audit/events").route(get().to(search)))
        .service(resource("/audit/verify").route(post().to(verify)));
}

async fn search(request: HttpRequest, door: Data<Door>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        let query = body::query::<audit::Query>(&request)?;
        audit::search(&door.platform, &call, query).await
    };
    Answer::ok(done.await)
}

async fn verify(request: HttpRequest, door: Data<Door>) -> impl Responder {
    let done = async { audit::verify(&door.platform, &call(&request).await?).await };
    Answer::ok(done.await)
}
