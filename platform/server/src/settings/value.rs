//! What a setting was given, and how the words of it become a value.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

/// What was given: one text, or a list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// From a flag, a variable, or a plain value of the file.
    Text(String),
    /// From an array of the file.
    List(Vec<String>),
}

impl Value {
    /// The value as one text, as a refusal shows it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
        }
    }

    /// The value as a list: a text is cut at commas, and at the system's own separator of paths.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::List(items) => items.iter().map(PathBuf::from).collect(),
            Self::Text(text) => text
                .split(',')
                .flat_map(|part| std::env::split_paths(part.trim()).collect::<Vec<_>>())
                .filter(|path| !path.as_os_str().is_empty())
                .collect(),
        }
    }
}

/// An address to listen on; `localhost:8080` is one too.
pub(crate) fn address(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.to_socket_addrs().ok()?.next())
}

/// An `http` or `https` URL with a host and without a query, its closing slash removed.
pub(crate) fn url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '"' | '\\');
    if host.is_empty() || text.contains(odd) {
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// A region: letters, digits and hyphens, as AWS names them.
pub(crate) fn region(text: &str) -> Option<String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let ok = (2..=40).contains(&text.len()) && text.bytes().all(fits);
    ok.then(|| text.to_owned())
}

/// A span: a number and `ms`, `s`, `m` or `h`; at most a day.
pub(crate) fn span(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let n: u64 = text[..digits].parse().ok()?;
    let ms = match text[digits..].trim() {
        "ms" => n,
        "s" | "" => n.checked_mul(1_000)?,
        "m" => n.checked_mul(60_000)?,
        "h" => n.checked_mul(3_600_000)?,
        _ => return None,
    };
    (ms <= 86_400_000).then(|| Duration::from_millis(ms))
}

/// How long something is kept: a time as above, or days; 90 days at most.
pub(crate) fn keeping(text: &str) -> Option<Duration> {
    let Some(days) = text.strip_suffix('d') else { return span(text) };
    let days: u64 = days.trim().parse().ok()?;
    (1..=90).contains(&days).then(|| Duration::from_secs(days * 86_400))
}

/// A size in bytes: a number and nothing, `KiB`, `MiB`, `GiB` or `TiB`; from one byte.
pub(crate) fn size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let n: u64 = text[..digits].parse().ok()?;
    let shift = match text[digits..].trim() {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    n.checked_mul(1 << shift).filter(|size| *size > 0)
}

/// An address such as `tarn@example.org`, with or without a name.
pub(crate) fn mailbox(text: &str) -> Option<String> {
    let bare = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end_matches('>'));
    let fits = bare.split_once('@').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
    (fits && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// `true` or `false`.
pub(crate) fn flag(text: &str) -> Option<bool> {
    text.parse().ok()
}

/// A whole number from 1 to 1,000,000.
pub(crate) fn count(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n| (1..=1_000_000).contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_spans_carry_their_unit() {
        assert_eq!(size("16MiB"), Some(16 << 20));
        assert_eq!(size("1024"), Some(1024));
        assert_eq!(
            (size("0"), size("16MB"), size("-1"), size("99999999TiB")),
            (None, None, None, None)
        );
        assert_eq!(span("30s"), Some(Duration::from_secs(30)));
        assert_eq!(span("500ms"), Some(Duration::from_millis(500)));
        assert_eq!((span("1d"), span("soon"), span("25h")), (None, None, None));
    }

    #[test]
    fn a_url_has_a_host_and_no_query() {
        assert_eq!(url("https://tarn.example.org/"), Some("https://tarn.example.org".into()));
        assert_eq!(
            (url("tarn.example.org"), url("http://"), url("http://a/?b")),
            (None, None, None)
        );
    }

    #[test]
    fn folders_come_as_a_list_or_cut_at_commas() {
        let two = vec![PathBuf::from("/a"), PathBuf::from("/b")];
        assert_eq!(Value::Text("/a, /b".into()).paths(), two);
        assert_eq!(Value::List(vec!["/a".into(), "/b".into()]).paths(), two);
    }
}
