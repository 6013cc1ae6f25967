//! Vaccines (CVX codes of the CDC) and the schedule of childhood.

use super::{Code, code};

/// A vaccine product.
#[derive(Debug)]
pub(crate) struct Vaccine {
    pub(crate) code: Code,
    /// What a note calls it.
    pub(crate) plain: &'static str,
    pub(crate) manufacturer: &'static str,
    /// The years in which it is given.
    pub(crate) years: (i32, i32),
}

const fn vaccine(
    number: &'static str,
    display: &'static str,
    plain: &'static str,
    manufacturer: &'static str,
    years: (i32, i32),
) -> Vaccine {
    let code = code("http://hl7.org/fhir/sid/cvx", number, display);
    Vaccine { code, plain, manufacturer, years }
}

pub(crate) static HEP_B: Vaccine =
    vaccine("08", "Hep B, adolescent or pediatric", "hepatitis B", "Merck", (1991, 9999));
pub(crate) static ROTAVIRUS: Vaccine =
    vaccine("119", "rotavirus, monovalent", "rotavirus", "GlaxoSmithKline", (2008, 9999));
pub(crate) static DTAP: Vaccine = vaccine("20", "DTaP", "DTaP", "Sanofi Pasteur", (1992, 9999));
pub(crate) static HIB: Vaccine = vaccine("49", "Hib (PRP-OMP)", "Hib", "Merck", (1991, 9999));
pub(crate) static IPV: Vaccine = vaccine("10", "IPV", "polio", "Sanofi Pasteur", (1988, 9999));
pub(crate) static PCV7: Vaccine =
    vaccine("100", "pneumococcal conjugate PCV 7", "pneumococcal", "Wyeth", (2000, 2009));
pub(crate) static PCV13: Vaccine =
    vaccine("133", "Pneumococcal conjugate PCV 13", "pneumococcal", "Pfizer", (2010, 9999));
pub(crate) static HEP_A: Vaccine =
    vaccine("83", "Hep A, ped/adol, 2 dose", "hepatitis A", "Merck", (2000, 9999));
pub(crate) static MMR: Vaccine = vaccine("03", "MMR", "MMR", "Merck", (1979, 9999));
pub(crate) static VARICELLA: Vaccine =
    vaccine("21", "varicella", "varicella", "Merck", (1995, 9999));
pub(crate) static TDAP: Vaccine = vaccine("115", "Tdap", "Tdap", "Sanofi Pasteur", (2006, 9999));
pub(crate) static TD: Vaccine = vaccine(
    "113",
    "Td (adult), 5 Lf tetanus toxoid, preservative free, adsorbed",
    "tetanus and diphtheria",
    "Sanofi Pasteur",
    (1978, 9999),
);
pub(crate) static MENINGOCOCCAL: Vaccine =
    vaccine("114", "meningococcal MCV4P", "meningococcal", "Sanofi Pasteur", (2005, 9999));
pub(crate) static HPV4: Vaccine = vaccine("62", "HPV, quadrivalent", "HPV", "Merck", (2007, 2015));
pub(crate) static HPV9: Vaccine = vaccine("165", "HPV9", "HPV", "Merck", (2016, 9999));
pub(crate) static INFLUENZA: Vaccine = vaccine(
    "140",
    "Influenza, seasonal, injectable, preservative free",
    "influenza",
    "Sanofi Pasteur",
    (1990, 9999),
);
pub(crate) static PPSV23: Vaccine = vaccine(
    "33",
    "pneumococcal polysaccharide vaccine, 23 valent",
    "pneumococcal",
    "Merck",
    (1984, 9999),
);
pub(crate) static ZOSTER_LIVE: Vaccine =
    vaccine("121", "zoster vaccine, live", "shingles", "Merck", (2006, 2017));
pub(crate) static ZOSTER: Vaccine =
    vaccine("187", "zoster vaccine recombinant", "shingles", "GlaxoSmithKline", (2018, 9999));
pub(crate) static COVID_MODERNA: Vaccine = vaccine(
    "207",
    "SARS-COV-2 (COVID-19) vaccine, mRNA, spike protein, LNP, preservative free, 100 mcg/0.5mL dose",
    "COVID-19",
    "Moderna",
    (2021, 2022),
);
pub(crate) static COVID_PFIZER: Vaccine = vaccine(
    "208",
    "SARS-COV-2 (COVID-19) vaccine, mRNA, spike protein, LNP, preservative free, 30 mcg/0.3mL dose",
    "COVID-19",
    "Pfizer-BioNTech",
    (2021, 2022),
);

/// The well-child visits: age in months, and what is given with its dose number.
pub(crate) static CHILDHOOD: &[(i32, &[(&Vaccine, u8)])] = &[
    (0, &[(&HEP_B, 1)]),
    (1, &[(&HEP_B, 2)]),
    (2, &[(&ROTAVIRUS, 1), (&DTAP, 1), (&HIB, 1), (&PCV7, 1), (&PCV13, 1), (&IPV, 1)]),
    (4, &[(&ROTAVIRUS, 2), (&DTAP, 2), (&HIB, 2), (&PCV7, 2), (&PCV13, 2), (&IPV, 2)]),
    (6, &[(&HEP_B, 3), (&DTAP, 3), (&PCV7, 3), (&PCV13, 3), (&IPV, 3)]),
    (9, &[]),
    (12, &[(&HIB, 3), (&PCV7, 4), (&PCV13, 4), (&MMR, 1), (&VARICELLA, 1), (&HEP_A, 1)]),
    (15, &[(&DTAP, 4)]),
    (18, &[(&HEP_A, 2)]),
    (24, &[]),
    (30, &[]),
    (36, &[]),
    (49, &[(&DTAP, 5), (&IPV, 4), (&MMR, 2), (&VARICELLA, 2)]),
    (60, &[]),
    (72, &[]),
    (96, &[]),
    (120, &[]),
    (132, &[(&TDAP, 1), (&HPV4, 1), (&HPV9, 1), (&MENINGOCOCCAL, 1)]),
    (144, &[(&HPV4, 2), (&HPV9, 2)]),
    (168, &[]),
    (193, &[(&MENINGOCOCCAL, 2)]),
    (206, &[]),
];
