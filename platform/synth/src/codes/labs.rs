//! What is measured: vital signs, laboratory values, scores (LOINC), in UCUM units.

use super::{Code, loinc};

/// One measurable thing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) code: Code,
    pub(crate) unit: &'static str,
    pub(crate) ucum: &'static str,
    /// Digits behind the point.
    pub(crate) digits: u8,
    /// What is normal, in the same fixed digits.
    pub(crate) normal: Option<(i32, i32)>,
    /// What a note calls it.
    pub(crate) plain: &'static str,
}

/// Measures that are ordered and reported together.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) code: Code,
    pub(crate) measures: &'static [&'static Measure],
    /// In cents.
    pub(crate) price: i32,
}

macro_rules! measures {
    ($($name:ident = $number:literal $display:literal, $plain:literal, $unit:literal $ucum:literal $digits:literal $normal:expr;)*) => {
        $(pub(crate) static $name: Measure = Measure {
            code: loinc($number, $display),
            unit: $unit,
            ucum: $ucum,
            digits: $digits,
            normal: $normal,
            plain: $plain,
        };)*
    };
}

measures! {
    HEIGHT = "8302-2" "Body height", "height", "cm" "cm" 1 None;
    WEIGHT = "29463-7" "Body weight", "weight", "kg" "kg" 1 None;
    BMI = "39156-5" "Body mass index (BMI) [Ratio]", "BMI", "kg/m2" "kg/m2" 1 None;
    HEAD = "9843-4" "Head Occipital-frontal circumference", "head circumference", "cm" "cm" 1 None;
    SYSTOLIC = "8480-6" "Systolic blood pressure", "systolic", "mmHg" "mm[Hg]" 0 None;
    DIASTOLIC = "8462-4" "Diastolic blood pressure", "diastolic", "mmHg" "mm[Hg]" 0 None;
    HEART_RATE = "8867-4" "Heart rate", "heart rate", "/min" "/min" 0 None;
    RESPIRATION = "9279-1" "Respiratory rate", "respiratory rate", "/min" "/min" 0 None;
    TEMPERATURE = "8310-5" "Body temperature", "temperature", "Cel" "Cel" 1 None;
    SATURATION = "2708-6" "Oxygen saturation in Arterial blood", "oxygen saturation", "%" "%" 0 None;
    PAIN = "72514-3" "Pain severity - 0-10 verbal numeric rating [Score] - Reported", "pain", "{score}" "{score}" 0 None;

    GLUCOSE = "2345-7" "Glucose [Mass/volume] in Serum or Plasma", "glucose", "mg/dL" "mg/dL" 0 Some((70, 99));
    UREA = "3094-0" "Urea nitrogen [Mass/volume] in Serum or Plasma", "urea nitrogen", "mg/dL" "mg/dL" 0 Some((7, 20));
    CREATININE = "2160-0" "Creatinine [Mass/volume] in Serum or Plasma", "creatinine", "mg/dL" "mg/dL" 2 Some((60, 130));
    CALCIUM = "17861-6" "Calcium [Mass/volume] in Serum or Plasma", "calcium", "mg/dL" "mg/dL" 1 Some((85, 105));
    SODIUM = "2951-2" "Sodium [Moles/volume] in Serum or Plasma", "sodium", "mmol/L" "mmol/L" 0 Some((135, 145));
    POTASSIUM = "2823-3" "Potassium [Moles/volume] in Serum or Plasma", "potassium", "mmol/L" "mmol/L" 1 Some((35, 51));
    CHLORIDE = "2075-0" "Chloride [Moles/volume] in Serum or Plasma", "chloride", "mmol/L" "mmol/L" 0 Some((98, 107));
    CARBON_DIOXIDE = "2028-9" "Carbon dioxide, total [Moles/volume] in Serum or Plasma", "carbon dioxide", "mmol/L" "mmol/L" 0 Some((22, 29));
    EGFR = "33914-3" "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum or Plasma by Creatinine-based formula (MDRD)", "eGFR", "mL/min/1.73 m2" "mL/min/{1.73_m2}" 0 Some((60, 150));
    PROTEIN = "2885-2" "Protein [Mass/volume] in Serum or Plasma", "protein", "g/dL" "g/dL" 1 Some((60, 83));
    ALBUMIN = "1751-7" "Albumin [Mass/volume] in Serum or Plasma", "albumin", "g/dL" "g/dL" 1 Some((35, 50));
    BILIRUBIN = "1975-2" "Bilirubin.total [Mass/volume] in Serum or Plasma", "bilirubin", "mg/dL" "mg/dL" 1 Some((2, 12));
    ALP = "6768-6" "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "alkaline phosphatase", "U/L" "U/L" 0 Some((40, 130));
    ALT = "1742-6" "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "ALT", "U/L" "U/L" 0 Some((7, 45));
    AST = "1920-8" "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "AST", "U/L" "U/L" 0 Some((8, 40));
    LEUKOCYTES = "6690-2" "Leukocytes [#/volume] in Blood by Automated count", "white cells", "10*3/uL" "10*3/uL" 1 Some((45, 110));
    ERYTHROCYTES = "789-8" "Erythrocytes [#/volume] in Blood by Automated count", "red cells", "10*6/uL" "10*6/uL" 2 Some((400, 590));
    HEMOGLOBIN = "718-7" "Hemoglobin [Mass/volume] in Blood", "hemoglobin", "g/dL" "g/dL" 1 Some((120, 172));
    HEMATOCRIT = "4544-3" "Hematocrit [Volume Fraction] of Blood by Automated count", "hematocrit", "%" "%" 1 Some((360, 510));
    MCV = "787-2" "MCV [Entitic volume] by Automated count", "MCV", "fL" "fL" 1 Some((800, 1000));
    MCH = "785-6" "MCH [Entitic mass] by Automated count", "MCH", "pg" "pg" 1 Some((270, 340));
    MCHC = "786-4" "MCHC [Mass/volume] by Automated count", "MCHC", "g/dL" "g/dL" 1 Some((320, 360));
    PLATELETS = "777-3" "Platelets [#/volume] in Blood by Automated count", "platelets", "10*3/uL" "10*3/uL" 0 Some((150, 400));
    CHOLESTEROL = "2093-3" "Cholesterol [Mass/volume] in Serum or Plasma", "total cholesterol", "mg/dL" "mg/dL" 0 Some((100, 200));
    TRIGLYCERIDES = "2571-8" "Triglyceride [Mass/volume] in Serum or Plasma", "triglycerides", "mg/dL" "mg/dL" 0 Some((40, 150));
    LDL = "18262-6" "Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay", "LDL cholesterol", "mg/dL" "mg/dL" 0 Some((40, 130));
    HDL = "2085-9" "Cholesterol in HDL [Mass/volume] in Serum or Plasma", "HDL cholesterol", "mg/dL" "mg/dL" 0 Some((40, 100));
    HBA1C = "4548-4" "Hemoglobin A1c/Hemoglobin.total in Blood", "HbA1c", "%" "%" 1 Some((40, 56));
    ALBUMIN_CREATININE = "14959-1" "Microalbumin/Creatinine [Mass Ratio] in Urine", "urine albumin-creatinine ratio", "mg/g" "mg/g" 0 Some((0, 30));
    TSH = "3016-3" "Thyrotropin [Units/volume] in Serum or Plasma", "TSH", "m[IU]/L" "m[IU]/L" 2 Some((40, 450));
    FERRITIN = "2276-4" "Ferritin [Mass/volume] in Serum or Plasma", "ferritin", "ng/mL" "ng/mL" 0 Some((15, 300));
    PSA = "2857-1" "Prostate specific Ag [Mass/volume] in Serum or Plasma", "PSA", "ng/mL" "ng/mL" 1 Some((0, 40));
    INR = "6301-6" "INR in Platelet poor plasma by Coagulation assay", "INR", "{INR}" "{INR}" 1 None;
    NT_PRO_BNP = "33762-6" "Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma", "NT-proBNP", "pg/mL" "pg/mL" 0 Some((0, 450));
    TROPONIN = "89579-7" "Troponin I.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method", "troponin", "pg/mL" "pg/mL" 0 Some((0, 26));
    CRP = "1988-5" "C reactive protein [Mass/volume] in Serum or Plasma", "C-reactive protein", "mg/L" "mg/L" 1 Some((0, 80));
    FEV1_FVC = "19926-5" "FEV1/FVC", "FEV1/FVC", "%" "%" 0 Some((70, 90));
    EJECTION = "10230-1" "Left ventricular Ejection fraction", "ejection fraction", "%" "%" 0 Some((52, 74));

    PHQ2 = "55758-7" "Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]", "PHQ-2", "{score}" "{score}" 0 None;
    PHQ9 = "44261-6" "Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]", "PHQ-9", "{score}" "{score}" 0 None;
    GAD7 = "70274-6" "Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]", "GAD-7", "{score}" "{score}" 0 None;
    AUDIT_C = "75626-2" "Total score [AUDIT-C]", "AUDIT-C", "{score}" "{score}" 0 None;
    MMSE = "72106-8" "Total score [MMSE]", "MMSE", "{score}" "{score}" 0 None;
}

