//! Mutations (`PatientCreate`, `PatientUpdate`, `PatientDelete`): what is to be changed, and the
//! answer to it. The changes themselves are made by whoever runs the engine, one after the other.

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document as Json, Kind, Value as JsonValue, escape_into};

use crate::collect::Collected;
use crate::document::OperationKind;
use crate::error::{GraphqlError, PathPart};
use crate::limits::Limits;
use crate::output::{Fields, Out, quoted};
use crate::resources::Resources;
use crate::run::{Run, Selected, plurality};

/// How many changes one mutation may ask for.
const MOST: usize = 50;

/// A change that a mutation asks for.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// `PatientCreate(resource: …)`
    Create(TypeId, Vec<u8>),
    /// `PatientUpdate(id: …, resource: …)`
    Update(TypeId, String, Vec<u8>),
    /// `PatientDelete(id: …)`
    Delete(TypeId, String),
}

impl std::fmt::Debug for Change {
    /// Prints kind and type only: the resource is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Create(type_, _) => write!(f, "Create({type_})"),
            Self::Update(type_, ..) => write!(f, "Update({type_})"),
            Self::Delete(type_, _) => write!(f, "Delete({type_})"),
        }
    }
}

/// What became of a change.
#[derive(Clone, Default)]
pub struct Changed {
    /// The URL of what was created.
    pub location: Option<String>,
    /// The resource as it is now, as JSON; none where it was deleted.
    pub resource: Option<Vec<u8>>,
    /// An OperationOutcome about it, as JSON.
    pub information: Option<Vec<u8>>,
}

impl std::fmt::Debug for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Changed").field("location", &self.location).finish_non_exhaustive()
    }
}

/// The changes of a mutation, in order.
#[derive(Debug)]
pub struct Mutation {
    /// The changes, each with the name under which the answer has it.
    pub changes: Vec<(String, Change)>,
}

impl Mutation {
    /// What a mutation asks to be changed. Nothing is to be done unless all of it is understood.
    ///
    /// # Errors
    /// A field that is no change, or lacks what it needs.
    pub fn read(selected: &Selected<'_>) -> Result<Self, GraphqlError> {
        if selected.kind() != OperationKind::Mutation {
            return Err(GraphqlError::new("a query changes nothing"));
        }
        let fields = selected.outermost()?;
        if fields.len() > MOST {
            let words = format!("a mutation makes {MOST} changes at most");
            return Err(GraphqlError::costly("changes", words));
        }
        let named = |collected: &Collected<'_, '_>| {
            Ok((collected.field.key().to_owned(), change(selected, collected)?))
        };
        let changes: Result<_, _> = fields.iter().map(named).collect();
        Ok(Self { changes: changes? })
    }

    /// Answers a mutation whose changes were made; one that failed is none, and `null`.
    ///
    /// # Errors
    /// A field that the answer does not have.
    pub fn answer(
        selected: &Selected<'_>,
        changed: &[Option<Changed>],
        resources: &mut dyn Resources,
        limits: &Limits,
    ) -> Result<Vec<u8>, GraphqlError> {
        let mut run = Run::new(selected, resources, limits);
        let mut answer = Fields::default();
        for (collected, changed) in selected.outermost()?.iter().zip(changed) {
            let key = collected.field.key();
            let part = PathPart::Field(key.to_owned());
            let done = run.under(part, |run| {
                answer.open(key, plurality(collected, false))?;
                let Some(changed) = changed else {
                    answer.push(key, Out::Token("null".to_owned()));
                    return Ok(());
                };
                let mut fields = Fields::default();
                result(run, collected, changed, &mut fields)?;
                answer.push(key, Out::Object(fields));
                Ok(())
            });
            done.map_err(|error| run.placed(error))?;
        }
        let mut out = Vec::new();
        answer.write(&mut out);
        Ok(out)
    }
}

