//! The sections of a note, in one of three layouts.

use super::prose::{age_and_sex, capital, list};
use super::{Presentation, findings, history, plan};
use crate::body::Vitals;
use crate::calendar::{Day, Moment};
use crate::codes::{Act, Code, Disorder, Drug, Measure, Setting, Study, Vaccine};
use crate::life::Allergen;
use crate::person::Person;
use crate::prng::Stream;

/// What a note tells about; each fact stands in the visit's resources too.
pub(crate) struct NoteFacts<'a> {
    pub(crate) person: &'a Person,
    pub(crate) name: &'a str,
    pub(crate) author: &'a str,
    pub(crate) site: &'a str,
    pub(crate) at: Moment,
    pub(crate) months: i32,
    pub(crate) setting: &'a Setting,
    pub(crate) presents: Option<&'static Presentation>,
    /// What the visit is about, when it was known before.
    pub(crate) about: Option<&'static Disorder>,
    /// Written down at this visit.
    pub(crate) diagnosed: Vec<&'static Disorder>,
    /// On the problem list before it.
    pub(crate) history: Vec<&'static Disorder>,
    pub(crate) takes: Vec<&'static Drug>,
    pub(crate) started: Vec<&'static Drug>,
    pub(crate) allergies: Vec<&'static Allergen>,
    pub(crate) vitals: Option<Vitals>,
    pub(crate) results: Vec<(&'static Measure, i32)>,
    pub(crate) tests: Vec<(&'static Code, bool)>,
    pub(crate) acts: Vec<&'static Act>,
    pub(crate) images: Vec<(&'static Study, &'static str)>,
    pub(crate) vaccines: Vec<&'static Vaccine>,
    pub(crate) smoking: &'static str,
    pub(crate) died_of: Option<&'static Disorder>,
}

/// What a note says of somebody who smokes now.
pub(crate) const SMOKES: &str = "Smokes every day.";

/// The headings of a layout.
pub(super) struct Layout {
    pub(super) complaint: &'static str,
    pub(super) history: &'static str,
    pub(super) background: &'static str,
    pub(super) drugs: &'static str,
    pub(super) allergies: &'static str,
    pub(super) vitals: &'static str,
    pub(super) exam: &'static str,
    pub(super) results: &'static str,
    pub(super) plan: &'static str,
}

static LAYOUTS: [Layout; 3] = [
    Layout {
        complaint: "CHIEF COMPLAINT: ",
        history: "HISTORY OF PRESENT ILLNESS:\n",
        background: "PAST MEDICAL HISTORY: ",
        drugs: "MEDICATIONS:\n",
        allergies: "ALLERGIES: ",
        vitals: "VITAL SIGNS: ",
        exam: "PHYSICAL EXAMINATION:\n",
        results: "RESULTS:\n",
        plan: "ASSESSMENT AND PLAN:\n",
    },
    Layout {
        complaint: "CC: ",
        history: "S: ",
        background: "PMH: ",
        drugs: "Current meds:\n",
        allergies: "Allergies: ",
        vitals: "O: ",
        exam: "Exam: ",
        results: "Data:\n",
        plan: "A/P:\n",
    },
    Layout {
        complaint: "# Reason for visit\n",
        history: "# History\n",
        background: "# Background\n",
        drugs: "# Medications\n",
        allergies: "# Allergies\n",
        vitals: "# Vital signs\n",
        exam: "# Examination\n",
        results: "# Results\n",
        plan: "# Assessment and plan\n",
    },
];

/// Writes a note.
pub(crate) fn write(facts: &NoteFacts<'_>, rng: &mut Stream, out: &mut String) {
    out.clear();
    let layout = &LAYOUTS[rng.below(3) as usize];
    head(facts, out);
    if let Some(cause) = facts.died_of {
        return death(facts, cause, out);
    }
    out.push_str(layout.complaint);
    capital(history::complaint(facts), out);
    out.push_str(".\n\n");
    out.push_str(layout.history);
    history::history(facts, rng, out);
    out.push_str("\n\n");
    background(facts, layout, out);
    findings::objective(facts, layout, rng, out);
    out.push_str(layout.plan);
    plan::plan(facts, rng, out);
    out.push_str("\nSigned: ");
    out.push_str(facts.author);
    out.push('\n');
}

fn head(facts: &NoteFacts<'_>, out: &mut String) {
    out.push_str(facts.site);
    out.push_str("\nPatient: ");
    out.push_str(facts.name);
    out.push_str("   MRN: ");
    out.push_str(&facts.person.mrn);
    out.push_str("   DOB: ");
    date(facts.person.birth, out);
    out.push_str("\nDate of service: ");
    date(facts.at.day(), out);
    out.push_str("\n\n");
}

fn date(day: Day, out: &mut String) {
    let mut text = Vec::with_capacity(10);
    day.write(&mut text);
    out.extend(text.iter().map(|byte| char::from(*byte)));
}

fn background(facts: &NoteFacts<'_>, layout: &Layout, out: &mut String) {
    if facts.months >= 24 {
        out.push_str(layout.background);
        if facts.history.is_empty() {
            out.push_str("no chronic illness");
        }
        let known: Vec<&str> = facts.history.iter().map(|d| d.plain).collect();
        list(&known, ", ", out);
        out.push_str(".\n\n");
    }
    out.push_str(layout.drugs);
    if facts.takes.is_empty() {
        out.push_str("None.\n");
    }
    for drug in &facts.takes {
        out.push_str("- ");
        out.push_str(drug.plain);
        out.push_str(": ");
        out.push_str(drug.sig);
        out.push('\n');
    }
    out.push('\n');
    out.push_str(layout.allergies);
    if facts.allergies.is_empty() {
        out.push_str("No known allergies");
    }
    for (i, allergen) in facts.allergies.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { "; " });
        capital(allergen.plain, out);
        out.push_str(" (");
        out.push_str(allergen.reaction_plain);
        out.push(')');
    }
    out.push_str(".\n\n");
}

fn death(facts: &NoteFacts<'_>, cause: &Disorder, out: &mut String) {
    out.push_str("DEATH CERTIFICATION\n\n");
    out.push_str(facts.name);
    out.push_str(", ");
    age_and_sex(facts.months, facts.person.female, out);
    let known: Vec<&str> = facts.history.iter().map(|d| d.plain).collect();
    if !known.is_empty() {
        out.push_str(" with a history of ");
        list(&known, " and ", out);
    }
    out.push_str(
        ", was found without pulse and respiration. Pupils fixed and dilated, no heart \
                  sounds and no breath sounds over one minute, no response to stimulation. No \
                  sign of injury or of outside influence. Death pronounced.\n\nCause of death: ",
    );
    out.push_str(cause.code.display);
    out.push_str(
        ".\nManner of death: natural.\n\nThe family was informed and supported; the \
                  attending clinic was notified. No autopsy requested. The medical examiner was \
                  not notified as the circumstances did not require it. Personal belongings were \
                  handed over to the family.\n\nSigned: ",
    );
    out.push_str(facts.author);
    out.push('\n');
}
