//! Walks through a planned life and writes what each visit leaves behind.

mod cover;
mod orders;
mod standing;

use std::rc::Rc;

use crate::body::{State, Vitals};
use crate::calendar::{Day, NOW};
use crate::care::{CareSystem, Practitioner, Site};
use crate::codes::{DAILY_SMOKER, Disorder, EX_SMOKER, NEVER_SMOKED, Specialty, settings};
use crate::life::{Life, Order, Visit};
use crate::note::{self, NoteFacts};
use crate::prng::Id;
use crate::resources::billing::{self, Bill};
use crate::resources::observation::{self, Extent};
use crate::resources::{Frame, Scene, condition, document, encounter, patient, provenance};
use crate::sink::{ResourceKind, Sink};
use cover::Cover;

/// Writes a life.
pub(crate) fn write(life: Life, care: &CareSystem, sink: &mut Sink) {
    Chart::new(life, care).write(sink);
}

/// A life while it is written.
struct Chart<'a> {
    life: Life,
    care: &'a CareSystem,
    covers: Vec<Cover>,
    /// The end of all records: now, or death.
    last: Day,
    /// The note being written; kept for its room.
    note: String,
}

/// What a visit has written so far.
struct Written<'v> {
    visit: &'v Visit,
    state: &'v State,
    facts: NoteFacts<'v>,
    bill: Bill,
    targets: Vec<(ResourceKind, Id)>,
    /// Codes of what was measured already: a panel is drawn once a visit.
    drawn: Vec<&'static str>,
}

impl<'a> Chart<'a> {
    fn new(mut life: Life, care: &'a CareSystem) -> Self {
        let last = life.death.map_or(NOW, |death| death.day());
        let covers = cover::covers(&mut life, care, last);
        Self { life, care, covers, last, note: String::with_capacity(3_000) }
    }

    fn write(mut self, sink: &mut Sink) {
        let (clinic, _) = &self.care.sites[self.life.person.town];
        let doctor = &clinic.staff[self.family_doctor(clinic, Specialty::Family)];
        let deceased = self.life.death;
        let home = (clinic.organization, doctor.id);
        patient::write(&self.life.person, deceased, home, sink);
        for cover in &self.covers {
            cover.write(&self.life.person, self.care, self.last, sink);
        }
        let visits = std::mem::take(&mut self.life.visits);
        for visit in &visits {
            self.visit(visit, sink);
        }
    }

    /// The same doctor of a specialty at every visit to the clinic.
    fn family_doctor(&self, clinic: &Site, specialty: Specialty) -> usize {
        let fitting: Vec<usize> =
            (0..clinic.staff.len()).filter(|&i| clinic.staff[i].specialty == specialty).collect();
        let choice = self.life.person.id.bits() as usize;
        fitting.get(choice % fitting.len().max(1)).copied().unwrap_or(0)
    }

    fn place(&mut self, visit: &Visit) -> (&'a Site, &'a Practitioner) {
        let (clinic, hospital) = &self.care.sites[self.life.person.town];
        if visit.setting.at_hospital {
            let who = hospital.someone(visit.specialty, &mut self.life.rng);
            (hospital, &hospital.staff[who])
        } else {
            (clinic, &clinic.staff[self.family_doctor(clinic, visit.specialty)])
        }
    }

    fn visit(&mut self, visit: &Visit, sink: &mut Sink) {
        let (site, by) = self.place(visit);
        let day = visit.at.day();
        let state = State::of(&self.life, day);
        let cover = cover::at(&self.covers, day);
        let frame = Frame {
            coverage: cover.id,
            payer: &self.care.payers[cover.payer],
            last: self.last,
            alive: self.life.death.is_none(),
        };
        let id = self.life.rng.id();
        let history = self.history(day);
        // The scene holds on to the person while orders change the rest of the life.
        let person = Rc::clone(&self.life.person);
        let scene = Scene::new(&person, id, visit, (site, by), frame);
        let facts = self.facts(&scene, visit, &state, history);
        let mut written = Written {
            visit,
            state: &state,
            facts,
            bill: Bill::default(),
            targets: Vec::with_capacity(8),
            drawn: Vec::with_capacity(8),
        };
        self.write_visit(&scene, &mut written, sink);
    }

    fn write_visit(&mut self, scene: &Scene<'_>, written: &mut Written<'_>, sink: &mut Sink) {
        let visit = written.visit;
        self.encounter(scene, visit, written, sink);
        self.vitals(scene, written, sink);
        for order in &visit.orders {
            self.carry_out(scene, *order, written, sink);
        }
        self.standing(scene, written, sink);
        note::write(&written.facts, &mut self.life.rng, &mut self.note);
        let note = self.life.rng.id();
        document::write(scene, &visit.setting.note, &self.note, note, sink);
        written.targets.push((ResourceKind::DocumentReference, note));
        let claim = self.life.rng.id();
        billing::claim(scene, &written.bill, claim, sink);
        let benefit = self.life.rng.id();
        billing::benefit(scene, &written.bill, claim, benefit, sink);
        provenance::write(scene, &written.targets, self.life.rng.id(), sink);
    }

