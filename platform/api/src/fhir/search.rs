//! Searches: by GET, by POST, in a type, in everything, in a compartment.

use actix_web::HttpResponse;
use actix_web::web::Payload;
use tarn_app::clinical;
use tarn_app::clinical::parameters::Parameters;
use tarn_app::clinical::target::Target;
use tarn_app::clinical::{Scope, Search};
use tarn_domain::{Kind, Problem};

use super::incoming::{Incoming, shape};
use super::instance::lost;
use super::{body, negotiate, respond};

const FORM: &str = "application/x-www-form-urlencoded";

pub(super) async fn get(incoming: &Incoming<'_>) -> Result<HttpResponse, Problem> {
    run(incoming, incoming.parameters.clone(), false).await
}

/// A form's parameters join those of the URL (<https://hl7.org/fhir/R4/search.html#Introduction>).
pub(super) async fn post(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let parameters = posted(incoming, payload).await?;
    run(incoming, parameters, true).await
}

/// The parameters of the URL, and those of the form behind them.
pub(super) async fn posted(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<Parameters, Problem> {
    let headers = incoming.request.headers();
    let body = body::read(headers, payload, incoming.limits().resource_bytes).await?;
    let mut parameters = incoming.parameters.clone();
    if !body.is_empty() {
        if negotiate::content_type(headers) != FORM {
            let words = "A search by POST must be `application/x-www-form-urlencoded`.";
            return Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-form", words));
        }
        let text = std::str::from_utf8(&body);
        let text =
            text.map_err(|_| Problem::new(Kind::Invalid, "bad-form", "The form must be UTF-8."))?;
        parameters.extend(Parameters::parse(text.trim())?);
    }
    Ok(parameters)
}

async fn run(
    incoming: &Incoming<'_>,
    parameters: Parameters,
    posted: bool,
) -> Result<HttpResponse, Problem> {
    let scope = scope(&incoming.target)?;
    // A form may hold `_format` and `_pretty`, too.
    let (media, is_pretty) = shape(incoming.request, &parameters)?;
    let (lenient, explain) = (incoming.prefer.lenient, incoming.wants_plan());
    let search = Search { scope, parameters, lenient, posted, explain };
    let bundle = clinical::search(incoming.asking(), search).await?;
    Ok(respond::plain(media, is_pretty, bundle))
}

fn scope(target: &Target) -> Result<Scope, Problem> {
    Ok(match target {
        Target::System | Target::SystemSearch => Scope::System,
        Target::Type(type_) | Target::TypeSearch(type_) => Scope::Type(*type_),
        Target::Compartment(owner, id, type_) | Target::CompartmentSearch(owner, id, type_) => {
            Scope::Compartment { owner: *owner, id: id.to_string(), type_: *type_ }
        }
        _ => return Err(lost()),
    })
}
