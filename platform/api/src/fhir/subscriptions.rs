//! The operations of the Backport guide on `Subscription`: `$status`, `$events`, `$get-ws-binding-token`.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Payload;
use tarn_app::clinical::parameters::{Parameters, refuse_parameter};
use tarn_app::clinical::target::Target;
use tarn_app::subscriptions::{self, Wanted};
use tarn_domain::{LogicalId, Problem};

use super::incoming::Incoming;
use super::instance::lost;
use super::{body, respond};

/// What a `Parameters` resource of these operations may take.
const SMALL: usize = 64 * 1024;

pub(super) async fn status(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let answer = match &incoming.target {
        Target::InstanceOperation(_, id, _) => subscriptions::status(incoming.asking(), id).await?,
        Target::TypeOperation(..) => {
            let chosen = parameters(incoming, payload).await?;
            subscriptions::statuses(incoming.asking(), &chosen).await?
        }
        _ => return Err(lost()),
    };
    Ok(respond::document(incoming, answer))
}

pub(super) async fn events(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let Target::InstanceOperation(_, id, _) = &incoming.target else { return Err(lost()) };
    let wanted = Wanted::read(&parameters(incoming, payload).await?)?;
    let answer = subscriptions::events(incoming.asking(), id, wanted).await?;
    Ok(respond::document(incoming, answer))
}

pub(super) async fn binding_token(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let ids = match &incoming.target {
        Target::InstanceOperation(_, id, _) => vec![id.clone()],
        _ => ids(&parameters(incoming, payload).await?)?,
    };
    let answer = subscriptions::binding_token(incoming.asking(), ids).await?;
    Ok(respond::document(incoming, answer))
}

/// The ids that `id` names, one or several.
fn ids(parameters: &Parameters) -> Result<Vec<LogicalId>, Problem> {
    let values = parameters.iter().filter(|(name, _)| *name == "id").map(|(_, value)| value);
    let each = values.flat_map(|value| value.split(','));
    let read = |id: &str| {
        let bare = id.strip_prefix("Subscription/").unwrap_or(id);
        bare.parse().map_err(|_| refuse_parameter("id", "takes logical ids"))
    };
    each.map(read).collect()
}

/// An operation's parameters: those of the query, and of a POST the body's.
async fn parameters(incoming: &Incoming<'_>, payload: Payload) -> Result<Parameters, Problem> {
    let mut all = incoming.parameters.clone();
    if incoming.request.method() == Method::POST {
        let body = body::resource(incoming.request.headers(), payload, SMALL).await?;
        if !body.is_empty() {
            all.extend(Parameters::of_resource(&body)?);
        }
    }
    Ok(all)
}
