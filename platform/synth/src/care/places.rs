//! Towns, streets and the houses of the health system that population lives with.

/// A town of Massachusetts with its main ZIP code and where it lies.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) name: &'static str,
    pub(crate) zip: &'static str,
    pub(crate) latitude: &'static str,
    pub(crate) longitude: &'static str,
    pub(crate) hospital: &'static str,
    pub(crate) clinic: &'static str,
    pub(crate) area_code: &'static str,
    /// Out of a hundred people, how many live here.
    pub(crate) share: u32,
}

/// The state of all of them.
pub(crate) const STATE: &str = "MA";

macro_rules! towns {
    ($($name:literal $zip:literal $latitude:literal $longitude:literal $area_code:literal $share:literal
        $hospital:literal $clinic:literal;)*) => {
        pub(crate) static TOWNS: &[Town] = &[$(Town {
            name: $name,
            zip: $zip,
            latitude: $latitude,
            longitude: $longitude,
            hospital: $hospital,
            clinic: $clinic,
            area_code: $area_code,
            share: $share,
        }),*];
    };
}

towns! {
    "Boston" "02115" "42.34270" "-71.09220" "617" 30 "Harborview General Hospital" "Fenway Family Health";
    "Worcester" "01608" "42.26180" "-71.80240" "508" 13 "Seven Hills Medical Center" "Elm Park Primary Care";
    "Springfield" "01103" "42.10330" "-72.59140" "413" 11 "Pioneer Valley Hospital" "Mattoon Street Family Medicine";
    "Cambridge" "02139" "42.36470" "-71.10420" "617" 9 "Charles River Hospital" "Central Square Health Center";
    "Lowell" "01852" "42.63270" "-71.29830" "978" 9 "Merrimack Memorial Hospital" "Mill City Primary Care";
    "Quincy" "02169" "42.24910" "-70.99730" "617" 8 "Blue Hills Hospital" "Wollaston Family Practice";
    "Brockton" "02301" "42.07940" "-71.03990" "508" 7 "Old Colony Medical Center" "Thatcher Street Clinic";
    "New Bedford" "02740" "41.63200" "-70.94480" "508" 6 "Whaling City Hospital" "Buttonwood Family Medicine";
    "Pittsfield" "01201" "42.45310" "-73.25200" "413" 4 "Greylock Regional Hospital" "Onota Primary Care";
    "Barnstable" "02630" "41.70210" "-70.30200" "508" 3 "Cape Shore Hospital" "Great Marsh Health Center";
}

pub(crate) static STREETS: &[&str] = &[
    "Main Street",
    "Elm Street",
    "Maple Avenue",
    "Oak Street",
    "Park Avenue",
    "Washington Street",
    "Pleasant Street",
    "Cedar Lane",
    "Highland Avenue",
    "Lincoln Street",
    "Chestnut Street",
    "Summer Street",
    "School Street",
    "Union Street",
    "Walnut Street",
    "Spring Street",
    "Church Street",
    "Prospect Street",
    "Franklin Street",
    "River Road",
    "Hillside Terrace",
    "Beacon Way",
    "Orchard Lane",
    "Mill Road",
    "Lakeview Drive",
    "Birch Circle",
];

/// The payers: name, and who they insure.
pub(crate) static PAYERS: &[(&str, Insures)] = &[
    ("Medicare", Insures::Old),
    ("MassHealth Medicaid", Insures::Poor),
    ("Bay Colony Health Plan", Insures::Working),
    ("Commonwealth Mutual", Insures::Working),
    ("Pilgrim Employers Trust", Insures::Working),
];

/// Whom a payer insures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Insures {
    Old,
    Poor,
    Working,
}
