//! Laboratory values and scores, tied to the state of the body and to each other.

use super::State;
use super::state::Lipids;
use crate::codes::Measure;
use crate::codes::labs;
use crate::prng::Stream;

/// One drawing of blood: values that depend on each other are drawn once.
pub(crate) struct Sample<'a> {
    state: &'a State,
    /// Tenths of a percent.
    hba1c: i32,
    filtration: i32,
    /// Tenths of a gram per deciliter.
    hemoglobin: i32,
    /// Hundredths of 10^6 per microliter.
    erythrocytes: i32,
    /// Tenths of a percent.
    hematocrit: i32,
    ldl: i32,
    hdl: i32,
    triglycerides: i32,
}

impl<'a> Sample<'a> {
    pub(crate) fn draw(state: &'a State, rng: &mut Stream) -> Self {
        let adult_man = !state.female && state.age >= 15;
        let normal = if adult_man { 150 } else { 134 };
        let hemoglobin = rng.bell(if state.anemic { 101 } else { normal }, 7).clamp(68, 178);
        // Small cells when iron is missing.
        let volume = rng.bell(if state.anemic { 760 } else { 895 }, 25);
        let hematocrit = hemoglobin * 300 / rng.bell(100, 1);
        let ldl = match state.lipids {
            Lipids::Normal => rng.bell(108, 17),
            Lipids::High => rng.bell(164, 20),
            Lipids::Treated => rng.bell(88, 17),
        };
        let hdl = rng.bell(if state.female { 58 } else { 47 }, 8).clamp(25, 95);
        let rich = (state.bulk - 250).max(0) / 3 + (state.sugar - 53).max(0);
        let triglycerides = rng.bell(105 + rich, 30).clamp(42, 480);
        Self {
            state,
            hba1c: rng.bell(state.sugar, 3).clamp(42, 135),
            filtration: rng.bell(state.filtration, 4).max(5),
            hemoglobin,
            erythrocytes: hematocrit * 1_000 / volume,
            hematocrit,
            ldl: ldl.clamp(38, 260),
            hdl,
            triglycerides,
        }
    }

    /// The value of a measure in its fixed digits.
    pub(crate) fn value(&self, measure: &Measure, rng: &mut Stream) -> i32 {
        let state = self.state;
        match measure.code.code {
            code if code == labs::GLUCOSE.code.code => self.glucose(rng),
            code if code == labs::HBA1C.code.code => self.hba1c,
            code if code == labs::EGFR.code.code => self.filtration,
            code if code == labs::CREATININE.code.code => self.creatinine(),
            code if code == labs::UREA.code.code => {
                rng.bell(13 + (60 - self.filtration).max(0) * 7 / 10, 2).max(5)
            }
            code if code == labs::POTASSIUM.code.code => {
                rng.bell(42 + (40 - self.filtration).max(0) / 4, 3).clamp(30, 62)
            }
            code if code == labs::HEMOGLOBIN.code.code => self.hemoglobin,
            code if code == labs::HEMATOCRIT.code.code => self.hematocrit,
            code if code == labs::ERYTHROCYTES.code.code => self.erythrocytes,
            code if code == labs::MCV.code.code => self.hematocrit * 1_000 / self.erythrocytes,
            code if code == labs::MCH.code.code => self.hemoglobin * 1_000 / self.erythrocytes,
            code if code == labs::MCHC.code.code => self.hemoglobin * 1_000 / self.hematocrit,
            code if code == labs::LEUKOCYTES.code.code => {
                rng.bell(if state.inflamed { 141 } else { 69 }, 16).max(25)
            }
            code if code == labs::LDL.code.code => self.ldl,
            code if code == labs::HDL.code.code => self.hdl,
            code if code == labs::TRIGLYCERIDES.code.code => self.triglycerides,
            code if code == labs::CHOLESTEROL.code.code => {
                self.ldl + self.hdl + self.triglycerides / 5
            }
            code if code == labs::ALBUMIN_CREATININE.code.code => {
                rng.bell(if state.kidneys_leak { 190 } else { 12 }, 4).max(2)
            }
            code if code == labs::TSH.code.code => {
                rng.bell(if state.thyroid_low { 960 } else { 210 }, 60).max(35)
            }
            code if code == labs::FERRITIN.code.code => {
                rng.bell(if state.anemic { 8 } else { 96 }, 2).max(3)
            }
            code if code == labs::PSA.code.code => self.psa(rng),
            code if code == labs::INR.code.code => {
                rng.bell(if state.anticoagulated { 25 } else { 10 }, 3).clamp(8, 48)
            }
            code if code == labs::NT_PRO_BNP.code.code => {
                rng.bell(if state.heart_weak { 2_400 } else { 95 }, 30).max(20)
            }
            code if code == labs::TROPONIN.code.code => {
                rng.bell(if state.infarcted { 1_850 } else { 6 }, 2).max(2)
            }
            code if code == labs::CRP.code.code => {
                rng.bell(if state.inflamed { 920 } else { 21 }, 12).max(3)
            }
            code if code == labs::FEV1_FVC.code.code => {
                rng.bell(if state.lungs_bad { 62 } else { 81 }, 4).clamp(35, 92)
            }
            code if code == labs::EJECTION.code.code => {
                rng.bell(if state.heart_weak { 34 } else { 60 }, 4).clamp(15, 74)
            }
            _ => plain(measure, rng),
        }
    }

