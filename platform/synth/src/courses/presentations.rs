//! How illnesses present: what people complain of, what they have and have not, what is found.

use crate::note::Presentation;

macro_rules! presentations {
    ($($name:ident = $complaint:literal, $days:expr, $fever:ident $pain:expr,
        has [$($has:literal),*], denies [$($denies:literal),*], exam [$($exam:literal),*];)*) => {
        $(pub(super) static $name: Presentation = Presentation {
            complaint: $complaint,
            days: $days,
            fever: presentations!(@$fever),
            pain: $pain,
            has: &[$($has),*],
            denies: &[$($denies),*],
            exam: &[$($exam),*],
        };)*
    };
    (@fever) => { true };
    (@cool) => { false };
}

presentations! {
    COLD = "Runny nose and cough", (2, 6), fever (0, 3),
        has ["nasal congestion", "a runny nose", "a dry cough", "a mild sore throat"],
        denies ["shortness of breath", "chest pain", "ear pain", "vomiting"],
        exam ["Nose: clear discharge, swollen turbinates.", "Throat: mild redness without exudate.", "Lungs: clear on both sides."];
    SINUSITIS = "Facial pressure and congestion", (4, 12), cool (2, 6),
        has ["facial pressure worse when bending forward", "thick nasal discharge", "headache", "a reduced sense of smell"],
        denies ["fever above 39 C", "visual changes", "stiff neck", "tooth pain"],
        exam ["Tenderness over the maxillary sinuses.", "Nose: mucosal edema and discolored discharge.", "Lungs: clear."];
    SORE_THROAT = "Sore throat", (1, 4), fever (3, 7),
        has ["a sore throat", "painful swallowing", "swollen neck glands", "malaise"],
        denies ["drooling", "trouble breathing", "a rash", "cough"],
        exam ["Throat: red with enlarged tonsils.", "Neck: tender anterior cervical nodes.", "No splenomegaly."];
    EARACHE = "Ear pain", (1, 3), fever (3, 8),
        has ["ear pain", "fever", "poor sleep", "tugging at the ear"],
        denies ["ear discharge", "vomiting", "stiff neck"],
        exam ["Right tympanic membrane red and bulging with reduced mobility.", "Left tympanic membrane clear.", "Mastoids not tender."];
    COUGH = "Cough", (5, 16), cool (1, 3),
        has ["a productive cough", "chest tightness with coughing", "fatigue"],
        denies ["fever", "hemoptysis", "shortness of breath at rest", "weight loss"],
        exam ["Lungs: scattered rhonchi that clear with coughing, no crackles.", "Heart: regular, no murmur."];
    INFLUENZA = "Fever and body aches", (1, 3), fever (4, 7),
        has ["sudden fever", "muscle aches", "headache", "a dry cough", "chills"],
        denies ["shortness of breath", "confusion", "chest pain", "neck stiffness"],
        exam ["Ill-appearing, not toxic.", "Throat: mildly red.", "Lungs: clear."];
    COVID = "Cough, fever and loss of smell", (2, 7), fever (2, 6),
        has ["fever", "a dry cough", "loss of taste and smell", "fatigue", "muscle aches"],
        denies ["chest pain", "leg swelling", "confusion"],
        exam ["Lungs: fine crackles at the bases.", "No use of accessory muscles.", "Calves not tender."];
    VOMITING = "Vomiting and diarrhea", (1, 3), fever (2, 5),
        has ["vomiting", "watery diarrhea", "cramping abdominal pain", "poor appetite"],
        denies ["blood in the stool", "recent travel", "severe abdominal pain", "dizziness on standing"],
        exam ["Abdomen: soft, diffusely tender, no guarding, active bowel sounds.", "Mucous membranes slightly dry."];
    BURNING_URINE = "Burning on urination", (1, 4), cool (2, 5),
        has ["burning on urination", "urinary frequency", "urgency", "suprapubic discomfort"],
        denies ["fever", "flank pain", "blood in the urine", "vomiting"],
        exam ["Abdomen: mild suprapubic tenderness.", "No costovertebral angle tenderness."];
    PNEUMONIA = "Fever and productive cough", (3, 8), fever (3, 6),
        has ["fever with chills", "a cough with yellow sputum", "pain on the right side on deep breath", "shortness of breath"],
        denies ["hemoptysis", "leg swelling", "recent travel", "night sweats"],
        exam ["Lungs: crackles and dullness at the right base.", "Heart: fast, regular.", "No cyanosis."];
    WHEEZE = "Wheezing and cough", (1, 5), cool (0, 3),
        has ["wheezing", "a cough at night", "chest tightness", "shortness of breath with play or exercise"],
        denies ["fever", "choking on food", "chest pain", "leg swelling"],
        exam ["Lungs: expiratory wheezes on both sides, prolonged expiration.", "Speaks in full sentences."];
    BREATHLESS = "Shortness of breath", (3, 30), cool (0, 3),
        has ["shortness of breath on exertion", "a morning cough with sputum", "wheezing"],
        denies ["chest pain", "hemoptysis", "leg swelling", "fever"],
        exam ["Lungs: reduced breath sounds with expiratory wheezes.", "Barrel-shaped chest.", "No edema."];
    RHINITIS = "Sneezing and itchy eyes", (7, 40), cool (0, 1),
        has ["sneezing", "itchy, watery eyes", "clear nasal discharge"],
        denies ["fever", "wheezing", "facial pain"],
        exam ["Nose: pale, swollen mucosa.", "Conjunctivae: mild injection.", "Lungs: clear."];
    ITCHY_RASH = "Itchy rash", (10, 60), cool (0, 2),
        has ["an itchy rash in the folds of the elbows and knees", "dry skin", "scratching at night"],
        denies ["fever", "oozing", "new foods or soaps"],
        exam ["Skin: dry, red, scaly patches in the antecubital and popliteal folds, no crusts."];
    HIGH_PRESSURE = "High blood pressure readings", (14, 90), cool (0, 2),
        has ["several readings above 140/90 at home", "an occasional morning headache"],
        denies ["chest pain", "shortness of breath", "visual changes", "leg swelling"],
        exam ["Heart: regular rate and rhythm, no murmur.", "No carotid bruit.", "Pulses equal; no edema."];
    NEW_DIABETES = "Thirst and frequent urination", (14, 60), cool (0, 1),
        has ["increased thirst", "frequent urination", "fatigue", "blurred vision at times"],
        denies ["weight loss", "abdominal pain", "numbness of the feet", "chest pain"],
        exam ["Heart and lungs: normal.", "Feet: intact skin, normal monofilament test.", "Acanthosis at the neck."];
    NUMB_FEET = "Numbness of the feet", (60, 300), cool (1, 5),
        has ["numbness of both feet", "burning at night", "unsteadiness in the dark"],
        denies ["foot ulcers", "back pain", "bladder problems"],
        exam ["Feet: reduced monofilament sensation on both sides, no ulcer.", "Ankle reflexes reduced."];
    TIRED = "Fatigue", (20, 120), cool (0, 1),
        has ["fatigue", "feeling cold", "reduced exercise tolerance"],
        denies ["weight loss", "fever", "night sweats", "chest pain", "black stools"],
        exam ["Conjunctivae: slightly pale.", "Thyroid: not enlarged, no nodule.", "Heart: regular, no murmur."];
    PAINFUL_TOE = "Painful big toe", (1, 3), cool (6, 9),
        has ["sudden pain and swelling of the big toe", "skin too tender for a bed sheet"],
        denies ["injury", "fever", "other joint pain"],
        exam ["First metatarsophalangeal joint red, warm and very tender.", "No skin break."];
    HEARTBURN = "Heartburn", (30, 200), cool (1, 4),
        has ["burning behind the breastbone after meals", "sour taste when lying down"],
        denies ["trouble swallowing", "weight loss", "black stools", "chest pain on exertion"],
        exam ["Abdomen: soft, mild epigastric tenderness, no mass."];
    ANGINA = "Chest tightness on exertion", (14, 80), cool (2, 5),
        has ["chest tightness when climbing stairs", "relief within minutes of rest", "shortness of breath with the tightness"],
        denies ["pain at rest", "syncope", "palpitations", "leg swelling"],
        exam ["Heart: regular, no murmur or gallop.", "Lungs: clear.", "Peripheral pulses palpable."];
    CHEST_PAIN = "Chest pain", (0, 1), cool (7, 10),
        has ["crushing chest pain spreading to the left arm", "sweating", "nausea", "shortness of breath"],
        denies ["fever", "cough", "recent trauma", "tearing pain in the back"],
        exam ["Diaphoretic and pale.", "Heart: regular, no murmur; no rub.", "Lungs: clear. No edema."];
    SWOLLEN_LEGS = "Shortness of breath and leg swelling", (5, 25), cool (0, 3),
        has ["shortness of breath lying flat", "swelling of both legs", "a weight gain of several kilograms", "waking at night for air"],
        denies ["chest pain", "fever", "syncope", "hemoptysis"],
        exam ["Jugular veins distended.", "Lungs: crackles at both bases.", "Pitting edema to the knees."];
    PALPITATIONS = "Palpitations", (1, 20), cool (0, 2),
        has ["an irregular, fast heartbeat", "fatigue", "lightheadedness"],
        denies ["syncope", "chest pain", "weakness of an arm or leg", "leg swelling"],
        exam ["Heart: irregularly irregular, no murmur.", "Lungs: clear.", "Thyroid: not enlarged."];
    WEAK_ARM = "Sudden weakness of the right arm", (0, 1), cool (0, 2),
        has ["sudden weakness of the right arm", "drooping of the face", "slurred speech"],
        denies ["head injury", "seizure", "fever", "severe headache"],
        exam ["Right facial droop, right arm drift, dysarthria.", "Heart: no murmur.", "No neck stiffness."];
    LOW_MOOD = "Low mood", (20, 90), cool (0, 2),
        has ["low mood", "loss of interest", "poor sleep", "trouble concentrating"],
        denies ["suicidal ideation", "hallucinations", "episodes of elevated mood", "alcohol misuse"],
        exam ["Flat affect, good eye contact, speech slow.", "Thought process linear; no psychosis."];
    WORRY = "Anxiety", (60, 200), cool (0, 2),
        has ["constant worry", "restlessness", "muscle tension", "trouble falling asleep"],
        denies ["suicidal ideation", "chest pain", "palpitations at rest", "weight loss"],
        exam ["Anxious affect, cooperative.", "Thyroid: not enlarged. No tremor."];
    HEADACHE = "Recurrent headache", (30, 200), cool (5, 9),
        has ["throbbing one-sided headache", "nausea with the headache", "sensitivity to light and noise"],
        denies ["visual loss", "weakness", "fever", "stiff neck", "head injury"],
        exam ["Cranial nerves intact.", "Strength and reflexes normal.", "Fundi: sharp discs."];
    FORGETFUL = "Memory loss", (180, 700), cool (0, 1),
        has ["repeated questions", "misplaced things", "getting lost on known routes", "trouble with bills"],
        denies ["hallucinations", "falls", "incontinence", "low mood"],
        exam ["Oriented to person, not to date.", "Recall of one of three words.", "Gait steady, no tremor."];
    KNEE_PAIN = "Knee pain", (60, 300), cool (3, 7),
        has ["knee pain on stairs", "stiffness in the morning for less than half an hour", "creaking of the knee"],
        denies ["locking", "fever", "recent injury", "redness of the joint"],
        exam ["Knee: crepitus, small effusion, flexion 110 degrees.", "Ligaments stable."];
    HIP_PAIN = "Hip pain", (60, 300), cool (3, 7),
        has ["groin pain on walking", "trouble putting on socks", "stiffness after rest"],
        denies ["fall", "fever", "numbness of the leg"],
        exam ["Hip: painful and limited internal rotation.", "Gait: antalgic."];
    BACK_PAIN = "Low back pain", (2, 14), cool (4, 8),
        has ["low back pain after lifting", "stiffness", "pain on bending"],
        denies ["leg weakness", "numbness of the saddle area", "bladder or bowel problems", "fever", "weight loss"],
        exam ["Paraspinal tenderness in the lumbar region.", "Straight leg raise negative on both sides.", "Strength and reflexes normal."];
    FALL = "Pain after a fall", (0, 1), cool (5, 9),
        has ["pain and swelling after a fall", "inability to use the limb"],
        denies ["head injury", "loss of consciousness", "numbness", "neck pain"],
        exam ["Swelling and point tenderness with limited motion.", "Skin intact; pulses and sensation intact beyond the injury."];
    TWISTED_ANKLE = "Ankle pain", (0, 2), cool (3, 7),
        has ["ankle pain after rolling the foot", "swelling on the outside"],
        denies ["a pop", "numbness", "inability to take four steps"],
        exam ["Ankle: lateral swelling and tenderness, no tenderness of the bones.", "Anterior drawer negative."];
    CUT = "Cut on the hand", (0, 1), cool (2, 5),
        has ["a bleeding cut on the palm from a knife"],
        denies ["numbness of the fingers", "foreign body", "weakness of the grip"],
        exam ["Clean laceration of three centimeters on the palm.", "Tendons and sensation intact."];
    BELLY_PAIN = "Abdominal pain", (0, 2), fever (6, 9),
        has ["pain that moved to the right lower abdomen", "nausea", "loss of appetite", "low fever"],
        denies ["diarrhea", "burning on urination", "blood in the stool", "chest pain"],
        exam ["Abdomen: tender with guarding at McBurney's point.", "Rovsing sign positive."];
    PREGNANT = "Missed period", (14, 35), cool (0, 1),
        has ["a missed period", "breast tenderness", "nausea in the morning"],
        denies ["vaginal bleeding", "abdominal pain", "fever"],
        exam ["Uterus enlarged to dates.", "Abdomen: soft, not tender."];
    LABOR = "Contractions", (0, 1), cool (6, 10),
        has ["regular contractions every four minutes", "fetal movement"],
        denies ["headache", "visual changes", "heavy bleeding"],
        exam ["Fetal heart rate 140 per minute, reassuring.", "Cervix dilated to five centimeters."];
    BREAST_LUMP = "Breast lump", (7, 60), cool (0, 2),
        has ["a painless lump in the left breast"],
        denies ["nipple discharge", "weight loss", "bone pain"],
        exam ["Left breast: firm, irregular mass of two centimeters in the upper outer quadrant.", "No palpable axillary nodes."];
    BLOOD_IN_STOOL = "Blood in the stool", (14, 90), cool (0, 3),
        has ["blood mixed with the stool", "a change of bowel habit", "fatigue"],
        denies ["abdominal pain at night", "vomiting", "fever"],
        exam ["Abdomen: soft, no mass.", "Rectal examination: no mass, dark stool."];
    SLOW_STREAM = "Slow urinary stream", (60, 300), cool (0, 1),
        has ["a slow urinary stream", "nocturia", "hesitancy"],
        denies ["blood in the urine", "bone pain", "weight loss", "fever"],
        exam ["Prostate: enlarged with a firm nodule on the right.", "Bladder not palpable."];
    COUGHING_BLOOD = "Cough with blood", (10, 60), cool (1, 4),
        has ["a cough with blood-streaked sputum", "weight loss", "fatigue"],
        denies ["fever", "chest pain", "hoarseness"],
        exam ["Lungs: reduced breath sounds in the right upper zone.", "No palpable supraclavicular nodes.", "Finger clubbing."];
}
