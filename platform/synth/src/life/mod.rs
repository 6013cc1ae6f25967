//! A life as it is planned, before anything is written: problems, treatments and visits.

mod plan;
mod tolerance;

pub(crate) use plan::plan;

use std::rc::Rc;

use crate::calendar::{Day, Moment, NOW};
use crate::codes::acts::Pathway;
use crate::codes::{Act, Code, Disorder, Drug, Measure, Panel, Setting, Specialty, Study, Vaccine};
use crate::note::Presentation;
use crate::person::Person;
use crate::prng::{Id, Stream};

/// A disorder that the person has or had.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) id: Id,
    pub(crate) disorder: &'static Disorder,
    pub(crate) onset: Day,
    pub(crate) ends: Option<Day>,
    /// Written down at a visit; only then may others refer to it.
    pub(crate) recorded: bool,
}

/// A course of a medicine.
#[derive(Debug)]
pub(crate) struct Treatment {
    pub(crate) drug: &'static Drug,
    pub(crate) problem: usize,
    pub(crate) starts: Day,
    pub(crate) ends: Option<Day>,
    /// When it was ordered last; nothing before the first order.
    pub(crate) ordered: Option<Day>,
}

/// What the body does not tolerate.
#[derive(Debug)]
pub(crate) struct Allergy {
    pub(crate) id: Id,
    pub(crate) substance: &'static Allergen,
    pub(crate) onset: Day,
    pub(crate) severe: bool,
    pub(crate) recorded: bool,
}

/// Something that people are allergic to.
#[derive(Debug)]
pub(crate) struct Allergen {
    pub(crate) code: Code,
    pub(crate) plain: &'static str,
    /// A code of `AllergyIntolerance.category`.
    pub(crate) category: &'static str,
    pub(crate) reaction: Code,
    pub(crate) reaction_plain: &'static str,
}

