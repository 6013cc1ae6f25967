//! One call from outside: who calls, from where, and under which id.

use std::net::IpAddr;

use tarn_access::Caller;
use tarn_domain::{JobId, RequestId};

/// What a door knows of a call before it knows what is asked.
#[derive(Debug, Clone)]
pub struct Call {
    /// The id under which caller, log and audit trail know it (`x-request-id`).
    pub request: RequestId,
    /// Who calls, proven.
    pub caller: Caller,
    /// Where from.
    pub source: Option<IpAddr>,
    /// What the client says it is.
    pub agent: Option<String>,
    /// The mark that its change leaves, where it is answered later and may be begun twice.
    pub mark: Option<JobId>,
}
