//! When values are equal, equivalent, and in what order
//! (<https://hl7.org/fhirpath/N1/#equality>).

use std::cmp::Ordering;
use std::collections::HashSet;

use tarn_fhir::json::{Kind, Value as Json};

use crate::decimal::Decimal;
use crate::error::Error;
use crate::eval::{Outcome, Run};
use crate::item::{Collection, Item, Value};
use crate::node::Node;
use crate::quantity::{self, Quantity};

/// Whether two collections are equal, item by item; none where that cannot be known.
pub(crate) fn equal<'d>(
    run: &Run<'_, 'd>,
    a: &[Item<'d>],
    b: &[Item<'d>],
) -> Result<Option<bool>, Error> {
    if a.is_empty() || b.is_empty() {
        return Ok(None);
    }
    if a.len() != b.len() {
        return Ok(Some(false));
    }
    let mut known = Some(true);
    for (a, b) in a.iter().zip(b) {
        match items(run, a, b)? {
            Some(false) => return Ok(Some(false)),
            Some(true) => {}
            None => known = None,
        }
    }
    Ok(known)
}

/// Whether two items are equal; none where that cannot be known.
pub(crate) fn items<'d>(
    run: &Run<'_, 'd>,
    a: &Item<'d>,
    b: &Item<'d>,
) -> Result<Option<bool>, Error> {
    run.charge(1)?;
    if let (Item::Node(a), Item::Node(b)) = (a, b)
        && a.is_same(b)
    {
        return Ok(Some(true));
    }
    match (a.value(), b.value(), a, b) {
        (Some(a), Some(b), ..) => Ok(values(&a, &b)),
        (None, None, Item::Node(a), Item::Node(b)) => {
            Deep { run, equivalent: false }.nodes(a, b).map(Some)
        }
        _ => Ok(Some(false)),
    }
}

fn values(a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
    match (a, b) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a == b),
        (Value::Type(a), Value::Type(b)) => Some(a == b),
        (Value::Temporal(a), Value::Temporal(b)) if !a.is_comparable(*b) => Some(false),
        _ => match order(a, b) {
            Some(order) => order.map(|order| order == Ordering::Equal),
            None => Some(false),
        },
    }
}

/// The order of two values. Outer none: they cannot be compared. Inner none: it is not known.
#[expect(clippy::option_option, reason = "not comparable and not known are two things")]
pub(crate) fn order(a: &Value<'_>, b: &Value<'_>) -> Option<Option<Ordering>> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => Some(Some(a.cmp(b))),
        (Value::String(a), Value::String(b)) => Some(Some((**a).cmp(&**b))),
        (Value::Temporal(a), Value::Temporal(b)) => a.is_comparable(*b).then(|| a.order(*b)),
        (Value::Quantity(a), Value::Quantity(b)) => Some(a.order(b)),
        (Value::Quantity(a), b) => Some(a.order(&Quantity::plain(decimal(b)?))),
        (a, Value::Quantity(b)) => Some(Quantity::plain(decimal(a)?).order(b)),
        (a, b) => Some(Some(decimal(a)?.cmp(&decimal(b)?))),
    }
}

fn decimal(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Integer(value) => Some(Decimal::whole(*value)),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

/// Whether two collections are equivalent, in whatever order.
pub(crate) fn equivalent<'d>(
    run: &Run<'_, 'd>,
    a: &[Item<'d>],
    b: &[Item<'d>],
) -> Result<bool, Error> {
    if a.len() != b.len() {
        return Ok(false);
    }
    let mut left: Vec<&Item<'d>> = b.iter().collect();
    for a in a {
        let mut found = None;
        for (at, b) in left.iter().enumerate() {
            if equivalent_items(run, a, b)? {
                found = Some(at);
                break;
            }
        }
        match found {
            Some(at) => left.swap_remove(at),
            None => return Ok(false),
        };
    }
    Ok(true)
}

fn equivalent_items<'d>(run: &Run<'_, 'd>, a: &Item<'d>, b: &Item<'d>) -> Result<bool, Error> {
    run.charge(1)?;
    match (a.value(), b.value(), a, b) {
        (Some(a), Some(b), ..) => {
            if let (Value::String(a), Value::String(b)) = (&a, &b) {
                run.charge((a.len() + b.len()) / 64)?;
            }
            Ok(equivalent_values(&a, &b))
        }
        (None, None, Item::Node(a), Item::Node(b)) => Deep { run, equivalent: true }.nodes(a, b),
        _ => Ok(false),
    }
}

fn equivalent_values(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => same_words(a, b),
        (Value::Quantity(a), Value::Quantity(b)) => a.is_equivalent(b),
        (a, b) => match (decimal(a), decimal(b)) {
            (Some(a), Some(b)) => quantity::equivalent(a, b),
            _ => values(a, b) == Some(true),
        },
    }
}

