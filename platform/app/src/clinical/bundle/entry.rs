//! Reads the entries of a batch or transaction Bundle (<https://hl7.org/fhir/R4/bundle.html>).

use std::borrow::Cow;
use std::ops::Range;

use tarn_domain::{Issue, IssueCode, Kind, Problem, Timestamp};
use tarn_fhir::json::{Document, Value};

use crate::clinical::condition::{Conditions, Match, NoneMatch};
use crate::clinical::parameters::{Parameters, decode_path};
use crate::clinical::target::Target;

/// What a Bundle asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleKind {
    /// Each entry by itself.
    Batch,
    /// All entries, or none.
    Transaction,
}

/// `Bundle.entry.request.method`, in the order in which R4 has a transaction processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the HTTP verb of that name")]
pub enum Method {
    Delete,
    Post,
    Put,
    Patch,
    Get,
    Head,
}

/// One entry, its request understood.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the Bundle, from 0.
    pub index: usize,
    /// `fullUrl`, where it has one.
    pub full_url: Option<String>,
    /// Where in the body its resource is, where it has one.
    pub resource: Option<Range<usize>>,
    /// What is to be done.
    pub method: Method,
    /// To what.
    pub target: Target,
    /// The query of the URL.
    pub parameters: Parameters,
    /// `ifMatch`, `ifNoneMatch`, `ifModifiedSince`.
    pub conditions: Conditions,
    /// `ifNoneExist`, a query.
    pub if_none_exist: Option<Parameters>,
}

/// An entry, or what is wrong with it.
pub type Read = Result<Entry, Problem>;

/// Reads the Bundle's kind and its entries. An entry that cannot be understood is an error of its
/// own, since a batch goes on without it.
///
/// # Errors
/// What makes the whole Bundle unusable.
pub fn read(
    document: &Document<'_>,
    most: usize,
    base: &str,
) -> Result<(BundleKind, Vec<Read>), Problem> {
    let root = document.root();
    if text(root, "resourceType").as_deref() != Some("Bundle") {
        let words = "Only a Bundle of type batch or transaction can be posted to the base.";
        return Err(refuse(IssueCode::Invalid, words, "Bundle"));
    }
    let kind = match text(root, "type").as_deref() {
        Some("batch") => BundleKind::Batch,
        Some("transaction") => BundleKind::Transaction,
        _ => {
            let words = "The type must be `batch` or `transaction`; \
                         other Bundles are kept with POST [base]/Bundle.";
            return Err(refuse(IssueCode::Value, words, "Bundle.type"));
        }
    };
    let Some(list) = root.get("entry") else { return Ok((kind, Vec::new())) };
    let entries: Vec<_> = list.items().collect();
    if entries.len() > most {
        let words =
            format!("A Bundle may have {most} entries at most; this has {}.", entries.len());
        let issue = Issue::error(IssueCode::TooLong, words).at("Bundle.entry");
        return Err(Problem::with_issues(Kind::Unprocessable, "too-many-entries", vec![issue]));
    }
    let read = entries.into_iter().enumerate();
    Ok((kind, read.map(|(index, value)| entry(index, value, base)).collect()))
}

fn entry(index: usize, value: Value<'_>, base: &str) -> Read {
    let at = |child: &str| format!("Bundle.entry[{index}].{child}");
    let required =
        |child: &str| refuse(IssueCode::Required, &format!("`{child}` is required."), &at(child));
    let request = value.get("request").ok_or_else(|| required("request"))?;
    let method = text(request, "method").ok_or_else(|| required("request.method"))?;
    let method = method_named(&method).ok_or_else(|| {
        let words = "The method must be GET, HEAD, POST, PUT, PATCH or DELETE.";
        refuse(IssueCode::CodeInvalid, words, &at("request.method"))
    })?;
    let url = text(request, "url").ok_or_else(|| required("request.url"))?;
    let (target, parameters) =
        parse_url(&url, base).map_err(|problem| placed(problem, &at("request.url")))?;
    let resource = value.get("resource");
    let needs_body = matches!(method, Method::Put | Method::Patch)
        || (method == Method::Post && matches!(target, Target::Type(_)));
    if needs_body && resource.is_none() {
        return Err(required("resource"));
    }
    let if_none_exist = text(request, "ifNoneExist")
        .map(|query| Parameters::parse(query.trim_start_matches('?')))
        .transpose()
        .map_err(|problem| placed(problem, &at("request.ifNoneExist")))?;
    Ok(Entry {
        index,
        full_url: text(value, "fullUrl").map(Cow::into_owned),
        resource: resource.map(Value::span),
        method,
        target,
        parameters,
        conditions: conditions(request).map_err(|p| placed(p, &at("request")))?,
        if_none_exist,
    })
}

fn conditions(request: Value<'_>) -> Result<Conditions, Problem> {
    let since = text(request, "ifModifiedSince").map(|instant| {
        let period = tarn_fhir::date::parse(&instant);
        period.map(|period| Timestamp::from_micros(period.lo)).ok_or_else(|| {
            Problem::new(Kind::Invalid, "bad-instant", "`ifModifiedSince` must be an instant.")
        })
    });
    Ok(Conditions {
        if_match: text(request, "ifMatch").map(|tag| Match::parse(&tag)).transpose()?,
        if_none_match: text(request, "ifNoneMatch").map(|t| NoneMatch::parse(&t)).transpose()?,
        if_modified_since: since.transpose()?,
    })
}

