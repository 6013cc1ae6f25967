//! The health system that a population shares: hospitals, clinics, the people who work there, and
//! the payers. It follows from the seed alone, whatever the number of patients.

pub(crate) mod names;
pub(crate) mod places;

use crate::codes::drugs::FORMULARY;
use crate::codes::{Drug, Specialty};
use crate::prng::{Id, Stream};
use places::{Insures, PAYERS, STREETS, TOWNS, Town};

/// A hospital or clinic: one organisation at one location.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) organization: Id,
    pub(crate) location: Id,
    pub(crate) name: &'static str,
    pub(crate) town: &'static Town,
    pub(crate) street: String,
    pub(crate) phone: String,
    pub(crate) is_hospital: bool,
    pub(crate) staff: Vec<Practitioner>,
}

/// Somebody who treats patients at a site.
#[derive(Debug)]
pub(crate) struct Practitioner {
    pub(crate) id: Id,
    pub(crate) role: Id,
    pub(crate) given: &'static str,
    pub(crate) family: &'static str,
    /// `Dr. Given Family`.
    pub(crate) name: String,
    pub(crate) female: bool,
    pub(crate) npi: String,
    pub(crate) specialty: Specialty,
}

/// A payer.
#[derive(Debug)]
pub(crate) struct Payer {
    pub(crate) id: Id,
    pub(crate) name: &'static str,
    pub(crate) insures: Insures,
}

/// All of it.
#[derive(Debug)]
pub(crate) struct CareSystem {
    /// Per town the clinic, then the hospital.
    pub(crate) sites: Vec<(Site, Site)>,
    pub(crate) payers: Vec<Payer>,
    /// The ids of the `Medication` resources, in the formulary's order.
    medications: Vec<Id>,
}

/// The stream that the shared resources are drawn from; patients use their index.
const SHARED: u64 = u64::MAX;

impl CareSystem {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Stream::new(seed, SHARED);
        let mut next_npi = 999_900_000 + rng.below(1_000);
        let mut site = |rng: &mut Stream, town: &'static Town, is_hospital: bool| {
            let specialties = if is_hospital { Specialty::HOSPITAL } else { Specialty::CLINIC };
            let staff = specialties.iter().map(|s| practitioner(rng, &mut next_npi, *s)).collect();
            Site {
                organization: rng.id(),
                location: rng.id(),
                name: if is_hospital { town.hospital } else { town.clinic },
                town,
                street: format!("{} {}", rng.between(1, 900), rng.pick(STREETS)),
                phone: format!("{}-555-{:04}", town.area_code, rng.below(10_000)),
                is_hospital,
                staff,
            }
        };
        let sites = TOWNS
            .iter()
            .map(|town| (site(&mut rng, town, false), site(&mut rng, town, true)))
            .collect();
        let payers =
            PAYERS.iter().map(|&(name, insures)| Payer { id: rng.id(), name, insures }).collect();
        let medications = FORMULARY.iter().map(|_| rng.id()).collect();
        Self { sites, payers, medications }
    }

    /// The id of a medicine's `Medication` resource.
    pub(crate) fn medication(&self, drug: &Drug) -> Id {
        let at = FORMULARY.iter().position(|known| known.code.code == drug.code.code);
        self.medications[at.expect("every drug is made by the formulary's macro")]
    }

    /// Every medicine with its id.
    pub(crate) fn formulary(&self) -> impl Iterator<Item = (&'static Drug, Id)> {
        FORMULARY.iter().copied().zip(self.medications.iter().copied())
    }
}

impl Site {
    /// Somebody of that specialty, or the first of the staff.
    pub(crate) fn someone(&self, specialty: Specialty, rng: &mut Stream) -> usize {
        let fitting: Vec<usize> =
            (0..self.staff.len()).filter(|&i| self.staff[i].specialty == specialty).collect();
        match fitting.len() {
            0 => 0,
            n => fitting[rng.below(n as u32) as usize],
        }
    }
}

fn practitioner(rng: &mut Stream, next_npi: &mut u32, specialty: Specialty) -> Practitioner {
    *next_npi += 7;
    let female = rng.percent(48);
    let given = rng.pick(if female { names::WOMEN } else { names::MEN });
    let families = rng.weighted(&[
        (75, names::FAMILIES),
        (10, names::FAMILIES_HISPANIC),
        (15, names::FAMILIES_ASIAN),
    ]);
    let family = rng.pick(families);
    Practitioner {
        id: rng.id(),
        role: rng.id(),
        given,
        family,
        name: format!("Dr. {given} {family}"),
        female,
        npi: npi(*next_npi),
        specialty,
    }
}

/// Ten digits with the NPI's check digit (Luhn over the prefix 80840). Real ones begin with 1 or 2;
/// these begin with 9.
fn npi(nine: u32) -> String {
    let digits = format!("{nine:09}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0') * if place % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    let check = (10 - (sum + 24) % 10) % 10;
    format!("{digits}{check}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_npi_ends_with_its_check_digit() {
        // The example of the CMS's description of the check digit.
        assert_eq!(npi(123_456_789), "1234567893");
    }

    #[test]
    fn the_same_seed_builds_the_same_system() {
        let (a, b) = (CareSystem::new(3), CareSystem::new(3));
        assert_eq!(a.sites[4].1.staff[2].id, b.sites[4].1.staff[2].id);
        assert_ne!(a.sites[0].0.location, CareSystem::new(4).sites[0].0.location);
    }
}
