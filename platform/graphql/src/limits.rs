//! What a query may cost, and what it has cost so far.

use crate::error::GraphqlError;

/// What a query may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How deep the answer may nest.
    pub depth: usize,
    /// How many fields may be evaluated, each resource's counted anew.
    pub fields: usize,
    /// How many resources may be read, by reference or as the match of a search.
    pub resources: usize,
    /// How many searches may be run.
    pub searches: usize,
    /// How long the answer may be, in bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 24,
            fields: 200_000,
            resources: 2_000,
            searches: 200,
            bytes: 16 * 1024 * 1024,
        }
    }
}

/// What a query has cost so far.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    fields: usize,
    pub(crate) resources: usize,
    searches: usize,
    bytes: usize,
}

impl Spent {
    pub(crate) fn field(&mut self, limits: &Limits) -> Result<(), GraphqlError> {
        self.fields(1, limits)
    }

    pub(crate) fn fields(&mut self, more: usize, limits: &Limits) -> Result<(), GraphqlError> {
        self.fields += more;
        within(self.fields, limits.fields, "fields", "fewer fields, or of fewer resources")
    }

    pub(crate) fn resource(&mut self, limits: &Limits) -> Result<(), GraphqlError> {
        self.resources += 1;
        within(self.resources, limits.resources, "resources", "a smaller `_count`")
    }

    pub(crate) fn search(&mut self, limits: &Limits) -> Result<(), GraphqlError> {
        self.searches += 1;
        within(self.searches, limits.searches, "searches", "lists of fewer resources")
    }

    pub(crate) fn bytes(&mut self, more: usize, limits: &Limits) -> Result<(), GraphqlError> {
        self.bytes += more;
        within(self.bytes, limits.bytes, "bytes", "less at once")
    }
}

pub(crate) fn depth(depth: usize, limits: &Limits) -> Result<(), GraphqlError> {
    within(depth, limits.depth, "depth", "fewer levels")
}

fn within(
    spent: usize,
    most: usize,
    budget: &'static str,
    narrower: &str,
) -> Result<(), GraphqlError> {
    if spent <= most {
        return Ok(());
    }
    let words =
        format!("the query costs more than its budget of {most} {budget}: ask for {narrower}");
    Err(GraphqlError::costly(budget, words))
}
