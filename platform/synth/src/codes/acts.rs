//! What is done to patients: procedures, imaging, devices, plans of care.

use super::{Code, Measure, code, labs, snomed};

/// A procedure.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) code: Code,
    /// What a note calls it.
    pub(crate) plain: &'static str,
    pub(crate) minutes: i32,
    /// In cents.
    pub(crate) price: i32,
}

macro_rules! acts {
    ($($name:ident = $number:literal $display:literal, $plain:literal, $minutes:literal $price:literal;)*) => {
        $(pub(crate) static $name: Act = Act {
            code: snomed($number, $display),
            plain: $plain,
            minutes: $minutes,
            price: $price,
        };)*
    };
}

acts! {
    APPENDECTOMY = "80146002" "Appendectomy", "appendectomy", 70 1_150_000;
    COLONOSCOPY = "73761001" "Colonoscopy", "colonoscopy", 40 148_000;
    MAMMOGRAPHY = "24623002" "Screening mammography", "screening mammography", 20 26_400;
    CERVICAL_SMEAR = "90226004" "Cytopathology procedure, preparation of smear, genital source", "cervical smear", 10 9_800;
    STENT = "415070008" "Percutaneous coronary intervention", "percutaneous coronary intervention", 75 2_980_000;
    BYPASS = "232717009" "Coronary artery bypass grafting", "coronary artery bypass grafting", 270 6_100_000;
    ANGIOGRAPHY = "33367005" "Coronary angiography", "coronary angiography", 45 420_000;
    ECG = "29303009" "Electrocardiographic procedure", "electrocardiogram", 10 9_200;
    CARDIOVERSION = "180325003" "Electrical cardioversion", "cardioversion", 30 310_000;
    MEDICATION_REVIEW = "430193006" "Medication reconciliation", "medication reconciliation", 10 3_200;
    SPIROMETRY = "127783003" "Spirometry", "spirometry", 20 11_400;
    DIALYSIS = "302497006" "Hemodialysis", "hemodialysis", 240 89_000;
    LUMPECTOMY = "392021009" "Lumpectomy of breast", "lumpectomy", 90 980_000;
    BREAST_BIOPSY = "122548005" "Biopsy of breast", "breast biopsy", 40 210_000;
    COLON_BIOPSY = "76164006" "Biopsy of colon", "colon biopsy", 30 160_000;
    COLECTOMY = "43075005" "Partial resection of colon", "partial colectomy", 180 2_200_000;
    POLYPECTOMY = "274031008" "Rectal polypectomy", "polypectomy", 25 98_000;
    PROSTATE_BIOPSY = "65575008" "Biopsy of prostate", "prostate biopsy", 30 190_000;
    PROSTATECTOMY = "90470006" "Prostatectomy", "prostatectomy", 180 1_980_000;
    CHEMOTHERAPY = "367336001" "Chemotherapy", "chemotherapy", 180 310_000;
    RADIOTHERAPY = "108290001" "Radiation oncology AND/OR radiotherapy", "radiotherapy", 30 180_000;
    DELIVERY = "236973005" "Delivery procedure", "vaginal delivery", 60 480_000;
    CESAREAN = "11466000" "Cesarean section", "cesarean section", 60 890_000;
    FETAL_HEART = "225158009" "Auscultation of the fetal heart", "auscultation of the fetal heart", 5 3_100;
    FUNDAL_HEIGHT = "274804006" "Evaluation of uterine fundal height", "fundal height", 5 2_900;
    FETAL_ANATOMY = "271442007" "Fetal anatomy study", "fetal anatomy ultrasound", 35 31_000;
    PREGNANCY_TEST = "252160004" "Standard pregnancy test", "pregnancy test", 5 2_100;
    IMMOBILIZATION = "274474001" "Bone immobilization", "immobilization in a cast", 25 42_000;
    SUTURE = "288086009" "Suture open wound", "suture of the wound", 25 39_000;
    HIP_REPLACEMENT = "52734007" "Total replacement of hip", "total hip replacement", 110 3_100_000;
    KNEE_REPLACEMENT = "609588000" "Total replacement of knee joint", "total knee replacement", 110 2_900_000;
    BONE_DENSITY = "312681000" "Bone density scan", "bone density scan", 20 21_000;
    THROAT_CULTURE = "117015009" "Throat culture", "throat culture", 5 4_200;
    PHYSICAL_THERAPY = "91251008" "Physical therapy procedure", "physical therapy", 45 14_000;
    THERAPY = "228557008" "Cognitive and behavioral therapy", "cognitive behavioral therapy", 50 18_000;
    ALLERGY_TEST = "395142003" "Allergy screening test", "allergy skin testing", 30 24_000;
}

