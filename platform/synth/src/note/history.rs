//! Why the patient comes, and what the patient tells.

use super::prose::{age_and_sex, bare, list, number};
use super::{NoteFacts, Presentation};
use crate::codes::settings;
use crate::prng::Stream;

pub(super) fn complaint(facts: &NoteFacts<'_>) -> &'static str {
    match (facts.presents, facts.about) {
        (Some(presents), _) => presents.complaint,
        (None, Some(about)) => about.plain,
        (None, None) if *facts.setting == settings::DAY_CASE => "scheduled procedure",
        (None, None) if facts.months < 216 => "well child visit",
        (None, None) => "annual check-up",
    }
}

fn pronoun(facts: &NoteFacts<'_>) -> &'static str {
    if facts.person.female { "She" } else { "He" }
}

pub(super) fn history(facts: &NoteFacts<'_>, rng: &mut Stream, out: &mut String) {
    out.push_str(facts.name);
    out.push_str(" is ");
    age_and_sex(facts.months, facts.person.female, out);
    let known: Vec<&str> = facts.history.iter().take(4).map(|d| d.plain).collect();
    if !known.is_empty() {
        out.push_str(" with ");
        list(&known, " and ", out);
    }
    match facts.presents {
        Some(presents) => illness(facts, presents, rng, out),
        None => check_up(facts, rng, out),
    }
    if facts.months >= 13 * 12 {
        out.push(' ');
        out.push_str(facts.smoking);
    }
}

fn illness(facts: &NoteFacts<'_>, presents: &Presentation, rng: &mut Stream, out: &mut String) {
    let verb = rng.pick(&[" who presents with ", " who comes in for ", " who is seen for "]);
    out.push_str(verb);
    out.push_str(&presents.complaint.to_lowercase());
    duration(rng.between(presents.days.0, presents.days.1), out);
    out.push_str(pronoun(facts));
    out.push_str(rng.pick(&[" reports ", " describes ", " has had "]));
    list(presents.has, " and ", out);
    out.push_str(". ");
    let split = if presents.denies.len() > 2 { 2 } else { presents.denies.len() };
    let (first, rest) = presents.denies.split_at(split);
    out.push_str(pronoun(facts));
    out.push_str(" denies ");
    list(first, " and denies ", out);
    out.push('.');
    if !rest.is_empty() {
        out.push_str(" No ");
        let rest: Vec<&str> = rest.iter().copied().map(bare).collect();
        list(&rest, " or ", out);
        out.push('.');
    }
}

fn duration(days: i32, out: &mut String) {
    let (count, unit) = match days {
        ..1 => return out.push_str(" since today. "),
        1..14 => (days, " day"),
        14..60 => (days / 7, " week"),
        _ => (days / 30, " month"),
    };
    out.push_str(" for ");
    number(count, 0, out);
    out.push_str(unit);
    out.push_str(if count == 1 { ". " } else { "s. " });
}

fn check_up(facts: &NoteFacts<'_>, rng: &mut Stream, out: &mut String) {
    if let Some(about) = facts.about {
        out.push_str(" who is seen to follow up ");
        out.push_str(about.plain);
        out.push_str(". ");
        let recovers: &[&str] = &[
            "Feels much better; little pain left.",
            "Recovers as expected and has returned to most activities.",
            "Improving slowly; no new complaints.",
        ];
        out.push_str(rng.pick(if about.course.is_empty() { recovers } else { about.course }));
    } else if *facts.setting == settings::DAY_CASE {
        out.push_str(
            " here for a scheduled procedure. Risks and benefits were explained and \
                      consent was given.",
        );
    } else if facts.months < 216 {
        out.push_str(" here for a check-up. ");
        out.push_str(rng.pick(&[
            "Parents have no concerns. Eats and sleeps well.",
            "Growing and developing well according to the family. Active and playful.",
            "The family asks about sleep and screen time; otherwise no concerns.",
        ]));
        out.push_str(" No fever, no vomiting, no trouble breathing.");
    } else {
        out.push_str(" here for a general examination. ");
        out.push_str(rng.pick(&[
            "No new complaints.",
            "Feels well overall and tries to stay active.",
            "Asks about sleep and diet; otherwise no complaints.",
        ]));
    }
    if facts.months >= 216 {
        out.push(' ');
        out.push_str(pronoun(facts));
        out.push_str(rng.pick(&[
            " denies chest pain, shortness of breath and palpitations.",
            " denies chest pain and dizziness. No abdominal pain, no change of bowel habit.",
            " denies fever, weight loss and night sweats.",
        ]));
        for disorder in facts.history.iter().filter(|d| !d.course.is_empty()).take(3) {
            out.push(' ');
            out.push_str(rng.pick(disorder.course));
        }
    }
}
