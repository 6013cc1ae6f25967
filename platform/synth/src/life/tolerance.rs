//! Which medicines somebody does not tolerate, and what is taken instead.

use super::Life;
use crate::codes::{Drug, drugs};

/// The medicines that an allergy rules out, and the one taken instead.
struct Rule {
    allergy: &'static str,
    rules_out: &'static [&'static Drug],
    instead: &'static Drug,
}

static RULES: &[Rule] = &[
    Rule {
        allergy: "penicillin",
        rules_out: &[&drugs::PENICILLIN, &drugs::AMOXICILLIN, &drugs::AMOXICILLIN_CLAVULANATE],
        instead: &drugs::AZITHROMYCIN,
    },
    Rule { allergy: "aspirin", rules_out: &[&drugs::ASPIRIN], instead: &drugs::CLOPIDOGREL },
    Rule {
        allergy: "aspirin",
        rules_out: &[&drugs::IBUPROFEN, &drugs::NAPROXEN],
        instead: &drugs::ACETAMINOPHEN,
    },
];

impl Life {
    /// The medicine, or the one that this person takes instead of it.
    pub(crate) fn tolerated(&self, drug: &'static Drug) -> &'static Drug {
        let rule = RULES.iter().find(|rule| {
            rule.rules_out.iter().any(|out| out.code == drug.code)
                && self.allergies.iter().any(|known| known.substance.plain == rule.allergy)
        });
        rule.map_or(drug, |rule| rule.instead)
    }

    /// Ends the courses that a new allergy rules out.
    pub(crate) fn stop_what_harms(&mut self, allergy: &str, day: crate::calendar::Day) {
        for treatment in &mut self.treatments {
            let harms = RULES.iter().any(|rule| {
                rule.allergy == allergy
                    && rule.rules_out.iter().any(|out| out.code == treatment.drug.code)
            });
            if harms && treatment.ends.is_none_or(|ends| ends > day) {
                treatment.ends = Some(day.max(treatment.starts));
            }
        }
    }
}