/// Reads a URL relative to the base, or below it.
fn parse_url(url: &str, base: &str) -> Result<(Target, Parameters), Problem> {
    let below = url.strip_prefix(base).map(|rest| rest.trim_start_matches('/'));
    let url = below.unwrap_or_else(|| url.strip_prefix('/').unwrap_or(url));
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Ok((Target::parse(&decode_path(path)?)?, Parameters::parse(query)?))
}

fn method_named(name: &str) -> Option<Method> {
    Some(match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => return None,
    })
}

/// The same problem with its issues placed at an element of the Bundle. An issue about the
/// entry's resource (`Patient.name[0]`) is placed inside it.
pub fn placed(mut problem: Problem, at: &str) -> Problem {
    for issue in &mut problem.issues {
        let inner = issue.expression.take();
        let inner = inner.as_deref().filter(|path| !path.starts_with("http."));
        let below = inner.and_then(|path| path.split_once('.')).map(|(_, rest)| rest);
        issue.expression = Some(match below {
            Some(rest) => format!("{at}.{rest}"),
            None => at.to_owned(),
        });
    }
    problem
}

fn text<'d>(value: Value<'d>, key: &str) -> Option<Cow<'d, str>> {
    value.get(key).and_then(Value::as_str)
}

fn refuse(code: IssueCode, words: &str, at: &str) -> Problem {
    Problem::with_issues(Kind::Invalid, "bad-bundle", vec![Issue::error(code, words).at(at)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use tarn_fhir::definitions::TypeId;

    const BASE: &str = "http://localhost/datastore/x/r4";

    fn with_bundle<T>(json: &str, look: impl FnOnce(BundleKind, Vec<Read>) -> T) -> T {
        let document = Document::parse(json.as_bytes()).unwrap();
        let (kind, entries) = read(&document, 3, BASE).unwrap();
        look(kind, entries)
    }

    #[test]
    fn an_entry_is_understood_whatever_its_urls_look_like() {
        let json = r#"{"resourceType":"Bundle","type":"transaction","entry":[
            {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient"},
             "request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=http://x%7C1"}},
            {"request":{"method":"DELETE","url":"/Patient/1","ifMatch":"W/\"2\""}},
            {"request":{"method":"GET","url":"http://localhost/datastore/x/r4/Patient?name=a%20b"}}
        ]}"#;
        with_bundle(json, |kind, entries| {
            assert_eq!(kind, BundleKind::Transaction);
            let patient = TypeId::parse("Patient").unwrap();
            let first = entries[0].as_ref().unwrap();
            assert_eq!(first.full_url.as_deref(), Some("urn:uuid:1"));
            assert_eq!(first.target, Target::Type(patient));
            assert_eq!(first.if_none_exist.as_ref().unwrap().get("identifier"), Some("http://x|1"));
            let second = entries[1].as_ref().unwrap();
            assert_eq!(second.target, Target::Instance(patient, "1".parse().unwrap()));
            assert_eq!(second.conditions.if_match, Some(Match::Version(2)));
            let third = entries[2].as_ref().unwrap();
            assert_eq!(third.parameters.get("name"), Some("a b"));
        });
    }

    #[test]
    fn a_bad_entry_names_its_place() {
        let json = r#"{"resourceType":"Bundle","type":"batch","entry":[
            {"request":{"method":"POST","url":"Patient"}},
            {"resource":{"resourceType":"Patient"}},
            {"request":{"method":"FETCH","url":"Patient"}}]}"#;
        let places = with_bundle(json, |_, entries| {
            let place = |read: Read| read.unwrap_err().issues[0].expression.clone().unwrap();
            entries.into_iter().map(place).collect::<Vec<_>>()
        });
        assert_eq!(
            places,
            [
                "Bundle.entry[0].resource",
                "Bundle.entry[1].request",
                "Bundle.entry[2].request.method"
            ]
        );
    }

    #[test]
    fn what_is_no_batch_or_transaction_is_refused() {
        let many = format!(
            r#"{{"resourceType":"Bundle","type":"batch","entry":[{}]}}"#,
            ["{}"; 4].join(",")
        );
        let cases = [
            (r#"{"resourceType":"Patient"}"#, "bad-bundle"),
            (r#"{"resourceType":"Bundle","type":"collection"}"#, "bad-bundle"),
            (many.as_str(), "too-many-entries"),
        ];
        for (json, code) in cases {
            let document = Document::parse(json.as_bytes()).unwrap();
            assert_eq!(read(&document, 3, BASE).unwrap_err().code, code);
        }
    }

    #[test]
    fn an_issue_of_a_resource_is_placed_in_its_entry() {
        let issue = Issue::error(IssueCode::Value, "x").at("Patient.name[0].given");
        let problem = Problem::with_issues(Kind::Invalid, "x", vec![issue]);
        let placed = placed(problem, "Bundle.entry[3].resource");
        let place = placed.issues[0].expression.as_deref();
        assert_eq!(place, Some("Bundle.entry[3].resource.name[0].given"));
    }
}
