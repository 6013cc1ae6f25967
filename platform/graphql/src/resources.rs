//! Where resources come from: what the engine asks of who runs it.

use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;

/// Why a resource or a search was refused, in words for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

/// A search of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The type.
    pub type_: TypeId,
    /// Names of search parameters with their values, as a URL would have them.
    pub parameters: Vec<(String, String)>,
    /// How many matches are wanted.
    pub count: usize,
    /// Where the page begins: [`Page::next`] of the page before; none for the first.
    pub cursor: Option<String>,
    /// How many matches the pages before had, where a caller asks to leave some out.
    pub offset: usize,
    /// Whether the number of all matches is wanted.
    pub wants_total: bool,
}

/// A match of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The resource as JSON.
    pub json: Vec<u8>,
}

/// A page of a search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// How many matches there are on all pages, where that is known.
    pub total: Option<u64>,
    /// How many matches the pages before had.
    pub offset: usize,
    /// How many matches a page has at most.
    pub size: usize,
    /// The matches.
    pub entries: Vec<Entry>,
    /// A cursor for the first page.
    pub first: Option<String>,
    /// A cursor for the next page, where there is one.
    pub next: Option<String>,
}

/// A moment of a store. Every method is asked many times for one query.
pub trait Resources {
    /// The current version of a resource as JSON; none where there is none.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn read(&mut self, type_: TypeId, id: &str) -> Result<Option<Vec<u8>>, Refusal>;

    /// A page of a search.
    ///
    /// # Errors
    /// What is wrong with the search.
    fn search(&mut self, search: &Search) -> Result<Page, Refusal>;

    /// The type and id that a literal reference names, where it names a resource of this store.
    fn target(&self, reference: &str) -> Option<(TypeId, String)>;

    /// This moment, for FHIRPath's `now()`.
    fn now(&self) -> Timestamp;
}
