//! Where generated resources go: one growing NDJSON text per resource type.

use crate::json::Json;
use crate::prng::Id;

macro_rules! kinds {
    ($($name:ident),* $(,)?) => {
        /// The resource types that a population has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is the FHIR resource type of that name")]
        pub enum ResourceKind { $($name),* }

        impl ResourceKind {
            /// All of them, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The type's name as FHIR spells it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

kinds!(
    AllergyIntolerance,
    CarePlan,
    CareTeam,
    Claim,
    Condition,
    Coverage,
    Device,
    DiagnosticReport,
    DocumentReference,
    Encounter,
    ExplanationOfBenefit,
    Goal,
    ImagingStudy,
    Immunization,
    Location,
    Medication,
    MedicationAdministration,
    MedicationRequest,
    Observation,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Procedure,
    Provenance,
);

/// Collects resources as lines of JSON, apart by type.
#[derive(Debug, Default)]
pub struct Sink {
    lines: Vec<Vec<u8>>,
    counts: Vec<u64>,
}

impl Sink {
    /// An empty one.
    pub fn new() -> Self {
        let kinds = ResourceKind::ALL.len();
        Self { lines: vec![Vec::new(); kinds], counts: vec![0; kinds] }
    }

    /// The lines of a type so far, each ended by a line feed.
    pub fn lines(&self, kind: ResourceKind) -> &[u8] {
        &self.lines[kind as usize]
    }

    /// How many resources of a type so far.
    pub fn count(&self, kind: ResourceKind) -> u64 {
        self.counts[kind as usize]
    }

    /// How many resources of all types so far.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Forgets all lines and keeps the room they took.
    pub fn clear(&mut self) {
        self.lines.iter_mut().for_each(Vec::clear);
        self.counts.fill(0);
    }

    /// Begins a resource; [`Json::finish`] ends it.
    pub(crate) fn open(&mut self, kind: ResourceKind, id: Id) -> Json<'_> {
        self.counts[kind as usize] += 1;
        let mut json = Json::new(&mut self.lines[kind as usize]);
        json.begin(kind.name());
        json.id("id", id);
        json
    }

    /// The same with a profile that the resource claims.
    pub(crate) fn open_as(&mut self, kind: ResourceKind, id: Id, profile: &str) -> Json<'_> {
        let mut json = self.open(kind, id);
        json.profile(profile);
        json
    }
}
