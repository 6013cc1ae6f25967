//! Composites in values: parts with `$` between them.

use tarn_fhir::definitions::{SearchParameter, definitions};

use super::split::split;
use super::{Context, names, values};
use crate::error::SearchError;
use crate::filter::{Composite, Filter};

/// Each part is read as a value of its component's parameter; all must hold in one element.
pub(super) fn condition(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    values::refuse_modifier(context, modifier, &[])?;
    let mut filters = Vec::new();
    for parameter in parameters.iter().filter_map(|p| definitions().field(p.field)) {
        let mut any = Vec::with_capacity(pieces.len());
        for piece in pieces {
            any.push(parts(context, parameter, piece)?);
        }
        filters.push(Filter::Composite(Box::new(Composite { parameter, any })));
    }
    Ok(if filters.len() == 1 { filters.remove(0) } else { Filter::Any(filters) })
}

fn parts(
    context: &Context<'_>,
    parameter: &'static SearchParameter,
    piece: &str,
) -> Result<Vec<Filter>, SearchError> {
    let pieces = split(piece, b'$');
    if pieces.len() != parameter.components.len() {
        return Err(context.value("one value for each part, with `$` between them"));
    }
    let mut filters = Vec::with_capacity(pieces.len());
    for (at, part) in pieces.iter().enumerate() {
        let Some(component) = names::component(parameter, at) else {
            return Err(context.not_supported(parameter.code));
        };
        filters.push(values::condition(context, &[component], None, part)?);
    }
    Ok(filters)
}