fn result<'r, 'q>(
    run: &mut Run<'r, 'q>,
    collected: &Collected<'r, 'q>,
    changed: &Changed,
    target: &mut Fields,
) -> Result<(), GraphqlError> {
    let is = |_: &str| true;
    for inner in &run.query.collector(&is).collect(&collected.selections)? {
        let field = inner.field;
        let value = match field.name {
            "location" => changed.location.as_deref().map(quoted),
            "__typename" => Some(quoted(collected.field.name)),
            "resource" | "information" => {
                let is_resource = field.name == "resource";
                let json = if is_resource { &changed.resource } else { &changed.information };
                let mut fields = Fields::default();
                match json {
                    Some(json) => {
                        run.resource(json, &inner.selections, &mut fields, 2)?;
                        Some(Out::Object(fields))
                    }
                    None => None,
                }
            }
            _ => {
                let words = "a mutation answers with `location`, `resource` and `information`";
                return Err(GraphqlError::at(run.query.text, field.at, words));
            }
        };
        if let Some(value) = value {
            target.open(field.key(), plurality(inner, false))?;
            target.push(field.key(), value);
        }
    }
    Ok(())
}

fn change(selected: &Selected<'_>, collected: &Collected<'_, '_>) -> Result<Change, GraphqlError> {
    let field = collected.field;
    let wrong = |words: &str| GraphqlError::at(selected.text, field.at, words);
    if field.selections.is_empty() {
        return Err(wrong("select `resource`, `location` or `information`"));
    }
    for inner in &selected.collector(&|_| true).collect(&collected.selections)? {
        let is_known =
            ["location", "resource", "information", "__typename"].contains(&inner.field.name);
        if !is_known {
            return Err(wrong("a mutation answers with `location`, `resource` and `information`"));
        }
    }
    let (mut id, mut resource) = (None, None);
    for (name, value) in &field.arguments {
        match *name {
            "id" => id = Some(selected.variables.text(name, value)?),
            "resource" | "res" => resource = Some(selected.variables.json(value)?),
            _ => return Err(wrong("a change takes `id` and `resource`")),
        }
    }
    let of = |ending: &str| field.name.strip_suffix(ending).and_then(TypeId::parse);
    if let Some(type_) = of("Create") {
        let (Some(resource), None) = (resource, id) else {
            return Err(wrong("a creation takes `resource`, and no `id`"));
        };
        return Ok(Change::Create(
            type_,
            body(type_, None, &resource).map_err(|words| wrong(&words))?,
        ));
    }
    if let Some(type_) = of("Update") {
        let (Some(resource), Some(id)) = (resource, id) else {
            return Err(wrong("an update takes `id` and `resource`"));
        };
        let body = body(type_, Some(&id), &resource).map_err(|words| wrong(&words))?;
        return Ok(Change::Update(type_, id, body));
    }
    if let Some(type_) = of("Delete") {
        let (None, Some(id)) = (resource, id) else {
            return Err(wrong("a deletion takes `id`"));
        };
        return Ok(Change::Delete(type_, id));
    }
    Err(wrong("a mutation consists of `[Type]Create`, `[Type]Update` and `[Type]Delete`"))
}

/// A resource as a verb takes it: its type and id may be left out, as the field names them.
fn body(type_: TypeId, id: Option<&str>, resource: &str) -> Result<Vec<u8>, String> {
    let json = Json::parse(resource.as_bytes()).map_err(|error| format!("`resource`: {error}"))?;
    let root = json.root();
    if root.kind() != Kind::Object {
        return Err("`resource` takes an object".to_owned());
    }
    let named = root.get("resourceType").map(JsonValue::as_str);
    if named.is_some_and(|named| named.as_deref() != Some(type_.name())) {
        return Err(format!("the resource is no {type_}"));
    }
    let mut out = format!("{{\"resourceType\":\"{type_}\"").into_bytes();
    let mut member = |name: &str, raw: &str| {
        out.push(b',');
        escape_into(name, &mut out);
        out.push(b':');
        out.extend_from_slice(raw.as_bytes());
    };
    if let Some(id) = id.filter(|_| root.get("id").is_none()) {
        let mut quoted = Vec::new();
        escape_into(id, &mut quoted);
        member("id", &String::from_utf8(quoted).unwrap_or_default());
    }
    for (name, value) in root.members().filter(|(name, _)| name != "resourceType") {
        member(&name, value.raw());
    }
    out.push(b'}');
    Ok(out)
}