/// An imaging study: how it is made and what of.
#[derive(Debug)]
pub(crate) struct Study {
    pub(crate) code: Code,
    pub(crate) plain: &'static str,
    pub(crate) modality: Code,
    pub(crate) body: Code,
    /// DICOM storage class.
    pub(crate) sop: &'static str,
    pub(crate) images: i32,
    pub(crate) price: i32,
}

const fn modality(short: &'static str, display: &'static str) -> Code {
    code("http://dicom.nema.org/resources/ontology/DCM", short, display)
}

const DX: Code = modality("DX", "Digital Radiography");
const CT: Code = modality("CT", "Computed Tomography");
const MG: Code = modality("MG", "Mammography");
const US: Code = modality("US", "Ultrasound");
const DX_SOP: &str = "urn:oid:1.2.840.10008.5.1.4.1.1.1.1";
const CT_SOP: &str = "urn:oid:1.2.840.10008.5.1.4.1.1.2";
const MG_SOP: &str = "urn:oid:1.2.840.10008.5.1.4.1.1.1.2";
const US_SOP: &str = "urn:oid:1.2.840.10008.5.1.4.1.1.6.1";

const fn xray(code: Code, plain: &'static str, body: Code) -> Study {
    Study { code, plain, modality: DX, body, sop: DX_SOP, images: 2, price: 18_000 }
}

pub(crate) static CHEST_XRAY: Study = xray(
    snomed("399208008", "Plain X-ray of chest"),
    "chest X-ray",
    snomed("51185008", "Thoracic structure"),
);
pub(crate) static WRIST_XRAY: Study = xray(
    snomed("60027007", "Radiography of wrist"),
    "wrist X-ray",
    snomed("8205005", "Wrist region structure"),
);
pub(crate) static ANKLE_XRAY: Study = xray(
    snomed("19490002", "Ankle X-ray"),
    "ankle X-ray",
    snomed("344001", "Ankle region structure"),
);
pub(crate) static CLAVICLE_XRAY: Study = xray(
    snomed("168594001", "Clavicle X-ray"),
    "clavicle X-ray",
    snomed("51299004", "Bone structure of clavicle"),
);
pub(crate) static PELVIS_XRAY: Study = xray(
    snomed("268425006", "Pelvis X-ray"),
    "pelvis X-ray",
    snomed("12921003", "Pelvic structure"),
);
pub(crate) static KNEE_XRAY: Study = xray(
    snomed("74016001", "Knee X-ray"),
    "knee X-ray",
    snomed("72696002", "Knee region structure"),
);
pub(crate) static HEAD_CT: Study = Study {
    code: snomed("303653007", "Computed tomography of head"),
    plain: "CT of the head",
    modality: CT,
    body: snomed("69536005", "Head structure"),
    sop: CT_SOP,
    images: 6,
    price: 112_000,
};
pub(crate) static CHEST_CT: Study = Study {
    code: snomed("169069000", "Computed tomography of chest"),
    plain: "CT of the chest",
    modality: CT,
    body: snomed("51185008", "Thoracic structure"),
    sop: CT_SOP,
    images: 8,
    price: 124_000,
};
pub(crate) static MAMMOGRAM: Study = Study {
    code: snomed("24623002", "Screening mammography"),
    plain: "mammogram",
    modality: MG,
    body: snomed("76752008", "Breast structure"),
    sop: MG_SOP,
    images: 4,
    price: 26_400,
};
pub(crate) static ECHOCARDIOGRAM: Study = Study {
    code: snomed("40701008", "Echocardiography"),
    plain: "echocardiogram",
    modality: US,
    body: snomed("80891009", "Heart structure"),
    sop: US_SOP,
    images: 3,
    price: 88_000,
};

