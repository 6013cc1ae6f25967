//! Links of Bundles: what was really asked for, and where the next page is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a query (RFC 3986 §3.4), without what separates or is ambiguous
/// there: `&`, `=`, `+`, `|` and quotes are always encoded.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b',')
    .remove(b'$')
    .remove(b'*')
    .remove(b'!')
    .remove(b'@');

/// A URL of a path below the base with parameters.
pub(super) fn url<'a>(
    base: &str,
    path: &str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut url = String::with_capacity(base.len() + path.len() + 64);
    url.push_str(base);
    if !path.is_empty() {
        url.push('/');
        url.push_str(path);
    }
    let mut separator = '?';
    for (name, value) in parameters {
        url.push(separator);
        separator = '&';
        url.extend(utf8_percent_encode(name, KEPT));
        url.push('=');
        url.extend(utf8_percent_encode(value, KEPT));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::parameters::Parameters;

    #[test]
    fn a_link_reads_back_to_what_it_was_made_of() {
        let pairs = [("code", "http://loinc.org|8867-4"), ("name:exact", "a+b & c=é"), ("x", "")];
        let url = url("http://h/r4", "Observation", pairs);
        let (path, query) = url.split_once('?').unwrap();
        assert_eq!(path, "http://h/r4/Observation");
        assert_eq!(Parameters::parse(query).unwrap().iter().collect::<Vec<_>>(), pairs);
        assert!(query.starts_with("code=http://loinc.org%7C8867-4&name:exact=a%2Bb%20%26"));
    }
}