/// Whether two texts are the same, whatever the case of letters and the kind of white space.
fn same_words(a: &str, b: &str) -> bool {
    let plain = |text: &str| {
        let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
        spaced.flat_map(char::to_lowercase).collect::<String>()
    };
    a == b || plain(a) == plain(b)
}

/// Adds the items that are not there yet.
pub(crate) fn union<'d>(run: &Run<'_, 'd>, a: &[Item<'d>], b: &[Item<'d>]) -> Outcome<'d> {
    let mut all = a.to_vec();
    all.extend_from_slice(b);
    distinct(run, all)
}

/// Each item once, in the order of their first appearance.
pub(crate) fn distinct<'d>(run: &Run<'_, 'd>, all: Collection<'d>) -> Outcome<'d> {
    if all.len() < 2 {
        return Ok(all);
    }
    run.charge_items(all.len())?;
    if let Some(distinct) = distinct_texts(&all) {
        return Ok(distinct);
    }
    let mut kept: Collection<'d> = Vec::new();
    for item in all {
        if !contains(run, &kept, &item)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// The same for texts, which are compared by hash.
fn distinct_texts<'d>(all: &[Item<'d>]) -> Option<Collection<'d>> {
    let mut seen = HashSet::with_capacity(all.len());
    let mut kept = Vec::new();
    for item in all {
        let Some(Value::String(text)) = item.value() else { return None };
        if seen.insert(text.to_string()) {
            kept.push(item.clone());
        }
    }
    Some(kept)
}

/// Whether an item is in a collection.
pub(crate) fn contains<'d>(
    run: &Run<'_, 'd>,
    all: &[Item<'d>],
    item: &Item<'d>,
) -> Result<bool, Error> {
    for candidate in all {
        if items(run, candidate, item)? == Some(true) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Compares elements with all that is in them. Documents nest no deeper than their parser lets
/// them, and so does this.
struct Deep<'r, 'e, 'd> {
    run: &'r Run<'e, 'd>,
    equivalent: bool,
}

impl<'d> Deep<'_, '_, 'd> {
    fn nodes(&self, a: &Node<'d>, b: &Node<'d>) -> Result<bool, Error> {
        Ok(self.optional(a.json(), b.json())? && self.optional(a.sibling(), b.sibling())?)
    }

    fn optional(&self, a: Option<Json<'d>>, b: Option<Json<'d>>) -> Result<bool, Error> {
        match (a, b) {
            (Some(a), Some(b)) => self.json(a, b),
            (None, None) => Ok(true),
            _ => Ok(false),
        }
    }

    fn json(&self, a: Json<'d>, b: Json<'d>) -> Result<bool, Error> {
        self.run.charge(1)?;
        if a.kind() != b.kind() {
            return Ok(false);
        }
        match a.kind() {
            Kind::Object => self.objects(a, b),
            Kind::Array => self.arrays(a, b),
            Kind::String => Ok(match (a.as_str(), b.as_str()) {
                (Some(a), Some(b)) if self.equivalent => same_words(&a, &b),
                (a, b) => a == b,
            }),
            Kind::Number => Ok(self.numbers(a.raw(), b.raw())),
            Kind::Bool | Kind::Null => Ok(a.raw() == b.raw()),
        }
    }

    fn objects(&self, a: Json<'d>, b: Json<'d>) -> Result<bool, Error> {
        if a.members().count() != b.members().count() {
            return Ok(false);
        }
        for (key, a) in a.members() {
            let Some(b) = b.get(&key) else { return Ok(false) };
            if !self.json(a, b)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn arrays(&self, a: Json<'d>, b: Json<'d>) -> Result<bool, Error> {
        let mut left: Vec<Json<'d>> = b.items().collect();
        if a.items().count() != left.len() {
            return Ok(false);
        }
        for (index, a) in a.items().enumerate() {
            let mut found = None;
            // Order counts for equality only.
            let candidates = if self.equivalent { 0..left.len() } else { index..index + 1 };
            for at in candidates {
                if self.json(a, left[at])? {
                    found = Some(at);
                    break;
                }
            }
            match found {
                Some(at) if self.equivalent => drop(left.swap_remove(at)),
                Some(_) => {}
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    fn numbers(&self, a: &str, b: &str) -> bool {
        match (Decimal::parse(a), Decimal::parse(b)) {
            (Some(a), Some(b)) if self.equivalent => quantity::equivalent(a, b),
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        }
    }
}