pub(crate) static GLUCOSE_METER: Code = snomed("337414009", "Blood glucose meter");
pub(crate) static NEBULIZER: Code = snomed("170615005", "Home nebulizer");
pub(crate) static PACEMAKER: Code = snomed("706004007", "Implantable cardiac pacemaker");

/// A plan of care for a problem.
#[derive(Debug)]
pub(crate) struct Pathway {
    pub(crate) code: Code,
    pub(crate) activities: &'static [Code],
    /// What is aimed at, and by which measure: at most this much.
    pub(crate) goal: &'static str,
    pub(crate) target: Option<(&'static Measure, i32)>,
}

const EXERCISE: Code = snomed("229065009", "Exercise therapy");
const REST: Code = snomed("183051005", "Recommendation to rest");
const LOW_SODIUM: Code = snomed("386619000", "Low sodium diet");
const LIGHT_EXERCISE: Code = snomed("408580007", "Physical activity target light exercise");
const WEIGHT: Code = snomed("718361005", "Weight management program");

macro_rules! pathways {
    ($($name:ident = $number:literal $display:literal, [$($activity:expr),*], $goal:literal, $target:expr;)*) => {
        $(pub(crate) static $name: Pathway = Pathway {
            code: snomed($number, $display),
            activities: &[$($activity),*],
            goal: $goal,
            target: $target,
        };)*
    };
}

pathways! {
    DIABETES_PLAN = "698360004" "Diabetes self management plan",
        [snomed("160670007", "Diabetic diet"), EXERCISE],
        "Hemoglobin A1c below 7 percent", Some((&labs::HBA1C, 70));
    HYPERTENSION_PLAN = "443402002" "Lifestyle education regarding hypertension",
        [LOW_SODIUM, LIGHT_EXERCISE],
        "Systolic blood pressure below 130 mmHg", Some((&labs::SYSTOLIC, 130));
    LIPID_PLAN = "736285004" "Hyperlipidemia clinical management plan",
        [EXERCISE, WEIGHT],
        "LDL cholesterol below 100 mg/dL", Some((&labs::LDL, 100));
    ASTHMA_PLAN = "699728000" "Asthma self management",
        [snomed("710818004", "Inhaled steroid therapy"), snomed("58332002", "Allergy education")],
        "No asthma symptoms at night in the last four weeks", None;
    COPD_PLAN = "412776001" "Chronic obstructive pulmonary disease clinical management plan",
        [snomed("15081005", "Pulmonary rehabilitation"), LIGHT_EXERCISE],
        "Walks 400 meters without stopping for breath", None;
    DEPRESSION_PLAN = "737434004" "Major depressive disorder clinical management plan",
        [snomed("228557008", "Cognitive and behavioral therapy"), EXERCISE],
        "PHQ-9 score below 5", Some((&labs::PHQ9, 5));
    HEART_FAILURE_PLAN = "735984001" "Heart failure self management plan",
        [LOW_SODIUM, snomed("423475008", "Heart failure education")],
        "Body weight stable within 2 kg", None;
    CANCER_PLAN = "736252007" "Cancer care plan",
        [snomed("367336001", "Chemotherapy"), snomed("385798007", "Radiation therapy care")],
        "Completes the planned cycles of treatment", None;
    ANTENATAL_PLAN = "134435003" "Routine antenatal care",
        [snomed("135892000", "Antenatal education"), snomed("713076009", "Antenatal risk assessment"), snomed("312404004", "Antenatal blood tests")],
        "Delivery of a healthy child at term", None;
    FRACTURE_PLAN = "385691007" "Fracture care",
        [REST, snomed("91251008", "Physical therapy procedure")],
        "Full range of motion without pain", None;
}
