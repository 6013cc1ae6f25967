//! Disorders (SNOMED CT and ICD-10-CM) and what is done and said about
//! them.

use super::{Code, icd10, snomed};

/// A disorder or a state of health that is recorded as a problem.
#[derive(Debug)]
pub(crate) struct Disorder {
    pub(crate) code: Code,
    pub(crate) icd10: Code,
    /// What a note calls it.
    pub(crate) plain: &'static str,
    /// Stays on the problem list.
    pub(crate) chronic: bool,
    /// What the plan of a note says, one of them at a time.
    pub(crate) plan: &'static [&'static str],
    /// How a follow-up note says that it goes; empty for what passes.
    pub(crate) course: &'static [&'static str],
}

impl Disorder {
    /// Whether both are the same disorder.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.code.code == other.code.code
    }
}

macro_rules! disorders {
    ($($name:ident = $kind:ident $number:literal $display:literal, $icd:literal $words:literal, $plain:literal,
        [$($plan:literal),*], [$($course:literal),*];)*) => {
        $(pub(crate) static $name: Disorder = Disorder {
            code: snomed($number, $display),
            icd10: icd10($icd, $words),
            plain: $plain,
            chronic: disorders!(@$kind),
            plan: &[$($plan),*],
            course: &[$($course),*],
        };)*
    };
    (@chronic) => { true };
    (@acute) => { false };
}

