//! CarePlan with its CareTeam and Goal.

use super::{Scene, us_core};
use crate::calendar::Day;
use crate::codes::acts::Pathway;
use crate::codes::{hl7, snomed};
use crate::json::{Fixed, Json};
use crate::life::Problem;
use crate::prng::{Id, Stream};
use crate::sink::{ResourceKind, Sink};

/// The ids of the three.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlanIds {
    pub(crate) plan: Id,
    pub(crate) team: Id,
    pub(crate) goal: Id,
}

impl PlanIds {
    pub(crate) fn draw(rng: &mut Stream) -> Self {
        Self { plan: rng.id(), team: rng.id(), goal: rng.id() }
    }
}

/// Writes the plan, who works on it and what it aims at.
pub(crate) fn write(
    scene: &Scene<'_>,
    pathway: &Pathway,
    problem: &Problem,
    ids: PlanIds,
    sink: &mut Sink,
) {
    let ended = problem.ends.filter(|ends| *ends < scene.last && *ends >= scene.at.day());
    let ended = ended.or((!scene.alive).then_some(scene.last));
    plan(scene, pathway, problem, ids, ended, sink);
    team(scene, problem, ids, ended, sink);
    goal(scene, pathway, problem, ids, ended, sink);
}

fn days(json: &mut Json<'_>, scene: &Scene<'_>, ended: Option<Day>) {
    json.object("period");
    json.day("start", scene.at.day());
    if let Some(ended) = ended {
        json.day("end", ended);
    }
    json.end();
}

fn plan(
    scene: &Scene<'_>,
    pathway: &Pathway,
    problem: &Problem,
    ids: PlanIds,
    ended: Option<Day>,
    sink: &mut Sink,
) {
    let status = if ended.is_some() { "completed" } else { "active" };
    let profile = us_core!("us-core-careplan");
    let mut json = sink.open_as(ResourceKind::CarePlan, ids.plan, profile);
    json.object("text");
    json.text("status", "generated");
    let mut words = String::with_capacity(200);
    words.push_str("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>");
    words.push_str(pathway.code.display);
    words.push_str("</p><ul>");
    for activity in pathway.activities {
        words.push_str("<li>");
        words.push_str(activity.display);
        words.push_str("</li>");
    }
    words.push_str("</ul></div>");
    json.text("div", &words);
    json.end();
    json.text("status", status);
    json.text("intent", "plan");
    json.array("category");
    json.element();
    json.array("coding");
    json.element();
    json.text("system", "http://hl7.org/fhir/us/core/CodeSystem/careplan-category");
    json.text("code", "assess-plan");
    json.end();
    json.end_array();
    json.end();
    json.element();
    json.array("coding");
    json.element();
    json.text("system", pathway.code.system);
    json.text("code", pathway.code.code);
    json.text("display", pathway.code.display);
    json.end();
    json.end_array();
    json.text("text", pathway.code.display);
    json.end();
    json.end_array();
    json.text("title", pathway.code.display);
    scene.context(&mut json);
    days(&mut json, scene, ended);
    json.day("created", scene.at.day());
    scene.practitioner("author", &mut json);
    json.references("careTeam", ResourceKind::CareTeam, ids.team);
    json.references("addresses", ResourceKind::Condition, problem.id);
    json.references("goal", ResourceKind::Goal, ids.goal);
    json.array("activity");
    for activity in pathway.activities {
        json.element();
        json.object("detail");
        json.concept("code", activity);
        json.text("status", if ended.is_some() { "completed" } else { "in-progress" });
        json.end();
        json.end();
    }
    json.end_array();
    json.finish();
}

fn team(scene: &Scene<'_>, problem: &Problem, ids: PlanIds, ended: Option<Day>, sink: &mut Sink) {
    let profile = us_core!("us-core-careteam");
    let mut json = sink.open_as(ResourceKind::CareTeam, ids.team, profile);
    json.text("status", if ended.is_some() { "inactive" } else { "active" });
    scene.context(&mut json);
    days(&mut json, scene, ended);
    json.array("participant");
    json.element();
    json.concepts("role", &[&snomed("116154003", "Patient")]);
    json.reference_named("member", ResourceKind::Patient, scene.person.id, &scene.person.name);
    json.end();
    json.element();
    json.concepts("role", &[&snomed("223366009", "Healthcare professional")]);
    scene.practitioner("member", &mut json);
    json.end();
    json.end_array();
    json.references("reasonReference", ResourceKind::Condition, problem.id);
    json.references("managingOrganization", ResourceKind::Organization, scene.site.organization);
    json.finish();
}

fn goal(
    scene: &Scene<'_>,
    pathway: &Pathway,
    problem: &Problem,
    ids: PlanIds,
    ended: Option<Day>,
    sink: &mut Sink,
) {
    let mut json = sink.open_as(ResourceKind::Goal, ids.goal, us_core!("us-core-goal"));
    json.text("lifecycleStatus", if ended.is_some() { "completed" } else { "active" });
    let progress = hl7!("goal-achievement", "in-progress", "In Progress");
    let done = hl7!("goal-achievement", "achieved", "Achieved");
    let achieved = ended.is_some() && scene.alive;
    json.concept("achievementStatus", if achieved { &done } else { &progress });
    json.object("description");
    json.text("text", pathway.goal);
    json.end();
    scene.subject("subject", &mut json);
    json.day("startDate", scene.at.day());
    json.array("target");
    json.element();
    if let Some((measure, most)) = pathway.target {
        json.concept("measure", &measure.code);
        json.object("detailQuantity");
        json.fixed("value", Fixed { value: most, digits: measure.digits });
        json.text("comparator", "<");
        json.text("unit", measure.unit);
        json.text("system", "http://unitsofmeasure.org");
        json.text("code", measure.ucum);
        json.end();
    }
    json.day("dueDate", scene.at.day().plus(180));
    json.end();
    json.end_array();
    json.references("addresses", ResourceKind::Condition, problem.id);
    json.finish();
}
