//! Does what an operation says to the elements that its path found.

use std::borrow::Cow;

use tarn_fhir::definitions::{Child, ElementId, definitions};
use tarn_fhirpath::{Node as Element, Step};

use super::super::tree::Node;
use super::list::{self, Fresh};
use super::operation::{Act, Operation};
use super::place::{Place, walk};
use super::value;

/// Why an operation does not apply.
pub(super) type Edited<T> = Result<T, String>;

/// Runs an operation.
pub(super) fn run<'d>(
    root: &mut Node<'d>,
    operation: &Operation<'d>,
    found: &[Element<'_>],
) -> Edited<()> {
    match &operation.act {
        Act::Add { name, value } => {
            let element = single(found)?;
            let fresh = value::fresh(element.element(), name, *value)?;
            add(root, element, fresh)
        }
        Act::Insert { index, value } => {
            let (place, indexes) = one_list(found)?;
            let at = match indexes.get(*index) {
                Some(at) => *at,
                None if *index == indexes.len() => indexes.last().map_or(0, |last| last + 1),
                None => return Err(beyond(indexes.len())),
            };
            let fresh = value::fresh(owner(found, &place)?, &place.key, *value)?;
            list::insert(members(&place, root)?, at, fresh);
            Ok(())
        }
        Act::Delete if found.is_empty() => Ok(()),
        Act::Delete => {
            let place = place(single(found)?)?;
            list::remove(members(&place, root)?, &place.key, place.index);
            prune(root, place.object);
            Ok(())
        }
        Act::Replace { value } => replace(root, single(found)?, *value),
        Act::Move { source, destination } => {
            let (place, indexes) = one_list(found)?;
            let at = |index: usize| indexes.get(index).copied();
            let (Some(source), Some(destination)) = (at(*source), at(*destination)) else {
                return Err(beyond(indexes.len()));
            };
            list::shift(members(&place, root)?, &place.key, source, destination);
            Ok(())
        }
    }
}

fn single<'f, 'd>(found: &'f [Element<'d>]) -> Edited<&'f Element<'d>> {
    match found {
        [one] => Ok(one),
        [] => Err("the path finds nothing".to_owned()),
        _ => Err(format!("the path finds {} elements, it must find one", found.len())),
    }
}

fn place(element: &Element<'_>) -> Edited<Place> {
    Place::of(element).ok_or_else(|| "the resource itself can only be added to".to_owned())
}

fn members<'n, 'd>(
    place: &Place,
    root: &'n mut Node<'d>,
) -> Edited<&'n mut super::super::tree::Members<'d>> {
    place.members(root).ok_or_else(lost)
}

fn lost() -> String {
    "the element that the path finds is in no object".to_owned()
}

fn beyond(length: usize) -> String {
    format!("the list has {length} elements, the index is beyond them")
}

/// The one list that all of the elements are in, and their places in it.
fn one_list(found: &[Element<'_>]) -> Edited<(Place, Vec<usize>)> {
    let mut places = found.iter().map(place).collect::<Edited<Vec<_>>>()?;
    let indexes: Option<Vec<usize>> = places.iter().map(|place| place.index).collect();
    let indexes = indexes.ok_or_else(|| "the path does not lead to a list".to_owned())?;
    let Some(first) = places.pop() else { return Err("the path finds nothing".to_owned()) };
    if places.iter().any(|other| other.object != first.object || other.key != first.key) {
        return Err("the path leads to several lists, it must lead to one".to_owned());
    }
    Ok((first, indexes))
}

fn add<'d>(root: &mut Node<'d>, element: &Element<'_>, fresh: Fresh<'d>) -> Edited<()> {
    let name = fresh.child.path_name;
    let Some(place) = Place::of(element) else {
        let members = root.members().ok_or_else(lost)?;
        return added(list::add(members, fresh), name);
    };
    if place.is_primitive {
        open_sibling(root, &place)?;
    }
    let inside = walk(root, &place.inside()).and_then(Node::members).ok_or_else(lost)?;
    added(list::add(inside, fresh), name)
}

