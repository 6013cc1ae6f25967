//! Who calls, once that is proven.

use std::fmt;

use tarn_domain::{ApiKeyId, MemberId, OrganizationId};

/// A proven caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The organisation it acts for.
    pub organization: OrganizationId,
    /// What proved it.
    pub principal: Principal,
    /// Its role, as the policies name it.
    pub role: Box<str>,
}

/// What proved a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An API key.
    ApiKey(ApiKeyId),
    /// An access key that signed the request.
    AccessKey(Box<str>),
    /// A member who signed in.
    Member(MemberId),
    /// The platform itself, for the reason given.
    System(&'static str),
}

/// As audit entries name it: `api-key/…`, `access-key/…`, `member/…`, `system`.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKey(id) => write!(f, "api-key/{id}"),
            Self::AccessKey(id) => write!(f, "access-key/{id}"),
            Self::Member(id) => write!(f, "member/{id}"),
            Self::System(_) => f.write_str("system"),
        }
    }
}
