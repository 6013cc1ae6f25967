//! `$everything`: what belongs to a patient, an encounter, the patients of a group or all patients
//! (<https://hl7.org/fhir/R4/patient-operation-everything.html>).
//!
//! The members of the compartment are matches, in one order for all pages of a moment; what they
//! refer to and what is in nobody's compartment (practitioners, organisations, medications …) goes
//! along as included. Without `_count` it is one Bundle, as R4 asks for, up to a bound.

mod dates;
mod members;
mod page;
mod supporting;
mod wanted;

use std::sync::Arc;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::Problem;

use super::Arguments;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::page_key::page_key;
use crate::clinical::search::{CURSOR, moment};
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;
use page::Asked;
use wanted::Wanted;

/// The parameters that it takes.
pub(super) const TAKEN: &[&str] = &["start", "end", "_since", "_type", "_count", CURSOR];

/// One page of everything, as a Bundle.
pub(super) async fn everything(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    let wanted = Wanted::read(target, &arguments, asking)?;
    let act = Act::new(Action::FhirSearch, wanted.event()).with(wanted.described());
    let (base, options) = (asking.base(), asking.parse_options(false));
    asking
        .act(act, async |granted, store| {
            let key = page_key(&store.snapshot());
            let after = wanted.after(&key)?;
            let (snapshot, is_kept) = moment(&store, after.as_ref().map(|(t, _)| *t));
            let pinned = Arc::clone(&snapshot);
            let after = after.map(|(_, position)| position);
            let asked = Asked { wanted, options, base, key, after, is_kept };
            let done = off_thread(move || asked.answer(&snapshot)).await?;
            granted.answers(json!({"matches": done.matches, "included": done.included}));
            if done.goes_on {
                store.pin(&pinned);
            }
            Ok(done.text)
        })
        .await
}
