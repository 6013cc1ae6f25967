//! Who calls: the credential of a request becomes a [`Call`].

use actix_web::http::header::{AUTHORIZATION, HeaderMap, USER_AGENT};
use actix_web::{HttpMessage, HttpRequest, web};
use tarn_app::Call;
use tarn_domain::{Kind, Problem, RequestId};

use crate::Door;

/// Finds out who calls, by `Authorization: Bearer tarn_…`.
///
/// # Errors
/// Unauthenticated, in words that tell what to send and nothing of what was sent.
pub(crate) async fn call(request: &HttpRequest) -> Result<Call, Problem> {
    let door = door(request)?;
    let id = request_id(request)?;
    let key = bearer(request.headers())?;
    let caller = door.platform.caller_of_key(key).await?;
    request.extensions_mut().insert(caller.organization);
    Ok(Call {
        request: id,
        caller,
        source: request.peer_addr().map(|address| address.ip()),
        agent: text(request.headers(), &USER_AGENT),
        mark: None,
    })
}

/// The door that a request came in by.
pub(crate) fn door(request: &HttpRequest) -> Result<&web::Data<Door>, Problem> {
    request.app_data().ok_or_else(|| Problem::internal("the application has no door"))
}

/// The id that the request got on its way in.
pub(crate) fn request_id(request: &HttpRequest) -> Result<RequestId, Problem> {
    let id = request.extensions().get::<RequestId>().copied();
    id.ok_or_else(|| Problem::internal("the request passed no front"))
}

fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Err(unauthenticated("Send an API key: `Authorization: Bearer tarn_…`."));
    };
    let (scheme, token) = value.to_str().ok().and_then(|v| v.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthenticated("The way of authorization must be `Bearer`, with an API key."));
    }
    Ok(token.trim())
}

fn unauthenticated(words: &'static str) -> Problem {
    Problem::new(Kind::Unauthenticated, "unauthenticated", words)
}

fn text(headers: &HeaderMap, name: &actix_web::http::header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.chars().take(512).collect())
}
