//! Medicines (RxNorm), how they are taken, and what notes call them.

use super::{Code, rxnorm, snomed};

/// A medicine as it is ordered.
#[derive(Debug)]
pub(crate) struct Drug {
    pub(crate) code: Code,
    /// What a note calls it.
    pub(crate) plain: &'static str,
    pub(crate) sig: &'static str,
    pub(crate) per_day: u8,
    pub(crate) as_needed: bool,
    pub(crate) route: Route,
    /// What a fill costs, in cents.
    pub(crate) price: i32,
}

/// How a medicine gets into the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Oral,
    Inhaled,
    Topical,
    Subcutaneous,
    Intravenous,
}

impl Route {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Oral => snomed("26643006", "Oral route"),
            Self::Inhaled => snomed("447694001", "Respiratory tract route"),
            Self::Topical => snomed("6064005", "Topical route"),
            Self::Subcutaneous => snomed("34206005", "Subcutaneous route"),
            Self::Intravenous => snomed("47625008", "Intravenous route"),
        }
    }
}

macro_rules! drugs {
    ($($name:ident = $number:literal $display:literal, $plain:literal, $sig:literal,
        $per_day:literal $as_needed:ident $route:ident, $price:literal;)*) => {
        $(pub(crate) static $name: Drug = Drug {
            code: rxnorm($number, $display),
            plain: $plain,
            sig: $sig,
            per_day: $per_day,
            as_needed: drugs!(@$as_needed),
            route: Route::$route,
            price: $price,
        };)*
        /// Every medicine, in the order of the population's `Medication` resources.
        pub(crate) static FORMULARY: &[&Drug] = &[$(&$name),*];
    };
    (@daily) => { false };
    (@needed) => { true };
}

