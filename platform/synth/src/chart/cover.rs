//! Who insures the patient when.

use crate::calendar::Day;
use crate::care::CareSystem;
use crate::care::places::Insures;
use crate::life::Life;
use crate::person::Person;
use crate::prng::Id;
use crate::resources::patient;
use crate::sink::Sink;

/// A period of insurance.
pub(super) struct Cover {
    pub(super) id: Id,
    /// Index of the payer.
    pub(super) payer: usize,
    from: Day,
    to: Option<Day>,
}

/// Work or Medicaid until sixty-five, Medicare from then on.
pub(super) fn covers(life: &mut Life, care: &CareSystem, last: Day) -> Vec<Cover> {
    let poor = life.rng.percent(21);
    let of =
        |kind: Insures| (0..care.payers.len()).filter(move |&i| care.payers[i].insures == kind);
    let young: Vec<usize> = of(if poor { Insures::Poor } else { Insures::Working }).collect();
    let young = young[life.rng.below(young.len() as u32) as usize];
    let old = of(Insures::Old).next().unwrap_or(young);
    let (year, month, _) = life.person.birth.civil();
    let medicare = Day::from_civil(year + 65, month, 1);
    let begins = life.person.begins;
    let mut covers = Vec::with_capacity(2);
    if begins < medicare {
        let to = (medicare < last).then(|| medicare.plus(-1));
        covers.push(Cover { id: life.rng.id(), payer: young, from: begins, to });
    }
    if medicare < last || covers.is_empty() {
        let from = medicare.max(begins);
        covers.push(Cover { id: life.rng.id(), payer: old, from, to: None });
    }
    if let (Some(death), Some(cover)) = (life.death, covers.last_mut()) {
        cover.to = Some(death.day());
    }
    covers
}

/// The insurance of a day.
pub(super) fn at(covers: &[Cover], day: Day) -> &Cover {
    let after = covers.iter().rposition(|cover| cover.from <= day).unwrap_or(0);
    &covers[after]
}

impl Cover {
    pub(super) fn write(&self, person: &Person, care: &CareSystem, last: Day, sink: &mut Sink) {
        let ended = self.to.is_some_and(|to| to <= last);
        let payer = &care.payers[self.payer];
        patient::coverage(person, self.id, payer, (self.from, self.to), ended, sink);
    }
}
