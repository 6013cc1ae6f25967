//! Lines that are Bundles: their entries become resources, and their links among each other
//! become links between resources (R4 §3.1.0.11.2).

use std::collections::HashMap;

use tarn_domain::{Issue, IssueCode, LogicalId};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Kind, Value};
use tarn_fhir::stored;

use super::log_lines::bad_id;
use super::parse::{Line, Worker};
use super::resolve::{Known, Resolver, conditional, identifier};
use super::target::Target;
use crate::JobError;

/// Whether a line is a Bundle whose entries are meant, rather than the Bundle itself: a batch, a
/// transaction, or a collection that nobody gave an id.
pub(crate) fn unpacks(type_: TypeId, root: Value<'_>) -> bool {
    if type_.name() != "Bundle" {
        return false;
    }
    match root.get("type").and_then(Value::as_str).as_deref() {
        Some("transaction" | "batch") => true,
        Some("collection") => root.get("id").is_none(),
        _ => false,
    }
}

/// Whether some line may ask for a resource by its identifier.
pub(crate) fn asks_for_identifiers(text: &[u8]) -> bool {
    memchr::memmem::find(text, b"?identifier=").is_some()
        || memchr::memmem::find(text, b"\"ifNoneExist\"").is_some()
}

/// Remembers a resource's identifiers for what comes behind it in the chunk.
pub(crate) fn learn<T: Target>(
    resolver: &mut Resolver<'_, T>,
    type_: TypeId,
    resource: Value<'_>,
    id: &LogicalId,
) {
    let Some(identifiers) = resource.get("identifier") else { return };
    let mut one = |identifier: Value<'_>| {
        let text = |key| identifier.get(key).and_then(Value::as_str);
        if let Some(value) = text("value") {
            resolver.learn(type_, &text("system").unwrap_or_default(), &value, id);
        }
    };
    match identifiers.kind() {
        Kind::Array => identifiers.items().for_each(one),
        _ => one(identifiers),
    }
}

/// What becomes of an entry.
enum Fate<'d> {
    Import {
        resource: Value<'d>,
        type_: TypeId,
        id: LogicalId,
    },
    /// `ifNoneExist` found it.
    Exists {
        type_: TypeId,
        id: LogicalId,
    },
    Refuse(Issue),
}

/// Imports a Bundle's entries from `entries_done` on.
pub(crate) fn import<T: Target>(
    worker: &mut Worker<'_, T>,
    line: Line<'_>,
    doc: &Document<'_>,
    entries_done: usize,
) -> Result<(), JobError> {
    let entries: Vec<Value<'_>> =
        doc.root().get("entry").map(|entry| entry.items().collect()).unwrap_or_default();
    let mut links = HashMap::with_capacity(entries.len());
    let mut fates = Vec::with_capacity(entries.len());
    for (n, entry) in entries.iter().enumerate() {
        let fate = fate(worker, *entry, n)?;
        if let (Fate::Import { type_, id, .. } | Fate::Exists { type_, id }, Some(url)) =
            (&fate, entry.get("fullUrl").and_then(Value::as_str))
        {
            links.insert(url.into_owned(), format!("{type_}/{id}"));
        }
        fates.push(fate);
    }
    if worker.is_conditional {
        for fate in &fates {
            if let Fate::Import { resource, type_, id } = fate {
                learn(&mut worker.resolver, *type_, *resource, id);
            }
        }
    }
    for (n, fate) in fates.iter().enumerate().skip(entries_done) {
        match fate {
            Fate::Refuse(issue) => worker.refuse(line, std::slice::from_ref(issue)),
            Fate::Exists { type_, id } => worker.taken(line, *type_, id),
            Fate::Import { resource, type_, id } => {
                let entry = Entry { n, resource: *resource, type_: *type_, id };
                entry.import(worker, line, &links)?;
            }
        }
        worker.cut_if_full(|| line.mark(n + 1));
    }
    Ok(())
}