fn added(is_added: bool, name: &str) -> Edited<()> {
    if is_added {
        return Ok(());
    }
    Err(format!("`{name}` is there already and may be there once only: replace it"))
}

/// Makes room for the extensions of a primitive.
fn open_sibling(root: &mut Node<'_>, place: &Place) -> Edited<()> {
    let members = members(place, root)?;
    let key = format!("_{}", place.key);
    let length = list::length(members, &place.key);
    if list::get(members, &key).is_none() {
        let node = match place.index {
            Some(_) => Node::Array(vec![Node::Null; length]),
            None => Node::Object(Vec::new()),
        };
        members.push((Cow::Owned(key.clone()), node));
    }
    let Some(index) = place.index else { return Ok(()) };
    let item = list::get(members, &key).and_then(Node::items).and_then(|all| all.get_mut(index));
    let item = item.ok_or_else(lost)?;
    if item.is_null() {
        *item = Node::Object(Vec::new());
    }
    Ok(())
}

/// Puts another value where an element is. A choice may change its type.
fn replace<'d>(
    root: &mut Node<'d>,
    element: &Element<'_>,
    value: tarn_fhir::json::Value<'d>,
) -> Edited<()> {
    let place = place(element)?;
    let owner = owner(std::slice::from_ref(element), &place)?;
    let fresh = value::fresh(owner, path_name(owner, &place.key), value)?;
    let members = members(&place, root)?;
    if let Some(index) = place.index {
        list::remove(members, &place.key, Some(index));
        list::insert(members, index, fresh);
        return Ok(());
    }
    let at = members.iter().position(|(key, _)| key.strip_prefix('_').unwrap_or(key) == place.key);
    list::remove(members, &place.key, None);
    let end = members.len();
    list::add(members, fresh);
    // It stays where it was among its neighbours.
    let at = at.unwrap_or(end).min(end);
    let added = members.len() - end;
    if let Some(behind) = members.get_mut(at..) {
        behind.rotate_right(added);
    }
    Ok(())
}

/// What is inside the element that has this one.
fn owner(found: &[Element<'_>], place: &Place) -> Edited<ElementId> {
    let json = found.first().and_then(|element| element.json().or(element.sibling()));
    let document = json.map(tarn_fhir::json::Value::root).ok_or_else(lost)?;
    let mut element = Element::resource_at(document).element();
    let mut at = document;
    for step in &place.object {
        match step {
            Step::Index(index) => at = at.items().nth(*index).ok_or_else(lost)?,
            Step::Key(key) => {
                at = at.get(key).ok_or_else(lost)?;
                let name = key.strip_prefix('_').unwrap_or(key);
                element = definitions().child(element, name).ok_or_else(lost)?.element;
            }
        }
        if element == ElementId::RESOURCE && at.get("resourceType").is_some() {
            element = Element::resource_at(at).element();
        }
    }
    Ok(element)
}

/// A key's name in FHIRPath, without a choice's type.
fn path_name(owner: ElementId, key: &str) -> &str {
    definitions().child(owner, key).map_or(key, |child: &'static Child| child.path_name)
}

/// Takes away what a deletion has left empty, from the inside out: FHIR has no empty elements.
fn prune(root: &mut Node<'_>, mut steps: Vec<Step>) {
    while let Some(last) = steps.last().cloned() {
        let is_empty = walk(root, &steps).is_some_and(|node| node.is_empty());
        if !is_empty {
            return;
        }
        steps.pop();
        let Some(holder) = walk(root, &steps) else { return };
        match last {
            Step::Key(key) => {
                if let Some(members) = holder.members() {
                    members.retain(|(known, _)| *known != key);
                }
            }
            Step::Index(index) => {
                let of_primitives =
                    matches!(steps.last(), Some(Step::Key(key)) if key.starts_with('_'));
                if let Some(items) = holder.items() {
                    if of_primitives {
                        // Its neighbours must stay beside their values.
                        if let Some(item) = items.get_mut(index) {
                            *item = Node::Null;
                        }
                        if items.iter().all(Node::is_null) {
                            items.clear();
                        }
                    } else if index < items.len() {
                        items.remove(index);
                    }
                }
            }
        }
    }
}
