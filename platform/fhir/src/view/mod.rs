//! Views of a resource that a client can ask for: `_summary`, `_elements`, `_pretty`.

mod pretty;
mod subset;
#[cfg(test)]
mod tests;

pub use pretty::pretty;
pub use subset::subset;

/// Which part of a resource is asked for (<https://hl7.org/fhir/R4/search.html#summary>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// `_summary=true`: the elements that R4 marks as summary, at every level.
    Summary,
    /// `_summary=text`: the narrative, `id`, `meta` and what must be there at the top level.
    Text,
    /// `_summary=data`: everything but the narrative.
    Data,
    /// `_elements`: those elements of the top level, by their FHIRPath names (`value` for
    /// `valueQuantity`), with what must be there and what can change the meaning.
    Elements(Vec<String>),
}

impl Part {
    /// What a value of `_summary` asks for. None for `false`, which asks for the whole, and for
    /// `count`, which asks for no resource at all; the outer none for what R4 does not know.
    pub fn of_summary(value: &str) -> Option<Option<Self>> {
        match value {
            "true" => Some(Some(Self::Summary)),
            "text" => Some(Some(Self::Text)),
            "data" => Some(Some(Self::Data)),
            "false" | "count" => Some(None),
            _ => None,
        }
    }

    /// What the value of `_elements` asks for.
    pub fn of_elements(value: &str) -> Self {
        let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
        let top = names.map(|name| name.split('.').next().unwrap_or(name).to_owned());
        Self::Elements(top.collect())
    }
}
