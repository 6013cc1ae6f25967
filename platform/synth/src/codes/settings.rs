//! The kinds of visit, and who sees patients there.

use super::{Code, code, hl7, loinc, snomed};

/// What a practitioner does (NUCC provider taxonomy).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Specialty {
    Family,
    Internal,
    Pediatrics,
    Emergency,
    Surgery,
    Orthopedics,
    Cardiology,
    Obstetrics,
    Oncology,
    Psychiatry,
    Neurology,
    Pulmonology,
    Nephrology,
}

impl Specialty {
    pub(crate) const CLINIC: &[Self] =
        &[Self::Family, Self::Internal, Self::Pediatrics, Self::Family, Self::Internal];
    pub(crate) const HOSPITAL: &[Self] = &[
        Self::Emergency,
        Self::Emergency,
        Self::Surgery,
        Self::Orthopedics,
        Self::Cardiology,
        Self::Obstetrics,
        Self::Oncology,
        Self::Psychiatry,
        Self::Neurology,
        Self::Pulmonology,
        Self::Nephrology,
        Self::Internal,
    ];

    pub(crate) const fn code(self) -> Code {
        const NUCC: &str = "http://nucc.org/provider-taxonomy";
        let (number, display) = match self {
            Self::Family => ("207Q00000X", "Family Medicine Physician"),
            Self::Internal => ("207R00000X", "Internal Medicine Physician"),
            Self::Pediatrics => ("208000000X", "Pediatrics Physician"),
            Self::Emergency => ("207P00000X", "Emergency Medicine Physician"),
            Self::Surgery => ("208600000X", "Surgery Physician"),
            Self::Orthopedics => ("207X00000X", "Orthopaedic Surgery Physician"),
            Self::Cardiology => ("207RC0000X", "Cardiovascular Disease Physician"),
            Self::Obstetrics => ("207V00000X", "Obstetrics & Gynecology Physician"),
            Self::Oncology => ("207RH0003X", "Hematology & Oncology Physician"),
            Self::Psychiatry => ("2084P0800X", "Psychiatry Physician"),
            Self::Neurology => ("2084N0400X", "Neurology Physician"),
            Self::Pulmonology => ("207RP1001X", "Pulmonary Disease Physician"),
            Self::Nephrology => ("207RN0300X", "Nephrology Physician"),
        };
        code(NUCC, number, display)
    }
}

/// Where and how a visit happens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) class: Code,
    pub(crate) kind: Code,
    pub(crate) note: Code,
    pub(crate) minutes: (i32, i32),
    /// What the visit itself is billed at, in cents.
    pub(crate) price: i32,
    pub(crate) at_hospital: bool,
    /// Any hour and any day, rather than office hours.
    pub(crate) any_hour: bool,
}

impl Setting {
    pub(crate) fn is_inpatient(&self) -> bool {
        self.class.code == "IMP"
    }

    pub(crate) fn is_emergency(&self) -> bool {
        self.class.code == "EMER"
    }
}

const AMBULATORY: Code = hl7!("v3-ActCode", "AMB", "ambulatory");
const EMERGENCY_CLASS: Code = hl7!("v3-ActCode", "EMER", "emergency");
const INPATIENT_CLASS: Code = hl7!("v3-ActCode", "IMP", "inpatient encounter");

const PROGRESS: Code = loinc("11506-3", "Progress note");
const HISTORY: Code = loinc("34117-2", "History and physical note");
const DISCHARGE: Code = loinc("18842-5", "Discharge summary");
const EMERGENCY_NOTE: Code = loinc("34111-5", "Emergency department Note");

const fn office(kind: Code, note: Code, minutes: (i32, i32), price: i32) -> Setting {
    let class = AMBULATORY;
    Setting { class, kind, note, minutes, price, at_hospital: false, any_hour: false }
}

const fn specialist(kind: Code, minutes: (i32, i32), price: i32) -> Setting {
    Setting { at_hospital: true, ..office(kind, PROGRESS, minutes, price) }
}

const fn admission(kind: Code, minutes: (i32, i32), price: i32) -> Setting {
    let class = INPATIENT_CLASS;
    Setting { class, kind, note: DISCHARGE, minutes, price, at_hospital: true, any_hour: true }
}

const DAY: i32 = 1_440;

pub(crate) static WELLNESS: Setting =
    office(snomed("162673000", "General examination of patient"), HISTORY, (20, 40), 16_500);
pub(crate) static WELL_CHILD: Setting =
    office(snomed("410620009", "Well child visit"), HISTORY, (20, 35), 14_200);
pub(crate) static SYMPTOM: Setting =
    office(snomed("185345009", "Encounter for symptom"), PROGRESS, (15, 25), 11_800);
pub(crate) static PROBLEM: Setting =
    office(snomed("185347001", "Encounter for problem"), PROGRESS, (15, 30), 12_400);
pub(crate) static FOLLOW_UP: Setting =
    office(snomed("390906007", "Follow-up encounter"), PROGRESS, (15, 25), 10_900);
pub(crate) static SPECIALIST: Setting =
    specialist(snomed("185347001", "Encounter for problem"), (20, 40), 21_000);
pub(crate) static PRENATAL_FIRST: Setting =
    specialist(snomed("424441002", "Prenatal initial visit"), (30, 45), 19_800);
pub(crate) static PRENATAL: Setting =
    specialist(snomed("424619006", "Prenatal visit"), (15, 25), 12_900);
pub(crate) static POSTNATAL: Setting =
    specialist(snomed("169762003", "Postnatal visit"), (20, 30), 13_500);
pub(crate) static DAY_CASE: Setting =
    specialist(snomed("371883000", "Outpatient procedure"), (60, 150), 64_000);
pub(crate) static EMERGENCY: Setting = Setting {
    class: EMERGENCY_CLASS,
    kind: snomed("50849002", "Emergency room admission"),
    note: EMERGENCY_NOTE,
    minutes: (90, 300),
    price: 118_000,
    at_hospital: true,
    any_hour: true,
};
pub(crate) static ADMISSION: Setting =
    admission(snomed("32485007", "Hospital admission"), (2 * DAY, 6 * DAY), 1_240_000);
pub(crate) static DELIVERY: Setting =
    admission(snomed("32485007", "Hospital admission"), (2 * DAY, 3 * DAY), 860_000);
pub(crate) static DEATH: Setting = Setting {
    any_hour: true,
    ..specialist(snomed("308646001", "Death Certification"), (15, 15), 9_000)
};
