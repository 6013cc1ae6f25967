//! The answer to a GraphQL request, as GraphQL has it (§7.1).

use serde_json::Value;
use tarn_domain::Problem;
use tarn_graphql::GraphqlError;

use crate::clinical::outcome::write_problem;

/// The answer to a GraphQL request.
#[derive(Clone)]
pub struct Answered {
    /// A JSON object with `data`, `errors` or both.
    pub body: Vec<u8>,
    /// Whether there is `data` in it.
    pub is_good: bool,
}

impl std::fmt::Debug for Answered {
    /// Prints the length only: the body is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answered({} bytes, good: {})", self.body.len(), self.is_good)
    }
}

impl Answered {
    pub(super) fn of(done: Result<Vec<u8>, GraphqlError>) -> Self {
        match done {
            Ok(data) => Self::good(&data, &[]),
            Err(error) => Self::refused(&[error.to_json()]),
        }
    }

    /// Data, and what went wrong beside it.
    pub(super) fn good(data: &[u8], errors: &[Value]) -> Self {
        let mut body = Vec::with_capacity(data.len() + 16);
        body.extend_from_slice(b"{\"data\":");
        body.extend_from_slice(data);
        if !errors.is_empty() {
            body.extend_from_slice(b",\"errors\":");
            body.extend_from_slice(Value::from(errors.to_vec()).to_string().as_bytes());
        }
        body.push(b'}');
        Self { body, is_good: true }
    }

    pub(super) fn refused(errors: &[Value]) -> Self {
        let body = serde_json::json!({ "errors": errors }).to_string().into_bytes();
        Self { body, is_good: false }
    }
}

/// What a verb refused, as an error of the field that asked for it. FHIR's own words stand in
/// `extensions.resource`.
pub(super) fn refusal(key: &str, problem: &Problem) -> Value {
    let mut outcome = Vec::new();
    write_problem(problem, &mut outcome);
    let outcome: Value = serde_json::from_slice(&outcome).unwrap_or_default();
    serde_json::json!({
        "message": problem.public(),
        "path": [key],
        "extensions": { "code": problem.code, "resource": outcome },
    })
}
