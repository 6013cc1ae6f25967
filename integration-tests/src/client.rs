//! A client with an API key.

use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Method, Request};

/// Speaks with one server as one caller.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: ureq::http::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{}: {e}: {}", self.status, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The answer itself, if its status is the one expected.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

impl Client {
    /// A caller of the server at `base`, who sends `key`; none when it is empty.
    pub fn new(base: &str, key: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(120)))
            .build();
        Self { agent: config.into(), base: base.to_owned(), key: key.to_owned() }
    }

    /// The same, with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    /// Sends a request; an error when the server does not answer.
    pub fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let method: Method = method.parse().expect("a method");
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !self.key.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.key));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).expect("a request");
        let agent = self.agent.configure_request(request).allow_non_standard_methods(true).build();
        let mut response = self.agent.run(agent)?;
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    /// Sends a request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let sent = self.try_send(method, path, headers, body);
        sent.unwrap_or_else(|e| panic!("{method} {path}: {e}"))
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &[])
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], &[])
    }

    /// `POST` of JSON to our own API.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.send("POST", path, &headers, body.to_string().as_bytes())
    }

    /// `POST` of a resource.
    pub fn create(&self, path: &str, resource: &Value) -> Answer {
        let headers = [("content-type", "application/fhir+json")];
        self.send("POST", path, &headers, resource.to_string().as_bytes())
    }

    /// `PUT` of a resource.
    pub fn put(&self, path: &str, resource: &Value) -> Answer {
        let headers = [("content-type", "application/fhir+json")];
        self.send("PUT", path, &headers, resource.to_string().as_bytes())
    }

    /// Asks for a job until it has ended, and gives its last answer.
    pub fn wait_for_job(&self, path: &str, patience: Duration) -> Value {
        let begun = Instant::now();
        loop {
            let job = self.get(path).expect(200).json();
            let status = job["status"].as_str().expect("a job has a status");
            if !["SUBMITTED", "QUEUED", "IN_PROGRESS"].contains(&status) {
                return job;
            }
            assert!(begun.elapsed() < patience, "the job takes too long: {job}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