/// One thing that is done at a visit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// Write a problem down.
    Diagnose(usize),
    /// Order a treatment.
    Start(usize),
    /// Write an allergy down.
    Allergy(usize),
    /// Draw blood for a panel.
    Panel(&'static Panel),
    /// Measure one thing in the laboratory or by a device.
    Measure(&'static Measure),
    /// Ask a score.
    Survey(&'static Measure),
    /// A test that is positive or negative.
    Test(&'static Code, bool),
    Perform(&'static Act, Option<usize>),
    Image(&'static Study, &'static str, Option<usize>),
    Immunize(&'static Vaccine, u8),
    /// Give a medicine here and now.
    Give(&'static Drug, usize),
    /// Begin a plan of care; it ends with the problem.
    Plan(&'static Pathway, usize),
    Device(&'static Code),
    /// Certify the death.
    Certify(&'static Disorder),
}

/// A contact with the health system.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) at: Moment,
    pub(crate) minutes: i32,
    pub(crate) setting: &'static Setting,
    pub(crate) specialty: Specialty,
    pub(crate) presents: Option<&'static Presentation>,
    /// What the visit is about.
    pub(crate) about: Option<usize>,
    pub(crate) orders: Vec<Order>,
}

impl Visit {
    pub(crate) fn end(&self) -> Moment {
        self.at.plus_minutes(self.minutes)
    }
}

/// A life while it is planned.
pub(crate) struct Life {
    pub(crate) rng: Stream,
    pub(crate) person: Rc<Person>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) treatments: Vec<Treatment>,
    pub(crate) allergies: Vec<Allergy>,
    pub(crate) visits: Vec<Visit>,
    /// When the life ended.
    pub(crate) death: Option<Moment>,
    /// The year that the courses of disease look at.
    pub(crate) year: i32,
    /// Pregnant until then: one pregnancy at a time.
    pub(crate) pregnant_until: Day,
}

/// The visit at which the health system first meets the person: always the first.
pub(crate) const INTAKE: usize = 0;

impl Life {
    pub(crate) fn age(&self) -> i32 {
        self.year - self.person.birth.year()
    }

    /// Whether something that happens to `rate` people of 100,000 a year happens this year.
    pub(crate) fn strikes(&mut self, rate: u32) -> bool {
        let rate = rate * self.person.frailty / 100;
        self.rng.per_100k(rate)
    }

    /// A day of this year, not before birth.
    pub(crate) fn some_day(&mut self) -> Day {
        let day = Day::from_civil(self.year, 1, 1).plus(self.rng.between(0, 364));
        day.max(self.person.birth.plus(2))
    }

    /// Whether records of that day can exist.
    pub(crate) fn on_record(&self, day: Day) -> bool {
        day > self.person.begins && day < NOW
    }

    /// The latest problem of that disorder, if any.
    pub(crate) fn problem(&self, disorder: &Disorder) -> Option<usize> {
        self.problems.iter().rposition(|problem| problem.disorder.is(disorder))
    }

    /// Whether the person has the disorder in the year looked at.
    pub(crate) fn has(&self, disorder: &Disorder) -> bool {
        let new_year = Day::from_civil(self.year, 1, 1);
        self.problems.iter().any(|problem| {
            problem.disorder.is(disorder) && problem.ends.is_none_or(|ends| ends >= new_year)
        })
    }

    pub(crate) fn had(&self, disorder: &Disorder) -> bool {
        self.problem(disorder).is_some()
    }

    /// How many years ago a disorder began.
    pub(crate) fn years_with(&self, disorder: &Disorder) -> Option<i32> {
        self.problem(disorder).map(|i| self.year - self.problems[i].onset.year())
    }

    /// Plans a visit; what happened before the records begin is told at the intake.
    pub(crate) fn visit(&mut self, day: Day, setting: &'static Setting, by: Specialty) -> usize {
        if !self.on_record(day) && day <= self.person.begins {
            return INTAKE;
        }
        let (day, minute) = if setting.any_hour {
            (day, self.rng.between(0, 1_439))
        } else {
            (day.weekday(), 480 + 5 * self.rng.between(0, 100))
        };
        let (shortest, longest) = setting.minutes;
        self.visits.push(Visit {
            at: day.at(minute),
            minutes: self.rng.between(shortest, longest),
            setting,
            specialty: by,
            presents: None,
            about: None,
            orders: Vec::with_capacity(8),
        });
        self.visits.len() - 1
    }

    /// Adds an order to a visit. The intake only writes down what is known and goes on with what
    /// was begun: the tests of those days were made elsewhere.
    pub(crate) fn order(&mut self, visit: usize, order: Order) {
        let writes_down = matches!(
            order,
            Order::Diagnose(_)
                | Order::Start(_)
                | Order::Allergy(_)
                | Order::Plan(..)
                | Order::Immunize(..)
        );
        if visit != INTAKE || writes_down {
            self.visits[visit].orders.push(order);
        }
    }

    /// Adds a problem and writes it down at a visit, which becomes a visit about it.
    pub(crate) fn diagnose(
        &mut self,
        visit: usize,
        disorder: &'static Disorder,
        onset: Day,
        ends: Option<Day>,
    ) -> usize {
        let id = self.rng.id();
        self.problems.push(Problem { id, disorder, onset, ends, recorded: false });
        let problem = self.problems.len() - 1;
        self.order(visit, Order::Diagnose(problem));
        if visit != INTAKE && self.visits[visit].about.is_none() {
            self.visits[visit].about = Some(problem);
        }
        problem
    }

    /// Orders a medicine at a visit, for some days or for good; what the person does not tolerate
    /// is replaced.
    pub(crate) fn treat(
        &mut self,
        visit: usize,
        drug: &'static Drug,
        problem: usize,
        days: Option<i32>,
    ) -> usize {
        let drug = self.tolerated(drug);
        let starts = self.visits[visit].at.day();
        let ends = days.map(|days| starts.plus(days));
        self.treatments.push(Treatment { drug, problem, starts, ends, ordered: None });
        let treatment = self.treatments.len() - 1;
        self.order(visit, Order::Start(treatment));
        treatment
    }

    /// Whether a medicine that has no end was ordered.
    pub(crate) fn takes(&self, drug: &Drug) -> bool {
        self.treatments.iter().any(|t| t.drug.code == drug.code && t.ends.is_none())
    }

    /// A visit for complaints, with its history.
    pub(crate) fn present(
        &mut self,
        day: Day,
        setting: &'static Setting,
        by: Specialty,
        presentation: &'static Presentation,
    ) -> usize {
        let visit = self.visit(day, setting, by);
        if visit != INTAKE {
            self.visits[visit].presents = Some(presentation);
        }
        visit
    }

    /// Who sees this person for ordinary complaints.
    pub(crate) fn family_doctor(&self) -> Specialty {
        match self.age() {
            ..16 => Specialty::Pediatrics,
            16..60 => Specialty::Family,
            _ => Specialty::Internal,
        }
    }
}
