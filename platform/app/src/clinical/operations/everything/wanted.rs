//! What is asked of `$everything`.

use serde_json::{Value, json};
use tarn_domain::{Explain as _, Kind, LogicalId, Problem};
use tarn_fhir::date::Period;
use tarn_fhir::definitions::TypeId;
use tarn_search::{Cursor, Position, cursor};

use crate::clinical::asking::Asking;
use crate::clinical::links::url;
use crate::clinical::operations::arguments::{Arguments, wrong};
use crate::clinical::operations::lost;
use crate::clinical::search::CURSOR;
use crate::clinical::target::Target;

/// Without `_count` a Bundle has so many times the matches of the largest page that may be asked
/// for: nearly every record is whole then, and none fills the memory.
const WHOLE: usize = 10;

/// Whose everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// That of a patient or an encounter.
    One(TypeId, LogicalId),
    /// That of a group's patients.
    Group(TypeId, LogicalId),
    /// That of every patient.
    All(TypeId),
}

/// A call, understood.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) owner: Owner,
    pub(super) start: Option<Period>,
    pub(super) end: Option<Period>,
    /// As it was sent: a search reads it again.
    pub(super) since: Option<String>,
    /// The only types wanted; none named means all.
    pub(super) types: Vec<TypeId>,
    pub(super) count: usize,
    pub(super) token: Option<String>,
    /// For the links, without the token.
    sent: Vec<(String, String)>,
}

impl Wanted {
    pub(super) fn read(
        target: &Target,
        arguments: &Arguments,
        asking: Asking<'_>,
    ) -> Result<Self, Problem> {
        let owner = owner(target)?;
        let limits = &asking.platform.settings().fhir;
        let most = limits.max_count as usize;
        let count = arguments.positive("_count")?;
        let wanted = Self {
            start: arguments.date("start")?,
            end: arguments.date("end")?,
            since: since(arguments)?,
            types: types(arguments)?,
            count: count.map_or(most.saturating_mul(WHOLE), |count| most.min(count as usize)),
            token: arguments.text(CURSOR)?.map(str::to_owned),
            sent: sent(arguments)?,
            owner,
        };
        let dated = wanted.start.is_some() || wanted.end.is_some();
        if dated && matches!(&wanted.owner, Owner::One(type_, _) if type_.name() == "Encounter") {
            let name = if wanted.start.is_some() { "start" } else { "end" };
            return Err(wrong(name, "is not taken by `$everything` of an Encounter"));
        }
        Ok(wanted)
    }

    /// What the audit trail calls it.
    pub(super) fn event(&self) -> &'static str {
        match &self.owner {
            Owner::Group(..) => "GroupEverything",
            Owner::One(type_, _) if type_.name() == "Encounter" => "EncounterEverything",
            Owner::One(..) | Owner::All(_) => "PatientEverything",
        }
    }

    /// What the audit trail says of it: names of parameters, never their values.
    pub(super) fn described(&self) -> Value {
        let names: Vec<_> = self.sent.iter().map(|(name, _)| name).collect();
        json!({"path": self.path(), "parameters": names})
    }

    /// Where it was called, below the base.
    pub(super) fn path(&self) -> String {
        match &self.owner {
            Owner::One(type_, id) | Owner::Group(type_, id) => format!("{type_}/{id}/$everything"),
            Owner::All(type_) => format!("{type_}/$everything"),
        }
    }

    /// A link to a page.
    pub(super) fn link(&self, base: &str, token: Option<&str>) -> String {
        let sent = self.sent.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        url(base, &self.path(), sent.chain(token.map(|token| (CURSOR, token))))
    }

    /// The moment and the place that the sent token names.
    pub(super) fn after(&self, key: &[u8; 32]) -> Result<Option<(u64, Position)>, Problem> {
        let Some(token) = &self.token else { return Ok(None) };
        let cursor = cursor::open(key, token).map_err(|e| e.explain())?;
        let is_ours = cursor.fingerprint == self.fingerprint();
        let position = cursor.position.filter(|_| is_ours);
        let position = position.ok_or_else(|| {
            Problem::new(Kind::Invalid, "invalid-page-token", "Invalid page token.")
        })?;
        Ok(Some((cursor.t, position)))
    }

    /// The token of the page behind a place.
    pub(super) fn seal(
        &self,
        key: &[u8; 32],
        t: u64,
        position: Position,
    ) -> Result<String, Problem> {
        let fingerprint = self.fingerprint();
        let cursor = Cursor { t, fingerprint, position: Some(position), included: 0 };
        cursor::seal(key, &cursor).map_err(|e| e.explain())
    }

    /// A digest of what decides which resources come in which order.
    fn fingerprint(&self) -> [u8; 16] {
        let shown = (&self.owner, self.start, self.end, &self.since, &self.types);
        let hash = blake3::hash(format!("everything {shown:?}").as_bytes());
        let mut out = [0; 16];
        out.copy_from_slice(&hash.as_bytes()[..16]);
        out
    }
}

fn owner(target: &Target) -> Result<Owner, Problem> {
    Ok(match target {
        Target::InstanceOperation(type_, id, _) if type_.name() == "Group" => {
            Owner::Group(*type_, id.clone())
        }
        Target::InstanceOperation(type_, id, _) => Owner::One(*type_, id.clone()),
        Target::TypeOperation(type_, _) => Owner::All(*type_),
        _ => return Err(lost()),
    })
}

fn since(arguments: &Arguments) -> Result<Option<String>, Problem> {
    arguments.date("_since")?;
    Ok(arguments.text("_since")?.map(|text| text.replace(' ', "+")))
}

fn types(arguments: &Arguments) -> Result<Vec<TypeId>, Problem> {
    let texts = arguments.texts("_type")?;
    let names = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    let known = |name| {
        TypeId::parse(name).ok_or_else(|| wrong("_type", "takes names of resource types of R4"))
    };
    let mut types = names.map(known).collect::<Result<Vec<_>, _>>()?;
    types.sort_unstable();
    types.dedup();
    Ok(types)
}

fn sent(arguments: &Arguments) -> Result<Vec<(String, String)>, Problem> {
    let mut sent = Vec::new();
    for name in super::TAKEN.iter().filter(|name| **name != CURSOR) {
        let values = arguments.texts(name)?;
        sent.extend(values.iter().map(|value| ((*name).to_owned(), (*value).to_owned())));
    }
    Ok(sent)
}
