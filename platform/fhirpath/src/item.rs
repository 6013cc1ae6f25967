//! What collections hold: elements of documents, and values that were computed.

use tarn_fhir::definitions::DataType;
use tarn_fhir::json::Value as Json;

use crate::decimal::Decimal;
use crate::node::Node;
use crate::quantity::{Quantity, Unit};
use crate::temporal::Temporal;
use crate::text::Text;
use crate::types::{FhirType, SystemType, TypeName};

/// What an expression gives, in order.
pub type Collection<'d> = Vec<Item<'d>>;

/// A member of a collection.
#[derive(Debug, Clone)]
pub enum Item<'d> {
    /// An element of a document.
    Node(Node<'d>),
    /// A value of one of FHIRPath's own types.
    Value(Value<'d>),
}

/// A value of one of FHIRPath's own types.
#[derive(Debug, Clone)]
pub enum Value<'d> {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(Decimal),
    /// A text.
    String(Text<'d>),
    /// A date, moment or time of day.
    Temporal(Temporal),
    /// A number of units.
    Quantity(Quantity),
    /// A type, as `type()` gives it.
    Type(TypeName),
}

impl<'d> Item<'d> {
    /// A string that was made.
    pub(crate) fn string(text: impl Into<String>) -> Self {
        Self::Value(Value::String(Text::from(text.into())))
    }

    /// Its type.
    pub fn type_name(&self) -> TypeName {
        match self {
            Self::Node(node) => TypeName::Fhir(node.fhir_type()),
            Self::Value(value) => TypeName::System(value.system_type()),
        }
    }

    /// The element that it is.
    pub fn node(&self) -> Option<Node<'d>> {
        match self {
            Self::Node(node) => Some(*node),
            Self::Value(_) => None,
        }
    }

    /// Its value: what it is, or what FHIRPath converts an element to. None for elements that
    /// have no value, or one that is not what their type says.
    pub fn value(&self) -> Option<Value<'d>> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Node(node) => convert(node),
        }
    }

    /// Its value as text: `true`, `12.50`, `2015-02-04`, `10 'mg'`.
    pub fn to_text(&self) -> Option<Text<'d>> {
        self.value()?.to_text()
    }
}

impl<'d> Value<'d> {
    /// Its type.
    pub fn system_type(&self) -> SystemType {
        use crate::temporal::TemporalKind;
        match self {
            Self::Boolean(_) => SystemType::Boolean,
            Self::Integer(_) => SystemType::Integer,
            Self::Decimal(_) => SystemType::Decimal,
            Self::String(_) => SystemType::String,
            Self::Temporal(temporal) => match temporal.kind() {
                TemporalKind::Date => SystemType::Date,
                TemporalKind::DateTime => SystemType::DateTime,
                TemporalKind::Time => SystemType::Time,
            },
            Self::Quantity(_) => SystemType::Quantity,
            Self::Type(_) => SystemType::Any,
        }
    }

    /// It as text; none for a type.
    pub fn to_text(&self) -> Option<Text<'d>> {
        Some(match self {
            Self::String(text) => text.clone(),
            Self::Boolean(value) => Text::Made(if *value { "true" } else { "false" }.into()),
            Self::Integer(value) => value.to_string().into(),
            Self::Decimal(value) => value.to_string().into(),
            Self::Temporal(value) => value.to_string().into(),
            Self::Quantity(value) => value.to_string().into(),
            Self::Type(_) => return None,
        })
    }
}

fn convert<'d>(node: &Node<'d>) -> Option<Value<'d>> {
    let FhirType::Data(data_type) = node.fhir_type() else { return None };
    let json = node.json()?;
    if data_type.is_quantity() {
        return quantity(json).map(Value::Quantity);
    }
    let text = || json.as_str();
    Some(match data_type {
        DataType::Boolean => Value::Boolean(json.as_bool()?),
        DataType::Integer | DataType::PositiveInt | DataType::UnsignedInt => {
            Value::Integer(Decimal::parse(json.number()?)?.to_whole()?)
        }
        DataType::Decimal => Value::Decimal(Decimal::parse(json.number()?)?),
        DataType::Date => Value::Temporal(Temporal::date(&text()?)?),
        DataType::DateTime | DataType::Instant => Value::Temporal(Temporal::date_time(&text()?)?),
        DataType::Time => Value::Temporal(Temporal::time(&text()?)?),
        primitive if primitive.is_primitive() => Value::String(text()?.into()),
        _ => return None,
    })
}

/// A FHIR Quantity as one of FHIRPath; none where it has a comparator, for then its value is not
/// known.
fn quantity(json: Json<'_>) -> Option<Quantity> {
    let text = |key: &str| json.get(key).and_then(Json::as_str);
    if json.get("comparator").is_some() {
        return None;
    }
    let value = Decimal::parse(json.get("value")?.number()?)?;
    let unit = match text("code").or_else(|| text("unit")) {
        Some(code) => Unit::Ucum(code.into()),
        None => Unit::one(),
    };
    Some(Quantity { value, unit })
}