drugs! {
    LISINOPRIL = "314076" "lisinopril 10 MG Oral Tablet", "lisinopril 10 mg", "Take one tablet by mouth once daily", 1 daily Oral, 1_200;
    LISINOPRIL_20 = "314077" "lisinopril 20 MG Oral Tablet", "lisinopril 20 mg", "Take one tablet by mouth once daily", 1 daily Oral, 1_300;
    HYDROCHLOROTHIAZIDE = "310798" "hydrochlorothiazide 25 MG Oral Tablet", "hydrochlorothiazide 25 mg", "Take one tablet by mouth every morning", 1 daily Oral, 900;
    AMLODIPINE = "197361" "amlodipine 5 MG Oral Tablet", "amlodipine 5 mg", "Take one tablet by mouth once daily", 1 daily Oral, 1_100;
    METFORMIN = "860975" "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet", "metformin ER 500 mg", "Take one tablet by mouth twice daily with meals", 2 daily Oral, 1_600;
    INSULIN = "311041" "insulin glargine 100 UNT/ML Injectable Solution", "insulin glargine", "Inject 20 units under the skin every evening", 1 daily Subcutaneous, 18_900;
    SIMVASTATIN = "312961" "simvastatin 20 MG Oral Tablet", "simvastatin 20 mg", "Take one tablet by mouth every evening", 1 daily Oral, 1_400;
    ATORVASTATIN = "259255" "atorvastatin 80 MG Oral Tablet", "atorvastatin 80 mg", "Take one tablet by mouth once daily", 1 daily Oral, 2_200;
    ALBUTEROL = "745679" "200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler", "albuterol inhaler", "Inhale two puffs every four to six hours as needed for wheezing", 4 needed Inhaled, 4_800;
    FLUTICASONE = "895994" "120 ACTUAT fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler", "fluticasone inhaler", "Inhale two puffs twice daily and rinse the mouth afterwards", 2 daily Inhaled, 17_500;
    FLUTICASONE_SALMETEROL = "896209" "60 ACTUAT fluticasone propionate 0.25 MG/ACTUAT / salmeterol 0.05 MG/ACTUAT Dry Powder Inhaler", "fluticasone-salmeterol inhaler", "Inhale one puff twice daily", 2 daily Inhaled, 31_000;
    FLUOXETINE = "310385" "fluoxetine 20 MG Oral Capsule", "fluoxetine 20 mg", "Take one capsule by mouth every morning", 1 daily Oral, 1_500;
    IBUPROFEN = "310965" "ibuprofen 200 MG Oral Tablet", "ibuprofen 200 mg", "Take two tablets by mouth every six hours as needed for pain", 4 needed Oral, 800;
    NAPROXEN = "198014" "naproxen 500 MG Oral Tablet", "naproxen 500 mg", "Take one tablet by mouth twice daily with food", 2 daily Oral, 1_300;
    ACETAMINOPHEN = "313782" "acetaminophen 325 MG Oral Tablet", "acetaminophen 325 mg", "Take two tablets by mouth every six hours as needed for pain or fever", 4 needed Oral, 700;
    ACETAMINOPHEN_CHILD = "313820" "acetaminophen 160 MG Chewable Tablet", "acetaminophen 160 mg chewable", "Chew one tablet every six hours as needed for fever", 4 needed Oral, 800;
    AMOXICILLIN = "308182" "amoxicillin 250 MG Oral Capsule", "amoxicillin 250 mg", "Take one capsule by mouth three times daily until finished", 3 daily Oral, 1_200;
    AMOXICILLIN_CLAVULANATE = "562251" "amoxicillin 250 MG / clavulanate 125 MG Oral Tablet", "amoxicillin-clavulanate 250/125 mg", "Take one tablet by mouth three times daily until finished", 3 daily Oral, 2_900;
    PENICILLIN = "834102" "penicillin V potassium 500 MG Oral Tablet", "penicillin V 500 mg", "Take one tablet by mouth twice daily for ten days", 2 daily Oral, 1_300;
    AZITHROMYCIN = "308460" "azithromycin 250 MG Oral Tablet", "azithromycin 250 mg", "Take two tablets on the first day, then one tablet daily for four days", 1 daily Oral, 2_100;
    NITROFURANTOIN = "311995" "nitrofurantoin, macrocrystals 50 MG Oral Capsule", "nitrofurantoin 50 mg", "Take one capsule by mouth four times daily for seven days", 4 daily Oral, 3_600;
    WARFARIN = "855332" "warfarin sodium 5 MG Oral Tablet", "warfarin 5 mg", "Take one tablet by mouth every evening or as directed by INR", 1 daily Oral, 1_400;
    METOPROLOL = "866412" "24 HR metoprolol succinate 100 MG Extended Release Oral Tablet", "metoprolol succinate 100 mg", "Take one tablet by mouth once daily", 1 daily Oral, 1_900;
    CARVEDILOL = "200033" "carvedilol 25 MG Oral Tablet", "carvedilol 25 mg", "Take one tablet by mouth twice daily with food", 2 daily Oral, 1_700;
    ASPIRIN = "243670" "aspirin 81 MG Oral Tablet", "aspirin 81 mg", "Take one tablet by mouth once daily", 1 daily Oral, 500;
    CLOPIDOGREL = "309362" "clopidogrel 75 MG Oral Tablet", "clopidogrel 75 mg", "Take one tablet by mouth once daily", 1 daily Oral, 2_000;
    FUROSEMIDE = "313988" "furosemide 40 MG Oral Tablet", "furosemide 40 mg", "Take one tablet by mouth every morning", 1 daily Oral, 900;
    NITROGLYCERIN = "705129" "nitroglycerin 0.4 MG/ACTUAT Mucosal Spray", "nitroglycerin spray", "Spray once under the tongue at chest pain; call 911 when it stays after five minutes", 1 needed Oral, 9_800;
    FERROUS_SULFATE = "310325" "ferrous sulfate 325 MG Oral Tablet", "ferrous sulfate 325 mg", "Take one tablet by mouth once daily", 1 daily Oral, 700;
    LEVOTHYROXINE = "966222" "levothyroxine sodium 0.075 MG Oral Tablet", "levothyroxine 75 mcg", "Take one tablet by mouth every morning on an empty stomach", 1 daily Oral, 1_500;
    ALENDRONATE = "904419" "alendronic acid 10 MG Oral Tablet", "alendronate 10 mg", "Take one tablet by mouth every morning with a full glass of water", 1 daily Oral, 1_800;
    DONEPEZIL = "997223" "donepezil hydrochloride 10 MG Oral Tablet", "donepezil 10 mg", "Take one tablet by mouth at bedtime", 1 daily Oral, 2_300;
    ALLOPURINOL = "197319" "allopurinol 100 MG Oral Tablet", "allopurinol 100 mg", "Take one tablet by mouth once daily", 1 daily Oral, 900;
    OMEPRAZOLE = "198051" "omeprazole 20 MG Delayed Release Oral Capsule", "omeprazole 20 mg", "Take one capsule by mouth before breakfast", 1 daily Oral, 1_300;
    LORATADINE = "311372" "loratadine 10 MG Oral Tablet", "loratadine 10 mg", "Take one tablet by mouth once daily as needed for allergy symptoms", 1 needed Oral, 900;
    HYDROCORTISONE = "106258" "hydrocortisone 10 MG/ML Topical Cream", "hydrocortisone 1% cream", "Apply thinly to the rash twice daily", 2 daily Topical, 800;
    EPINEPHRINE = "1870230" "NDA020800 0.3 ML epinephrine 1 MG/ML Auto-Injector", "epinephrine auto-injector", "Inject into the outer thigh at once for a severe allergic reaction, then call 911", 1 needed Subcutaneous, 32_000;
    OXYCODONE = "1049221" "acetaminophen 325 MG / oxycodone hydrochloride 5 MG Oral Tablet", "oxycodone-acetaminophen 5/325 mg", "Take one tablet by mouth every six hours as needed for severe pain", 4 needed Oral, 2_400;
    TRAMADOL = "835603" "tramadol hydrochloride 50 MG Oral Tablet", "tramadol 50 mg", "Take one tablet by mouth every six hours as needed for pain", 4 needed Oral, 1_600;
    ANASTROZOLE = "199224" "anastrozole 1 MG Oral Tablet", "anastrozole 1 mg", "Take one tablet by mouth once daily", 1 daily Oral, 3_900;
    CONTRACEPTIVE = "749785" "Ortho Tri-Cyclen 28 Day Pack", "oral contraceptive", "Take one tablet by mouth once daily", 1 daily Oral, 2_800;
    PACLITAXEL = "583214" "paclitaxel 100 MG Injection", "paclitaxel", "Given by infusion in the infusion center", 1 daily Intravenous, 94_000;
    OXALIPLATIN = "1736776" "10 ML oxaliplatin 5 MG/ML Injection", "oxaliplatin", "Given by infusion in the infusion center", 1 daily Intravenous, 81_000;
    LEUCOVORIN = "1803932" "leucovorin 100 MG Injection", "leucovorin", "Given by infusion in the infusion center", 1 daily Intravenous, 27_000;
    CISPLATIN = "1736854" "cisplatin 50 MG Injection", "cisplatin", "Given by infusion in the infusion center", 1 daily Intravenous, 33_000;
    ENOXAPARIN = "854235" "0.4 ML enoxaparin sodium 100 MG/ML Prefilled Syringe", "enoxaparin 40 mg", "Inject under the skin once daily while in hospital", 1 daily Subcutaneous, 4_400;
    ALTEPLASE = "1804799" "alteplase 100 MG Injection", "alteplase", "Given once by infusion in the emergency department", 1 daily Intravenous, 720_000;
}
