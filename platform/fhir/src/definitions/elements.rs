//! The elements of resources and data types: what may stand under a JSON key.

use super::{CodeSet, DataType, TypeId};

/// The inside of an element: a resource's root, a data type, or a backbone element's content.
/// Two elements of one data type have the same inside, hence the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub(crate) u16);

impl ElementId {
    /// The inside of every primitive, seen through its `_` sibling: `id` and `extension`.
    pub const PRIMITIVE: Self = Self(0);
    /// The inside of an element that holds a whole resource: its own `resourceType` says which.
    pub const RESOURCE: Self = Self(1);
}

/// What R4 says about one JSON key inside an element.
#[derive(Debug)]
pub struct Child {
    /// The JSON key: for choices with the type (`valueQuantity`).
    pub name: &'static str,
    /// The name in FHIRPath: for choices without the type (`value`).
    pub path_name: &'static str,
    /// Its inside.
    pub element: ElementId,
    /// Its type.
    pub data_type: DataType,
    /// Whether its JSON value is an array.
    pub is_array: bool,
    /// How many there must be at least.
    pub min: u16,
    /// How many there may be at most; none means any number.
    pub max: Option<u16>,
    /// Whether it belongs in `_summary=true`.
    pub is_summary: bool,
    /// Whether it can change the meaning of what holds it.
    pub is_modifier: bool,
    /// Whether it is one type of a choice (`value[x]`), of which at most one may be there.
    pub is_choice: bool,
    /// The codes that a required binding allows.
    pub codes: Option<&'static CodeSet>,
    /// For references and canonicals: the resource types allowed. Empty: any.
    pub targets: Vec<TypeId>,
    /// The invariants that R4 adds at this place to those of the element's inside.
    pub invariants: Vec<&'static Invariant>,
    /// Which bit of [`Shape::required`] and of what was seen is its own; choices share one.
    pub(crate) track: Option<u8>,
}

/// A rule of R4 about an element, without its words.
#[derive(Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Its place in [`super::Definitions::invariants`].
    pub number: u16,
    /// Its key, such as `obs-7`.
    pub key: &'static str,
    /// Whether breaking it is an error; otherwise a warning.
    pub is_error: bool,
    /// The rule in FHIRPath.
    pub expression: &'static str,
}

/// The inside of an element.
#[derive(Debug)]
pub struct Shape {
    /// Where R4 defines it: `Patient`, `Patient.contact`, `HumanName`.
    pub path: &'static str,
    /// Its children, choices expanded, in R4's order.
    pub children: Vec<Child>,
    /// Its invariants.
    pub invariants: Vec<&'static Invariant>,
    /// The bits of the children that must be there.
    pub(crate) required: u64,
    /// Open addressing over the children's names: place + 1, or 0 for free.
    slots: Box<[u16]>,
}

impl Shape {
    /// A shape over its children. Numbers those that must be there and the choices.
    pub(super) fn new(
        path: &'static str,
        mut children: Vec<Child>,
        invariants: Vec<&'static Invariant>,
    ) -> Option<Self> {
        let mut tracked = Vec::new();
        let mut required = 0;
        for child in children.iter_mut().filter(|child| child.min > 0 || child.is_choice) {
            let place = tracked.iter().position(|name| *name == child.path_name);
            let bit = place.unwrap_or_else(|| {
                tracked.push(child.path_name);
                tracked.len() - 1
            });
            child.track = Some(u8::try_from(bit).ok().filter(|bit| *bit < 64)?);
            required |= u64::from(child.min > 0) << bit;
        }
        let slots = slots(&children)?;
        Some(Self { path, children, invariants, required, slots })
    }

    /// The child with that JSON key.
    pub fn child(&self, key: &str) -> Option<&Child> {
        let mask = self.slots.len() - 1;
        let mut at = hash(key.as_bytes()) & mask;
        loop {
            let place = usize::from(self.slots[at]).checked_sub(1)?;
            let child = &self.children[place];
            if child.name == key {
                return Some(child);
            }
            at = (at + 1) & mask;
        }
    }
}

fn slots(children: &[Child]) -> Option<Box<[u16]>> {
    let size = (children.len() * 2 + 1).next_power_of_two();
    let mut slots = vec![0u16; size].into_boxed_slice();
    for (place, child) in children.iter().enumerate() {
        let mut at = hash(child.name.as_bytes()) & (size - 1);
        while slots[at] != 0 {
            at = (at + 1) & (size - 1);
        }
        slots[at] = u16::try_from(place + 1).ok()?;
    }
    Some(slots)
}

/// A hash for short names from our own asset; keys of strangers only ever look up. The last eight
/// bytes overlap those before, for copying a few bytes costs more than mixing them twice.
#[inline]
fn hash(key: &[u8]) -> usize {
    const K: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = key.len() as u64;
    let mut mix = |word: u64| state = (state ^ word).wrapping_mul(K).rotate_left(29);
    if let Some(last) = key.last_chunk::<8>() {
        let mut rest = key;
        while let Some((eight, more)) = rest.split_first_chunk::<8>() {
            mix(u64::from_le_bytes(*eight));
            rest = more;
        }
        mix(u64::from_le_bytes(*last));
    } else if let (Some(first), Some(last)) = (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        mix(u64::from(first) << 32 | u64::from(last));
    } else {
        mix(key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    (state ^ (state >> 32)) as usize
}