pub(crate) static BLOOD_PRESSURE: Code =
    loinc("85354-9", "Blood pressure panel with all children optional");
pub(crate) static PULSE_OXIMETRY: Code =
    loinc("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry");
pub(crate) static SMOKING: Code = loinc("72166-2", "Tobacco smoking status");
pub(crate) static CAUSE_OF_DEATH: Code =
    loinc("69453-9", "Cause of death [US Standard Certificate of Death]");
pub(crate) static STREP: Code =
    loinc("78012-2", "Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay");
pub(crate) static SARS_COV_2: Code = loinc(
    "94500-6",
    "SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection",
);
pub(crate) static OCCULT_BLOOD: Code =
    loinc("29771-3", "Hemoglobin.gastrointestinal.lower [Presence] in Stool by Immunoassay");
pub(crate) static LEUKOCYTE_ESTERASE: Code =
    loinc("5799-2", "Leukocyte esterase [Presence] in Urine by Test strip");
pub(crate) static NITRITE: Code = loinc("5802-4", "Nitrite [Presence] in Urine by Test strip");
pub(crate) static ESTROGEN_RECEPTOR: Code =
    loinc("85337-4", "Estrogen receptor Ag [Presence] in Breast cancer specimen by Immune stain");
pub(crate) static HER2: Code =
    loinc("85319-2", "HER2 [Presence] in Breast cancer specimen by Immune stain");

