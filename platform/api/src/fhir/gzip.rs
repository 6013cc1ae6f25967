//! Answers compressed for those who take gzip.

use std::io::Write as _;

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, VARY};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Below this, a packet is a packet.
const WORTH_IT: usize = 1_024;
/// Above this, compressing leaves the async thread.
const LARGE: usize = 64 * 1024;

/// Compresses an answer's body where that is wanted and worth it.
pub(crate) async fn compress(request: &HttpRequest, answer: HttpResponse) -> HttpResponse {
    if request.method() == Method::HEAD || !is_taken(request.headers()) {
        return answer;
    }
    let (head, body) = answer.into_parts();
    let body = match body.try_into_bytes() {
        Ok(body) => body,
        Err(streamed) => return head.set_body(streamed),
    };
    let packed = match body.len() {
        0..WORTH_IT => None,
        WORTH_IT..=LARGE => gzip(&body),
        _ => {
            let large = body.clone();
            tokio::task::spawn_blocking(move || gzip(&large)).await.ok().flatten()
        }
    };
    let Some(packed) = packed else { return head.set_body(BoxBody::new(body)) };
    let mut answer = head.set_body(BoxBody::new(packed));
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    answer
}

/// Whether the caller takes gzip (RFC 9110 §12.5.3).
pub(super) fn is_taken(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
        let refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0);
        matches!(name.trim(), "gzip" | "x-gzip" | "*") && !refused
    })
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    fn taking(text: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(text));
        is_taken(&headers)
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        assert!(taking("gzip") && taking("br, gzip;q=0.5") && taking("*"));
        assert!(!taking("br") && !taking("gzip;q=0") && !taking("identity"));
        assert!(!is_taken(&HeaderMap::new()));
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let body = "x".repeat(5_000);
        let packed = gzip(body.as_bytes()).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
        assert!(text == body && packed.len() < 200);
    }
}
