//! Which representation a caller takes, sends and prefers.

use actix_web::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName};
use tarn_app::clinical::parameters::{Parameters, refuse_parameter};
use tarn_app::clinical::{Preferences, Return};
use tarn_domain::{Kind, Problem};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The media type of every answer with a resource in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Media {
    /// FHIR's own: `application/fhir+json`.
    #[default]
    FhirJson,
    /// `application/json`, for those who asked for just that.
    Json,
}

impl Media {
    /// The `Content-Type` to send.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::FhirJson => "application/fhir+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// Reads `Prefer` (<https://hl7.org/fhir/R4/http.html#ops>); what is not known is ignored, as
/// RFC 7240 asks.
pub(crate) fn preferences(headers: &HeaderMap) -> Preferences {
    let mut prefer = Preferences::default();
    let values = headers.get_all(PREFER).filter_map(|value| value.to_str().ok());
    for item in values.flat_map(|value| value.split([',', ';'])) {
        match item.trim() {
            "return=minimal" => prefer.returns = Some(Return::Minimal),
            "return=representation" => prefer.returns = Some(Return::Representation),
            "return=OperationOutcome" => prefer.returns = Some(Return::OperationOutcome),
            "handling=lenient" => prefer.lenient = true,
            "handling=strict" => prefer.lenient = false,
            _ => {}
        }
    }
    prefer
}

/// Finds the representation: `_format` decides where it is given, `Accept` otherwise.
///
/// # Errors
/// Not acceptable where the caller takes no JSON.
pub(crate) fn media(headers: &HeaderMap, parameters: &Parameters) -> Result<Media, Problem> {
    if let Some(format) = parameters.get("_format") {
        // In a query `+` is a space: `application/fhir json` is a common slip.
        return named(&format.replace(' ', "+")).ok_or_else(not_acceptable);
    }
    let mut accepted = headers.get_all(ACCEPT).peekable();
    if accepted.peek().is_none() {
        return Ok(Media::FhirJson);
    }
    let mut best: Option<(f32, Media)> = None;
    for part in accepted.filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(',')) {
        let (name, quality) = weighed(part);
        if let Some(media) = named(name)
            && quality > best.map_or(0.0, |(best, _)| best)
        {
            best = Some((quality, media));
        }
    }
    best.map(|(_, media)| media).ok_or_else(not_acceptable)
}

/// Refuses a body that is no FHIR JSON. None at all is taken for it.
///
/// # Errors
/// Unsupported media type.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(sent) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let name = sent.to_str().map_or("", |value| weighed(value).0);
    if matches!(name, "application/fhir+json" | "application/json" | "text/json") {
        return Ok(());
    }
    let words = "The body must be `application/fhir+json`; XML is not taken yet.";
    Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-media-type", words))
}

/// The media type of a body, lower-case parameters cut off.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map_or("", |v| weighed(v).0)
}

/// `_pretty`.
///
/// # Errors
/// Invalid where it is neither `true` nor `false`.
pub(crate) fn pretty(parameters: &Parameters) -> Result<bool, Problem> {
    match parameters.get("_pretty") {
        None | Some("false") => Ok(false),
        Some("true" | "") => Ok(true),
        Some(_) => Err(refuse_parameter("_pretty", "takes `true` or `false`")),
    }
}

/// A media range and its weight. One of another version of FHIR weighs nothing.
fn weighed(part: &str) -> (&str, f32) {
    let mut pieces = part.split(';').map(str::trim);
    let name = pieces.next().unwrap_or_default();
    let mut quality = 1.0;
    for piece in pieces {
        match piece.split_once('=') {
            Some(("q", q)) => quality = q.parse().unwrap_or(1.0),
            Some(("fhirVersion", version)) if !version.starts_with("4.0") => return (name, 0.0),
            _ => {}
        }
    }
    (name, quality)
}

fn named(name: &str) -> Option<Media> {
    match name {
        "application/fhir+json" | "json" | "*/*" | "application/*" => Some(Media::FhirJson),
        "application/json+fhir" => Some(Media::FhirJson),
        "application/json" | "text/json" | "text/*" => Some(Media::Json),
        _ => None,
    }
}

fn not_acceptable() -> Problem {
    let words = "Only JSON is spoken here: ask for `application/fhir+json` or `application/json`.";
    Problem::new(Kind::NotAcceptable, "not-acceptable", words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn accepting(accept: &'static str, query: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        media(&headers, &Parameters::parse(query).unwrap()).ok()
    }

    #[test]
    fn json_is_spoken_in_all_its_names() {
        for accept in ["", "*/*", "application/fhir+json", "application/fhir+json; fhirVersion=4.0"]
        {
            assert_eq!(accepting(accept, ""), Some(Media::FhirJson), "{accept}");
        }
        for accept in ["application/json", "text/json", "text/html, application/json;q=0.9"] {
            assert_eq!(accepting(accept, ""), Some(Media::Json), "{accept}");
        }
        let both = "application/json;q=0.1, application/fhir+json;q=0.5";
        assert_eq!(accepting(both, ""), Some(Media::FhirJson));
    }

    #[test]
    fn the_format_parameter_decides() {
        assert_eq!(accepting("text/html", "_format=json"), Some(Media::FhirJson));
        assert_eq!(accepting("", "_format=application/fhir%2Bjson"), Some(Media::FhirJson));
        assert_eq!(accepting("", "_format=application/fhir+json"), Some(Media::FhirJson));
        assert_eq!(accepting("*/*", "_format=xml"), None);
    }

    #[test]
    fn what_is_not_json_of_r4_is_not_acceptable() {
        for accept in [
            "application/fhir+xml",
            "text/html",
            "application/json;q=0",
            "application/fhir+json; fhirVersion=3.0",
        ] {
            assert_eq!(accepting(accept, ""), None, "{accept}");
        }
    }

    #[test]
    fn preferences_are_read_and_unknown_ones_ignored() {
        let mut headers = HeaderMap::new();
        headers.append(PREFER, HeaderValue::from_static("return=minimal; handling=lenient"));
        headers.append(PREFER, HeaderValue::from_static("respond-sometime"));
        let expected = Preferences { returns: Some(Return::Minimal), lenient: true };
        assert_eq!(preferences(&headers), expected);
    }
}
