//! Criteria as they are written: `Observation?code=…`.

use tarn_domain::{Explain, Issue, IssueCode, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_search::{ParseOptions, Query, Scope, parse};

/// Parameters that shape an answer: a criterion has none.
const SHAPES: [&str; 10] = [
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_elements",
    "_summary",
    "_total",
    "_format",
    "_pretty",
    "_cursor",
];

/// Criteria on resources of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Criteria {
    pub(crate) type_: TypeId,
    /// Names and values, decoded.
    pub(crate) pairs: Vec<(String, String)>,
}

impl Criteria {
    /// Reads `Type` or `Type?name=value&…`.
    pub(crate) fn read(text: &str, at: &str) -> Result<Self, Issue> {
        let (name, query) = text.split_once('?').unwrap_or((text, ""));
        let type_ = TypeId::parse(name.trim_start_matches('/')).ok_or_else(|| {
            let words = "Criteria are `Type?parameter=value`, with a resource type of R4.";
            Issue::error(IssueCode::Value, words).at(at)
        })?;
        Ok(Self { type_, pairs: pairs(query, at)? })
    }

    /// Reads a query of topics (`status=finished`), with or without what stands before its `?`.
    pub(crate) fn of_type(type_: TypeId, text: &str, at: &str) -> Result<Self, Issue> {
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        Ok(Self { type_, pairs: pairs(query, at)? })
    }

    /// The query that they mean.
    pub(crate) fn query(&self, options: &ParseOptions, at: &str) -> Result<Query, Issue> {
        if let Some((name, _)) = self.pairs.iter().find(|(name, _)| is_shape(name)) {
            let words = format!("`{name}` shapes answers; criteria only say what matches.");
            return Err(Issue::error(IssueCode::Value, words).at(at));
        }
        parse(&Scope::Type(self.type_), &self.pairs, options).map_err(|error| {
            let problem = error.explain();
            let words = first_words(&problem);
            Issue::error(IssueCode::Value, words).at(at)
        })
    }
}

fn first_words(problem: &Problem) -> String {
    let issue = problem.issues.first();
    issue.map_or_else(|| problem.public().to_owned(), |issue| issue.diagnostics.clone())
}

fn is_shape(name: &str) -> bool {
    let bare = name.split(':').next().unwrap_or(name);
    SHAPES.contains(&bare)
}

fn pairs(query: &str, at: &str) -> Result<Vec<(String, String)>, Issue> {
    // Topics and FHIR's own examples write `|` and `:` as they are; percent signs are escapes.
    let valid = percent_is_valid(query);
    if !valid {
        let words = "A percent sign must begin an escape of two hex digits.";
        return Err(Issue::error(IssueCode::Value, words).at(at));
    }
    let decoded = url::form_urlencoded::parse(query.as_bytes());
    Ok(decoded.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
}

fn percent_is_valid(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        rest.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Result<(), Issue> {
        Criteria::read(text, "Subscription.criteria")
            .and_then(|criteria| criteria.query(&ParseOptions::default(), "Subscription.criteria"))
            .map(drop)
    }

    #[test]
    fn criteria_are_searches_of_one_type() {
        for good in ["Observation?code=http://loinc.org|1975-2", "Patient", "/Patient?name=x%20y"] {
            assert!(query(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_no_criterion_is_refused_with_its_place() {
        for bad in
            ["Nothing?x=y", "Observation?colour=red", "Patient?_count=3", "", "Patient?a=%zz"]
        {
            let issue = query(bad).expect_err(bad);
            assert_eq!(issue.expression.as_deref(), Some("Subscription.criteria"), "{bad}");
        }
    }
}
