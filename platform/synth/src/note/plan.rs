//! What is thought and what is done about it.

use super::prose::{capital, list, number};
use super::{NoteFacts, SMOKES};
use crate::prng::Stream;

pub(super) fn plan(facts: &NoteFacts<'_>, rng: &mut Stream, out: &mut String) {
    let mut step = 0;
    let mut line = |out: &mut String| {
        step += 1;
        number(step, 0, out);
        out.push_str(". ");
    };
    for disorder in &facts.diagnosed {
        line(out);
        capital(disorder.plain, out);
        out.push_str(if disorder.chronic { ", new diagnosis. " } else { ". " });
        out.push_str(rng.pick(disorder.plan));
        out.push('\n');
    }
    let full = facts.presents.is_none() && facts.about.is_none();
    let known = facts
        .history
        .iter()
        .filter(|d| full || facts.about.is_some_and(|about| about.is(d)))
        .take(6);
    for disorder in known {
        line(out);
        capital(disorder.plain, out);
        out.push_str(". ");
        out.push_str(rng.pick(disorder.plan));
        out.push('\n');
    }
    let passing = facts.about.filter(|about| {
        about.course.is_empty() && !facts.diagnosed.iter().any(|now| now.is(about))
    });
    if let Some(about) = passing {
        line(out);
        capital(about.plain, out);
        out.push_str(", under treatment and improving. Continue as planned.\n");
    }
    if facts.smoking == SMOKES && facts.months >= 18 * 12 && facts.presents.is_none() {
        line(out);
        out.push_str("Tobacco use: advised to quit; cessation aids offered.\n");
    }
    if !facts.started.is_empty() {
        line(out);
        out.push_str("Ordered: ");
        let names: Vec<&str> = facts.started.iter().map(|drug| drug.plain).collect();
        list(&names, ", ", out);
        out.push_str(". Benefits and side effects explained.\n");
    }
    if !facts.acts.is_empty() {
        line(out);
        out.push_str("Done today: ");
        let names: Vec<&str> = facts.acts.iter().map(|act| act.plain).collect();
        list(&names, ", ", out);
        out.push_str(".\n");
    }
    if !facts.vaccines.is_empty() {
        line(out);
        out.push_str("Vaccines given: ");
        let names: Vec<&str> = facts.vaccines.iter().map(|vaccine| vaccine.plain).collect();
        list(&names, ", ", out);
        out.push_str(". Well tolerated, no immediate reaction.\n");
    }
    line(out);
    out.push_str(closing(facts, rng));
    out.push('\n');
}

fn closing(facts: &NoteFacts<'_>, rng: &mut Stream) -> &'static str {
    if facts.setting.is_inpatient() {
        return rng.pick(&[
            "Discharged home in stable condition; follow-up with the primary care clinic within \
             two weeks; return for fever, worsening pain or shortness of breath.",
            "Condition at discharge: good. Medications reconciled and explained to the patient \
             and the family. Clinic visit in ten days.",
        ]);
    }
    if facts.setting.is_emergency() {
        return rng.pick(&[
            "Condition stable at the end of the visit. Return precautions given in writing.",
            "Reassessed before the end of the visit: symptoms improved. Follow-up with primary \
             care within a week.",
        ]);
    }
    if facts.presents.is_some() {
        return rng.pick(&[
            "Return if symptoms get worse or new symptoms appear. The patient understands and \
             agrees with the plan.",
            "Follow up as needed; call the clinic with questions.",
        ]);
    }
    rng.pick(&[
        "Healthy diet, regular exercise and seat belt use discussed. Next visit as scheduled.",
        "Age-appropriate screening and safety reviewed. Follow up at the next check-up.",
        "Questions answered. The patient agrees with the plan; next visit as scheduled.",
    ])
}
