//! The functions, one file for each kind. Here they are told apart.

mod boundaries;
mod codings;
mod conversion;
mod elements;
mod existence;
mod filtering;
mod markup;
mod math;
mod moments;
mod ordering;
mod subsetting;
mod texts;
mod tree;

use regex::{Regex, RegexBuilder};

use crate::ast::Call;
use crate::equal;
use crate::error::Error;
use crate::eval::{Focus, Outcome, Run};
use crate::function::Function as F;
use crate::item::{Item, Value};

/// A call of a function on a collection.
#[derive(Clone, Copy)]
pub(crate) struct On<'c, 'r, 'd> {
    run: &'c Run<'r, 'd>,
    call: &'c Call,
    at: usize,
    input: &'c [Item<'d>],
    /// What the arguments see as `$this`, where they do not see the items.
    focus: Focus<'c, 'd>,
}

/// What a function makes of a collection.
pub(crate) fn call<'c, 'd>(
    run: &'c Run<'_, 'd>,
    call: &'c Call,
    at: usize,
    input: &'c [Item<'d>],
    focus: Focus<'c, 'd>,
) -> Outcome<'d> {
    let on = On { run, call, at, input, focus };
    match call.function {
        F::Empty
        | F::Exists
        | F::All
        | F::AllTrue
        | F::AnyTrue
        | F::AllFalse
        | F::AnyFalse
        | F::SubsetOf
        | F::SupersetOf
        | F::Count
        | F::IsDistinct
        | F::Not => on.existence(),
        F::Where
        | F::Select
        | F::Repeat
        | F::RepeatAll
        | F::OfType
        | F::Coalesce
        | F::Iif
        | F::Aggregate
        | F::Trace
        | F::DefineVariable => on.filtering(),
        F::Sort => on.sort(),
        F::Distinct => equal::distinct(run, input.to_vec()),
        F::Single
        | F::First
        | F::Last
        | F::Tail
        | F::Skip
        | F::Take
        | F::Intersect
        | F::Exclude
        | F::Union
        | F::Combine => on.subsetting(),
        F::ToBoolean
        | F::ConvertsToBoolean
        | F::ToInteger
        | F::ConvertsToInteger
        | F::ToDecimal
        | F::ConvertsToDecimal
        | F::ToString
        | F::ConvertsToString
        | F::ToDate
        | F::ConvertsToDate
        | F::ToDateTime
        | F::ConvertsToDateTime
        | F::ToTime
        | F::ConvertsToTime
        | F::ToQuantity
        | F::ConvertsToQuantity => on.conversion(),
        F::IndexOf
        | F::LastIndexOf
        | F::Substring
        | F::StartsWith
        | F::EndsWith
        | F::Contains
        | F::Upper
        | F::Lower
        | F::Replace
        | F::Matches
        | F::MatchesFull
        | F::ReplaceMatches
        | F::Length
        | F::ToChars
        | F::Trim
        | F::Split
        | F::Join => on.texts(),
        F::Encode | F::Decode | F::Escape | F::Unescape => on.codings(),
        F::Abs
        | F::Ceiling
        | F::Exp
        | F::Floor
        | F::Ln
        | F::Log
        | F::Power
        | F::Round
        | F::Sqrt
        | F::Truncate => on.math(),
        F::Now
        | F::TimeOfDay
        | F::Today
        | F::YearOf
        | F::MonthOf
        | F::DayOf
        | F::HourOf
        | F::MinuteOf
        | F::SecondOf
        | F::MillisecondOf
        | F::TimezoneOffsetOf
        | F::DateOf
        | F::TimeOf => on.moments(),
        F::LowBoundary | F::HighBoundary | F::Precision | F::Comparable => on.boundaries(),
        F::Children | F::Descendants | F::Type | F::Is | F::As => on.tree(),
        F::Extension
        | F::HasValue
        | F::GetValue
        | F::Resolve
        | F::MemberOf
        | F::Subsumes
        | F::SubsumedBy
        | F::CheckModifiers
        | F::ConformsTo => on.elements(),
        F::HtmlChecks => on.html_checks(),
    }
}

impl<'d> On<'_, '_, 'd> {
    /// The only item's value.
    fn value(&self) -> Result<Option<Value<'d>>, Error> {
        self.run.single_value(self.input, self.at)
    }

    /// An argument, which sees what the call sees.
    fn argument(&self, index: usize) -> Outcome<'d> {
        self.run.argument(self.call, index, self.focus)
    }

    /// An argument, which sees one of the items.
    fn on_item(&self, index: usize, place: usize, item: &Item<'d>) -> Outcome<'d> {
        self.run.argument(self.call, index, self.focus.on_item(item, place))
    }

    /// The wrong thing for this function.
    fn fail(&self, words: impl Into<String>) -> Error {
        crate::eval::fail(self.at, words)
    }
}

/// What a value that may not be there makes as a collection.
fn optional<'d>(value: Option<Value<'d>>) -> Outcome<'d> {
    Ok(value.map(Item::Value).into_iter().collect())
}

/// A regular expression as FHIRPath means it: a point is any character, line ends included.
/// None where it is none, is too large, or wants what cannot be had in linear time.
pub(crate) fn regular(text: &str) -> Option<Regex> {
    let mut builder = RegexBuilder::new(text);
    builder.dot_matches_new_line(true).size_limit(1 << 21).dfa_size_limit(1 << 20);
    builder.nest_limit(32).build().ok()
}
