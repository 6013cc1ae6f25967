//! The form in which an answer leaves: handlers answer in JSON, and this makes XML of it, or text
//! for human eyes, where that was asked for.

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use tarn_app::clinical::pretty;
use tarn_domain::{Issue, IssueCode, Kind, Problem};
use tarn_xml::{Layout, WriteError, to_xml};

use super::negotiate::Media;
use super::respond;

/// Above this, rendering leaves the async thread.
const LARGE: usize = 32 * 1024;

/// What becomes of an answer's JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) media: Media,
    pub(crate) is_pretty: bool,
}

/// Renders an answer as its handler said it is to be shown.
///
/// What XML cannot tell is refused to who reads it. A write was done all the same: then the JSON
/// says so, which RFC 9110 §12.5.1 allows.
pub(crate) async fn render(request: &HttpRequest, answer: HttpResponse) -> HttpResponse {
    let Some(shown) = answer.extensions().get::<Shown>().copied() else { return answer };
    let (mut head, body) = answer.into_parts();
    let json = match body.try_into_bytes() {
        Ok(json) => json,
        Err(streamed) => return head.set_body(streamed),
    };
    match show(json.clone(), shown).await {
        Ok(text) => head.set_body(BoxBody::new(text)),
        Err(problem) if matches!(*request.method(), Method::GET | Method::HEAD) => {
            refused(request, shown, &problem).await
        }
        Err(_) => {
            let media = HeaderValue::from_static(Media::FhirJson.content_type());
            head.headers_mut().insert(CONTENT_TYPE, media);
            head.set_body(BoxBody::new(json))
        }
    }
}

async fn refused(request: &HttpRequest, shown: Shown, problem: &Problem) -> HttpResponse {
    let (head, body) = respond::refusal(request, shown.media, problem).into_parts();
    let json = body.try_into_bytes().unwrap_or_default();
    let text = show(json.clone(), shown).await.unwrap_or(json);
    head.set_body(BoxBody::new(text))
}

async fn show(json: Bytes, shown: Shown) -> Result<Bytes, Problem> {
    if json.is_empty() {
        return Ok(json);
    }
    if json.len() < LARGE {
        return rendered(&json, shown);
    }
    let rendering = tokio::task::spawn_blocking(move || rendered(&json, shown));
    rendering.await.unwrap_or_else(|error| Err(Problem::internal(error)))
}

fn rendered(json: &[u8], shown: Shown) -> Result<Bytes, Problem> {
    if !shown.media.is_xml() {
        return Ok(pretty(json).into());
    }
    let layout = if shown.is_pretty { Layout::Pretty } else { Layout::Compact };
    to_xml(json, layout).map(Bytes::from).map_err(|error| match error {
        WriteError::Syntax(error) => Problem::internal(error),
        WriteError::Element { path, message } => {
            let words = format!("XML cannot tell this, ask for JSON: `{path}` {message}.");
            let issue = Issue::error(IssueCode::NotSupported, words).at(path);
            Problem::with_issues(Kind::NotAcceptable, "not-in-xml", vec![issue])
        }
    })
}
