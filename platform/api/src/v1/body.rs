//! Bodies and queries of `/api/v1`: small JSON objects, and typed parameters that refuse what
//! they do not know.

use actix_web::HttpRequest;
use actix_web::web::{Payload, Query};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tarn_domain::{Kind, Problem};

/// No body of this API but an upload comes near it.
const MOST: usize = 256 * 1024;

/// Reads a JSON body.
///
/// # Errors
/// Too large, or not what is asked for, with the member that is wrong.
pub(super) async fn json<T: DeserializeOwned>(mut payload: Payload) -> Result<T, Problem> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let broken = |_| Problem::new(Kind::Invalid, "broken-body", "The body broke off.");
        let chunk = chunk.map_err(broken)?;
        if body.len() + chunk.len() > MOST {
            let words = format!("The body is larger than {MOST} bytes.");
            return Err(Problem::new(Kind::TooLarge, "body-too-large", words));
        }
        body.extend_from_slice(&chunk);
    }
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    serde_json::from_slice(text).map_err(|why| {
        let words = format!("The body is not the JSON that is asked for: {why}.");
        Problem::new(Kind::Invalid, "bad-body", words)
    })
}

/// Reads the query's parameters.
///
/// # Errors
/// One is unknown, or does not take that value.
pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    Query::<T>::from_query(request.query_string()).map(Query::into_inner).map_err(|why| {
        let words = format!("The query is not what is asked for: {why}.");
        Problem::new(Kind::Invalid, "bad-query", words)
    })
}
