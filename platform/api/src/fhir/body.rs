//! Request bodies: read up to a limit, gzip undone within the same limit, XML made JSON.

use std::io::Read as _;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use actix_web::web::Payload;
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt as _;
use tarn_domain::{Issue, IssueCode, Kind, Problem};

use super::negotiate;

/// Above this, reading XML leaves the async thread.
const LARGE: usize = 32 * 1024;

/// Reads a whole body of at most `most` bytes, before and after decompression.
///
/// # Errors
/// Too large, an encoding that is not taken, or a body that broke off.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut payload: Payload,
    most: usize,
) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > most as u64) {
        return Err(too_large(most));
    }
    let gzip = is_gzip(headers)?;
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| broken())?;
        if body.is_empty() && announced == Some(chunk.len() as u64) {
            return finish(chunk, gzip, most).await;
        }
        if body.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        body.extend_from_slice(&chunk);
    }
    finish(body.freeze(), gzip, most).await
}

/// Reads a body that is a resource, in either format. From here on it is JSON.
///
/// # Errors
/// As [`read`]; also a media type that is not taken, and XML that is not a resource's.
pub(crate) async fn resource(
    headers: &HeaderMap,
    payload: Payload,
    most: usize,
) -> Result<Bytes, Problem> {
    let is_xml = negotiate::is_xml(headers)?;
    let body = read(headers, payload, most).await?;
    if !is_xml {
        return Ok(body);
    }
    if body.len() < LARGE {
        return from_xml(&body);
    }
    let reading = tokio::task::spawn_blocking(move || from_xml(&body));
    reading.await.unwrap_or_else(|error| Err(Problem::internal(error)))
}

fn from_xml(body: &[u8]) -> Result<Bytes, Problem> {
    tarn_xml::to_json(body).map(Bytes::from).map_err(|error| {
        let mut issue = Issue::error(IssueCode::Structure, format!("Not FHIR XML: {error}."));
        if !error.path.is_empty() {
            issue = issue.at(error.path.clone());
        }
        Problem::with_issues(Kind::Invalid, "bad-xml", vec![issue])
    })
}

async fn finish(body: Bytes, gzip: bool, most: usize) -> Result<Bytes, Problem> {
    if !gzip {
        return Ok(body);
    }
    let inflating = tokio::task::spawn_blocking(move || inflate(&body, most));
    inflating.await.unwrap_or_else(|error| Err(Problem::internal(error)))
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else { return Ok(false) };
    match encoding.to_str().unwrap_or("?").trim() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => {
            let words = "The body's `Content-Encoding` must be `gzip` or `identity`.";
            Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-encoding", words))
        }
    }
}

/// Undoes gzip, but never writes more than `most` bytes: a small body cannot fill the memory.
fn inflate(body: &[u8], most: usize) -> Result<Bytes, Problem> {
    let mut out = Vec::with_capacity(body.len().saturating_mul(4).min(most));
    let mut bounded = MultiGzDecoder::new(body).take(most as u64 + 1);
    bounded
        .read_to_end(&mut out)
        .map_err(|_| Problem::new(Kind::Invalid, "bad-gzip", "The body is not whole gzip."))?;
    if out.len() > most {
        return Err(too_large(most));
    }
    Ok(out.into())
}

fn broken() -> Problem {
    Problem::new(Kind::Invalid, "broken-body", "The body broke off or is not well framed.")
}

fn too_large(most: usize) -> Problem {
    let words = format!("The body may be {most} bytes at most. Larger data comes in by import.");
    Problem::new(Kind::TooLarge, "body-too-large", words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_undone_within_the_limit() {
        let data = vec![b'x'; 1_000];
        assert_eq!(inflate(&gzip(&data), 1_000).unwrap(), data);
        assert_eq!(inflate(&gzip(&data), 999).unwrap_err().kind, Kind::TooLarge);
    }

    #[test]
    fn a_truncated_gzip_is_refused() {
        let whole = gzip(&[b'x'; 1_000]);
        for body in [&whole[..whole.len() - 4], &whole[..5], b"not gzip"] {
            assert_eq!(inflate(body, 10_000).unwrap_err().kind, Kind::Invalid);
        }
    }
}
