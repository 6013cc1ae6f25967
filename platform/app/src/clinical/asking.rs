//! Who asks, and of which store: what every clinical verb begins with.

use tarn_actors::StoreHandle;
use tarn_domain::{Explain, Problem, StoreId};
use tarn_search::{Handling, ParseOptions, Widths};

use crate::{Act, Call, Granted, Platform, authorise_do_account};

/// A call to a store.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// Where it came in.
    pub platform: &'a Platform,
    /// Who calls.
    pub call: &'a Call,
    /// The store.
    pub store: StoreId,
}

impl Asking<'_> {
    /// The store's base URL, without a slash at its end.
    pub fn base(&self) -> String {
        let mut base = self.platform.store_endpoint(self.store);
        base.truncate(base.trim_end_matches('/').len());
        base
    }

    /// Asks leave for an act on the store, does it, accounts for it.
    pub(crate) async fn act<T>(
        &self,
        act: Act,
        work: impl AsyncFnOnce(&Granted, StoreHandle) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        authorise_do_account(self.platform, self.call, act.on(self.store), async |granted| {
            let store = granted.tenant().store(self.store).await.map_err(|e| e.explain())?;
            work(granted, store).await
        })
        .await
    }

    /// Whether the store follows AWS HealthLake where that differs from FHIR's standard.
    pub(super) fn is_aws_compat(&self, granted: &Granted) -> bool {
        granted.tenant().view().store(self.store).is_some_and(|store| store.aws_compat)
    }

    /// How searches are read here.
    pub(super) fn parse_options(&self, lenient: bool) -> ParseOptions {
        let limits = &self.platform.settings().fhir;
        ParseOptions {
            own: None,
            handling: if lenient { Handling::Lenient } else { Handling::Strict },
            base_url: Some(self.base()),
            default_count: limits.default_count,
            max_count: limits.max_count,
            now: self.platform.clock().now(),
            widths: Widths::default(),
        }
    }
}
