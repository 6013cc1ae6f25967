//! FHIR's operations (`$name`): one table that says what is offered where, one verb per file.
//!
//! Doors, Bundles and the CapabilityStatement read the same table, so an operation that is in it
//! can be called in every way that FHIR has, and none is announced that is not there.

mod arguments;
mod diff;
mod docref;
mod document;
mod everything;
mod found;
mod graph;
mod group_members;
mod lastn;
mod member_match;
mod meta;
mod meta_change;
mod searchset;
mod walk;

use tarn_access::Action;
use tarn_domain::Problem;
use tarn_fhir::definitions::TypeId;

use super::asking::Asking;
use super::target::Target;

pub use arguments::Arguments;

/// Where an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `$name`
    System,
    /// `Patient/$name`
    Type,
    /// `Patient/1/$name`
    Instance,
    /// `Patient/1/_history/2/$name`
    Version,
}

/// An operation that is offered.
#[derive(Debug)]
pub struct Operation {
    /// Its name, without the `$`.
    pub name: &'static str,
    /// The canonical URL of its definition.
    pub definition: &'static str,
    /// Where it is called.
    pub levels: &'static [Level],
    /// The types that have it; none named means every type.
    pub types: &'static [&'static str],
    /// What its caller must be allowed to do.
    pub action: Action,
    /// Whether it changes something. What changes nothing may be called by GET, too
    /// (<https://hl7.org/fhir/R4/operations.html#executing>).
    pub changes: bool,
    /// The parameters that it takes; none: it reads them itself, as a search does.
    pub takes: Option<&'static [&'static str]>,
    verb: Verb,
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Everything,
    Meta,
    MetaAdd,
    MetaDelete,
    Diff,
    LastN,
    DocRef,
    Document,
    Graph,
    MemberMatch,
    MemberAdd,
    MemberRemove,
}

/// What an operation answers.
#[derive(Debug, Default)]
pub struct Answer {
    /// A resource as JSON.
    pub body: Vec<u8>,
    /// Where what it stored is, below the base.
    pub location: Option<String>,
}

impl From<Vec<u8>> for Answer {
    fn from(body: Vec<u8>) -> Self {
        Self { body, location: None }
    }
}

use Level::{Instance, System, Type, Version};

/// Every operation there is.
pub static OPERATIONS: &[Operation] = &[
    Operation {
        name: "everything",
        definition: "http://hl7.org/fhir/OperationDefinition/Patient-everything",
        levels: &[Type, Instance],
        types: &["Patient"],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(everything::TAKEN),
        verb: Verb::Everything,
    },
    Operation {
        name: "everything",
        definition: "http://hl7.org/fhir/OperationDefinition/Encounter-everything",
        levels: &[Instance],
        types: &["Encounter"],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(everything::TAKEN),
        verb: Verb::Everything,
    },
    Operation {
        name: "everything",
        definition: "http://hl7.org/fhir/OperationDefinition/Group-everything",
        levels: &[Instance],
        types: &["Group"],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(everything::TAKEN),
        verb: Verb::Everything,
    },
    Operation {
        name: "meta",
        definition: "http://hl7.org/fhir/OperationDefinition/Resource-meta",
        levels: &[System, Type, Instance, Version],
        types: &[],
        action: Action::FhirRead,
        changes: false,
        takes: Some(&[]),
        verb: Verb::Meta,
    },
    Operation {
        name: "meta-add",
        definition: "http://hl7.org/fhir/OperationDefinition/Resource-meta-add",
        levels: &[Instance],
        types: &[],
        action: Action::FhirUpdate,
        changes: true,
        takes: Some(&["meta"]),
        verb: Verb::MetaAdd,
    },
    Operation {
        name: "meta-delete",
        definition: "http://hl7.org/fhir/OperationDefinition/Resource-meta-delete",
        levels: &[Instance],
        types: &[],
        action: Action::FhirUpdate,
        changes: true,
        takes: Some(&["meta"]),
        verb: Verb::MetaDelete,
    },
    Operation {
        name: "lastn",
        definition: "http://hl7.org/fhir/OperationDefinition/Observation-lastn",
        levels: &[Type],
        types: &["Observation"],
        action: Action::FhirSearch,
        changes: false,
        takes: None,
        verb: Verb::LastN,
    },
    Operation {
        name: "docref",
        definition: "http://hl7.org/fhir/us/core/OperationDefinition/docref",
        levels: &[Type],
        types: &["DocumentReference"],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(docref::TAKEN),
        verb: Verb::DocRef,
    },
    Operation {
        name: "document",
        definition: "http://hl7.org/fhir/OperationDefinition/Composition-document",
        levels: &[Type, Instance],
        types: &["Composition"],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(document::TAKEN),
        verb: Verb::Document,
    },
    Operation {
        name: "graph",
        definition: "http://hl7.org/fhir/OperationDefinition/Resource-graph",
        levels: &[Instance],
        types: &[],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(&["graph"]),
        verb: Verb::Graph,
    },
    Operation {
        name: "member-match",
        definition: "http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match",
        levels: &[Type],
        types: &["Patient"],
        action: Action::FhirSearch,
        changes: false,
        takes: Some(member_match::TAKEN),
        verb: Verb::MemberMatch,
    },
    Operation {
        name: "member-add",
        definition: "http://hl7.org/fhir/us/davinci-atr/OperationDefinition/member-add",
        levels: &[Instance],
        types: &["Group"],
        action: Action::FhirUpdate,
        changes: true,
        takes: Some(group_members::ADD),
        verb: Verb::MemberAdd,
    },
    Operation {
        name: "member-remove",
        definition: "http://hl7.org/fhir/us/davinci-atr/OperationDefinition/member-remove",
        levels: &[Instance],
        types: &["Group"],
        action: Action::FhirUpdate,
        changes: true,
        takes: Some(group_members::REMOVE),
        verb: Verb::MemberRemove,
    },
    // HAPI's, as it has no definition of R4's.
    Operation {
        name: "diff",
        definition: "http://hapifhir.io/OperationDefinition/diff",
        levels: &[System, Instance, Version],
        types: &[],
        action: Action::FhirHistory,
        changes: false,
        takes: Some(diff::TAKEN),
        verb: Verb::Diff,
    },
];

