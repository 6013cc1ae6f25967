//! Lays the paths of search parameters into one trie, following R4's element definitions.

use tarn_fhir::definitions::{
    Child, CodeSet, DataType, ElementId, FieldId, ParamKind, TypeId, definitions,
};

use super::expression::{Path, Step};
use super::trie::{Branch, Edge, Guard, Node, Op, Read, Target};

/// A trie while it grows.
#[derive(Debug)]
pub(super) struct Draft {
    nodes: Vec<Vec<DraftEdge>>,
    root: ElementId,
}

#[derive(Debug)]
struct DraftEdge {
    key: &'static str,
    branches: Vec<DraftBranch>,
}

#[derive(Debug)]
struct DraftBranch {
    guard: Guard,
    ops: Vec<(Read, Vec<Target>)>,
    inside: Option<usize>,
}

/// How far a path has come: a branch of the trie (none: the root) and what R4 says stands there.
#[derive(Debug, Clone, Copy)]
struct Place {
    branch: Option<(usize, usize, usize)>,
    element: ElementId,
    data_type: DataType,
    codes: Option<&'static CodeSet>,
    only: Option<TypeId>,
    is_not_false: bool,
}

impl Draft {
    /// An empty trie over what is inside an element.
    pub(super) fn new(root: ElementId) -> Self {
        Self { nodes: vec![Vec::new()], root }
    }

    /// Lays one path for a parameter. Answers how many elements it reads, or none if the path
    /// has a step that cannot be taken here.
    pub(super) fn add(
        &mut self,
        path: &Path<'_>,
        kind: ParamKind,
        target: Target,
    ) -> Option<usize> {
        let mut places = vec![Place {
            branch: None,
            element: self.root,
            data_type: DataType::Element,
            codes: None,
            only: None,
            is_not_false: false,
        }];
        for step in &path.steps {
            places = self.step(&places, *step)?;
        }
        let mut laid = 0;
        for place in places {
            laid += usize::from(self.read(place, kind, target).is_some());
        }
        Some(laid)
    }

    fn step(&mut self, places: &[Place], step: Step<'_>) -> Option<Vec<Place>> {
        let mut next = Vec::new();
        for &place in places {
            match step {
                Step::Child(name) => next.extend(self.children(place, name)),
                Step::OfType(name) => {
                    next.extend(is_of_type(place.data_type, name).then_some(place));
                }
                Step::Where { key, value } => {
                    next.push(
                        self.guarded(place, Guard::Where { key: key.into(), value: value.into() })?,
                    );
                }
                Step::HasExtension(url) => {
                    next.push(self.guarded(place, Guard::HasExtension(url.into()))?);
                }
                Step::Index(at) => next.push(self.guarded(place, Guard::Index(at))?),
                Step::RefersTo(name) => {
                    next.push(Place { only: Some(TypeId::parse(name)?), ..place });
                }
                Step::Extension(url) => {
                    for extension in self.children(place, "extension") {
                        let guard = Guard::Where { key: "url".into(), value: url.into() };
                        let extension = self.guarded(extension, guard)?;
                        next.extend(self.children(extension, "value"));
                    }
                }
                Step::IsNotFalse => next.push(Place { is_not_false: true, ..place }),
            }
        }
        Some(next)
    }

    fn children(&mut self, place: Place, name: &str) -> Vec<Place> {
        let node = self.inside(place);
        let children = definitions().named(place.element, name);
        children.map(|child| self.child(node, child)).collect()
    }

    fn child(&mut self, node: usize, child: &Child) -> Place {
        let edges = &mut self.nodes[node];
        let edge = edges.iter().position(|edge| edge.key == child.name).unwrap_or_else(|| {
            edges.push(DraftEdge { key: child.name, branches: Vec::new() });
            edges.len() - 1
        });
        Place {
            branch: Some((node, edge, self.branch(node, edge, Guard::All))),
            element: child.element,
            data_type: child.data_type,
            codes: child.codes,
            only: None,
            is_not_false: false,
        }
    }

    fn branch(&mut self, node: usize, edge: usize, guard: Guard) -> usize {
        let branches = &mut self.nodes[node][edge].branches;
        branches.iter().position(|branch| branch.guard == guard).unwrap_or_else(|| {
            branches.push(DraftBranch { guard, ops: Vec::new(), inside: None });
            branches.len() - 1
        })
    }

    /// The same place, guarded; none where there is a guard already.
    fn guarded(&mut self, place: Place, guard: Guard) -> Option<Place> {
        let (node, edge, branch) = place.branch?;
        if self.nodes[node][edge].branches[branch].guard != Guard::All {
            return None;
        }
        let branch = self.branch(node, edge, guard);
        Some(Place { branch: Some((node, edge, branch)), ..place })
    }

    fn inside(&mut self, place: Place) -> usize {
        let Some((node, edge, branch)) = place.branch else { return 0 };
        let fresh = self.nodes.len();
        let inside = *self.nodes[node][edge].branches[branch].inside.get_or_insert(fresh);
        if inside == fresh {
            self.nodes.push(Vec::new());
        }
        inside
    }

