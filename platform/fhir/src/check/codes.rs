//! Required bindings.

use crate::definitions::{Child, CodeSet, DataType};
use crate::json::Value;

/// How many codes an issue's words list at most.
const LISTED: usize = 16;

/// What is wrong with a value that a required binding governs; none when nothing is.
pub(super) fn fault(child: &Child, value: Value<'_>) -> Option<String> {
    let set = child.codes.filter(|set| set.is_complete)?;
    let is_good = match child.data_type {
        DataType::Code => value.as_str().is_none_or(|code| set.has_code(&code)),
        DataType::Coding => coding(set, value),
        DataType::CodeableConcept => {
            let mut codings = value.get("coding").into_iter().flat_map(Value::items).peekable();
            // Text alone is left to profiles: R4's base cannot tell what it means.
            codings.peek().is_none() || codings.any(|item| coding(set, item))
        }
        _ => true,
    };
    (!is_good).then(|| words(set))
}

fn coding(set: &CodeSet, value: Value<'_>) -> bool {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    match (text("system"), text("code")) {
        (_, None) => true,
        (None, Some(code)) => set.has_code(&code),
        (Some(system), Some(code)) => set.has(&system, &code),
    }
}

fn words(set: &CodeSet) -> String {
    if set.codes().len() > LISTED {
        return format!("must be a code of {}", set.url);
    }
    let mut codes: Vec<_> = set.codes().iter().map(|(_, code)| *code).collect();
    codes.dedup();
    format!("must be one of {}", codes.join(", "))
}
