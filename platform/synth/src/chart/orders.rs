//! Carries out the orders of a visit: each writes its resources and tells the note and the bill.

use super::{Chart, Written};
use crate::body::{Sample, score};
use crate::codes::acts::Pathway;
use crate::codes::{Measure, Panel, Study};
use crate::life::Order;
use crate::prng::Id;
use crate::resources::care_plan::PlanIds;
use crate::resources::{
    Scene, allergy, billing, care_plan, device, imaging, immunization, medication, observation,
    procedure, report,
};
use crate::sink::{ResourceKind, Sink};

/// What a single laboratory value and a vaccination are billed at, in cents.
const MEASURE_PRICE: i32 = 1_900;
const VACCINE_PRICE: i32 = 6_800;

impl Chart<'_> {
    pub(super) fn carry_out(
        &mut self,
        scene: &Scene<'_>,
        order: Order,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        match order {
            Order::Diagnose(problem) => self.diagnose(scene, problem, written, sink),
            Order::Start(treatment) => self.prescribe(scene, treatment, written, sink),
            Order::Allergy(allergy) => {
                let allergy = &mut self.life.allergies[allergy];
                allergy.recorded = true;
                allergy::write(scene, allergy, sink);
                written.facts.allergies.push(allergy.substance);
            }
            Order::Panel(panel) => self.panel(scene, panel, written, sink),
            Order::Measure(measure) => self.measure(scene, measure, written, sink),
            Order::Survey(measure) => self.survey(scene, measure, written, sink),
            Order::Test(code, positive) => {
                observation::test(scene, code, positive, self.life.rng.id(), sink);
                written.facts.tests.push((code, positive));
                written.bill.items.push((*code, MEASURE_PRICE));
            }
            Order::Perform(act, problem) => {
                let reason = self.recorded(problem);
                procedure::write(scene, act, reason, self.life.rng.id(), sink);
                written.facts.acts.push(act);
                written.bill.items.push((act.code, act.price));
            }
            Order::Image(study, finding, problem) => {
                self.image(scene, (study, finding), problem, written, sink);
            }
            Order::Immunize(vaccine, dose) => {
                immunization::write(scene, vaccine, dose, self.life.rng.id(), sink);
                written.facts.vaccines.push(vaccine);
                written.bill.items.push((vaccine.code, VACCINE_PRICE));
            }
            Order::Give(drug, problem) => {
                let reason = self.recorded(Some(problem));
                let id = self.life.rng.id();
                let known = self.care.medication(drug);
                medication::administration(scene, drug, known, reason, id, sink);
                written.bill.items.push((drug.code, drug.price));
            }
            Order::Plan(pathway, problem) => self.plan(scene, pathway, problem, written, sink),
            Order::Device(kind) => device::write(scene, kind, self.life.rng.id(), sink),
            Order::Certify(cause) => {
                observation::cause_of_death(scene, cause, self.life.rng.id(), sink);
                written.facts.died_of = Some(cause);
            }
        }
    }

    /// The condition's id, once it is written.
    fn recorded(&self, problem: Option<usize>) -> Option<Id> {
        let problem = &self.life.problems[problem?];
        problem.recorded.then_some(problem.id)
    }

    /// Orders a medicine, for the first time or again.
    pub(super) fn prescribe(
        &mut self,
        scene: &Scene<'_>,
        treatment: usize,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        let reason = self.recorded(Some(self.life.treatments[treatment].problem));
        let (request, claim) = (self.life.rng.id(), self.life.rng.id());
        let treatment = &mut self.life.treatments[treatment];
        let day = scene.at.day();
        // A course may be over before the visit that tells of it.
        if treatment.ends.is_some_and(|ends| ends < day) {
            return;
        }
        if treatment.ordered.is_none() {
            written.facts.started.push(treatment.drug);
        }
        treatment.starts = treatment.starts.min(day);
        treatment.ordered = Some(day);
        medication::request(scene, treatment, reason, request, sink);
        billing::pharmacy(scene, treatment.drug, request, claim, sink);
        written.targets.push((ResourceKind::MedicationRequest, request));
    }

    pub(super) fn panel(
        &mut self,
        scene: &Scene<'_>,
        panel: &'static Panel,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        if written.drawn.contains(&panel.code.code) {
            return;
        }
        written.drawn.push(panel.code.code);
        let rng = &mut self.life.rng;
        let sample = Sample::draw(written.state, rng);
        let mut results = Vec::with_capacity(panel.measures.len());
        for measure in panel.measures {
            let value = sample.value(measure, rng);
            let id = rng.id();
            observation::laboratory(scene, measure, value, id, sink);
            results.push(id);
            written.facts.results.push((measure, value));
        }
        let id = rng.id();
        report::panel(scene, panel, &results, id, sink);
        written.targets.push((ResourceKind::DiagnosticReport, id));
        written.bill.items.push((panel.code, panel.price));
    }

    pub(super) fn measure(
        &mut self,
        scene: &Scene<'_>,
        measure: &'static Measure,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        if written.drawn.contains(&measure.code.code) {
            return;
        }
        written.drawn.push(measure.code.code);
        let rng = &mut self.life.rng;
        let value = Sample::draw(written.state, rng).value(measure, rng);
        observation::laboratory(scene, measure, value, rng.id(), sink);
        written.facts.results.push((measure, value));
        written.bill.items.push((measure.code, MEASURE_PRICE));
    }

    pub(super) fn survey(
        &mut self,
        scene: &Scene<'_>,
        measure: &'static Measure,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        if written.drawn.contains(&measure.code.code) {
            return;
        }
        written.drawn.push(measure.code.code);
        let value = score(measure, written.state, &mut self.life.rng);
        observation::survey(scene, measure, value, self.life.rng.id(), sink);
        written.facts.results.push((measure, value));
    }

    fn image(
        &mut self,
        scene: &Scene<'_>,
        (study, finding): (&'static Study, &'static str),
        problem: Option<usize>,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        let reason = self.recorded(problem);
        let (imaging, report) = (self.life.rng.id(), self.life.rng.id());
        imaging::write(scene, study, reason, imaging, &mut self.life.rng, sink);
        report::reading(scene, study, imaging, finding, report, sink);
        written.facts.images.push((study, finding));
        written.targets.push((ResourceKind::DiagnosticReport, report));
        written.bill.items.push((study.code, study.price));
    }

    fn plan(
        &mut self,
        scene: &Scene<'_>,
        pathway: &'static Pathway,
        problem: usize,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        let ids = PlanIds::draw(&mut self.life.rng);
        let problem = &self.life.problems[problem];
        let over = problem.ends.is_some_and(|ends| ends < scene.at.day());
        if problem.recorded && !over {
            care_plan::write(scene, pathway, problem, ids, sink);
            written.targets.push((ResourceKind::CarePlan, ids.plan));
        }
    }
}
