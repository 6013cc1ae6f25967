//! A query, parsed: what to look for, and how to answer.

use ring::digest;
use tarn_domain::Issue;
use tarn_fhir::definitions::{FieldId, SearchParameter, TypeId};

use crate::filter::Clause;
use crate::ranking::is_ranked;

/// Where a search looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In one type.
    Type(TypeId),
    /// In every type, or in those that `_type` names.
    System,
    /// In what belongs to a resource: `Patient/1/Observation`, or `Patient/1/*` with no type.
    Compartment {
        /// The type of the compartment's resource.
        owner: TypeId,
        /// Its id.
        id: String,
        /// What is looked for; none means everything.
        type_: Option<TypeId>,
    },
}

/// A parsed search.
#[derive(Debug, Clone)]
pub struct Query {
    /// Types and conditions.
    pub clause: Clause,
    /// The order; ties and no order at all go by age of the resource in the store.
    pub sort: Vec<SortKey>,
    /// How many matches to a page.
    pub count: u32,
    /// Whether `_total` is wanted.
    pub total: Total,
    /// How much of each resource.
    pub summary: Option<Summary>,
    /// Elements asked for by `_elements`.
    pub elements: Vec<String>,
    /// `_include` and `_revinclude`.
    pub includes: Vec<Include>,
    /// The parameters that were understood, as they were sent: for the self link.
    pub applied: Vec<(String, String)>,
    /// The parameters that were left out, leniently.
    pub ignored: Vec<Issue>,
    /// Whether contained resources are looked for.
    pub contained: Contained,
    /// Whether the contained resource itself is answered, not what contains it.
    pub answers_contained: bool,
    pub(crate) scope: Scope,
    pub(crate) base_url: Option<String>,
}

impl Query {
    /// Where it looks.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How many values a row's place in the order has.
    pub(crate) fn order_keys(&self) -> usize {
        if self.contained != Contained::False {
            // The place within what contains it.
            return 1;
        }
        match self.sort.len() {
            0 => usize::from(is_ranked(&self.clause)),
            keys => keys,
        }
    }

    /// Whether only the number of matches is asked for (`_summary=count`, `_count=0`).
    pub fn is_count_only(&self) -> bool {
        self.count == 0 || self.summary == Some(Summary::Count)
    }

    /// A digest of what decides which rows come in which order; page tokens are bound to it.
    /// Page size, totals, includes and summaries may change between pages.
    pub fn fingerprint(&self) -> [u8; 16] {
        const FREE: [&str; 8] = [
            "_count",
            "_total",
            "_summary",
            "_elements",
            "_include",
            "_revinclude",
            "_format",
            "_pretty",
        ];
        self.digest(&FREE)
    }

    /// A digest that also depends on the page size and the includes: for what comes along with a
    /// page's matches.
    pub fn whole_fingerprint(&self) -> [u8; 16] {
        self.digest(&["_total", "_summary", "_elements", "_format", "_pretty"])
    }

    /// A digest of the scope and of the parameters but the `free` ones.
    fn digest(&self, free: &[&str]) -> [u8; 16] {
        let mut hash = digest::Context::new(&digest::SHA256);
        let mut put = |text: &str| {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        match &self.scope {
            Scope::Type(type_) => put(type_.name()),
            Scope::System => put(""),
            Scope::Compartment { owner, id, type_ } => {
                put(owner.name());
                put(id);
                put(type_.map_or("*", TypeId::name));
            }
        }
        for (name, value) in &self.applied {
            if !free.contains(&name.split(':').next().unwrap_or(name)) {
                put(name);
                put(value);
            }
        }
        let mut out = [0; 16];
        out.copy_from_slice(&hash.finish().as_ref()[..16]);
        out
    }
}

/// `_contained`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contained {
    /// Only resources that stand by themselves.
    #[default]
    False,
    /// Only contained ones.
    True,
    /// Either.
    Both,
}

/// One key of `_sort`.
#[derive(Debug, Clone)]
pub struct SortKey {
    /// Its parameter, for each type of the scope that has its own.
    pub parameters: Vec<&'static SearchParameter>,
    /// From the last to the first.
    pub descending: bool,
    /// The references behind which the parameters are: `patient.name`.
    pub chain: Vec<SortLink>,
}

/// One reference of a chained sort key.
#[derive(Debug, Clone)]
pub struct SortLink {
    /// The reference, for each type that has its own.
    pub fields: Vec<FieldId>,
    /// The types that it is followed to.
    pub types: Vec<TypeId>,
}

/// What `Bundle.total` should say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Total {
    /// Nothing asked: said all the same, it costs nothing here.
    #[default]
    Unasked,
    /// Not wanted.
    None,
    /// A guess would do.
    Estimate,
    /// The exact number.
    Accurate,
}

/// `_summary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// The elements that R4 marks.
    True,
    /// Narrative, id, meta and what must be there.
    Text,
    /// All but the narrative.
    Data,
    /// The number of matches only.
    Count,
    /// The whole resource.
    False,
}

/// One `_include` or `_revinclude`.
#[derive(Debug, Clone)]
pub struct Include {
    /// The type whose references are followed; none: of every type (`*`).
    pub source: Option<TypeId>,
    /// The reference; none: every one that the source has.
    pub parameter: Option<&'static SearchParameter>,
    /// Only to this type.
    pub target: Option<TypeId>,
    /// Against the direction of the reference.
    pub reverse: bool,
    /// Also from what was included itself.
    pub iterate: bool,
}
