//! What functions need, and what comes of them.

use super::known::Known;
use super::{Checker, wrong};
use crate::ast::Call;
use crate::error::Error;
use crate::function::Function as F;
use crate::types::{FhirType, SystemType};
use tarn_fhir::definitions::DataType;

/// What can be read as a text.
const TEXTS: [SystemType; 4] =
    [SystemType::String, SystemType::Date, SystemType::DateTime, SystemType::Time];
const NUMBERS: [SystemType; 3] = [SystemType::Integer, SystemType::Decimal, SystemType::Quantity];

impl Checker {
    pub(super) fn call(
        &self,
        call: &Call,
        at: usize,
        input: &Known,
        focus: &Known,
    ) -> Result<Known, Error> {
        if matches!(call.function, F::First | F::Last | F::Tail | F::Skip | F::Take) {
            self.require_order(input, at)?;
        }
        self.require_input(call.function, at, input)?;
        let sees_items = sees_items(call.function);
        let mut arguments = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            arguments.push(self.expression(argument, if sees_items { input } else { focus })?);
        }
        if call.function == F::Repeat || call.function == F::RepeatAll {
            let once = arguments.pop().unwrap_or_else(Known::nothing);
            let again = match call.arguments.first() {
                Some(argument) if once.types.is_some() => self.expression(argument, &once)?,
                _ => Known::anything(),
            };
            return Ok(once.or(again));
        }
        Ok(result(call, input, arguments))
    }

    fn require_input(&self, function: F, at: usize, input: &Known) -> Result<(), Error> {
        let wanted: &[SystemType] = match function {
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
            | F::Join
            | F::Encode
            | F::Decode
            | F::Escape
            | F::Unescape => &TEXTS,
            F::Abs
            | F::Ceiling
            | F::Exp
            | F::Floor
            | F::Ln
            | F::Log
            | F::Power
            | F::Round
            | F::Sqrt
            | F::Truncate => &NUMBERS,
            _ => return Ok(()),
        };
        if input.converts_to(wanted) {
            return Ok(());
        }
        let words = format!("`{}` cannot be applied to {}", function.name(), input.names());
        Err(wrong(at, words))
    }
}

/// Whether a function's arguments see the items that it is called on as `$this`.
fn sees_items(function: F) -> bool {
    matches!(
        function,
        F::Where
            | F::All
            | F::Exists
            | F::Select
            | F::Repeat
            | F::RepeatAll
            | F::Sort
            | F::Aggregate
            | F::Trace
            | F::DefineVariable
            | F::Iif
    )
}

fn result(call: &Call, input: &Known, arguments: Vec<Known>) -> Known {
    use SystemType as S;
    match call.function {
        F::Where
        | F::First
        | F::Last
        | F::Tail
        | F::Skip
        | F::Take
        | F::Single
        | F::Distinct
        | F::Trace
        | F::DefineVariable
        | F::Exclude
        | F::Intersect
        | F::CheckModifiers => input.clone(),
        F::Sort => Known { ordered: true, ..input.clone() },
        F::Select => arguments.into_iter().next().unwrap_or_else(Known::anything),
        F::Union | F::Combine => {
            arguments.into_iter().take(1).fold(input.clone(), |known, other| known.or(other))
        }
        F::Coalesce => arguments.into_iter().reduce(Known::or).unwrap_or_else(Known::nothing),
        F::Iif => {
            let branches = arguments.into_iter().skip(1).reduce(Known::or);
            branches.unwrap_or_else(Known::nothing)
        }
        F::As | F::OfType => call.wanted.map_or_else(Known::anything, |wanted| input.of(wanted)),
        F::Children | F::Descendants => Known { types: None, ordered: false },
        F::Extension => Known::fhir(FhirType::Data(DataType::Extension)),
        F::Count
        | F::Length
        | F::IndexOf
        | F::LastIndexOf
        | F::ToInteger
        | F::Ceiling
        | F::Floor
        | F::Truncate
        | F::Precision => Known::system(S::Integer),
        F::ToDecimal | F::Sqrt | F::Exp | F::Ln | F::Log => Known::system(S::Decimal),
        F::ToString
        | F::Upper
        | F::Lower
        | F::Substring
        | F::Replace
        | F::ReplaceMatches
        | F::Trim
        | F::Join
        | F::Split
        | F::ToChars
        | F::Encode
        | F::Decode
        | F::Escape
        | F::Unescape => Known::system(S::String),
        F::ToDate | F::Today | F::DateOf => Known::system(S::Date),
        F::ToDateTime | F::Now => Known::system(S::DateTime),
        F::ToTime | F::TimeOfDay | F::TimeOf => Known::system(S::Time),
        F::ToQuantity => Known::system(S::Quantity),
        F::Abs
        | F::Round
        | F::Power
        | F::Aggregate
        | F::Resolve
        | F::GetValue
        | F::Type
        | F::LowBoundary
        | F::HighBoundary
        | F::YearOf
        | F::MonthOf
        | F::DayOf
        | F::HourOf
        | F::MinuteOf
        | F::SecondOf
        | F::MillisecondOf
        | F::TimezoneOffsetOf => Known::anything(),
        _ => Known::system(S::Boolean),
    }
}
