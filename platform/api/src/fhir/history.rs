//! Histories: of a resource, of a type, of everything.

use actix_web::HttpResponse;
use tarn_app::clinical::history::{Past, history};
use tarn_app::clinical::target::Target;
use tarn_domain::Problem;

use super::incoming::Incoming;
use super::instance::lost;
use super::respond;

pub(super) async fn get(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    let past = match &incoming.target {
        Target::InstanceHistory(type_, id) => Past::Instance(*type_, id.clone()),
        Target::TypeHistory(type_) => Past::Type(*type_),
        Target::SystemHistory => Past::System,
        _ => return Err(lost()),
    };
    let bundle = history(incoming.asking(), past, &incoming.parameters).await?;
    Ok(respond::document(incoming, bundle))
}