    fn encounter(
        &self,
        scene: &Scene<'_>,
        visit: &Visit,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        let diagnosed_now = |problem: usize| {
            visit.orders.iter().any(|order| matches!(order, Order::Diagnose(p) if *p == problem))
        };
        let about = visit
            .about
            .filter(|&problem| self.life.problems[problem].recorded || diagnosed_now(problem))
            .map(|problem| &self.life.problems[problem]);
        if let Some(problem) = about {
            written.bill.diagnoses.push(problem.id);
            written.facts.about = Some(problem.disorder);
        }
        let reason = about.map(|problem| (problem.id, &problem.disorder.code));
        let dies = self.life.death.is_some_and(|death| {
            visit.end().plus_minutes(60) >= death && visit.setting.is_inpatient()
        });
        encounter::write(scene, visit.setting, reason, dies, sink);
        written.bill.items.push((visit.setting.kind, visit.setting.price));
    }

    fn facts<'v>(
        &self,
        scene: &Scene<'v>,
        visit: &Visit,
        state: &State,
        history: Vec<&'static Disorder>,
    ) -> NoteFacts<'v> {
        let day = visit.at.day();
        let taken = self
            .life
            .treatments
            .iter()
            .filter(|t| t.ordered.is_some() && t.ends.is_none_or(|ends| ends > day));
        let allergies = self.life.allergies.iter().filter(|a| a.recorded);
        NoteFacts {
            person: scene.person,
            name: &scene.person.name,
            author: &scene.by.name,
            site: scene.site.name,
            at: visit.at,
            months: state.months,
            setting: visit.setting,
            presents: visit.presents,
            about: None,
            diagnosed: Vec::new(),
            history,
            takes: taken.map(|t| t.drug).collect(),
            started: Vec::new(),
            allergies: allergies.map(|a| a.substance).collect(),
            vitals: None,
            results: Vec::new(),
            tests: Vec::new(),
            acts: Vec::new(),
            images: Vec::new(),
            vaccines: Vec::new(),
            smoking: smoking_words(scene, day),
            died_of: None,
        }
    }

    /// The problem list of a day: recorded, lasting, not over.
    fn history(&self, day: Day) -> Vec<&'static Disorder> {
        let listed = self.life.problems.iter().filter(|problem| {
            problem.recorded
                && !problem.disorder.course.is_empty()
                && problem.ends.is_none_or(|ends| ends > day)
        });
        listed.map(|problem| problem.disorder).collect()
    }

    fn vitals(&mut self, scene: &Scene<'_>, written: &mut Written<'_>, sink: &mut Sink) {
        let visit = written.visit;
        let extent = match visit.setting {
            setting if *setting == settings::DEATH => return,
            setting if *setting == settings::WELLNESS || *setting == settings::WELL_CHILD => {
                Extent::Full
            }
            _ if visit.presents.is_some() => Extent::Sick,
            _ => Extent::Short,
        };
        let rng = &mut self.life.rng;
        let (day, presents) = (visit.at.day(), visit.presents);
        let taken = Vitals::take(scene.person, written.state, day, presents, rng);
        observation::vitals(scene, &taken, extent, rng, sink);
        if extent != Extent::Short {
            written.facts.vitals = Some(taken);
        }
    }

    /// Writes a problem down.
    fn diagnose(
        &mut self,
        scene: &Scene<'_>,
        problem: usize,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        let problem = &mut self.life.problems[problem];
        problem.recorded = true;
        condition::write(scene, problem, sink);
        written.targets.push((ResourceKind::Condition, problem.id));
        if !written.bill.diagnoses.contains(&problem.id) {
            written.bill.diagnoses.push(problem.id);
        }
        let new = scene.at.day().since(problem.onset) < 120;
        if new {
            written.facts.diagnosed.push(problem.disorder);
        } else if problem.ends.is_none_or(|ends| ends > scene.at.day()) {
            written.facts.history.push(problem.disorder);
        }
    }
}

fn smoking_words(scene: &Scene<'_>, day: Day) -> &'static str {
    match scene.person.smokes {
        Some((from, to)) if (from..to).contains(&day.year()) => note::SMOKES,
        Some((from, _)) if from <= day.year() => "Former smoker.",
        _ => "Never smoked.",
    }
}

fn smoking_code(scene: &Scene<'_>, day: Day) -> &'static crate::codes::Code {
    match scene.person.smokes {
        Some((from, to)) if (from..to).contains(&day.year()) => &DAILY_SMOKER,
        Some((from, _)) if from <= day.year() => &EX_SMOKER,
        _ => &NEVER_SMOKED,
    }
}