macro_rules! panels {
    ($($name:ident = $number:literal $display:literal, $price:literal, [$($measure:ident),*];)*) => {
        $(pub(crate) static $name: Panel = Panel {
            code: loinc($number, $display),
            measures: &[$(&$measure),*],
            price: $price,
        };)*
    };
}

panels! {
    BASIC = "24321-2" "Basic metabolic 2000 panel - Serum or Plasma", 3_400,
        [GLUCOSE, UREA, CREATININE, CALCIUM, SODIUM, POTASSIUM, CHLORIDE, CARBON_DIOXIDE, EGFR];
    COMPREHENSIVE = "24323-8" "Comprehensive metabolic 2000 panel - Serum or Plasma", 4_900,
        [GLUCOSE, UREA, CREATININE, CALCIUM, SODIUM, POTASSIUM, CHLORIDE, CARBON_DIOXIDE, EGFR,
         PROTEIN, ALBUMIN, BILIRUBIN, ALP, ALT, AST];
    BLOOD_COUNT = "58410-2" "CBC panel - Blood by Automated count", 2_800,
        [LEUKOCYTES, ERYTHROCYTES, HEMOGLOBIN, HEMATOCRIT, MCV, MCH, MCHC, PLATELETS];
    LIPIDS = "57698-3" "Lipid panel with direct LDL - Serum or Plasma", 3_900,
        [CHOLESTEROL, TRIGLYCERIDES, LDL, HDL];
}
