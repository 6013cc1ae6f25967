//! How long a body may stay silent: a client that sends nothing for a minute has gone away, and
//! what it holds is given back.

use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use tokio::time::timeout;

const SILENCE: Duration = Duration::from_secs(60);

/// Makes a request's body end with an error when its client stays silent.
pub(crate) fn bound(request: &mut ServiceRequest) {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::DELETE) {
        return;
    }
    let body = unfold(Some(request.take_payload()), |body| async {
        let mut body = body?;
        match timeout(SILENCE, body.next()).await {
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(body))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(PayloadError::Incomplete(None)), None)),
        }
    });
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
}
