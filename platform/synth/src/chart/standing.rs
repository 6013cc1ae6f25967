//! What a visit does without an order: the usual questions, the blood tests that age and the
//! problem list call for, and the renewal of medicines.

use super::{Chart, Written, smoking_code};
use crate::codes::disorders::*;
use crate::codes::{Disorder, Measure, Panel, acts, drugs, labs, settings};
use crate::life::Order;
use crate::resources::{Scene, observation};
use crate::sink::Sink;

/// Which tests a disorder on the problem list calls for at a check-up or follow-up.
static WATCHED: &[(&Disorder, &[&Panel], &[&Measure])] = &[
    (&HYPERTENSION, &[&labs::BASIC], &[]),
    (&DIABETES, &[&labs::BASIC, &labs::LIPIDS], &[&labs::HBA1C, &labs::ALBUMIN_CREATININE]),
    (&PREDIABETES, &[], &[&labs::HBA1C]),
    (&HYPERLIPIDEMIA, &[&labs::LIPIDS], &[]),
    (&CORONARY, &[&labs::LIPIDS], &[]),
    (&CKD3, &[&labs::BASIC], &[&labs::ALBUMIN_CREATININE]),
    (&CKD4, &[&labs::BASIC, &labs::BLOOD_COUNT], &[]),
    (&KIDNEY_FAILURE, &[&labs::BLOOD_COUNT], &[]),
    (&HEART_FAILURE, &[&labs::BASIC], &[&labs::NT_PRO_BNP]),
    (&HYPOTHYROIDISM, &[], &[&labs::TSH]),
    (&PROSTATE_CANCER, &[], &[&labs::PSA]),
    (&BREAST_CANCER, &[&labs::BLOOD_COUNT], &[]),
    (&COLON_CANCER, &[&labs::BLOOD_COUNT], &[]),
    (&COPD, &[], &[&labs::FEV1_FVC]),
];

/// Which score a disorder calls for.
static ASKED: &[(&Disorder, &Measure)] =
    &[(&DEPRESSION, &labs::PHQ9), (&ANXIETY, &labs::GAD7), (&ALZHEIMER, &labs::MMSE)];

/// Orders older than this are renewed, in days.
const RENEW_AFTER: i32 = 200;

impl Chart<'_> {
    pub(super) fn standing(
        &mut self,
        scene: &Scene<'_>,
        written: &mut Written<'_>,
        sink: &mut Sink,
    ) {
        let setting = written.visit.setting;
        let check_up = *setting == settings::WELLNESS || *setting == settings::WELL_CHILD;
        if check_up {
            self.questions(scene, written, sink);
            self.by_age(scene, written, sink);
        }
        if check_up || *setting == settings::FOLLOW_UP {
            self.by_problem(scene, written, sink);
            self.renew(scene, written, sink);
        }
    }

    fn questions(&mut self, scene: &Scene<'_>, written: &mut Written<'_>, sink: &mut Sink) {
        let age = written.state.age;
        if age >= 13 {
            let status = smoking_code(scene, scene.at.day());
            observation::smoking(scene, status, self.life.rng.id(), sink);
        }
        if age >= 12 {
            self.survey(scene, &labs::PHQ2, written, sink);
        }
        if age >= 18 && self.life.rng.percent(45) {
            self.survey(scene, &labs::AUDIT_C, written, sink);
        }
        if !written.facts.takes.is_empty() {
            let review = Order::Perform(&acts::MEDICATION_REVIEW, None);
            self.carry_out(scene, review, written, sink);
        }
    }

    fn by_age(&mut self, scene: &Scene<'_>, written: &mut Written<'_>, sink: &mut Sink) {
        let (whole, lipids, blood) = match written.state.age {
            ..18 => return,
            18..35 => (20, 12, 20),
            35..50 => (30, 35, 25),
            _ => (38, 38, 30),
        };
        for (percent, panel) in
            [(whole, &labs::COMPREHENSIVE), (lipids, &labs::LIPIDS), (blood, &labs::BLOOD_COUNT)]
        {
            if self.life.rng.percent(percent) {
                self.panel(scene, panel, written, sink);
            }
        }
    }

    fn by_problem(&mut self, scene: &Scene<'_>, written: &mut Written<'_>, sink: &mut Sink) {
        let known = |disorder: &Disorder, written: &Written<'_>| {
            written.facts.history.iter().any(|d| d.is(disorder))
        };
        for (disorder, panels, measures) in WATCHED {
            if !known(disorder, written) {
                continue;
            }
            for panel in *panels {
                let wider = std::ptr::eq(*panel, &labs::BASIC)
                    && written.drawn.contains(&labs::COMPREHENSIVE.code.code);
                if !wider && self.life.rng.percent(70) {
                    self.panel(scene, panel, written, sink);
                }
            }
            for measure in *measures {
                self.measure(scene, measure, written, sink);
            }
        }
        for (disorder, measure) in ASKED {
            if known(disorder, written) {
                self.survey(scene, measure, written, sink);
            }
        }
        if written.facts.takes.iter().any(|drug| drug.code == drugs::WARFARIN.code) {
            self.measure(scene, &labs::INR, written, sink);
        }
    }

    fn renew(&mut self, scene: &Scene<'_>, written: &mut Written<'_>, sink: &mut Sink) {
        let day = scene.at.day();
        for treatment in 0..self.life.treatments.len() {
            let course = &self.life.treatments[treatment];
            let lasts = course.ends.is_none_or(|ends| ends > day.plus(RENEW_AFTER));
            let due = course.ordered.is_some_and(|last| day.since(last) > RENEW_AFTER);
            if lasts && due {
                self.prescribe(scene, treatment, written, sink);
            }
        }
    }
}
