//! Which values of an element a field asks for: `(use: official)`, `(fhirpath: "…")`, `(_count: 2)`.

use tarn_domain::Timestamp;
use tarn_fhir::definitions::{Child, DataType, Shape};
use tarn_fhir::json::{Kind, Value};
use tarn_fhirpath::{Environment, Error, Expression, FhirType, Limits as PathLimits, Node};

use crate::document::Field;
use crate::error::GraphqlError;
use crate::limits::{Limits, Spent};
use crate::values::Variables;

/// What one evaluation of an expression may use; a query evaluates many.
const PATH_LIMITS: PathLimits = PathLimits { steps: 10_000, items: 10_000, text: 64 * 1024 };
/// How many fields an evaluation costs.
const PATH_FIELDS: usize = 50;

/// The values of an element, with what R4 says of them.
#[derive(Clone, Copy)]
pub(crate) struct Element<'d> {
    pub(crate) child: &'static Child,
    /// Whether the values are what stands under the name with a `_`.
    pub(crate) is_beside: bool,
    pub(crate) shape: &'static Shape,
    pub(crate) type_: &'static str,
    /// The resource that holds it.
    pub(crate) root: Value<'d>,
}

/// What filtering uses and spends.
pub(crate) struct Filter<'f> {
    pub(crate) variables: &'f Variables,
    pub(crate) now: Timestamp,
    pub(crate) spent: &'f mut Spent,
    pub(crate) limits: &'f Limits,
}

impl Filter<'_> {
    /// The values that a field's arguments leave
    /// (<https://hl7.org/fhir/R4/graphql.html#list>).
    pub(crate) fn keep<'d>(
        &mut self,
        field: &Field<'_>,
        element: Element<'d>,
        mut values: Vec<Value<'d>>,
    ) -> Result<Vec<Value<'d>>, GraphqlError> {
        let (mut offset, mut count) = (0, usize::MAX);
        let Element { shape, type_, .. } = element;
        for (name, value) in &field.arguments {
            // `null` is as if it were not there (GraphQL §2.9.5).
            if self.variables.texts(value)?.is_empty() {
                continue;
            }
            match *name {
                "_offset" => offset = self.variables.count(name, value)?,
                "_count" => count = self.variables.count(name, value)?,
                "fhirpath" => {
                    let path = expression(&self.variables.text(name, value)?, element)?;
                    let mut kept = Vec::with_capacity(values.len());
                    for value in values {
                        if self.holds(&path, element, value)? {
                            kept.push(value);
                        }
                    }
                    values = kept;
                }
                name => {
                    let child = shape.child(name);
                    if !child.is_some_and(|child| child.data_type.is_primitive()) {
                        let words =
                            format!("{type_} has no primitive element `{name}` to select by");
                        return Err(GraphqlError::new(words));
                    }
                    let wanted = self.variables.texts(value)?;
                    values.retain(|value| has(*value, name, &wanted));
                }
            }
        }
        Ok(values.into_iter().skip(offset).take(count).collect())
    }

    fn holds<'d>(
        &mut self,
        path: &Expression,
        element: Element<'d>,
        value: Value<'d>,
    ) -> Result<bool, GraphqlError> {
        self.spent.fields(PATH_FIELDS, self.limits)?;
        let holds = path.holds(node(element, value), &environment(element, self.now));
        holds.map(|holds| holds == Some(true)).map_err(|error| refused(&error))
    }

    /// The name by which `@slice` keeps a value apart: what a path leads to, as text.
    pub(crate) fn slice<'d>(
        &mut self,
        path: &Expression,
        element: Element<'d>,
        value: Value<'d>,
    ) -> Result<String, GraphqlError> {
        self.spent.fields(PATH_FIELDS, self.limits)?;
        let found = path.evaluate(node(element, value), &environment(element, self.now));
        let found = found.map_err(|error| refused(&error))?;
        let texts = found.iter().filter_map(|item| item.to_text());
        Ok(texts.map(|text| text.to_string()).collect::<Vec<_>>().join(","))
    }
}

/// An expression that can mean something for an element.
pub(crate) fn expression(path: &str, element: Element<'_>) -> Result<Expression, GraphqlError> {
    let parsed = Expression::parse(path).map_err(|error| refused(&error))?;
    let context = (!element.is_beside).then_some(FhirType::Data(element.child.data_type));
    // The definitions know no more of a backbone element or a resource's inside than its parent.
    let is_known = !matches!(
        element.child.data_type,
        DataType::BackboneElement | DataType::Element | DataType::Resource
    );
    parsed.check(context.filter(|_| is_known)).map_err(|error| refused(&error))?;
    Ok(parsed)
}

fn node<'d>(element: Element<'d>, value: Value<'d>) -> Node<'d> {
    match element.is_beside {
        true => Node::of(element.child, None, Some(value)),
        false => Node::of(element.child, Some(value), None),
    }
}

fn environment<'e, 'd>(element: Element<'d>, now: Timestamp) -> Environment<'e, 'd> {
    let resource = Some(Node::resource_at(element.root));
    Environment { resource, limits: PATH_LIMITS, ..Environment::new(now) }
}

fn refused(error: &Error) -> GraphqlError {
    let words = format!("the FHIRPath expression: {error}");
    match error {
        Error::TooCostly { .. } => GraphqlError::costly("fhirpath", words),
        _ => GraphqlError::new(words),
    }
}

/// Whether an object has, under that name, one of the texts.
fn has(object: Value<'_>, name: &str, wanted: &[String]) -> bool {
    let is_wanted = |value: Value<'_>| match value.kind() {
        Kind::String => value.as_str().is_some_and(|text| wanted.iter().any(|w| *w == *text)),
        _ => wanted.iter().any(|wanted| wanted == value.raw()),
    };
    match object.get(name) {
        Some(list) if list.kind() == Kind::Array => list.items().any(is_wanted),
        Some(value) => is_wanted(value),
        None => false,
    }
}