fn fate<'d, T: Target>(
    worker: &mut Worker<'_, T>,
    entry: Value<'d>,
    n: usize,
) -> Result<Fate<'d>, JobError> {
    let refuse = |code, words: &str| {
        Ok(Fate::Refuse(Issue::error(code, words).at(format!("Bundle.entry[{n}]"))))
    };
    let request = entry.get("request");
    let asked = |key| request.and_then(|request| request.get(key)).and_then(Value::as_str);
    let method = asked("method");
    if !matches!(method.as_deref(), None | Some("POST" | "PUT")) {
        return refuse(
            IssueCode::NotSupported,
            "Of a Bundle, entries with POST or PUT are imported",
        );
    }
    let Some(resource) = entry.get("resource") else {
        return refuse(IssueCode::Required, "An entry that is imported has a `resource`");
    };
    let name = resource.get("resourceType").and_then(Value::as_str);
    let Some(type_) = name.and_then(|name| TypeId::parse(&name)) else {
        return refuse(IssueCode::Structure, "`resourceType` is not a resource type of FHIR R4");
    };
    let put = asked("url").filter(|_| method.as_deref() == Some("PUT"));
    let Some(id) = id_of(entry, resource, put.as_deref(), n) else {
        return Ok(Fate::Refuse(bad_id().at(format!("Bundle.entry[{n}].resource.id"))));
    };
    let condition = asked("ifNoneExist").and_then(|query| identifier(&query));
    if let Some(condition) = condition {
        match worker.resolver.earlier(&(type_, condition))? {
            Some(Known::One(id)) => return Ok(Fate::Exists { type_, id }),
            Some(Known::Several) => {
                return refuse(IssueCode::MultipleMatches, "Several resources match `ifNoneExist`");
            }
            None => {}
        }
    }
    Ok(Fate::Import { resource, type_, id })
}

/// An entry's id: of `PUT Type/id`, the resource's own, the one in `urn:uuid:`, or one that
/// follows from the entry, so that the same Bundle gives the same resources each time. None when
/// it has one that is no id.
fn id_of(entry: Value<'_>, resource: Value<'_>, put: Option<&str>, n: usize) -> Option<LogicalId> {
    if let Some((_, id)) = put.and_then(|url| url.split_once('/')) {
        return id.parse().ok();
    }
    if let Some(id) = resource.get("id") {
        return id.as_str()?.parse().ok();
    }
    let url = entry.get("fullUrl").and_then(Value::as_str).unwrap_or_default();
    if let Some(id) = url.strip_prefix("urn:uuid:").and_then(|uuid| uuid.parse().ok()) {
        return Some(id);
    }
    let mut hash = blake3::Hasher::new();
    hash.update(&(n as u64).to_be_bytes()).update(url.as_bytes()).update(&[0]);
    hash.update(resource.raw().as_bytes());
    hash.finalize().to_hex()[..32].parse().ok()
}

/// An entry that is imported.
struct Entry<'e> {
    n: usize,
    resource: Value<'e>,
    type_: TypeId,
    id: &'e LogicalId,
}

impl Entry<'_> {
    fn import<T: Target>(
        &self,
        worker: &mut Worker<'_, T>,
        line: Line<'_>,
        links: &HashMap<String, String>,
    ) -> Result<(), JobError> {
        // The Bundle was parsed, so a part of it parses; what does not would be refused.
        let parsed = Document::parse_with(self.resource.raw().as_bytes(), Default::default());
        let Ok(sent) = parsed else { return self.unlikely(worker, line) };
        let mut failed = None;
        let mut unresolved = 0;
        let resolver = &mut worker.resolver;
        let mut replace = |link: &str| {
            if let Some(target) = links.get(link) {
                return Some(target.clone());
            }
            let wanted = conditional(link)?;
            match resolver.find(&wanted) {
                Ok(Some(id)) => Some(format!("{}/{id}", wanted.0)),
                Ok(None) => {
                    unresolved += 1;
                    None
                }
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        };
        let kept = stored::rewrite(&sent, self.id.as_str(), &mut replace);
        if let Some(error) = failed {
            return Err(error);
        }
        worker.unresolved(unresolved);
        let tape = std::mem::take(&mut worker.tape);
        let Ok(kept) = Document::parse_with(&kept.body, tape) else {
            return self.unlikely(worker, line);
        };
        let place = |path: String| {
            let below = path.strip_prefix(self.type_.name()).unwrap_or(&path);
            format!("Bundle.entry[{}].resource{below}", self.n)
        };
        worker.resource(line, &sent, &kept, self.type_, self.id, &place);
        worker.tape = kept.into_tape();
        Ok(())
    }

    fn unlikely<T: Target>(
        &self,
        worker: &mut Worker<'_, T>,
        line: Line<'_>,
    ) -> Result<(), JobError> {
        let issue = Issue::error(IssueCode::Structure, "The entry's resource cannot be read");
        worker.refuse(line, &[issue.at(format!("Bundle.entry[{}].resource", self.n))]);
        Ok(())
    }
}
