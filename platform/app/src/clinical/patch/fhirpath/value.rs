//! New elements, from the `value` part of an operation: a value of a type, a resource, or parts
//! for each child.

use tarn_fhir::definitions::{Child, DataType, ElementId, TypeId, definitions};
use tarn_fhir::json::{Kind, Value};

use super::super::tree::Node;
use super::edit::Edited;
use super::list::{self, Fresh};

/// The element of that name that a part describes. `name` may be a choice's key or its name.
pub(super) fn fresh<'d>(inside: ElementId, name: &str, part: Value<'d>) -> Edited<Fresh<'d>> {
    let shape = definitions().shape(inside);
    let of = |child: &&'static Child| child.path_name == name || child.name == name;
    let children: &'static [Child] = &shape.children;
    let candidates: Vec<&'static Child> = children.iter().filter(of).collect();
    if candidates.is_empty() {
        return Err(unknown(shape.path, name));
    }
    if let Some(resource) = part.get("resource") {
        let child = only(&candidates, name)?;
        if child.data_type != DataType::Resource {
            return Err(format!("`{}` is no resource", child.path_name));
        }
        return Ok(Fresh { child, value: Some(Node::Kept(resource)), sibling: None });
    }
    if let Some(parts) = part.get("part") {
        return of_parts(only(&candidates, name)?, parts);
    }
    let (data_type, value, sibling) = typed(part)?;
    let child = fitting(&candidates, data_type)?;
    let sibling = sibling.filter(|_| child.data_type.is_primitive());
    Ok(Fresh { child, value: value.map(Node::Kept), sibling: sibling.map(Node::Kept) })
}

/// The `value[x]` of a part: its type, its JSON, and that of its extensions.
type Typed<'d> = (DataType, Option<Value<'d>>, Option<Value<'d>>);

fn typed(part: Value<'_>) -> Edited<Typed<'_>> {
    let parameters = TypeId::parse("Parameters").map(|type_| definitions().root(type_));
    let parameter = parameters.and_then(|root| definitions().child(root, "parameter"));
    let element = parameter.map_or(ElementId::RESOURCE, |child| child.element);
    for (key, _) in part.members() {
        let key = key.strip_prefix('_').unwrap_or(&key);
        let Some(child) = definitions().child(element, key) else { continue };
        if child.path_name == "value" {
            return Ok((child.data_type, part.get(key), part.get(&format!("_{key}"))));
        }
    }
    Err("the value needs a `value[x]`, a `resource` or parts".to_owned())
}

fn only(candidates: &[&'static Child], name: &str) -> Edited<&'static Child> {
    match candidates {
        [one] => Ok(one),
        _ => Err(format!("`{name}` can be of several types: give it as `value[x]`")),
    }
}

/// The candidate that takes a type. Primitives are written alike, and are checked with the whole
/// resource.
fn fitting(candidates: &[&'static Child], data_type: DataType) -> Edited<&'static Child> {
    let exact = candidates.iter().find(|child| child.data_type == data_type);
    let near = |child: &&&'static Child| {
        let (wanted, given) = (child.data_type, data_type);
        wanted.is_primitive() && given.is_primitive() && candidates.len() == 1
            || wanted.is_quantity() && given.is_quantity()
    };
    let found = exact.or_else(|| candidates.iter().find(near));
    found.copied().ok_or_else(|| {
        let types: Vec<_> = candidates.iter().map(|child| child.data_type.name()).collect();
        format!("a {data_type} is given where {} is wanted", types.join(" or "))
    })
}

/// An element without a type of its own: a part for each of its children.
fn of_parts<'d>(child: &'static Child, parts: Value<'d>) -> Edited<Fresh<'d>> {
    if parts.kind() != Kind::Array || parts.is_empty() {
        return Err("a value without `value[x]` needs parts".to_owned());
    }
    if child.data_type.is_primitive() || child.data_type == DataType::Resource {
        return Err(format!("a {} is not made of parts", child.data_type));
    }
    let mut members = Vec::new();
    for part in parts.items() {
        let name = part.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| "each part needs a name".to_owned())?;
        // Parts nest no deeper than the patch's own parser lets them.
        let inner = fresh(child.element, &name, part)?;
        let inner_name = inner.child.path_name;
        if !list::add(&mut members, inner) {
            return Err(format!("the part `{inner_name}` may be there once only"));
        }
    }
    Ok(Fresh { child, value: Some(Node::Object(members)), sibling: None })
}

fn unknown(path: &str, name: &str) -> String {
    if name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        format!("{path} has no element `{name}`")
    } else {
        format!("{path} has no element of this name")
    }
}
