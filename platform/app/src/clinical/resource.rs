//! A version of a resource on its way out, and the part of it that was asked for.

use tarn_domain::{LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::{self, Stored};
use tarn_fhir::view::{self, Part};
use tarn_store::Version;

use super::parameters::{Parameters, refuse_parameter};

/// A version of a resource.
#[derive(Clone)]
pub struct Resource {
    /// Its type.
    pub type_: TypeId,
    /// Its id.
    pub id: LogicalId,
    /// Its version.
    pub version: u32,
    /// When the version came.
    pub updated: Timestamp,
    /// Whether the version says that it is deleted. It has no body then.
    pub deleted: bool,
    kept: Stored,
}

impl std::fmt::Debug for Resource {
    /// Prints type, id and version only: the body is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/_history/{}", self.type_, self.id, self.version)
    }
}

impl Resource {
    /// What a store read.
    ///
    /// # Errors
    /// Internal, where the body has no id: then it is not one that we wrote.
    pub(super) fn read(version: Version) -> Result<Self, Problem> {
        let id = version.id().ok_or_else(|| Problem::internal("a kept body without an id"))?;
        let id = id.parse().map_err(Problem::internal)?;
        Ok(Self {
            type_: version.type_,
            id,
            version: version.version,
            updated: version.updated,
            deleted: version.deleted,
            kept: Stored { body: version.body, splice: version.splice },
        })
    }

    /// What was just written.
    pub(super) fn written(
        type_: TypeId,
        id: LogicalId,
        kept: Stored,
        version: u32,
        updated: Timestamp,
    ) -> Self {
        Self { type_, id, version, updated, deleted: false, kept }
    }

    /// `Patient/1`
    pub fn reference(&self) -> String {
        format!("{}/{}", self.type_, self.id)
    }

    /// `Patient/1/_history/2`
    pub fn versioned_reference(&self) -> String {
        format!("{}/{}/_history/{}", self.type_, self.id, self.version)
    }

    /// Appends the whole resource as JSON.
    pub fn write(&self, out: &mut Vec<u8>) {
        stored::render(&self.kept.body, self.kept.splice, self.version, self.updated, out);
    }

    /// The kept form: without white space, version and time.
    pub(super) fn body(&self) -> &[u8] {
        &self.kept.body
    }

    /// The resource that is contained in it at that place, from 1: its id and its text.
    pub(super) fn contained(&self, at: u32) -> Option<(String, String)> {
        let place = at.checked_sub(1)? as usize;
        let document = Document::parse(&self.kept.body).ok()?;
        let inner = document.root().get("contained")?.items().nth(place)?;
        let id = inner.get("id").and_then(|id| Some(id.as_str()?.into_owned()));
        Some((id.unwrap_or_default(), inner.raw().to_owned()))
    }

    /// Its length as JSON, more or less.
    pub fn length(&self) -> usize {
        self.kept.body.len() + 64
    }
}

/// Which part of each resource is wanted.
#[derive(Debug, Clone, Default)]
pub struct View(Option<Part>);

impl View {
    /// What `_summary` and `_elements` ask for.
    ///
    /// # Errors
    /// Invalid where `_summary` has no known value, or both are there.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let summary = match parameters.get("_summary") {
            None => None,
            Some(value) => Part::of_summary(value).ok_or_else(|| {
                refuse_parameter("_summary", "takes `true`, `text`, `data`, `count` or `false`")
            })?,
        };
        let elements = parameters.get("_elements").map(Part::of_elements);
        if summary.is_some() && elements.is_some() {
            return Err(refuse_parameter("_elements", "cannot be combined with `_summary`"));
        }
        Ok(Self(summary.or(elements)))
    }

    /// Whether the whole resource is wanted.
    pub fn is_whole(&self) -> bool {
        self.0.is_none()
    }

    /// The view of what a search includes beside its matches: `_elements` is about matches only.
    pub(super) fn of_included(&self) -> Self {
        Self(self.0.clone().filter(|part| !matches!(part, Part::Elements(_))))
    }

    /// Appends the wanted part of a resource as JSON.
    ///
    /// # Errors
    /// Internal, where the body is no JSON: then it is not one that we wrote.
    pub fn write(&self, resource: &Resource, out: &mut Vec<u8>) -> Result<(), Problem> {
        let Some(part) = &self.0 else {
            resource.write(out);
            return Ok(());
        };
        let mut whole = Vec::with_capacity(resource.length());
        resource.write(&mut whole);
        subset(&whole, part, out)
    }

    /// Appends the wanted part of a resource that is contained in another, from its text.
    ///
    /// # Errors
    /// Internal, where the text is no JSON.
    pub(super) fn write_contained(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Problem> {
        match &self.0 {
            Some(part) => subset(text.as_bytes(), part, out),
            None => {
                out.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }
    }
}

fn subset(text: &[u8], part: &Part, out: &mut Vec<u8>) -> Result<(), Problem> {
    let document = Document::parse(text).map_err(|_| Problem::internal("a kept body"))?;
    view::subset(&document, part, out);
    Ok(())
}

/// JSON with line breaks and indentation.
pub fn pretty(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    view::pretty(text, &mut out);
    out
}
