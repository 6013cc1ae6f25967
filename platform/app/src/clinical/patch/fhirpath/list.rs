//! Members of an object and their `_` siblings, kept in step: a list of primitives and the list of
//! their extensions have as many items.

use std::borrow::Cow;

use tarn_fhir::definitions::Child;

use super::super::tree::{Members, Node};

/// An element to be put in: its value, its extensions, or both.
#[derive(Debug)]
pub(super) struct Fresh<'d> {
    /// Which element it becomes.
    pub(super) child: &'static Child,
    pub(super) value: Option<Node<'d>>,
    pub(super) sibling: Option<Node<'d>>,
}

pub(super) fn get<'n, 'd>(members: &'n mut Members<'d>, key: &str) -> Option<&'n mut Node<'d>> {
    members.iter_mut().find(|(known, _)| known == key).map(|(_, value)| value)
}

fn sibling_key(key: &str) -> String {
    format!("_{key}")
}

/// How many items a list has, by its values or by their extensions.
pub(super) fn length(members: &mut Members<'_>, key: &str) -> usize {
    let mut count =
        |key: &str| get(members, key).and_then(Node::items).map_or(0, |items| items.len());
    count(key).max(count(&sibling_key(key)))
}

/// Puts an element in: at the end of its list, or alone. False where it is there already.
pub(super) fn add<'d>(members: &mut Members<'d>, fresh: Fresh<'d>) -> bool {
    let child = fresh.child;
    if child.is_array {
        let at = length(members, child.name);
        insert(members, at, fresh);
        return true;
    }
    let is_other = |key: &str| {
        let key = key.strip_prefix('_').unwrap_or(key);
        key == child.name || child.is_choice && is_of_choice(key, child)
    };
    if members.iter().any(|(key, _)| is_other(key)) {
        return false;
    }
    members.extend(fresh.value.map(|value| (Cow::Borrowed(child.name), value)));
    members.extend(fresh.sibling.map(|node| (Cow::Owned(sibling_key(child.name)), node)));
    true
}

fn is_of_choice(key: &str, child: &Child) -> bool {
    let rest = key.strip_prefix(child.path_name);
    let type_ = rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    type_.is_some_and(|type_| {
        tarn_fhir::definitions::DataType::all()
            .any(|known| known.name().eq_ignore_ascii_case(type_))
    })
}

/// Puts an element into a list, at most at its end.
pub(super) fn insert<'d>(members: &mut Members<'d>, at: usize, fresh: Fresh<'d>) {
    let key = fresh.child.name;
    let before = length(members, key);
    let has_values = get(members, key).is_some() || fresh.value.is_some();
    let has_siblings = get(members, &sibling_key(key)).is_some() || fresh.sibling.is_some();
    let mut put = |key: Cow<'d, str>, node: Option<Node<'d>>| {
        if get(members, &key).is_none() {
            members.push((key.clone(), Node::Array(vec![Node::Null; before])));
        }
        if let Some(items) = get(members, &key).and_then(Node::items) {
            items.insert(at.min(items.len()), node.unwrap_or(Node::Null));
        }
    };
    if has_values {
        put(Cow::Borrowed(key), fresh.value);
    }
    if has_siblings {
        put(Cow::Owned(sibling_key(key)), fresh.sibling);
    }
}

/// Takes an element away: the item of a list, or all that is under the key.
pub(super) fn remove(members: &mut Members<'_>, key: &str, index: Option<usize>) {
    let sibling = sibling_key(key);
    let Some(index) = index else {
        members.retain(|(known, _)| known != key && *known != sibling);
        return;
    };
    for key in [key, &sibling] {
        let Some(items) = get(members, key).and_then(Node::items) else { continue };
        if index < items.len() {
            items.remove(index);
        }
        if items.iter().all(Node::is_null) {
            members.retain(|(known, _)| known != key);
        }
    }
}

/// Moves an item of a list.
pub(super) fn shift(members: &mut Members<'_>, key: &str, source: usize, destination: usize) {
    for key in [key, &sibling_key(key)] {
        let Some(items) = get(members, key).and_then(Node::items) else { continue };
        if source < items.len() && destination < items.len() {
            let item = items.remove(source);
            items.insert(destination, item);
        }
    }
}