    fn read(&mut self, place: Place, kind: ParamKind, target: Target) -> Option<()> {
        let (node, edge, branch) = place.branch?;
        let read = match place.is_not_false {
            true => Read::NotFalse,
            false => reading(kind, place.data_type, place.codes)?,
        };
        let only = match read {
            Read::Inline => sole_target(target.field),
            _ => place.only,
        };
        let target = Target { only, ..target };
        let ops = &mut self.nodes[node][edge].branches[branch].ops;
        match ops.iter_mut().find(|(known, _)| known.is_same(read)) {
            Some((_, targets)) if targets.contains(&target) => {}
            Some((_, targets)) => targets.push(target),
            None => ops.push((read, vec![target])),
        }
        Some(())
    }

    /// The trie, done.
    pub(super) fn finish(self) -> Box<[Node]> {
        self.nodes
            .into_iter()
            .map(|edges| Node::new(edges.into_iter().map(edge).collect()))
            .collect()
    }
}

fn edge(draft: DraftEdge) -> Edge {
    let used = |branch: &DraftBranch| !branch.ops.is_empty() || branch.inside.is_some();
    let branches = draft.branches.into_iter().filter(used).map(|branch| Branch {
        guard: branch.guard,
        ops: branch.ops.into_iter().map(op).collect(),
        inside: branch.inside.and_then(|node| u16::try_from(node).ok()),
    });
    Edge { key: draft.key, branches: branches.collect() }
}

fn op((read, targets): (Read, Vec<Target>)) -> Op {
    Op { read, targets: targets.into_boxed_slice() }
}

/// What tells `Bundle.composition` from `Bundle.message`, whose expressions are the same.
fn sole_target(field: FieldId) -> Option<TypeId> {
    match definitions().field(field)?.targets[..] {
        [sole] => Some(sole),
        _ => None,
    }
}

/// R4's own expressions spell a type in two ways: `as(dateTime)` and `as(DateTime)`.
fn is_of_type(data_type: DataType, name: &str) -> bool {
    data_type.name().eq_ignore_ascii_case(name)
}

/// How an element of a type is read for a kind of parameter
/// (<https://hl7.org/fhir/R4/search.html#ptypes>); none where R4 gives it no meaning, such as a
/// date parameter over a choice whose value happens to be a string.
fn reading(kind: ParamKind, data_type: DataType, codes: Option<&'static CodeSet>) -> Option<Read> {
    use DataType as T;
    let is_text = matches!(data_type, T::String | T::Markdown | T::Code | T::Id);
    let is_uri = matches!(data_type, T::Uri | T::Url | T::Oid | T::Uuid);
    Some(match (kind, data_type) {
        (ParamKind::Token, T::Boolean) => Read::Boolean,
        (ParamKind::Token, T::Code) => Read::Code(codes),
        (ParamKind::Token, T::Coding) => Read::Coding,
        (ParamKind::Token, T::CodeableConcept) => Read::Concept,
        (ParamKind::Token, T::Identifier) => Read::Identifier,
        (ParamKind::Token, T::ContactPoint) => Read::Contact,
        (ParamKind::Token, _) if is_text || is_uri => Read::Code(None),
        (ParamKind::String, T::HumanName) => Read::Name,
        (ParamKind::String, T::Address) => Read::Address,
        (ParamKind::String, T::Coding) => Read::CodingWords,
        (ParamKind::String, T::CodeableConcept) => Read::ConceptWords,
        (ParamKind::String, _) if is_text || is_uri => Read::Text,
        (ParamKind::Uri, T::Canonical) => Read::Canonical,
        (ParamKind::Uri, _) if is_text || is_uri => Read::Uri,
        (ParamKind::Reference, T::Reference) => Read::Reference,
        (ParamKind::Reference, T::Canonical) => Read::Link,
        (ParamKind::Reference, T::Resource) => Read::Inline,
        (ParamKind::Reference, _) if is_uri => Read::Link,
        (ParamKind::Date, T::Date | T::DateTime | T::Instant) => Read::Moment,
        (ParamKind::Date, T::Period) => Read::Period,
        (ParamKind::Date, T::Timing) => Read::Timing,
        (ParamKind::Number, T::Range) => Read::NumberRange,
        (ParamKind::Number, _) if data_type.is_numeric() => Read::Number,
        (ParamKind::Quantity, T::Money) => Read::Money,
        (ParamKind::Quantity, T::Range) => Read::Range,
        (ParamKind::Quantity, _) if data_type.is_quantity() => Read::Quantity,
        // The one special parameter that has an element: `Location.near`.
        (ParamKind::Special, T::BackboneElement) => Read::Position,
        _ => return None,
    })
}

/// The kind that elements of a type naturally have, for the composite whose parts R4 mixes up.
pub(super) fn natural_kind(data_type: DataType) -> Option<ParamKind> {
    let kinds = [
        ParamKind::Token,
        ParamKind::Reference,
        ParamKind::Date,
        ParamKind::Quantity,
        ParamKind::Number,
    ];
    kinds.into_iter().find(|kind| reading(*kind, data_type, None).is_some())
}
