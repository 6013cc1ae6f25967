//! Reads the part of FHIRPath that R4's search parameters are written in.
//!
//! Their 1,700 alternatives are paths with a handful of filters
//! (<https://hl7.org/fhir/R4/searchparameter-registry.html>). What is not one of those is refused,
//! never guessed.

/// One step of a path, from an element to elements inside it or to fewer of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step<'e> {
    /// Down to the elements of that name; of a choice, to whatever type is there.
    Child(&'e str),
    /// Only those of the type: `as(T)`, `ofType(T)`, `x as T`.
    OfType(&'e str),
    /// Only those whose child has that value: `where(system='phone')`.
    Where { key: &'e str, value: &'e str },
    /// Only references to that resource type: `where(resolve() is Patient)`.
    RefersTo(&'e str),
    /// Only those with that extension: `where(hasExtension('…'))`.
    HasExtension(&'e str),
    /// Down to the values of that extension: `extension('…')`.
    Extension(&'e str),
    /// Only the one at that place.
    Index(usize),
    /// Whether there is one and it is not `false`.
    IsNotFalse,
}

/// An alternative of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path<'e> {
    /// It starts from the resource (`%resource`), even where the expression is evaluated inside.
    pub(super) from_resource: bool,
    pub(super) steps: Vec<Step<'e>>,
}

/// The alternatives of an expression; none if it has anything else in it.
pub(super) fn paths<'e>(expression: &'e str) -> Option<Vec<Path<'e>>> {
    split(expression, "|").into_iter().map(path).collect()
}

fn path<'e>(text: &'e str) -> Option<Path<'e>> {
    let text = text.trim();
    if let [left, right] = split(text, " and ")[..] {
        return is_not_false(left, right);
    }
    if let [left, right] = split(text, " as ")[..] {
        let mut path = path(left)?;
        path.steps.push(Step::OfType(name(right.trim())?));
        return Some(path);
    }
    let segments = split(text, ".");
    let (first, rest) = segments.split_first()?;
    let mut path = start(first)?;
    for segment in rest {
        path.steps.extend(steps(segment)?);
    }
    Some(path)
}

/// `x.exists() and x != false`, the one comparison that R4's parameters make.
fn is_not_false<'e>(left: &'e str, right: &'e str) -> Option<Path<'e>> {
    let subject = left.trim().strip_suffix(".exists()")?;
    let compared = right.trim().strip_suffix("!= false")?.trim();
    let mut path = path(subject).filter(|_| subject == compared)?;
    path.steps.push(Step::IsNotFalse);
    Some(path)
}

/// The first segment: the type it is said of, or already a step.
fn start<'e>(segment: &'e str) -> Option<Path<'e>> {
    if let Some(inner) = segment.strip_prefix('(') {
        return path(inner.strip_suffix(')')?);
    }
    let from_resource = segment == "%resource";
    let is_type = segment.starts_with(|c: char| c.is_ascii_uppercase());
    if from_resource || is_type {
        return Some(Path { from_resource, steps: Vec::new() });
    }
    Some(Path { from_resource, steps: steps(segment)? })
}

fn steps<'e>(segment: &'e str) -> Option<Vec<Step<'e>>> {
    if let Some((head, argument)) = segment.strip_suffix(')').and_then(|s| s.split_once('(')) {
        return Some(vec![call(head, argument.trim())?]);
    }
    if let Some((head, index)) = segment.strip_suffix(']').and_then(|s| s.split_once('[')) {
        return Some(vec![Step::Child(name(head)?), Step::Index(index.parse().ok()?)]);
    }
    Some(vec![Step::Child(name(segment)?)])
}

fn call<'e>(function: &str, argument: &'e str) -> Option<Step<'e>> {
    match function {
        "as" | "ofType" => Some(Step::OfType(name(argument)?)),
        "extension" => Some(Step::Extension(literal(argument)?)),
        "where" => condition(argument),
        _ => None,
    }
}

fn condition<'e>(text: &'e str) -> Option<Step<'e>> {
    if let Some(type_) = text.strip_prefix("resolve() is ") {
        return Some(Step::RefersTo(name(type_.trim())?));
    }
    if let Some(url) = text.strip_prefix("hasExtension(").and_then(|s| s.strip_suffix(')')) {
        return Some(Step::HasExtension(literal(url)?));
    }
    let (key, value) = text.split_once('=')?;
    Some(Step::Where { key: name(key.trim())?, value: literal(value.trim())? })
}

fn name<'e>(text: &'e str) -> Option<&'e str> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (plain && !text.is_empty()).then_some(text)
}

fn literal<'e>(text: &'e str) -> Option<&'e str> {
    text.strip_prefix('\'')?.strip_suffix('\'').filter(|inner| !inner.contains(['\'', '\\']))
}

/// Splits at a separator that stands outside parentheses and quotes.
pub(super) fn split<'e>(text: &'e str, separator: &str) -> Vec<&'e str> {
    let mut parts = Vec::new();
    let (mut depth, mut quoted, mut from) = (0usize, false, 0);
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at >= from && text[at..].starts_with(separator) => {
                parts.push(&text[from..at]);
                from = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::Step::*;
    use super::*;

    fn one(expression: &str) -> Vec<Step<'_>> {
        let mut paths = paths(expression).expect("an expression that R4 uses");
        assert_eq!(paths.len(), 1, "{expression}");
        paths.remove(0).steps
    }

    #[test]
    fn every_form_that_r4_uses_is_read() {
        let phone = Where { key: "system", value: "phone" };
        for (expression, steps) in [
            ("Patient.name.family", vec![Child("name"), Child("family")]),
            ("id", vec![Child("id")]),
            ("Observation", vec![]),
            ("(Goal.start as date)", vec![Child("start"), OfType("date")]),
            ("Goal.start as date", vec![Child("start"), OfType("date")]),
            ("Condition.onset.as(Age)", vec![Child("onset"), OfType("Age")]),
            ("A.value.ofType(Reference)", vec![Child("value"), OfType("Reference")]),
            (
                "(A.value as CodeableConcept).text",
                vec![Child("value"), OfType("CodeableConcept"), Child("text")],
            ),
            ("Patient.telecom.where(system='phone')", vec![Child("telecom"), phone]),
            ("A.subject.where(resolve() is Patient)", vec![Child("subject"), RefersTo("Patient")]),
            (
                "A.item.where(hasExtension('http://a.b/c')).answer",
                vec![Child("item"), HasExtension("http://a.b/c"), Child("answer")],
            ),
            ("A.extension('http://a.b/c')", vec![Extension("http://a.b/c")]),
            ("Bundle.entry[0].resource", vec![Child("entry"), Index(0), Child("resource")]),
            ("P.deceased.exists() and P.deceased != false", vec![Child("deceased"), IsNotFalse]),
        ] {
            assert_eq!(one(expression), steps, "{expression}");
        }
    }

    #[test]
    fn alternatives_are_split_and_the_resource_is_a_start() {
        let paths = paths("start | %resource.referenceSeq.chromosome").expect("read");
        assert!(!paths[0].from_resource && paths[1].from_resource);
        assert_eq!(paths[1].steps, [Child("referenceSeq"), Child("chromosome")]);
    }

    #[test]
    fn anything_else_is_refused() {
        for expression in [
            "",
            "Patient.name.first()",
            "Patient.name.where(use != 'old')",
            "Patient.name.where(a='b' or c='d')",
            "Patient.active = true",
            "P.deceased.exists() and P.active != false",
            "Patient.name[x]",
            "Patient..name",
        ] {
            assert_eq!(paths(expression), None, "{expression}");
        }
    }
}