    /// The average glucose that goes with the HbA1c (ADAG: 28.7 × A1c − 46.7), fasting.
    fn glucose(&self, rng: &mut Stream) -> i32 {
        let average = self.hba1c * 287 / 100 - 47;
        rng.bell(average * 87 / 100, 6).clamp(62, 420)
    }

    /// Falls as filtration rises, near what the formula of CKD-EPI gives at sixty years.
    fn creatinine(&self) -> i32 {
        static AT: &[(i32, i32)] =
            &[(5, 950), (10, 540), (15, 400), (30, 225), (45, 162), (60, 127), (90, 93), (120, 72)];
        let filtration = self.filtration.clamp(5, 120);
        let i = AT.iter().position(|(at, _)| *at >= filtration).unwrap_or(AT.len() - 1).max(1);
        let ((low, from), (high, to)) = (AT[i - 1], AT[i]);
        let man = from + (to - from) * (filtration - low) / (high - low);
        match (self.state.age, self.state.female) {
            (..12, _) => man * 55 / 100,
            (_, true) => man * 78 / 100,
            _ => man,
        }
    }

    fn psa(&self, rng: &mut Stream) -> i32 {
        if self.state.prostate_bad { rng.between(52, 180) } else { rng.bell(14, 7).clamp(2, 39) }
    }
}

/// A value around the middle of what is normal.
fn plain(measure: &Measure, rng: &mut Stream) -> i32 {
    let (low, high) = measure.normal.unwrap_or((0, 100));
    let (middle, spread) = ((low + high) / 2, (high - low).max(4) / 5);
    rng.bell(middle, spread).max(low / 2)
}

/// The score of a questionnaire.
pub(crate) fn score(measure: &Measure, state: &State, rng: &mut Stream) -> i32 {
    match measure.code.code {
        code if code == labs::PHQ2.code.code => {
            if state.depressed {
                rng.between(2, 5)
            } else {
                rng.between(0, 2)
            }
        }
        code if code == labs::PHQ9.code.code => {
            if state.depressed {
                rng.between(7, 19)
            } else {
                rng.between(0, 4)
            }
        }
        code if code == labs::GAD7.code.code => {
            if state.anxious {
                rng.between(8, 17)
            } else {
                rng.between(0, 4)
            }
        }
        code if code == labs::MMSE.code.code => match state.forgetful {
            Some(years) => rng.bell(22 - 2 * years, 2).clamp(3, 26),
            None => rng.between(28, 30),
        },
        // AUDIT-C and what is added later: mostly low.
        _ => rng.weighted(&[(35, 0), (22, 1), (16, 2), (12, 3), (8, 4), (4, 5), (3, 7)]),
    }
}
