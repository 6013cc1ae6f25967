//! Plans a whole life: year by year what happens, then the visits of prevention, then the end.

use std::rc::Rc;

use super::{Life, Order, Visit};
use crate::calendar::{Day, NOW};
use crate::codes::{Specialty, settings};
use crate::courses;
use crate::person::Person;
use crate::prng::Stream;

/// Plans the life of patient `index` under a seed.
pub(crate) fn plan(seed: u64, index: u64) -> Life {
    let mut rng = Stream::new(seed, index);
    let person = Rc::new(Person::new(&mut rng, index));
    let pregnant_until = person.birth;
    let mut life = Life {
        year: person.birth.year(),
        rng,
        person,
        problems: Vec::new(),
        treatments: Vec::new(),
        allergies: Vec::new(),
        visits: Vec::new(),
        death: None,
        pregnant_until,
    };
    meet(&mut life);
    while life.year < NOW.year() && life.death.is_none() {
        courses::year(&mut life);
        life.year += 1;
    }
    courses::prevention(&mut life);
    put_in_order(&mut life);
    life
}

/// The intake: the newborn examination, or the first visit of somebody who moved here.
fn meet(life: &mut Life) {
    let begins = life.person.begins;
    let newborn = begins == life.person.birth;
    let setting = if newborn { &settings::WELL_CHILD } else { &settings::WELLNESS };
    let age = begins.years_since(life.person.birth);
    let specialty = match age {
        ..16 => Specialty::Pediatrics,
        16..60 => Specialty::Family,
        _ => Specialty::Internal,
    };
    let minute = 540 + 5 * life.rng.between(0, 80);
    life.visits.push(Visit {
        at: begins.at(minute),
        minutes: life.rng.between(30, 45),
        setting,
        specialty,
        presents: None,
        about: None,
        orders: Vec::with_capacity(16),
    });
}

/// Sorts the visits, keeps them apart, and drops what would come after the end of the records.
fn put_in_order(life: &mut Life) {
    let last = life.death.unwrap_or(NOW.at(0));
    life.visits.sort_by_key(|visit| visit.at);
    let mut free_from = Day(i32::MIN / 2).at(0);
    let certificate =
        |visit: &Visit| visit.orders.iter().any(|order| matches!(order, Order::Certify(_)));
    life.visits.retain_mut(|visit| {
        if certificate(visit) {
            return true;
        }
        if visit.at < free_from {
            visit.at = free_from;
        }
        // The certificate's quarter of an hour before the end stays free.
        let fits = visit.end().plus_minutes(15) < last;
        if fits {
            free_from = visit.end().plus_minutes(45);
        }
        fits
    });
}
