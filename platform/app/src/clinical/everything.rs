//! `Patient/1/$everything`: what belongs to a patient, in pages
//! (<https://hl7.org/fhir/R4/patient-operation-everything.html>).

use tarn_access::Action;
use tarn_domain::{Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_search::Scope;

use super::asking::Asking;
use super::parameters::{Parameters, refuse_parameter};
use super::search::{CURSOR, Search, run};
use crate::Act;

/// The patient and all in their compartment.
///
/// # Errors
/// Not supported for other types than Patient; invalid for parameters that it does not take.
pub async fn everything(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    sent: Parameters,
) -> Result<Vec<u8>, Problem> {
    if type_.name() != "Patient" {
        let words = "`$everything` is offered for a Patient only.";
        return Err(Problem::new(Kind::NotSupported, "operation-not-supported", words));
    }
    let mut parameters = Parameters::default();
    for (name, value) in sent.iter() {
        match name {
            "_since" => parameters.push("_lastUpdated", format!("ge{value}")),
            "start" | "end" => {
                let words = "is not supported yet: ask for the types one by one, with their dates";
                return Err(refuse_parameter(name, words));
            }
            "_type" | "_count" | "_lastUpdated" | "_format" | "_pretty" | "_summary"
            | "_elements" | CURSOR => parameters.push(name, value),
            _ => return Err(refuse_parameter(name, "is not taken by `$everything`")),
        }
    }
    let scope = Scope::Compartment { owner: type_, id: id.to_string(), type_: None };
    let act = Act::new(Action::FhirSearch, "PatientEverything");
    let search = Search { scope, parameters, lenient: false, posted: false };
    run(asking, act, search, Some((type_, id.clone()))).await
}
