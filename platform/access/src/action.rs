//! Everything that can be asked of the platform, by name.

use std::fmt;
use std::str::FromStr;

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// An organisation as a whole.
    Organization,
    /// One data store.
    Store,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $scope:ident, $data:ident, $effect:ident;)*) => {
        /// Something that can be asked of the platform.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            /// All of them, in the order of the matrix.
            pub const ALL: &'static [Action] = &[$(Action::$variant,)*];

            /// Its name in policies and audit entries.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What it is done to.
            pub const fn scope(self) -> Scope {
                match self { $(Self::$variant => Scope::$scope,)* }
            }

            /// Whether it touches health data, so that an agreement must be in force.
            pub const fn is_phi(self) -> bool {
                match self { $(Self::$variant => actions!(@ $data),)* }
            }

            /// Whether it changes nothing.
            pub const fn is_read_only(self) -> bool {
                match self { $(Self::$variant => actions!(@ $effect),)* }
            }
        }
    };
    (@ phi) => { true };
    (@ plain) => { false };
    (@ reads) => { true };
    (@ writes) => { false };
}

actions! {
    /// Read a resource.
    FhirRead = "fhir:Read", Store, phi, reads;
    /// Read a version of a resource.
    FhirVRead = "fhir:VRead", Store, phi, reads;
    /// Search.
    FhirSearch = "fhir:Search", Store, phi, reads;
    /// See how a search was answered: its plan, with the numbers of rows and the times.
    FhirExplain = "fhir:Explain", Store, phi, reads;
    /// Read the history of a resource, a type or the store.
    FhirHistory = "fhir:History", Store, phi, reads;
    /// Create a resource.
    FhirCreate = "fhir:Create", Store, phi, writes;
    /// Update a resource, or create it under the caller's id.
    FhirUpdate = "fhir:Update", Store, phi, writes;
    /// Patch a resource.
    FhirPatch = "fhir:Patch", Store, phi, writes;
    /// Delete a resource.
    FhirDelete = "fhir:Delete", Store, phi, writes;
    /// Erase a resource with all its versions, or all that is a patient's.
    FhirErase = "fhir:Erase", Store, phi, writes;
    /// Send a batch or transaction; each entry needs its own action too.
    FhirTransaction = "fhir:Transaction", Store, phi, writes;
    /// Follow, fetch or cancel a request of one's own that was put off.
    FhirDeferred = "fhir:Deferred", Store, phi, reads;
    /// Read what a store can do.
    FhirCapabilities = "fhir:Capabilities", Store, plain, reads;
    /// Create a store.
    StoreCreate = "store:Create", Organization, plain, writes;
    /// List the stores.
    StoreList = "store:List", Organization, plain, reads;
    /// Look at a store.
    StoreDescribe = "store:Describe", Store, plain, reads;
    /// Delete a store.
    StoreDelete = "store:Delete", Store, plain, writes;
    /// Change a store's settings.
    StoreUpdate = "store:Update", Store, plain, writes;
    /// Start an import.
    ImportStart = "import:Start", Store, phi, writes;
    /// Look at an import.
    ImportDescribe = "import:Describe", Store, plain, reads;
    /// List the imports.
    ImportList = "import:List", Store, plain, reads;
    /// Cancel an import.
    ImportCancel = "import:Cancel", Store, plain, writes;
    /// Start an export.
    ExportStart = "export:Start", Store, phi, writes;
    /// Fetch the files of an export.
    ExportRead = "export:Read", Store, phi, reads;
    /// Look at an export.
    ExportDescribe = "export:Describe", Store, plain, reads;
    /// List the exports.
    ExportList = "export:List", Store, plain, reads;
    /// Cancel an export.
    ExportCancel = "export:Cancel", Store, plain, writes;
    /// List the subscriptions with what they could not deliver.
    SubscriptionList = "subscription:List", Store, phi, reads;
    /// Have events sent again.
    SubscriptionReplay = "subscription:Replay", Store, phi, writes;
    /// List the mails that no server took.
    MailList = "mail:List", Organization, plain, reads;
    /// Search the audit trail.
    AuditSearch = "audit:Search", Organization, plain, reads;
    /// Verify the audit trail.
    AuditVerify = "audit:Verify", Organization, plain, reads;
    /// Export the audit trail.
    AuditExport = "audit:Export", Organization, plain, reads;
    /// Look at the agreement.
    BaaDescribe = "baa:Describe", Organization, plain, reads;
    /// Sign the agreement.
    BaaSign = "baa:Sign", Organization, plain, writes;
    /// Look at the usage.
    UsageDescribe = "usage:Describe", Organization, plain, reads;
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text).ok_or(())
    }
}