/// The operation that a path names.
pub fn find(target: &Target) -> Option<&'static Operation> {
    let (name, level, type_) = named(target)?;
    OPERATIONS.iter().find(|operation| {
        operation.name == name
            && operation.levels.contains(&level)
            && type_.is_none_or(|type_| operation.is_of(type_))
    })
}

/// The operations of a type, for the CapabilityStatement.
pub fn of_type(type_: TypeId) -> impl Iterator<Item = &'static Operation> {
    let on_types = |operation: &Operation| operation.levels.iter().any(|level| *level != System);
    OPERATIONS.iter().filter(move |operation| on_types(operation) && operation.is_of(type_))
}

/// The operations of the whole store, for the CapabilityStatement.
pub fn of_system() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(|operation| operation.levels.contains(&System))
}

impl Operation {
    fn is_of(&self, type_: TypeId) -> bool {
        self.types.is_empty() || self.types.contains(&type_.name())
    }
}

/// Does what an operation is there for.
///
/// # Errors
/// Invalid for parameters that it does not take, or that are missing; else the verb's own.
pub async fn invoke(
    asking: Asking<'_>,
    operation: &Operation,
    target: &Target,
    arguments: Arguments,
) -> Result<Answer, Problem> {
    if let Some(taken) = operation.takes {
        arguments.only(operation.name, taken)?;
    }
    match operation.verb {
        Verb::Everything => everything::everything(asking, target, arguments).await.map(Into::into),
        Verb::Meta => meta::meta(asking, target).await.map(Into::into),
        Verb::MetaAdd => meta_change::add(asking, target, arguments).await.map(Into::into),
        Verb::MetaDelete => meta_change::delete(asking, target, arguments).await.map(Into::into),
        Verb::Diff => diff::diff(asking, target, arguments).await.map(Into::into),
        Verb::LastN => lastn::lastn(asking, target, arguments).await.map(Into::into),
        Verb::DocRef => docref::docref(asking, target, arguments).await.map(Into::into),
        Verb::Document => document::document(asking, target, arguments).await,
        Verb::Graph => graph::graph(asking, target, arguments).await.map(Into::into),
        Verb::MemberMatch => {
            member_match::member_match(asking, target, arguments).await.map(Into::into)
        }
        Verb::MemberAdd => group_members::add(asking, target, arguments).await.map(Into::into),
        Verb::MemberRemove => {
            group_members::remove(asking, target, arguments).await.map(Into::into)
        }
    }
}

/// A path's operation, where it is called, and of which type.
fn named(target: &Target) -> Option<(&str, Level, Option<TypeId>)> {
    Some(match target {
        Target::SystemOperation(name) => (name, System, None),
        Target::TypeOperation(type_, name) => (name, Type, Some(*type_)),
        Target::InstanceOperation(type_, _, name) => (name, Instance, Some(*type_)),
        Target::VersionOperation(type_, _, _, name) => (name, Version, Some(*type_)),
        _ => return None,
    })
}

/// The table and a verb do not fit.
fn lost() -> Problem {
    Problem::internal("an operation called at a level that it does not have")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_has_two_operations() {
        for (at, a) in OPERATIONS.iter().enumerate() {
            for b in OPERATIONS[..at].iter().filter(|b| a.name == b.name) {
                let meet = a.types.is_empty()
                    || b.types.is_empty()
                    || a.types.iter().any(|type_| b.types.contains(type_));
                let same_level = a.levels.iter().any(|level| b.levels.contains(level));
                assert!(!(meet && same_level), "{} twice", a.name);
            }
        }
    }

    #[test]
    fn an_operation_is_found_where_it_is_offered_only() {
        let found = |path: &str| find(&Target::parse(path).unwrap()).is_some();
        for path in ["$meta", "Patient/$meta", "Patient/1/$meta", "Patient/1/_history/2/$meta"] {
            assert!(found(path), "{path}");
        }
        for path in ["$everything", "Observation/1/$everything", "Encounter/$everything", "$nope"] {
            assert!(!found(path), "{path}");
        }
    }

    #[test]
    fn what_changes_something_needs_leave_to_change() {
        for operation in OPERATIONS {
            assert_eq!(operation.changes, !operation.action.is_read_only(), "{}", operation.name);
        }
    }

    #[test]
    fn types_are_types_of_r4() {
        for type_ in OPERATIONS.iter().flat_map(|operation| operation.types) {
            assert!(TypeId::parse(type_).is_some(), "{type_}");
        }
    }
}
