//! Where an element is in the tree that a patch changes.

use tarn_fhirpath::{FhirType, Node as Element, Step};

use super::super::tree::{Members, Node};

/// An element's place: the object that has it, its key, and its index in a list. The extensions
/// of a primitive are under the same key with `_` before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) object: Vec<Step>,
    pub(super) key: String,
    pub(super) index: Option<usize>,
    pub(super) is_primitive: bool,
}

impl Place {
    /// Where an element is; none for the resource itself.
    pub(super) fn of(element: &Element<'_>) -> Option<Self> {
        let mut object = element.location()?.steps;
        let index = match object.last()? {
            Step::Index(index) => Some(*index),
            Step::Key(_) => None,
        };
        if index.is_some() {
            object.pop();
        }
        let Some(Step::Key(key)) = object.pop() else { return None };
        let is_primitive =
            matches!(element.fhir_type(), FhirType::Data(data_type) if data_type.is_primitive());
        let key = match key.strip_prefix('_') {
            Some(plain) if is_primitive => plain.to_owned(),
            _ => key,
        };
        Some(Self { object, key, index, is_primitive })
    }

    /// The members of the object that has it.
    pub(super) fn members<'n, 'd>(&self, root: &'n mut Node<'d>) -> Option<&'n mut Members<'d>> {
        walk(root, &self.object)?.members()
    }

    /// The steps to the element itself, or to what holds its extensions.
    pub(super) fn inside(&self) -> Vec<Step> {
        let key = if self.is_primitive { format!("_{}", self.key) } else { self.key.clone() };
        let mut steps = self.object.clone();
        steps.push(Step::Key(key));
        steps.extend(self.index.map(Step::Index));
        steps
    }
}

/// What the steps lead to, opened on the way.
pub(super) fn walk<'n, 'd>(root: &'n mut Node<'d>, steps: &[Step]) -> Option<&'n mut Node<'d>> {
    steps.iter().try_fold(root, |node, step| match step {
        Step::Key(key) => {
            node.members()?.iter_mut().find(|(known, _)| known == key).map(|(_, value)| value)
        }
        Step::Index(index) => node.items()?.get_mut(*index),
    })
}
