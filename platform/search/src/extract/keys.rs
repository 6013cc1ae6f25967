//! The keys under which values stand in the index, for whoever asks for them.
//!
//! The writing side is [`R4Indexer`](super::R4Indexer); a test holds the two together.

use std::ops::RangeInclusive;

use tarn_fhir::definitions::{FieldId, TypeId, definitions};
use tarn_store::{Field, Hasher, Key, Variant};

use super::reference;
use super::sink::Referent;

/// What stands in a key of a system instead of the code.
pub(super) const ANY_CODE: u32 = 1;

/// `code=c`: the code in any system, or in none.
pub fn code_in_any_system(hasher: &Hasher, field: FieldId, code: &str) -> RangeInclusive<Key> {
    Key::with_any_b(Field::new(field, Variant::Main), hasher.text(code))
}

/// `code=s|c`: the code in that system.
pub fn code_in_system(hasher: &Hasher, field: FieldId, system: &str, code: &str) -> Key {
    let field = Field::new(field, Variant::Main);
    Key::new(field, hasher.text(code), hasher.text32(system))
}

/// `code=|c`: the code without a system.
pub fn code_in_no_system(hasher: &Hasher, field: FieldId, code: &str) -> Key {
    Key::new(Field::new(field, Variant::Main), hasher.text(code), 0)
}

/// `code=s|`: any code in that system.
pub fn any_code_in_system(hasher: &Hasher, field: FieldId, system: &str) -> Key {
    Key::new(Field::new(field, Variant::Second), hasher.text(system), ANY_CODE)
}

/// `identifier:of-type=s|c|v`: the value, under a code that the identifier's type has.
pub fn of_type(
    hasher: &Hasher,
    field: FieldId,
    system: Option<&str>,
    code: &str,
    value: &str,
) -> Key {
    // No string of FHIR has a NUL in it (R4 §2.24.0.1).
    let kind = format!("{}\0{code}", system.unwrap_or_default());
    let field = Field::new(field, Variant::Text);
    Key::new(field, hasher.text(&format!("{kind}\0{value}")), hasher.text32(value))
}

/// Where latitudes and longitudes of a place stand.
pub fn position(field: FieldId) -> (Field, Field) {
    (Field::new(field, Variant::Main), Field::new(field, Variant::Second))
}

/// `name:exact=t`: the string as it was written.
pub fn exact_string(hasher: &Hasher, field: FieldId, text: &str) -> Key {
    Key::new(Field::new(field, Variant::Second), hasher.text(text), 0)
}

/// `url=u`: that uri.
pub fn uri(hasher: &Hasher, field: FieldId, uri: &str) -> Key {
    Key::new(Field::new(field, Variant::Main), hasher.text(uri), 0)
}

/// `subject=Patient/1`, `subject=http://…`: a reference's target. A version is ignored.
pub fn reference(hasher: &Hasher, field: FieldId, target: &str) -> Key {
    let hash = match reference::read(target).0 {
        Referent::Local { type_, id } => hasher.identity(type_.name(), id),
        Referent::Elsewhere(url) => hasher.reference(url),
    };
    Key::reference(Field::new(field, Variant::Main), hash)
}

/// `subject:identifier=v`: references by that identifier, of any system.
pub fn identifier_in_any_system(
    hasher: &Hasher,
    field: FieldId,
    value: &str,
) -> RangeInclusive<Key> {
    Key::with_any_b(Field::new(field, Variant::Second), hasher.text(value))
}

/// `subject:identifier=s|v`, and `|v` without a system.
pub fn identifier(hasher: &Hasher, field: FieldId, system: Option<&str>, value: &str) -> Key {
    let b = system.map_or(0, |system| hasher.text32(system));
    Key::new(Field::new(field, Variant::Second), hasher.text(value), b)
}

/// `code:missing=false`: that there is any value.
pub fn present(field: FieldId) -> Key {
    Key::new(Field::new(field, Variant::Present), 0, 0)
}

/// What contains resources of a type. It stands under the field of `_id`, of which nothing else is
/// indexed.
pub fn contains(hasher: &Hasher, type_: TypeId) -> Option<Key> {
    let id = definitions().common_parameters().iter().find(|parameter| parameter.code == "_id")?;
    Some(Key::new(Field::new(id.field, Variant::Second), hasher.text(type_.name()), 0))
}
