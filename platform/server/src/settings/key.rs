//! Every setting by name: what it takes, what it is when nobody sets it.

/// One setting.
pub(crate) struct Key {
    /// Its name in the file; `-` and `.` become `_` in the environment and `-` on the command line.
    pub(crate) name: &'static str,
    /// Its value when nobody sets it, in the words of the file; empty: there is none.
    pub(crate) default: &'static str,
    /// What it takes, for refusals.
    pub(crate) takes: &'static str,
    /// What it is for.
    pub(crate) what: &'static str,
    /// False where the interface names it and this build does not do it yet.
    pub(crate) built: bool,
}

impl Key {
    /// The environment variable that sets it: `tls.cert` is `TARN_TLS_CERT`.
    pub(crate) fn variable(&self) -> String {
        format!("TARN_{}", self.name.replace(['.', '-'], "_").to_ascii_uppercase())
    }

    /// The flag that sets it: `tls.cert` is `--tls-cert`.
    pub(crate) fn flag(&self) -> String {
        self.name.replace(['.', '_'], "-")
    }
}

const fn key(
    name: &'static str,
    default: &'static str,
    takes: &'static str,
    what: &'static str,
) -> Key {
    Key { name, default, takes, what, built: true }
}

const fn later(name: &'static str, what: &'static str) -> Key {
    Key { name, default: "", takes: "nothing yet", what, built: false }
}

const SIZE: &str = "a size such as 16MiB";
const SPAN: &str = "a time such as 30s, 500ms or 2m";
const COUNT: &str = "a whole number from 1";

/// All of them, in the order of `settings.default.toml`.
pub(crate) const KEYS: &[Key] = &[
    key(
        "listen",
        "127.0.0.1:8080",
        "an address such as 127.0.0.1:8080",
        "address; port 0 picks one and prints it",
    ),
    key(
        "public_url",
        "",
        "a URL such as https://tarn.example.org",
        "base of every URL that the product prints or returns; without it http://<listen>",
    ),
    key("region", "us-east-1", "a region such as us-east-1", "the region in ARNs and events"),
    key(
        "import_roots",
        "",
        "folders that exist, as a list",
        "folders that file:// inputs may read; without it <data-dir>/inbox",
    ),
    key(
        "export_root",
        "",
        "a folder",
        "folder that file:// outputs may write; without it <data-dir>/outbox",
    ),
    key(
        "s3.endpoint",
        "",
        "a URL such as http://127.0.0.1:9000",
        "S3-compatible service; without it AWS's own",
    ),
    key("tls.cert", "", "a PEM file of certificates", "certificate chain; TLS 1.2 and 1.3 only"),
    key("tls.key", "", "a PEM file of one private key", "private key of the certificate"),
    key("shutdown_grace", "30s", SPAN, "how long requests may finish after SIGTERM or SIGINT"),
    key("log.filter", "info", "a filter such as info or warn,tarn_store=debug", "what is logged"),
    key("log.format", "text", "text or json", "how it is logged, on standard error"),
    key(
        "metrics.token",
        "",
        "a token of 16 characters or more",
        "with it, /metrics answers others than loopback: Authorization: Bearer <token>",
    ),
    key(
        "metrics.token_file",
        "",
        "a file that holds the token",
        "the same, out of sight of the process list",
    ),
    key("http.workers", "", COUNT, "threads that serve requests; without it one a core"),
    key("http.connections", "10000", COUNT, "connections held at once; more wait to be accepted"),
    key("http.upload", "50GiB", SIZE, "largest uploaded import file"),
    key("http.header_timeout", "10s", SPAN, "how long a client may take to send a request's head"),
    key("http.keep_alive", "75s", SPAN, "how long an idle connection is kept"),
    key("fhir.resource", "5MiB", SIZE, "largest resource of a request"),
    key("fhir.bundle", "50MiB", SIZE, "largest batch or transaction"),
    key("fhir.bundle_entries", "5000", COUNT, "most entries of a batch or transaction"),
    key("fhir.page", "50", COUNT, "matches of a page where _count does not say"),
    key("fhir.page_most", "1000", COUNT, "most matches of a page"),
    key("jobs.threads", "", COUNT, "threads of one import or export; without it one a core"),
    key(
        "jobs.at_once",
        "2",
        COUNT,
        "jobs that run at once; the others wait, first come first served",
    ),
    key(
        "jobs.results_kept",
        "2d",
        "a time such as 12h or 2d, at most 90d",
        "how long what came of a deferred request can be fetched after its end",
    ),
    key("store.cache", "256MiB", SIZE, "memory for decoded index parts, shared by all stores"),
    key(
        "subscriptions.allow_private_endpoints",
        "false",
        "true or false",
        "whether subscriptions may call private networks, and endpoints without TLS",
    ),
    key(
        "subscriptions.first_pause",
        "1s",
        SPAN,
        "wait before a notification's second try; doubled with every further one",
    ),
    key("subscriptions.longest_pause", "2m", SPAN, "longest wait between two tries"),
    key("subscriptions.attempts", "50", COUNT, "tries before a subscription is in error"),
    key(
        "redis_url",
        "",
        "a URL such as redis://127.0.0.1:6379",
        "Redis server for subscriptions that send messages; without it they are refused",
    ),
    key(
        "smtp_url",
        "",
        "a URL such as smtps://user:password@mail.example.org",
        "mail server; without it mails are kept and can be listed",
    ),
    key("mail.from", "tarn@localhost", "an address", "who mails come from"),
    later("database_url", "postgres://… moves control plane and data plane to PostgreSQL"),
    later("kms.endpoint", "a key management service in place of the embedded keyring"),
    later("kms.key_id", "the master key there"),
    later("oidc.issuer", "portal sign-in by an outside identity provider"),
    later("oidc.client_id", "our name at that provider"),
    later("oidc.client_secret", "our secret at that provider"),
];

/// The setting of that name.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The known setting whose name or variable is most like `given`, if one is nearly the same.
pub(crate) fn nearest(given: &str, spell: impl Fn(&Key) -> String) -> Option<&'static Key> {
    let far = |key: &&Key| distance(given, &spell(key));
    KEYS.iter().min_by_key(far).filter(|key| far(key) <= 2)
}

/// Levenshtein's distance, by bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_the_key_that_was_meant() {
        assert_eq!(nearest("listn", |key| key.name.into()).map(|key| key.name), Some("listen"));
        assert!(nearest("colour", |key| key.name.into()).is_none());
    }

    #[test]
    fn every_key_has_a_variable_and_a_flag() {
        let cert = find("tls.cert").expect("it is in the list");
        assert_eq!((cert.variable().as_str(), cert.flag().as_str()), ("TARN_TLS_CERT", "tls-cert"));
        let secret = find("oidc.client_secret").expect("it is in the list");
        assert_eq!(secret.variable(), "TARN_OIDC_CLIENT_SECRET");
    }
}
