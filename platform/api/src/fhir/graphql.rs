//! GraphQL's transport: `?query=` by GET; by POST the query itself (`application/graphql`), a JSON
//! object (`query`, `operationName`, `variables`), or FHIR Parameters with a `query`
//! (<https://hl7.org/fhir/R4/graphql.html>).

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::Payload;
use tarn_app::clinical::target::Target;
use tarn_app::clinical::{self, GraphqlRequest};
use tarn_domain::{Kind, Problem};
use tarn_fhir::json::{Document, Kind as JsonKind, Value};

use super::incoming::Incoming;
use super::instance::lost;
use super::{body, negotiate, respond};

pub(super) async fn answer(
    incoming: &Incoming<'_>,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let focus = match &incoming.target {
        Target::SystemOperation(_) => None,
        Target::InstanceOperation(type_, id, _) => Some((*type_, id.clone())),
        _ => return Err(lost()),
    };
    let is_post = incoming.request.method() == Method::POST;
    let request = if is_post { posted(incoming, payload).await? } else { asked(incoming)? };
    let answered = clinical::graphql(incoming.asking(), focus, request, is_post).await?;
    Ok(respond::graphql(incoming, answered))
}

fn asked(incoming: &Incoming<'_>) -> Result<GraphqlRequest, Problem> {
    let get = |name| incoming.parameters.get(name).map(str::to_owned);
    let query = get("query").ok_or_else(|| bad("Send the query as `?query=`."))?;
    let variables = match get("variables") {
        Some(text) => {
            let document = parse(text.as_bytes())?;
            variables(Some(document.root()))?
        }
        None => BTreeMap::new(),
    };
    Ok(GraphqlRequest { query, operation: get("operationName"), variables })
}

async fn posted(incoming: &Incoming<'_>, payload: Payload) -> Result<GraphqlRequest, Problem> {
    let headers = incoming.request.headers();
    let most = incoming.limits().resource_bytes;
    if negotiate::content_type(headers) == "application/graphql" {
        let body = body::read(headers, payload, most).await?;
        let query = String::from_utf8(body.to_vec());
        let query = query.map_err(|_| bad("The query must be UTF-8."))?;
        return Ok(GraphqlRequest { query, ..GraphqlRequest::default() });
    }
    let body = body::resource(headers, payload, most).await?;
    if body.is_empty() {
        return asked(incoming);
    }
    let document = parse(&body)?;
    let root = document.root();
    let text = |name: &str| match root.get(name) {
        None => Ok(None),
        Some(value) if value.kind() == JsonKind::Null => Ok(None),
        Some(value) => match value.as_str() {
            Some(text) => Ok(Some(text.into_owned())),
            None => Err(bad(&format!("`{name}` must be a string."))),
        },
    };
    if text("resourceType")?.as_deref() == Some("Parameters") {
        let query = parameter(root).ok_or_else(|| bad("Parameters need a `query`."))?;
        return Ok(GraphqlRequest { query, ..GraphqlRequest::default() });
    }
    let query = text("query")?.ok_or_else(|| bad("The body needs a `query`."))?;
    let variables = variables(root.get("variables"))?;
    Ok(GraphqlRequest { query, operation: text("operationName")?, variables })
}

/// `query` among a Parameters resource's parameters.
fn parameter(root: Value<'_>) -> Option<String> {
    let is_it = |p: &Value<'_>| p.get("name").and_then(Value::as_str).as_deref() == Some("query");
    let value = root.get("parameter")?.items().find(is_it)?.get("valueString")?;
    value.as_str().map(std::borrow::Cow::into_owned)
}

fn variables(value: Option<Value<'_>>) -> Result<BTreeMap<String, String>, Problem> {
    match value {
        Some(value) if value.kind() == JsonKind::Object => {
            Ok(value.members().map(|(name, v)| (name.into_owned(), v.raw().to_owned())).collect())
        }
        Some(value) if value.kind() != JsonKind::Null => Err(bad("`variables` must be an object.")),
        _ => Ok(BTreeMap::new()),
    }
}

fn parse(text: &[u8]) -> Result<Document<'_>, Problem> {
    Document::parse(text).map_err(|error| bad(&format!("Not JSON: {error}.")))
}

fn bad(words: &str) -> Problem {
    Problem::new(Kind::Invalid, "bad-graphql-request", words.to_owned())
}
