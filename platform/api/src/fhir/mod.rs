//! FHIR R4's REST surface: `/datastore/{id}/r4/…`. Translates HTTP to clinical verbs and back.

mod body;
mod deferred;
mod graphql;
mod gzip;
mod history;
mod http_date;
mod incoming;
mod instance;
mod negotiate;
mod operations;
mod render;
mod respond;
mod routes;
mod search;
mod subscriptions;
mod types;
mod websocket;

use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use tarn_app::clinical::Asking;
use tarn_app::clinical::capabilities;
use tarn_app::clinical::parameters::Parameters;
use tarn_app::clinical::target::Target;
use tarn_domain::{Kind, Problem, StoreId};

use crate::caller;
use incoming::{Incoming, shape};
use negotiate::{Media, preferences};
use routes::Interaction;

/// Lays out the paths.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/datastore/{store}/websocket").route(web::get().to(websocket::open)),
        )
        .service(web::resource("/datastore/{store}/r4/{tail:.*}").to(answer))
        .service(web::resource("/datastore/{store}/r4").to(answer));
}

async fn answer(request: HttpRequest, payload: Payload) -> HttpResponse {
    let answered = interact(&request, payload).await;
    let answer = answered.unwrap_or_else(|problem| {
        // Also a caller who takes neither JSON nor XML is told so in JSON.
        let parameters = Parameters::parse(request.query_string()).unwrap_or_default();
        let media = negotiate::media(request.headers(), &parameters);
        respond::refusal(&request, media.unwrap_or_default(), &problem)
    });
    let answer = render::render(&request, answer).await;
    gzip::compress(&request, answer).await
}

async fn interact(request: &HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    let path = request.match_info();
    let store: StoreId = path.query("store").parse().map_err(|_| no_store())?;
    let target = Target::parse(path.query("tail"))?;
    let parameters = Parameters::parse(request.query_string())?;
    // What a deferred answer is made of is not ours to choose: NDJSON, or the manifest's JSON.
    let deferred = matches!(target, Target::Deferred(_) | Target::DeferredFile(..));
    let (media, pretty) =
        if deferred { (Media::Json, false) } else { shape(request, &parameters)? };
    let Some((interaction, action)) = routes::find(&target, request.method()) else {
        return not_offered(request, media, &target);
    };
    let door = caller::door(request)?;
    if action.is_none() {
        // Who may search the store is told of its own parameters, everybody else of the rest.
        let asked = caller::call(request).await.ok();
        let platform = &door.platform;
        let own = match &asked {
            Some(call) => capabilities::own_statement(Asking { platform, call, store }).await.ok(),
            None => None,
        };
        let statement = own.unwrap_or_else(|| capabilities::statement(platform, store));
        return Ok(respond::plain(media, pretty, statement));
    }
    let call = caller::call(request).await?;
    let prefer = preferences(request.headers());
    let platform = &door.platform;
    let incoming =
        Incoming { request, platform, call, store, target, parameters, media, prefer, pretty };
    if incoming.prefer.later
        && let Some(action) = action
        && routes::is_deferrable(interaction, request.method())
    {
        return deferred::put_off(&incoming, interaction, action, payload).await;
    }
    dispatch(interaction, &incoming, payload).await
}

async fn dispatch(
    interaction: Interaction,
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    match interaction {
        Interaction::Read => instance::read(incoming).await,
        Interaction::Vread => instance::vread(incoming).await,
        Interaction::Update => instance::update(incoming, payload).await,
        Interaction::Patch => instance::patch(incoming, payload).await,
        Interaction::Delete => instance::delete(incoming).await,
        Interaction::Create => types::create(incoming, payload).await,
        Interaction::UpdateWhere => types::update_where(incoming, payload).await,
        Interaction::PatchWhere => types::patch_where(incoming, payload).await,
        Interaction::DeleteWhere => types::delete_where(incoming).await,
        Interaction::Search => search::get(incoming).await,
        Interaction::PostedSearch => search::post(incoming, payload).await,
        Interaction::History => history::get(incoming).await,
        Interaction::Bundle => operations::bundle(incoming, payload).await,
        Interaction::Validate => operations::validate(incoming, payload).await,
        Interaction::Operation(operation) => operations::invoke(incoming, operation, payload).await,
        Interaction::Export => deferred::export(incoming, payload).await,
        Interaction::DeferredStatus => deferred::status(incoming).await,
        Interaction::DeferredFile => deferred::file(incoming).await,
        Interaction::Import => deferred::import(incoming, payload).await,
        Interaction::Erase => deferred::erase(incoming, payload).await,
        Interaction::BulkDelete => deferred::bulk_delete(incoming, payload).await,
        Interaction::Forget => deferred::forget(incoming).await,
        Interaction::Graphql => graphql::answer(incoming, payload).await,
        Interaction::SubscriptionStatus => subscriptions::status(incoming, payload).await,
        Interaction::SubscriptionBinding => subscriptions::binding_token(incoming, payload).await,
        Interaction::SubscriptionEvents => subscriptions::events(incoming, payload).await,
        Interaction::Capabilities => Err(instance::lost()),
    }
}

fn not_offered(
    request: &HttpRequest,
    media: Media,
    target: &Target,
) -> Result<HttpResponse, Problem> {
    let allowed = routes::allowed(target);
    if !allowed.is_empty() {
        return Ok(respond::not_this_method(request, media, &allowed));
    }
    let (Target::SystemOperation(_)
    | Target::TypeOperation(..)
    | Target::InstanceOperation(..)
    | Target::VersionOperation(..)) = target
    else {
        return Err(Problem::new(Kind::NotFound, "unknown-path", "There is no such path."));
    };
    let words = "This operation is not offered here.";
    Err(Problem::new(Kind::NotSupported, "operation-not-supported", words))
}

fn no_store() -> Problem {
    let words = "There is no such data store. Its id is 32 lower-case hex digits.";
    Problem::new(Kind::NotFound, "no-such-store", words)
}
