//! Allergies: most begin in childhood, drug allergies any time.

use crate::codes::{Code, Specialty, acts, disorders, drugs, settings, snomed};
use crate::life::{Allergen, Allergy, Life, Order};

const HIVES: Code = snomed("126485001", "Urticaria");
const RASH: Code = snomed("271807003", "Eruption of skin");
const ANAPHYLAXIS: Code = snomed("39579001", "Anaphylaxis");
const ITCHING: Code = snomed("418290006", "Itching");
const NAUSEA: Code = snomed("422587007", "Nausea");
const DYSPNEA: Code = snomed("267036007", "Dyspnea");

macro_rules! allergens {
    ($($number:literal $display:literal, $plain:literal, $category:literal, $reaction:expr, $words:literal;)*) => {
        &[$(&Allergen {
            code: snomed($number, $display),
            plain: $plain,
            category: $category,
            reaction: $reaction,
            reaction_plain: $words,
        }),*]
    };
}

static FOOD: &[&Allergen] = allergens! {
    "91935009" "Allergy to peanut", "peanuts", "food", ANAPHYLAXIS, "anaphylaxis";
    "91934008" "Allergy to nut", "tree nuts", "food", HIVES, "hives";
    "91930004" "Allergy to egg", "eggs", "food", RASH, "rash";
    "417532002" "Allergy to fish", "fish", "food", HIVES, "hives";
    "300913006" "Shellfish allergy", "shellfish", "food", HIVES, "hives";
    "420174000" "Allergy to wheat", "wheat", "food", NAUSEA, "nausea";
    "714035009" "Allergy to soya", "soy", "food", RASH, "rash";
};
static AIR: &[&Allergen] = allergens! {
    "418689008" "Allergy to grass pollen", "grass pollen", "environment", ITCHING, "itching eyes";
    "419263009" "Allergy to tree pollen", "tree pollen", "environment", ITCHING, "itching eyes";
    "419474003" "Allergy to mold", "mold", "environment", DYSPNEA, "shortness of breath";
    "232350006" "House dust mite allergy", "house dust mites", "environment", DYSPNEA, "wheezing";
    "232347008" "Dander (animal) allergy", "animal dander", "environment", ITCHING, "itching eyes";
    "424213003" "Allergy to bee venom", "bee stings", "environment", ANAPHYLAXIS, "anaphylaxis";
    "300916003" "Latex allergy", "latex", "environment", RASH, "rash";
};
static DRUG: &[&Allergen] = allergens! {
    "91936005" "Allergy to penicillin", "penicillin", "medication", HIVES, "hives";
    "91939003" "Allergy to sulfonamide", "sulfa drugs", "medication", RASH, "rash";
    "293586001" "Allergy to aspirin", "aspirin", "medication", HIVES, "hives";
};

pub(super) fn year(life: &mut Life) {
    let age = life.age();
    if age < 4 && !life.had(&disorders::ECZEMA) && life.strikes(2_500) {
        eczema(life);
    }
    if (1..6).contains(&age) && life.strikes(900) {
        begin(life, FOOD);
    }
    if (4..35).contains(&age) && life.strikes(900) {
        begin(life, AIR);
        if !life.had(&disorders::RHINITIS) {
            rhinitis(life);
        }
    }
    if age >= 2 && life.strikes(280) {
        begin(life, DRUG);
    }
}

fn begin(life: &mut Life, from: &[&'static Allergen]) {
    let substance = life.rng.pick(from);
    if life.allergies.iter().any(|known| known.substance.code == substance.code) {
        return;
    }
    let onset = life.some_day();
    let severe = life.rng.percent(20) || substance.reaction == ANAPHYLAXIS;
    let id = life.rng.id();
    life.allergies.push(Allergy { id, substance, onset, severe, recorded: false });
    let allergy = life.allergies.len() - 1;
    life.stop_what_harms(substance.plain, onset);
    let doctor = life.family_doctor();
    let seen = onset.plus(life.rng.between(2, 40));
    let visit = life.visit(seen, &settings::PROBLEM, doctor);
    life.order(visit, Order::Allergy(allergy));
    if substance.category != "medication" && life.rng.percent(50) {
        life.order(visit, Order::Perform(&acts::ALLERGY_TEST, None));
    }
}

fn rhinitis(life: &mut Life) {
    let onset = life.some_day();
    let doctor = life.family_doctor();
    let visit = life.present(onset, &settings::SYMPTOM, doctor, &super::presentations::RHINITIS);
    let problem = life.diagnose(visit, &disorders::RHINITIS, onset, None);
    if life.age() >= 12 {
        life.treat(visit, &drugs::LORATADINE, problem, None);
    }
}

fn eczema(life: &mut Life) {
    let onset = life.some_day();
    let visit = life.present(
        onset,
        &settings::SYMPTOM,
        Specialty::Pediatrics,
        &super::presentations::ITCHY_RASH,
    );
    let ends = life.rng.percent(70).then(|| onset.plus(life.rng.between(900, 3_600)));
    let problem = life.diagnose(visit, &disorders::ECZEMA, onset, ends);
    life.treat(visit, &drugs::HYDROCORTISONE, problem, Some(30));
}
