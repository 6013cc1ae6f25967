//! Why something is refused, in words that say what would help.

use tarn_domain::{Explain, Kind, Problem};

use crate::Action;

/// Why a caller may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing proves who calls.
    #[error("no proof of who calls")]
    Unauthenticated,
    /// It is not there, or it is another organisation's: nobody can tell which.
    #[error("not there, or another organisation's")]
    NotFound,
    /// The caller's role does not allow it.
    #[error("the caller's role does not allow `{0}`")]
    Forbidden(Action),
    /// Health data before anybody has signed the agreement.
    #[error("no agreement is signed")]
    BaaNotSigned,
    /// Health data while the agreement rests.
    #[error("the agreement is suspended")]
    BaaSuspended,
    /// Health data after the agreement is over.
    #[error("the agreement is terminated")]
    BaaTerminated,
}

impl Refusal {
    /// Its stable code, for programs and audit entries.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::NotFound => "not-found",
            Self::Forbidden(_) => "forbidden",
            Self::BaaNotSigned => "baa-not-signed",
            Self::BaaSuspended => "baa-suspended",
            Self::BaaTerminated => "baa-terminated",
        }
    }
}

impl Explain for Refusal {
    fn explain(&self) -> Problem {
        let (kind, words) = match self {
            Self::Unauthenticated => (
                Kind::Unauthenticated,
                "The request carries no valid credentials. Send `Authorization: Bearer tarn_…` \
                 with an API key of your organisation, or sign it with an access key."
                    .to_string(),
            ),
            Self::NotFound => (
                Kind::NotFound,
                "There is no such thing, or it is not your organisation's.".to_string(),
            ),
            Self::Forbidden(action) => (
                Kind::Forbidden,
                format!(
                    "Your role does not allow `{action}`. An admin of your organisation can give \
                     you one that does."
                ),
            ),
            Self::BaaNotSigned => (
                Kind::Forbidden,
                "Nobody has signed the business associate agreement for your organisation, and \
                 without it no health data is taken or given. Somebody who may bind the \
                 organisation signs it, with their full name and title: `POST \
                 /api/v1/agreements/baa` with `{\"name\": …, \"title\": …}`, or `tarn org create \
                 --accept-baa \"Full Name, Title\"` for a new organisation. A data store created \
                 with `\"synthetic\": true`, for made-up patients, works without."
                    .to_string(),
            ),
            Self::BaaSuspended => (
                Kind::Forbidden,
                "The business associate agreement of your organisation is suspended; no health \
                 data is taken or given until it is in force again. Ask the operator."
                    .to_string(),
            ),
            Self::BaaTerminated => (
                Kind::Forbidden,
                "The business associate agreement of your organisation is terminated; no health \
                 data is taken or given. Ask the operator."
                    .to_string(),
            ),
        };
        Problem::new(kind, self.code(), words)
    }
}
