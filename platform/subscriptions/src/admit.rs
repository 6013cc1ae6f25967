//! What a store takes in: subscriptions and topics are looked at before they are written.

use serde_json::Value;
use tarn_domain::{Explain, Issue, IssueCode, Kind, OrganizationId, Problem, StoreId};
use tarn_fhir::definitions::TypeId;
use tarn_search::ParseOptions;
use tarn_store::Snapshot;

use crate::channel::{Channel, check_headers};
use crate::resource::{Reading, Subscription};
use crate::secrets::{Owner, Place, Secrets, take_out, unmasked};
use crate::settings::Offers;
use crate::status::{self, Status, is_over};
use crate::topic::{self, Topic};

/// Subscriptions that a store may have, and topics: HealthLake's quota.
pub(crate) const MOST: usize = 50;

/// Looks at what a caller wants written.
#[derive(Clone)]
pub struct Admission {
    /// Whose store it is.
    pub organization: OrganizationId,
    /// Which store.
    pub store: StoreId,
    /// Who writes, as audit entries name callers.
    pub principal: String,
    /// Seals headers.
    pub secrets: Secrets,
    /// How criteria are read.
    pub options: ParseOptions,
    /// What channels there are.
    pub offers: Offers,
}

impl Admission {
    /// Whether resources of that type are looked at.
    pub fn is_about(type_: TypeId) -> bool {
        matches!(type_.name(), "Subscription" | "Basic")
    }

    /// Looks at a resource that fits R4's structure, on its way to that id. Returns the text to keep
    /// in place of the caller's, where there is one: a subscription is kept as `requested` (or
    /// `off`), with its headers sealed.
    ///
    /// # Errors
    /// Unprocessable, with every reason and its place.
    pub fn admit(
        &self,
        snapshot: &Snapshot,
        type_: TypeId,
        id: Option<&str>,
        text: &str,
    ) -> Result<Option<Vec<u8>>, Problem> {
        if !Self::is_about(type_) {
            return Ok(None);
        }
        let body: Value = serde_json::from_str(text).map_err(Problem::internal)?;
        if type_.name() == "Basic" {
            return self.admit_topic(snapshot, id, &body).map(|()| None);
        }
        self.admit_subscription(snapshot, id, body).map(Some)
    }

    fn admit_topic(
        &self,
        snapshot: &Snapshot,
        id: Option<&str>,
        body: &Value,
    ) -> Result<(), Problem> {
        if !topic::is_topic(body) {
            return Ok(());
        }
        Topic::read(body, &self.options).map_err(refuse)?;
        let basic = TypeId::parse("Basic").ok_or_else(|| Problem::internal("R4 has `Basic`"))?;
        if self.is_new(snapshot, basic, id)? {
            let topics = topic::all(snapshot, &self.options).map_err(|e| e.explain())?;
            refuse_more(topics.len(), "topics")?;
        }
        Ok(())
    }

    fn admit_subscription(
        &self,
        snapshot: &Snapshot,
        id: Option<&str>,
        mut body: Value,
    ) -> Result<Vec<u8>, Problem> {
        let topics = topic::all(snapshot, &self.options).map_err(|e| e.explain())?;
        let reading = Reading { options: &self.options, topics: &topics, offers: self.offers };
        let read = Subscription::read(&body, &reading).map_err(refuse)?;
        if is_over(read.end, self.options.now) && read.status != Status::Off {
            let issue = Issue::error(IssueCode::Value, "The end has passed already.");
            return Err(refuse(vec![issue.at("Subscription.end")]));
        }
        let type_ = status::subscription_type();
        if self.is_new(snapshot, type_, id)? {
            refuse_more(snapshot.count(type_) as usize, "subscriptions")?;
        }
        let headers = self.headers(snapshot, id, &body, &read.channel)?;
        let kept = if read.status == Status::Off { Status::Off } else { Status::Requested };
        body["status"] = kept.as_str().into();
        if let Some(members) = body.as_object_mut() {
            members.remove("error");
        }
        take_out(&mut body);
        let origin = read.channel.origin();
        let place = Place { organization: self.organization, store: self.store, origin: &origin };
        let owner = Owner { principal: self.principal.clone(), headers };
        self.secrets.seal(&mut body, &owner, &place);
        Ok(body.to_string().into_bytes())
    }

    fn is_new(
        &self,
        snapshot: &Snapshot,
        type_: TypeId,
        id: Option<&str>,
    ) -> Result<bool, Problem> {
        let Some(id) = id else { return Ok(true) };
        let row = snapshot.lookup(type_, id).map_err(|e| e.explain())?;
        Ok(row.is_none_or(|row| row.deleted))
    }

    /// The headers to send: as they came, or as they were where they came masked.
    fn headers(
        &self,
        snapshot: &Snapshot,
        id: Option<&str>,
        body: &Value,
        channel: &Channel,
    ) -> Result<Vec<String>, Problem> {
        let list = body["channel"]["header"].as_array().into_iter().flatten();
        let sent: Vec<String> = list.filter_map(Value::as_str).map(str::to_owned).collect();
        if sent.is_empty() {
            return Ok(sent);
        }
        check_headers(&sent).map_err(|issue| refuse(vec![issue]))?;
        let before = self.before(snapshot, id, channel)?;
        unmasked(&sent, &before).map_err(|name| {
            let words = format!(
                "The value of `{name}` is masked, and nothing is known of it for this endpoint: \
                 send it again."
            );
            let issue = Issue::error(IssueCode::Value, words);
            refuse(vec![issue.at("Subscription.channel.header")])
        })
    }

    /// The headers of the current version, if they are for the same endpoint.
    fn before(
        &self,
        snapshot: &Snapshot,
        id: Option<&str>,
        channel: &Channel,
    ) -> Result<Vec<String>, Problem> {
        let Some(id) = id else { return Ok(Vec::new()) };
        let row = snapshot.lookup(status::subscription_type(), id).map_err(|e| e.explain())?;
        let Some(row) = row.filter(|row| !row.deleted) else { return Ok(Vec::new()) };
        let version = snapshot.read(row.loc).map_err(|e| e.explain())?;
        let body: Value = serde_json::from_slice(&version.body).map_err(Problem::internal)?;
        let origin = channel.origin();
        let place = Place { organization: self.organization, store: self.store, origin: &origin };
        Ok(self.secrets.open(&body, &place).map(|owner| owner.headers).unwrap_or_default())
    }
}

fn refuse(issues: Vec<Issue>) -> Problem {
    Problem::with_issues(Kind::Unprocessable, "bad-subscription", issues)
}

fn refuse_more(there: usize, what: &str) -> Result<(), Problem> {
    if there < MOST {
        return Ok(());
    }
    let words = format!("A data store may have {MOST} {what} at most.");
    let issue = Issue::error(IssueCode::BusinessRule, words);
    Err(Problem::with_issues(Kind::Unprocessable, "too-many-subscriptions", vec![issue]))
}
