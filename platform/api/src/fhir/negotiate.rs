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
    /// FHIR's own: `application/fhir+xml`.
    FhirXml,
    /// `application/json`, for those who asked for just that.
    Json,
    /// `application/xml`, likewise.
    Xml,
    /// `text/xml`, likewise.
    TextXml,
}

impl Media {
    /// In the order in which they are preferred, where the caller does not care.
    const ALL: [Self; 5] = [Self::FhirJson, Self::FhirXml, Self::Json, Self::Xml, Self::TextXml];

    /// The `Content-Type` to send.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::FhirJson => "application/fhir+json; charset=utf-8",
            Self::FhirXml => "application/fhir+xml; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Xml => "application/xml; charset=utf-8",
            Self::TextXml => "text/xml; charset=utf-8",
        }
    }

    /// Whether it is XML.
    pub(crate) const fn is_xml(self) -> bool {
        matches!(self, Self::FhirXml | Self::Xml | Self::TextXml)
    }

    /// How closely a media range names it; 0 where it does not.
    fn fit(self, range: &str) -> u8 {
        match range {
            "*/*" => 1,
            "application/*" if self != Self::TextXml => 2,
            "text/*" if matches!(self, Self::Json | Self::TextXml) => 2,
            name if named(name) == Some(self) => 3,
            _ => 0,
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
            "respond-async" => prefer.later = true,
            _ => {}
        }
    }
    prefer
}

/// Finds the representation: `_format` decides where it is given, `Accept` otherwise
/// (RFC 9110 §12.5.1: the closest range weighs; among equals the first named wins).
///
/// # Errors
/// Not acceptable where the caller takes neither JSON nor XML.
pub(crate) fn media(headers: &HeaderMap, parameters: &Parameters) -> Result<Media, Problem> {
    if let Some(format) = parameters.get("_format") {
        // In a query `+` is a space: `application/fhir json` is a common slip.
        let format = format.replace(' ', "+");
        let (name, quality) = weighed(&format);
        let media = named(name).or((name == "*/*").then_some(Media::FhirJson));
        return media.filter(|_| quality > 0.0).ok_or_else(not_acceptable);
    }
    if !headers.contains_key(ACCEPT) {
        return Ok(Media::FhirJson);
    }
    let values = headers.get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    let ranges: Vec<_> = values.flat_map(|value| value.split(',')).map(weighed).collect();
    let mut best: Option<(f32, usize, Media)> = None;
    for media in Media::ALL {
        let fits = ranges.iter().enumerate().map(|(at, (range, q))| (media.fit(range), at, *q));
        let closest = fits.filter(|(fit, ..)| *fit > 0).min_by_key(|(fit, at, _)| (4 - *fit, *at));
        let Some((_, at, quality)) = closest.filter(|(.., quality)| *quality > 0.0) else {
            continue;
        };
        if best.is_none_or(|(q, first, _)| quality > q || (quality == q && at < first)) {
            best = Some((quality, at, media));
        }
    }
    best.map(|(.., media)| media).ok_or_else(not_acceptable)
}

/// Whether a body is XML; otherwise it is JSON, which none at all is taken for.
///
/// # Errors
/// Unsupported media type.
pub(crate) fn is_xml(headers: &HeaderMap) -> Result<bool, Problem> {
    let Some(sent) = headers.get(CONTENT_TYPE) else { return Ok(false) };
    let sent = sent.to_str().unwrap_or_default();
    let (name, quality) = weighed(sent);
    let media = named(name).filter(|_| quality > 0.0 && name.contains('/'));
    match media {
        Some(media) if charset(sent).is_none_or(|charset| charset == "utf-8") => Ok(media.is_xml()),
        Some(_) => {
            let words = "The body must be UTF-8.";
            Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-charset", words))
        }
        None => {
            let words = "The body must be `application/fhir+json` or `application/fhir+xml`, of \
                         FHIR 4.0.";
            Err(Problem::new(Kind::UnsupportedMediaType, "unsupported-media-type", words))
        }
    }
}

fn charset(sent: &str) -> Option<String> {
    let mut pieces = sent.split(';').skip(1).filter_map(|piece| piece.trim().split_once('='));
    let (_, value) = pieces.find(|(name, _)| name.eq_ignore_ascii_case("charset"))?;
    Some(value.trim_matches('"').to_ascii_lowercase())
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
        "application/fhir+json" | "application/json+fhir" | "json" => Some(Media::FhirJson),
        "application/fhir+xml" | "application/xml+fhir" | "xml" => Some(Media::FhirXml),
        "application/json" | "text/json" => Some(Media::Json),
        "application/xml" => Some(Media::Xml),
        "text/xml" => Some(Media::TextXml),
        _ => None,
    }
}

fn not_acceptable() -> Problem {
    let words = "JSON and XML are spoken here: ask for `application/fhir+json` or \
                 `application/fhir+xml`.";
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
        assert_eq!(accepting("*/*", "_format=xml"), Some(Media::FhirXml));
        assert_eq!(accepting("", "_format=text/xml"), Some(Media::TextXml));
        assert_eq!(accepting("*/*", "_format=html"), None);
    }

    #[test]
    fn xml_is_spoken_where_it_weighs_more() {
        for (accept, media) in [
            ("application/fhir+xml", Media::FhirXml),
            ("application/xml", Media::Xml),
            ("text/xml", Media::TextXml),
            ("application/fhir+json;q=0.5, application/fhir+xml;q=0.9", Media::FhirXml),
            ("application/fhir+xml, application/fhir+json", Media::FhirXml),
            ("application/fhir+json, application/fhir+xml", Media::FhirJson),
            ("*/*, application/fhir+json;q=0, application/json;q=0", Media::FhirXml),
            ("*/*;q=0.1, application/xml;q=0.2", Media::Xml),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Media::Xml),
            ("application/*;q=0.3, text/xml;q=0.2", Media::FhirJson),
            ("text/*", Media::Json),
        ] {
            assert_eq!(accepting(accept, ""), Some(media), "{accept}");
        }
    }

    #[test]
    fn a_body_is_json_or_xml_of_r4_in_utf_8() {
        let sent = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            is_xml(&headers).ok()
        };
        assert_eq!(is_xml(&HeaderMap::new()).ok(), Some(false));
        assert_eq!(sent("application/fhir+json; charset=UTF-8"), Some(false));
        assert_eq!(sent("application/fhir+xml; fhirVersion=4.0"), Some(true));
        assert_eq!(sent("text/xml; charset=\"utf-8\""), Some(true));
        for refused in ["text/plain", "xml", "application/xml; charset=utf-16", "*/*"] {
            assert_eq!(sent(refused), None, "{refused}");
        }
        assert_eq!(sent("application/fhir+json; fhirVersion=5.0"), None);
    }

    #[test]
    fn what_is_not_of_r4_is_not_acceptable() {
        for accept in [
            "text/html",
            "application/fhir+xml; fhirVersion=5.0",
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
        let expected =
            Preferences { returns: Some(Return::Minimal), lenient: true, ..Preferences::default() };
        assert_eq!(preferences(&headers), expected);
    }
}
