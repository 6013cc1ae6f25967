//! Where notifications go (`Subscription.channel`), checked.

use serde_json::Value;
use tarn_domain::{Issue, IssueCode};
use url::{Host, Url};

use crate::deliver::is_public;
use crate::secrets::is_header;
use crate::settings::Offers;

/// Header names that the connection itself needs.
const OURS: [&str; 8] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "content-type",
    "upgrade",
    "te",
    "trailer",
];
/// Headers that a subscription may have.
const HEADERS: usize = 20;

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Channel {
    /// `rest-hook`: a POST to this URL.
    RestHook(Url),
    /// `websocket`: whoever is bound.
    WebSocket,
    /// `email`: a mail to this address.
    Email(String),
    /// `message`: entries of this Redis stream of the store's.
    Message(String),
}

impl Channel {
    /// Its code, for metrics and logs.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::RestHook(_) => "rest-hook",
            Self::WebSocket => "websocket",
            Self::Email(_) => "email",
            Self::Message(_) => "message",
        }
    }

    /// Reads a channel.
    pub(crate) fn read(channel: &Value, offers: Offers) -> Result<Self, Issue> {
        let at = "Subscription.channel.type";
        match channel["type"].as_str() {
            Some("rest-hook") => rest_hook(channel, offers.private_endpoints).map(Self::RestHook),
            Some("websocket") => Ok(Self::WebSocket),
            Some("email") => email(channel).map(Self::Email),
            Some("message") if offers.messages => stream(channel).map(Self::Message),
            Some("message") => {
                let words =
                    "The channel `message` needs a Redis server (`redis_url`): none is set.";
                Err(Issue::error(IssueCode::NotSupported, words).at(at))
            }
            Some("sms") => {
                let words = "The channel `sms` is not offered here.";
                Err(Issue::error(IssueCode::NotSupported, words).at(at))
            }
            _ => {
                let words = "Channels are `rest-hook`, `websocket`, `email` and `message`.";
                Err(Issue::error(IssueCode::NotSupported, words).at(at))
            }
        }
    }

    /// What secrets of the channel are bound to: they are never sent anywhere else.
    pub(crate) fn origin(&self) -> String {
        match self {
            Self::RestHook(url) => url.origin().ascii_serialization(),
            Self::WebSocket => "websocket".to_owned(),
            Self::Email(to) => format!("mailto:{to}"),
            Self::Message(stream) => format!("redis:{stream}"),
        }
    }
}

/// Checks headers that a subscriber wants sent along.
pub(crate) fn check_headers(headers: &[String]) -> Result<(), Issue> {
    let at = "Subscription.channel.header";
    if headers.len() > HEADERS {
        let words = format!("A channel may have {HEADERS} headers at most.");
        return Err(Issue::error(IssueCode::TooLong, words).at(at));
    }
    for header in headers {
        let name = header.split(':').next().unwrap_or_default().trim();
        if !is_header(header) {
            let words = "A header is `Name: value`, in visible ASCII characters.";
            return Err(Issue::error(IssueCode::Value, words).at(at));
        }
        if OURS.contains(&name.to_ascii_lowercase().as_str()) {
            let words = format!("The header `{name}` is set by the connection itself.");
            return Err(Issue::error(IssueCode::Value, words).at(at));
        }
    }
    Ok(())
}

fn email(channel: &Value) -> Result<String, Issue> {
    let endpoint = channel["endpoint"].as_str().unwrap_or_default();
    let address = endpoint.strip_prefix("mailto:").filter(|it| tarn_mail::is_address(it));
    address.map(str::to_owned).ok_or_else(|| {
        let words = "An e-mail's endpoint is `mailto:somebody@example.org`.";
        Issue::error(IssueCode::Value, words).at("Subscription.channel.endpoint")
    })
}

fn stream(channel: &Value) -> Result<String, Issue> {
    let endpoint = channel["endpoint"].as_str().unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    let fits = |name: &&str| (1..=64).contains(&name.len()) && name.bytes().all(plain);
    endpoint.strip_prefix("redis:").filter(fits).map(str::to_owned).ok_or_else(|| {
        let words = "A message's endpoint is `redis:NAME`, of 1 to 64 letters, digits, `-_.`.";
        Issue::error(IssueCode::Value, words).at("Subscription.channel.endpoint")
    })
}

