//! What can happen in a life. Each file knows a few disorders: how often they begin at which age,
//! how they go, and what is done about them. Rates are per 100,000 people and year, of the order
//! of published incidences for the United States.

mod allergies;
mod bones;
mod cancer;
mod death;
mod heart;
mod infections;
mod injuries;
mod lungs;
mod metabolic;
mod mind;
mod pregnancy;
mod presentations;
mod prevention;
mod surgery;

pub(crate) use prevention::prevention;

use crate::life::Life;

/// Looks at one year of a life.
pub(crate) fn year(life: &mut Life) {
    allergies::year(life);
    metabolic::year(life);
    heart::year(life);
    lungs::year(life);
    mind::year(life);
    bones::year(life);
    infections::year(life);
    injuries::year(life);
    surgery::year(life);
    pregnancy::year(life);
    cancer::year(life);
    death::year(life);
}

/// The rate for an age: the last row that begins at or below it.
fn rate(age: i32, rows: &[(i32, u32)]) -> u32 {
    rows.iter().rev().find(|(from, _)| age >= *from).map_or(0, |(_, rate)| *rate)
}
