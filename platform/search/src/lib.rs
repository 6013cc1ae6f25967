//! Search: turns resources into index entries ([`extract`]), and queries into rows of a snapshot.
//!
//! [`parse`] reads a query string into a [`Query`], refusing what it does not know. [`page`]
//! answers it on one immutable snapshot, [`matches()`] and [`count`] say which and how many rows
//! pass; [`cursor`] seals where a page ended. Never writes, and knows neither HTTP nor bundles.

mod budget;
mod contained;
pub mod cursor;
mod error;
pub mod extract;
pub mod filter;
mod include;
mod near;
pub mod own;
mod page;
mod parse;
mod position;
mod quantity;
mod query;
mod ranking;
mod run;
mod sort;
mod text;
mod trace;

pub use budget::{Limits, Turning, Widths};
pub use cursor::Cursor;
pub use error::SearchError;
pub use page::{Hit, Page, explained, page, resumed};
pub use parse::{Handling, ParseOptions, parse};
pub use position::{Place, Position};
pub use query::{Contained, Include, Query, Scope, SortKey, SortLink, Summary, Total};
pub use ranking::Rank;
pub use run::{Matches, count, identities, matches, question};
pub use trace::{Plan, Step};
