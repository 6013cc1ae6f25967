//! `/api/v1/mails`

use actix_web::web::{Data, ServiceConfig, get};
use actix_web::{HttpRequest, Responder};
use tarn_app::mails;

use super::resource;
use crate::Door;
use crate::answer::Answer;
use crate::caller::call;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(resource("/mails").route(get().to(list)));
}

async fn list(request: HttpRequest, door: Data<Door>) -> impl Responder {
    let done = async {
        let call = call(&request).await?;
        mails::list(&door.platform, &call).await
    };
    Answer::ok(done.await)
}
