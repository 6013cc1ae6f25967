//! A CodeSystem, read: concepts and their hierarchy.

use std::collections::{HashMap, HashSet};

use tarn_fhir::json::{Document, Kind, Value};

use crate::error::TerminologyError;

/// How much of a code system its CodeSystem resource has (`CodeSystem.content`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Every concept.
    Complete,
    /// Some of them, on purpose.
    Fragment,
    /// None, or a few to show what they look like.
    Elsewhere,
}

/// A concept.
#[derive(Debug, Clone)]
pub struct Concept {
    /// Its code.
    pub code: String,
    /// What people read.
    pub display: Option<String>,
    /// Properties and their values, as text.
    pub properties: Vec<(String, String)>,
    parents: Vec<usize>,
    children: Vec<usize>,
}

/// A code system.
#[derive(Debug, Clone)]
pub struct CodeSystem {
    /// Its canonical URL.
    pub url: String,
    /// How much of it is here.
    pub content: Content,
    concepts: Vec<Concept>,
    places: HashMap<String, usize>,
}

/// Properties that name concepts above (<https://hl7.org/fhir/R4/codesystem.html#defined-props>).
const ABOVE: [&str; 2] = ["parent", "subsumedBy"];
/// And below.
const BELOW: [&str; 1] = ["child"];
const DEFINED: &str = "http://hl7.org/fhir/concept-properties#";

impl CodeSystem {
    /// Reads a CodeSystem resource.
    ///
    /// # Errors
    /// Unusable where it is none; too large above `limit` concepts.
    pub fn read(text: &[u8], limit: usize) -> Result<Self, TerminologyError> {
        let unusable = |canonical: &str, why| TerminologyError::Unusable {
            canonical: canonical.to_owned(),
            why,
        };
        let document =
            Document::parse(text).map_err(|_| unusable("CodeSystem", "it is no JSON"))?;
        let root = document.root();
        let url = string(root, "url").ok_or_else(|| unusable("CodeSystem", "it has no `url`"))?;
        let content = match string(root, "content").as_deref() {
            Some("complete") => Content::Complete,
            Some("fragment") => Content::Fragment,
            _ => Content::Elsewhere,
        };
        let mut system = Self { url, content, concepts: Vec::new(), places: HashMap::new() };
        // Concepts that are only grouped below others are no kinds of them.
        let meaning = string(root, "hierarchyMeaning");
        let is_hierarchy = meaning.is_none_or(|meaning| meaning == "is-a");
        system.read_concepts(root, is_hierarchy, limit)?;
        system.link(&named(root, &ABOVE), &named(root, &BELOW));
        Ok(system)
    }

    /// Every concept.
    pub fn concepts(&self) -> impl Iterator<Item = &Concept> {
        self.concepts.iter()
    }

    /// The concept with that code.
    pub fn concept(&self, code: &str) -> Option<&Concept> {
        self.places.get(code).map(|at| &self.concepts[*at])
    }

    /// The concept itself and all below it; nothing where there is no such concept.
    pub fn below(&self, code: &str) -> Vec<&Concept> {
        self.reached(code, |concept| &concept.children)
    }

    /// The concept itself and all above it.
    pub fn above(&self, code: &str) -> Vec<&Concept> {
        self.reached(code, |concept| &concept.parents)
    }

    /// The concepts directly above one.
    pub fn parents(&self, concept: &Concept) -> impl Iterator<Item = &Concept> {
        concept.parents.iter().map(|at| &self.concepts[*at])
    }

    /// The concepts directly below one.
    pub fn children(&self, concept: &Concept) -> impl Iterator<Item = &Concept> {
        concept.children.iter().map(|at| &self.concepts[*at])
    }

    /// Each concept once, so that a circle ends.
    fn reached(&self, code: &str, next: impl Fn(&Concept) -> &[usize]) -> Vec<&Concept> {
        let Some(start) = self.places.get(code) else { return Vec::new() };
        let mut seen = HashSet::from([*start]);
        let mut found = vec![*start];
        let mut done = 0;
        while let Some(at) = found.get(done).copied() {
            done += 1;
            for next in next(&self.concepts[at]) {
                if seen.insert(*next) {
                    found.push(*next);
                }
            }
        }
        found.into_iter().map(|at| &self.concepts[at]).collect()
    }

    fn read_concepts(
        &mut self,
        root: Value<'_>,
        is_hierarchy: bool,
        limit: usize,
    ) -> Result<(), TerminologyError> {
        let mut left: Vec<(Value<'_>, Option<usize>)> = Vec::new();
        left.extend(children(root).map(|concept| (concept, None)));
        while let Some((value, parent)) = left.pop() {
            let Some(code) = string(value, "code") else { continue };
            if self.concepts.len() >= limit {
                let (canonical, what) = (self.url.clone(), "concepts");
                return Err(TerminologyError::TooLarge { canonical, what, limit });
            }
            let at = self.place(code);
            self.concepts[at].display = string(value, "display");
            self.concepts[at].properties.extend(properties(value));
            if let Some(parent) = parent {
                self.set_below(at, parent);
            }
            let above = is_hierarchy.then_some(at);
            left.extend(children(value).map(|concept| (concept, above)));
        }
        Ok(())
    }

    fn place(&mut self, code: String) -> usize {
        if let Some(at) = self.places.get(&code) {
            return *at;
        }
        let at = self.concepts.len();
        self.places.insert(code.clone(), at);
        let (properties, parents, children) = (Vec::new(), Vec::new(), Vec::new());
        self.concepts.push(Concept { code, display: None, properties, parents, children });
        at
    }

    fn set_below(&mut self, child: usize, parent: usize) {
        if !self.concepts[child].parents.contains(&parent) {
            self.concepts[child].parents.push(parent);
            self.concepts[parent].children.push(child);
        }
    }

    /// Adds the hierarchy that properties tell.
    fn link(&mut self, above: &[String], below: &[String]) {
        let mut links = Vec::new();
        for (at, concept) in self.concepts.iter().enumerate() {
            for (property, value) in &concept.properties {
                let Some(other) = self.places.get(value) else { continue };
                if above.contains(property) {
                    links.push((at, *other));
                } else if below.contains(property) {
                    links.push((*other, at));
                }
            }
        }
        for (child, parent) in links {
            self.set_below(child, parent);
        }
    }
}

/// The codes under which a code system has those of FHIR's properties.
fn named(root: Value<'_>, defined: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = defined.iter().map(|name| (*name).to_owned()).collect();
    for property in root.get("property").into_iter().flat_map(Value::items) {
        let uri = string(property, "uri").unwrap_or_default();
        let is_one = uri.strip_prefix(DEFINED).is_some_and(|name| defined.contains(&name));
        names.extend(string(property, "code").filter(|_| is_one));
    }
    names
}

fn children(value: Value<'_>) -> impl Iterator<Item = Value<'_>> {
    value.get("concept").into_iter().flat_map(Value::items)
}

fn properties(concept: Value<'_>) -> Vec<(String, String)> {
    let all = concept.get("property").into_iter().flat_map(Value::items);
    all.filter_map(|property| {
        let code = string(property, "code")?;
        let value = property.members().find(|(name, _)| name.starts_with("value"))?.1;
        let text = match value.kind() {
            Kind::Object => string(value, "code")?,
            Kind::String => value.as_str()?.into_owned(),
            _ => value.raw().to_owned(),
        };
        Some((code, text))
    })
    .collect()
}

/// A member that is a string.
pub(crate) fn string(value: Value<'_>, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(std::borrow::Cow::into_owned)
}
