//! A request as the interactions see it.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use tarn_app::clinical::condition::{Conditions, Match, NoneMatch};
use tarn_app::clinical::parameters::Parameters;
use tarn_app::clinical::target::Target;
use tarn_app::clinical::{Asking, IdempotencyKey, Level, Limits, Preferences, View, Writing};
use tarn_app::{Call, Platform};
use tarn_domain::{Problem, StoreId};

use super::http_date;
use super::negotiate::{self, Media};

const EXPLAIN: HeaderName = HeaderName::from_static("x-tarn-explain");
const VALIDATION: HeaderName = HeaderName::from_static("x-amzn-healthlake-fhir-validation-level");
const IDEMPOTENCY: HeaderName = HeaderName::from_static("x-amz-fhir-idempotency-key");
const IF_NONE_EXIST: HeaderName = HeaderName::from_static("if-none-exist");

/// A request, understood as far as every interaction needs it.
pub(crate) struct Incoming<'r> {
    pub(crate) request: &'r HttpRequest,
    pub(crate) platform: &'r Platform,
    pub(crate) call: Call,
    pub(crate) store: StoreId,
    pub(crate) target: Target,
    pub(crate) parameters: Parameters,
    pub(crate) media: Media,
    pub(crate) prefer: Preferences,
    pub(crate) pretty: bool,
}

impl Incoming<'_> {
    /// The call, as verbs take it.
    pub(crate) fn asking(&self) -> Asking<'_> {
        Asking { platform: self.platform, call: &self.call, store: self.store }
    }

    /// How much is taken at once.
    pub(crate) fn limits(&self) -> &Limits {
        &self.platform.settings().fhir
    }

    /// The part of resources that is wanted.
    pub(crate) fn view(&self) -> Result<View, Problem> {
        if self.parameters.is_empty() { Ok(View::default()) } else { View::read(&self.parameters) }
    }

    /// The conditions in the headers.
    pub(crate) fn conditions(&self) -> Result<Conditions, Problem> {
        Ok(Conditions {
            if_match: self.header(&IF_MATCH).map(Match::parse).transpose()?,
            if_none_match: self.header(&IF_NONE_MATCH).map(NoneMatch::parse).transpose()?,
            if_modified_since: self.header(&IF_MODIFIED_SINCE).and_then(http_date::parse),
        })
    }

    /// HealthLake's headers about a write.
    pub(crate) fn writing(&self) -> Result<Writing, Problem> {
        Ok(Writing {
            level: self.header(&VALIDATION).map(Level::parse).transpose()?.unwrap_or_default(),
            key: self.header(&IDEMPOTENCY).map(IdempotencyKey::parse).transpose()?,
        })
    }

    /// `If-None-Exist`: a query, with or without what stands before its `?`.
    pub(crate) fn if_none_exist(&self) -> Result<Option<Parameters>, Problem> {
        let Some(text) = self.header(&IF_NONE_EXIST) else { return Ok(None) };
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        Parameters::parse(query).map(Some)
    }

    /// `x-tarn-explain: true`: a search should say how it was answered.
    pub(crate) fn wants_plan(&self) -> bool {
        self.header(&EXPLAIN).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }
}

/// Reads what shapes every answer.
pub(crate) fn shape(
    request: &HttpRequest,
    parameters: &Parameters,
) -> Result<(Media, bool), Problem> {
    let media = negotiate::media(request.headers(), parameters)?;
    Ok((media, negotiate::pretty(parameters)?))
}
