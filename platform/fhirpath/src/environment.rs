//! What an expression sees besides the element that it is about. All of it is handed in.

use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;

use crate::item::{Collection, Item};
use crate::limits::Limits;
use crate::node::Node;

/// What a reference leads to.
#[derive(Debug, Clone, Copy)]
pub enum Resolved<'d> {
    /// The resource.
    Resource(Node<'d>),
    /// A resource of that type, of which no more is known.
    Type(TypeId),
    /// Nothing that is known.
    Nothing,
}

/// Follows references for `resolve()`. References within the document (`#id`, and `fullUrl` of
/// its Bundle) are followed without it.
pub trait Resolver<'d> {
    /// What a literal reference, or a canonical, leads to.
    fn resolve(&self, reference: &str) -> Resolved<'d>;
}

/// Tells of references what their own text says: the type of `Patient/1`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypesOnly;

impl<'d> Resolver<'d> for TypesOnly {
    fn resolve(&self, reference: &str) -> Resolved<'d> {
        let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
        let mut parts = path.rsplit('/');
        let (_id, type_) = (parts.next(), parts.next());
        type_.and_then(TypeId::parse).map_or(Resolved::Nothing, Resolved::Type)
    }
}

/// Knows code systems and value sets, for `memberOf()`, `subsumes()` and `subsumedBy()`.
pub trait Terminology {
    /// Whether a code, Coding or CodeableConcept is in a value set; none where that is not known.
    fn member_of(&self, code: &Item<'_>, value_set: &str) -> Option<bool>;

    /// Whether the first code subsumes the second one, or is it; none where that is not known.
    fn subsumes(&self, code: &Item<'_>, other: &Item<'_>) -> Option<bool>;
}

/// Knows profiles, for `conformsTo()`.
pub trait Profiles {
    /// Whether a resource conforms to a profile; none where the profile is not known.
    fn conforms(&self, resource: &Node<'_>, profile: &str) -> Option<bool>;
}

/// What `as` does with collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Casts {
    /// More than one item is an error, as FHIRPath says.
    #[default]
    Single,
    /// It filters like `ofType()`: R4's own search parameters rely on that.
    Filter,
}

/// What `trace()` calls, with its name and collection.
pub type Trace<'e, 'd> = &'e dyn Fn(&str, &[Item<'d>]);

/// What an expression sees besides the element that it is about.
#[derive(Clone, Copy)]
pub struct Environment<'e, 'd> {
    /// This moment, for `now()` and `today()`, in UTC.
    pub now: Timestamp,
    /// `%resource`: the resource that holds the element. None: the element itself.
    pub resource: Option<Node<'d>>,
    /// `%rootResource`: the resource that holds `%resource`, where that is contained.
    pub root_resource: Option<Node<'d>>,
    /// Further variables, by name without `%`.
    pub variables: &'e [(&'e str, Collection<'d>)],
    /// Follows references; none: `resolve()` knows only those within the document.
    pub resolver: Option<&'e dyn Resolver<'d>>,
    /// Knows codes; none: `memberOf()` and the like have no result.
    pub terminology: Option<&'e dyn Terminology>,
    /// Knows profiles besides R4's base definitions.
    pub profiles: Option<&'e dyn Profiles>,
    /// Is told what `trace()` sees.
    pub trace: Option<Trace<'e, 'd>>,
    /// What `as` does with collections.
    pub casts: Casts,
    /// What the evaluation may cost.
    pub limits: Limits,
}

impl Environment<'_, '_> {
    /// An environment with nothing in it but the time.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            resource: None,
            root_resource: None,
            variables: &[],
            resolver: None,
            terminology: None,
            profiles: None,
            trace: None,
            casts: Casts::default(),
            limits: Limits::default(),
        }
    }
}

impl std::fmt::Debug for Environment<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").field("now", &self.now).finish_non_exhaustive()
    }
}