disorders! {
    HYPERTENSION = chronic "59621000" "Essential hypertension", "I10" "Essential (primary) hypertension", "hypertension",
        ["Continue present treatment, low sodium diet, home blood pressure log.", "Goal below 130/80 mmHg. Limit salt and alcohol; recheck in three months."],
        ["Home blood pressure readings are mostly at goal.", "Takes the blood pressure medicine every day without dizziness.", "Some higher readings in the evening."];
    PREDIABETES = chronic "15777000" "Prediabetes", "R73.03" "Prediabetes", "prediabetes",
        ["Lifestyle counseling, weight loss of 5 to 7 percent, repeat HbA1c in a year."],
        ["Tries to walk more and to cut sweet drinks."];
    DIABETES = chronic "44054006" "Diabetes mellitus type 2", "E11.9" "Type 2 diabetes mellitus without complications", "type 2 diabetes",
        ["Continue diabetes treatment; HbA1c every three to six months; yearly eye and foot examination.", "Review of diet and glucose log; aim for HbA1c below 7 percent."],
        ["Checks glucose at home; no hypoglycemia.", "Denies polyuria and polydipsia.", "Admits to irregular meals; glucose log shows higher readings after dinner."];
    NEUROPATHY = chronic "368581000119106" "Neuropathy due to type 2 diabetes mellitus", "E11.40" "Type 2 diabetes mellitus with diabetic neuropathy, unspecified", "diabetic neuropathy",
        ["Foot care education; comfortable shoes; monofilament test yearly."],
        ["Numbness of both feet unchanged; no ulcers."];
    DIABETIC_KIDNEY = chronic "127013003" "Disorder of kidney due to diabetes mellitus", "E11.21" "Type 2 diabetes mellitus with diabetic nephropathy", "diabetic kidney disease",
        ["Continue ACE inhibitor, urine albumin-creatinine ratio twice a year, avoid NSAIDs."],
        ["No swelling of the legs."];
    HYPERLIPIDEMIA = chronic "55822004" "Hyperlipidemia", "E78.5" "Hyperlipidemia, unspecified", "hyperlipidemia",
        ["Continue statin; repeat lipid panel in a year.", "Diet low in saturated fat, statin as ordered."],
        ["Takes the statin without muscle pain."];
    OBESITY = chronic "414916001" "Obesity", "E66.9" "Obesity, unspecified", "obesity",
        ["Counseling on diet and activity; weight management program offered."],
        ["Weight about the same as last year."];
    ASTHMA = chronic "195967001" "Asthma", "J45.909" "Unspecified asthma, uncomplicated", "asthma",
        ["Continue controller inhaler; albuterol as needed; review of the asthma action plan."],
        ["Uses albuterol less than twice a week; sleeps through the night.", "Wheezes with colds and in spring."];
    COPD = chronic "13645005" "Chronic obstructive pulmonary disease", "J44.9" "Chronic obstructive pulmonary disease, unspecified", "COPD",
        ["Continue inhalers; pulmonary rehabilitation; influenza vaccine every year.", "Inhaler technique reviewed; action plan for flares renewed."],
        ["Short of breath on one flight of stairs, unchanged.", "Morning cough with little clear sputum; denies hemoptysis."];
    DEPRESSION = chronic "36923009" "Major depression, single episode", "F32.9" "Major depressive disorder, single episode, unspecified", "depression",
        ["Continue fluoxetine; counseling; safety plan reviewed."],
        ["Mood better; sleeps six to seven hours; denies suicidal ideation.", "Still low energy; denies thoughts of self-harm."];
    ANXIETY = chronic "21897009" "Generalized anxiety disorder", "F41.1" "Generalized anxiety disorder", "generalized anxiety",
        ["Cognitive behavioral therapy; limit caffeine; recheck GAD-7."],
        ["Worries most days, fewer panic episodes; denies chest pain."];
    MIGRAINE = chronic "37796009" "Migraine", "G43.909" "Migraine, unspecified, not intractable, without status migrainosus", "migraine",
        ["Headache diary; naproxen early in the attack; avoid known triggers."],
        ["Two to three attacks a month, each less than a day; denies visual loss and weakness."];
    KNEE_ARTHRITIS = chronic "239873007" "Osteoarthritis of knee", "M17.9" "Osteoarthritis of knee, unspecified", "osteoarthritis of the knee",
        ["Exercise therapy, weight loss, naproxen as needed with food."],
        ["Knee pain after longer walks; no locking, no swelling."];
    HIP_ARTHRITIS = chronic "239872002" "Osteoarthritis of hip", "M16.9" "Osteoarthritis of hip, unspecified", "osteoarthritis of the hip",
        ["Exercise therapy, analgesics as needed, orthopedic review if worse."],
        ["Groin pain on stairs; walks without an aid."];
    BACK_PAIN = acute "279039007" "Low back pain", "M54.50" "Low back pain, unspecified", "low back pain",
        ["Stay active, heat, short course of NSAID; return for leg weakness or numbness."], [];
    OSTEOPOROSIS = chronic "64859006" "Osteoporosis", "M81.0" "Age-related osteoporosis without current pathological fracture", "osteoporosis",
        ["Continue alendronate, calcium and vitamin D; fall prevention."],
        ["No falls since the last visit."];
    GOUT = chronic "90560007" "Gout", "M10.9" "Gout, unspecified", "gout",
        ["Continue allopurinol; limit beer and red meat."],
        ["No attack since the last visit."];
    HYPOTHYROIDISM = chronic "40930008" "Hypothyroidism", "E03.9" "Hypothyroidism, unspecified", "hypothyroidism",
        ["Continue levothyroxine; TSH in a year."],
        ["Denies cold intolerance and constipation."];
    REFLUX = chronic "235595009" "Gastroesophageal reflux disease", "K21.9" "Gastro-esophageal reflux disease without esophagitis", "reflux disease",
        ["Continue omeprazole; no late meals; raise the head of the bed."],
        ["Heartburn once or twice a week; denies trouble swallowing."];
    CKD3 = chronic "433144002" "Chronic kidney disease stage 3", "N18.30" "Chronic kidney disease, stage 3 unspecified", "chronic kidney disease stage 3",
        ["Monitor renal function every six months; avoid NSAIDs; blood pressure control."],
        ["No edema; passes urine as usual."];
    CKD4 = chronic "431857002" "Chronic kidney disease stage 4", "N18.4" "Chronic kidney disease, stage 4 (severe)", "chronic kidney disease stage 4",
        ["Nephrology follow-up; diet low in potassium; preparation for renal replacement discussed."],
        ["More tired than last year; mild ankle swelling."];
    KIDNEY_FAILURE = chronic "46177005" "End-stage renal disease", "N18.6" "End stage renal disease", "end-stage renal disease",
        ["Hemodialysis three times a week; fluid restriction."],
        ["Tolerates dialysis; fistula works well."];
    CORONARY = chronic "53741008" "Coronary arteriosclerosis", "I25.10" "Atherosclerotic heart disease of native coronary artery without angina pectoris", "coronary artery disease",
        ["Continue aspirin, beta blocker and statin; nitroglycerin as needed.", "Cardiac rehabilitation; stress test if symptoms return."],
        ["Denies chest pain on exertion.", "Walks two miles without chest pain or shortness of breath."];
    INFARCTION = acute "22298006" "Myocardial infarction", "I21.9" "Acute myocardial infarction, unspecified", "myocardial infarction",
        ["Urgent coronary angiography with intervention; dual antiplatelet therapy; telemetry."], [];
    OLD_INFARCTION = chronic "399211009" "History of myocardial infarction", "I25.2" "Old myocardial infarction", "history of myocardial infarction",
        ["Secondary prevention as above."],
        ["No chest pain since the infarction."];
    HEART_FAILURE = chronic "84114007" "Heart failure", "I50.9" "Heart failure, unspecified", "heart failure",
        ["Continue furosemide, carvedilol and ACE inhibitor; daily weights; fluid limit 1.5 liters."],
        ["Sleeps on two pillows; weight stable; mild ankle swelling in the evening."];
    FIBRILLATION = chronic "49436004" "Atrial fibrillation", "I48.91" "Unspecified atrial fibrillation", "atrial fibrillation",
        ["Rate control with metoprolol; anticoagulation, INR goal 2 to 3."],
        ["Occasional palpitations; denies syncope and bleeding."];
    STROKE = chronic "422504002" "Ischemic stroke", "I63.9" "Cerebral infarction, unspecified", "ischemic stroke",
        ["Antiplatelet therapy, statin, blood pressure control; swallowing and speech evaluation."],
        ["Strength of the right arm nearly normal; speech clear."];
    ALZHEIMER = chronic "26929004" "Alzheimer's disease", "G30.9" "Alzheimer's disease, unspecified", "Alzheimer's disease",
        ["Continue donepezil; caregiver support; home safety reviewed."],
        ["Family reports more repetition and missed appointments; no wandering."];
    BREAST_CANCER = chronic "254837009" "Malignant neoplasm of breast", "C50.919" "Malignant neoplasm of unspecified site of unspecified female breast", "breast cancer",
        ["Lumpectomy with radiotherapy, chemotherapy by stage; hormone therapy if receptor positive."],
        ["No new lump; tolerates treatment with some fatigue."];
    COLON_CANCER = chronic "363406005" "Malignant neoplasm of colon", "C18.9" "Malignant neoplasm of colon, unspecified", "colon cancer",
        ["Partial colectomy followed by adjuvant chemotherapy; surveillance colonoscopy in a year."],
        ["Appetite fair; denies rectal bleeding; some tingling of the fingers."];
    PROSTATE_CANCER = chronic "399068003" "Malignant neoplasm of prostate", "C61" "Malignant neoplasm of prostate", "prostate cancer",
        ["Urology review; prostatectomy or surveillance by grade; PSA every six months."],
        ["Nocturia twice; denies bone pain."];
    LUNG_CANCER = chronic "254637007" "Non-small cell lung cancer", "C34.90" "Malignant neoplasm of unspecified part of unspecified bronchus or lung", "non-small cell lung cancer",
        ["Platinum-based chemotherapy; palliative care involved early."],
        ["Weight loss continues; cough without blood."];
    COLON_POLYP = acute "68496003" "Polyp of colon", "K63.5" "Polyp of colon", "colon polyp",
        ["Removed at colonoscopy; repeat colonoscopy in five years."], [];
    IRON_ANEMIA = acute "87522002" "Iron deficiency anemia", "D50.9" "Iron deficiency anemia, unspecified", "iron deficiency anemia",
        ["Ferrous sulfate once daily; look for blood loss; repeat blood count in three months."],
        ["Takes iron; stools dark; more energy."];
    RHINITIS = chronic "367498001" "Seasonal allergic rhinitis", "J30.2" "Other seasonal allergic rhinitis", "seasonal allergic rhinitis",
        ["Loratadine in season; keep windows closed on days with much pollen."],
        ["Sneezing in spring only."];
    ECZEMA = chronic "24079001" "Atopic dermatitis", "L20.9" "Atopic dermatitis, unspecified", "eczema",
        ["Emollients twice daily; hydrocortisone cream on flares."],
        ["Dry patches in the elbow folds; no weeping."];

    COLD = acute "54150009" "Upper respiratory infection", "J06.9" "Acute upper respiratory infection, unspecified", "upper respiratory infection",
        ["Supportive care: rest, fluids, acetaminophen. No antibiotics needed."], [];
    SINUSITIS = acute "444814009" "Viral sinusitis", "J01.90" "Acute sinusitis, unspecified", "viral sinusitis",
        ["Saline rinses and analgesics; return if worse after ten days."], [];
    BACTERIAL_SINUSITIS = acute "75498004" "Acute bacterial sinusitis", "J01.90" "Acute sinusitis, unspecified", "acute bacterial sinusitis",
        ["Amoxicillin-clavulanate; saline rinses; return if not better in three days."], [];
    PHARYNGITIS = acute "195662009" "Acute viral pharyngitis", "J02.9" "Acute pharyngitis, unspecified", "viral pharyngitis",
        ["Salt water gargles, acetaminophen; strep test negative, no antibiotics."], [];
    STREP_THROAT = acute "43878008" "Streptococcal sore throat", "J02.0" "Streptococcal pharyngitis", "strep throat",
        ["Antibiotic for ten days; contagious for the first day of treatment."], [];
    OTITIS = acute "65363002" "Otitis media", "H66.90" "Otitis media, unspecified, unspecified ear", "otitis media",
        ["Amoxicillin for ten days; analgesics; recheck of the ears if still painful in three days."], [];
    BRONCHITIS = acute "10509002" "Acute bronchitis", "J20.9" "Acute bronchitis, unspecified", "acute bronchitis",
        ["Fluids, honey for cough; no antibiotics; return for fever or shortness of breath."], [];
    PNEUMONIA = acute "233604007" "Pneumonia", "J18.9" "Pneumonia, unspecified organism", "pneumonia",
        ["Antibiotics, oxygen as needed; repeat chest X-ray in six weeks."], [];
    INFLUENZA = acute "6142004" "Influenza", "J11.1" "Influenza due to unidentified influenza virus with other respiratory manifestations", "influenza",
        ["Rest, fluids, acetaminophen; stay home until a day without fever."], [];
    COVID = acute "840539006" "COVID-19", "U07.1" "COVID-19", "COVID-19",
        ["Isolation, fluids, acetaminophen; pulse oximeter at home; return for shortness of breath."], [];
    GASTROENTERITIS = acute "25374005" "Gastroenteritis", "K52.9" "Noninfective gastroenteritis and colitis, unspecified", "gastroenteritis",
        ["Oral rehydration, bland diet; return for blood in the stool or no urine for eight hours."], [];
    URINARY_INFECTION = acute "68566005" "Urinary tract infectious disease", "N39.0" "Urinary tract infection, site not specified", "urinary tract infection",
        ["Nitrofurantoin for seven days; fluids; return for fever or flank pain."], [];
    APPENDICITIS = acute "74400008" "Appendicitis", "K37" "Unspecified appendicitis", "appendicitis",
        ["Laparoscopic appendectomy; antibiotics before the incision; diet as tolerated."], [];
    FOREARM_FRACTURE = acute "65966004" "Fracture of forearm", "S52.90XA" "Unspecified fracture of unspecified forearm, initial encounter for closed fracture", "forearm fracture",
        ["Cast for six weeks; keep the arm raised; follow-up X-ray."], [];
    ANKLE_FRACTURE = acute "16114001" "Fracture of ankle", "S82.899A" "Other fracture of unspecified lower leg, initial encounter for closed fracture", "ankle fracture",
        ["Splint then cast, no weight on the leg for four weeks; orthopedic follow-up."], [];
    CLAVICLE_FRACTURE = acute "58150001" "Fracture of clavicle", "S42.009A" "Fracture of unspecified part of unspecified clavicle, initial encounter for closed fracture", "clavicle fracture",
        ["Sling for four weeks, analgesics, early elbow movement."], [];
    HIP_FRACTURE = acute "359817006" "Closed fracture of hip", "S72.009A" "Fracture of unspecified part of neck of unspecified femur, initial encounter for closed fracture", "hip fracture",
        ["Hip replacement within a day; thrombosis prophylaxis; physical therapy from the first day."], [];
    ANKLE_SPRAIN = acute "44465007" "Sprain of ankle", "S93.409A" "Sprain of unspecified ligament of unspecified ankle, initial encounter", "ankle sprain",
        ["Rest, ice, compression, elevation; ibuprofen as needed; weight as tolerated."], [];
    LACERATION = acute "284549007" "Laceration of hand", "S61.419A" "Laceration without foreign body of unspecified hand, initial encounter", "laceration of the hand",
        ["Wound cleaned and sutured; tetanus shot checked; stitches out in ten days."], [];
    PREGNANCY = acute "72892002" "Normal pregnancy", "Z34.90" "Encounter for supervision of normal pregnancy, unspecified, unspecified trimester", "pregnancy",
        ["Routine prenatal care, prenatal vitamins, warning signs reviewed."],
        ["Feels well; fetal movement present; denies bleeding and contractions.", "Some nausea in the morning; denies bleeding, headache and visual changes."];
    GESTATIONAL_DIABETES = acute "11687002" "Gestational diabetes mellitus", "O24.419" "Gestational diabetes mellitus in pregnancy, unspecified control", "gestational diabetes",
        ["Diet, glucose log four times a day; growth ultrasound at 32 weeks."],
        ["Glucose log mostly at goal."];
    PREECLAMPSIA = acute "398254007" "Pre-eclampsia", "O14.90" "Unspecified pre-eclampsia, unspecified trimester", "preeclampsia",
        ["Blood pressure twice a week, laboratory checks, delivery planned at 37 weeks."],
        ["Denies headache and visual changes."];
    SEPSIS = acute "91302008" "Sepsis", "A41.9" "Sepsis, unspecified organism", "sepsis",
        ["Blood cultures, broad antibiotics and fluids within the hour."], [];
    CARDIAC_ARREST = acute "410429000" "Cardiac arrest", "I46.9" "Cardiac arrest, cause unspecified", "cardiac arrest",
        ["Resuscitation without success."], [];
}
