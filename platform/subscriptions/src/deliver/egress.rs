//! The one way out by HTTP: to public addresses only, without redirects, in bounded time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::Outgoing;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// A client for endpoints that tenants name.
pub(crate) struct Egress(Client);

impl Egress {
    /// With `private`, private networks and plain HTTP may be called.
    pub(crate) fn new(private: bool) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .https_only(!private)
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(2)
            .dns_resolver(Arc::new(Resolver { private }))
            .user_agent(concat!("tarn/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    /// Posts a notification. What the endpoint answers beside its status is not read.
    pub(crate) async fn post(&self, url: &Url, out: Outgoing<'_>) -> Result<(), String> {
        let mut headers = headers(out.headers);
        if out.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        }
        let request = self.0.post(url.clone()).headers(headers).timeout(out.timeout);
        let answer = request.body(out.body.unwrap_or_default()).send().await;
        let status = answer.map_err(|error| words(&error))?.status();
        if status.is_success() {
            return Ok(());
        }
        Err(match status.is_redirection() {
            true => format!("the endpoint redirects ({}), which is not followed", status.as_u16()),
            false => format!("the endpoint answered {}", status.as_u16()),
        })
    }
}

/// Headers that were checked when the subscription came.
fn headers(wanted: &[String]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in wanted.iter().filter_map(|header| header.split_once(':')) {
        let name = HeaderName::try_from(name.trim());
        let value = HeaderValue::try_from(value.trim());
        if let (Ok(name), Ok(mut value)) = (name, value) {
            value.set_sensitive(true);
            map.append(name, value);
        }
    }
    map
}

/// Why a call failed, without the URL, which may hold a token.
fn words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        if deeper.is::<NotPublic>() {
            return deeper.to_string();
        }
        cause = deeper;
    }
    match (error.is_timeout(), error.is_connect()) {
        (true, _) => "the endpoint did not answer in time".to_owned(),
        (_, true) => "the endpoint cannot be reached".to_owned(),
        _ => "the call to the endpoint failed".to_owned(),
    }
}

/// A name that leads into a private network.
#[derive(Debug, thiserror::Error)]
#[error("the endpoint's name leads into a private network")]
struct NotPublic;

/// Resolves names and leaves out what is not public: the connection is made to the very addresses
/// that were looked at, so a name cannot change its mind in between.
struct Resolver {
    private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable: Vec<SocketAddr> =
                found.filter(|address| private || is_public(address.ip())).collect();
            if usable.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet (IANA's special-purpose registries).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127, ..) => true,
        (100, 64..=127, _) => true,
        (169, 254, _) => true,
        (172, 16..=31, _) => true,
        (192, 168, _) | (192, 0, 0 | 2) | (192, 88, 99) => true,
        (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => true,
        (224.., ..) => true,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = ip.to_ipv4() {
        // Mapped and compatible addresses mean the one inside.
        return is_public_v4(inner);
    }
    let s = ip.segments();
    let inner = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        Ipv4Addr::new(a, b, c, d)
    };
    match s[0] {
        // NAT64.
        0x64 if s[1] == 0xff9b => s[2..6] == [0; 4] && is_public_v4(inner(s[6], s[7])),
        // 6to4.
        0x2002 => is_public_v4(inner(s[1], s[2])),
        // IETF protocols (Teredo and others), and documentation.
        0x2001 => s[1] >= 0x200 && s[1] != 0xdb8,
        0x3fff => s[1] > 0xfff,
        // Only global unicast is public: what is left out is local, multicast or unused.
        first => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::super::ping;
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for ip in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808"] {
            assert!(public(ip), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "240.0.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8.".trim_end_matches(".8.8.8."),
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "::7f00:1",
        ] {
            let Ok(ip) = ip.parse() else { continue };
            assert!(!is_public(ip), "{ip}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_not_called() {
        let id: tarn_domain::LogicalId = "s".parse().unwrap();
        let egress = Egress::new(false).unwrap();
        let url = Url::parse("https://localhost:1/").unwrap();
        let why = egress.post(&url, ping(&id)).await.unwrap_err();
        assert!(why.contains("private network"), "{why}");
        let plain = Url::parse("http://example.org/").unwrap();
        assert!(egress.post(&plain, ping(&id)).await.is_err(), "https only");
    }
}