fn rest_hook(channel: &Value, private: bool) -> Result<Url, Issue> {
    let refuse = |words: &str| {
        Issue::error(IssueCode::Value, words.to_owned()).at("Subscription.channel.endpoint")
    };
    let endpoint = channel["endpoint"].as_str().unwrap_or_default();
    let url =
        Url::parse(endpoint).map_err(|_| refuse("A rest-hook needs a URL as its endpoint."))?;
    match url.scheme() {
        "https" => {}
        "http" if private => {}
        "http" => return Err(refuse("The endpoint must be reached by https.")),
        _ => return Err(refuse("The endpoint must be an https URL.")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("The endpoint must not hold a password; send a header instead."));
    }
    if endpoint.len() > 2_048 {
        return Err(refuse("The endpoint is longer than 2048 characters."));
    }
    let is_private = match url.host() {
        Some(Host::Ipv4(ip)) => !is_public(ip.into()),
        Some(Host::Ipv6(ip)) => !is_public(ip.into()),
        Some(Host::Domain(name)) => is_local_name(name),
        None => return Err(refuse("The endpoint has no host.")),
    };
    if is_private && !private {
        let words = "The endpoint lies in a private network, which is not called from here.";
        return Err(Issue::error(IssueCode::Security, words).at("Subscription.channel.endpoint"));
    }
    Ok(url)
}

/// Names that mean the machine itself or its network. Others are looked at when they are resolved.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || [".localhost", ".local", ".internal"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn endpoint(url: &str, private: bool) -> Result<Channel, Issue> {
        let offers = Offers { private_endpoints: private, messages: false };
        Channel::read(&json!({ "type": "rest-hook", "endpoint": url }), offers)
    }

    #[test]
    fn private_networks_and_plain_http_are_refused_unless_allowed() {
        for url in [
            "http://example.org/hook",
            "https://127.0.0.1/hook",
            "https://2130706433/hook",
            "https://0x7f.1/hook",
            "https://[::1]/hook",
            "https://[::ffff:10.0.0.1]/hook",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost:8080/",
            "https://metadata.google.internal/",
        ] {
            assert!(endpoint(url, false).is_err(), "{url}");
            assert!(endpoint(url, true).is_ok(), "{url}");
        }
        assert!(endpoint("https://example.org:8443/hook?x=1", false).is_ok());
        for bad in ["", "nowhere", "ftp://example.org/", "https://a:b@example.org/", "file:///etc"]
        {
            assert!(endpoint(bad, true).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_that_would_break_the_connection_are_refused() {
        let check = |header: &str| check_headers(&[header.to_owned()]);
        assert!(check("Authorization: Bearer secret-token-abc-123").is_ok());
        for bad in ["Host: elsewhere", "content-length: 3", "no colon", "X: a\r\nY: b", ": x", ""] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn mail_and_streams_need_an_address_of_their_kind() {
        let offers = Offers { private_endpoints: false, messages: true };
        let read = |kind: &str, endpoint: &str| {
            Channel::read(&json!({ "type": kind, "endpoint": endpoint }), offers)
        };
        let nurse = read("email", "mailto:nurse@example.org").expect("an address");
        assert_eq!(nurse, Channel::Email("nurse@example.org".into()));
        assert_eq!(read("message", "redis:a.b").expect("a name"), Channel::Message("a.b".into()));
        for (kind, endpoint) in [
            ("email", "nurse@example.org"),
            ("email", "mailto:nobody"),
            ("message", "a"),
            ("message", "redis:"),
            ("message", "redis:tarn:other:store"),
        ] {
            assert!(read(kind, endpoint).is_err(), "{kind} {endpoint}");
        }
    }

    #[test]
    fn channels_that_are_not_there_are_refused_by_name() {
        for kind in ["sms", "carrier-pigeon", "message"] {
            let offers = Offers::default();
            let issue = Channel::read(&json!({ "type": kind }), offers).expect_err(kind);
            assert_eq!(issue.expression.as_deref(), Some("Subscription.channel.type"));
        }
    }
}
