//! Stores.

use tarn_registry::StoreStatus;

use crate::fixture::{Place, at, found, store};

#[tokio::test]
async fn a_store_is_its_organisations_and_stays_on_record_when_deleted() {
    let place = Place::new();
    let registry = place.open().await;
    let (one, two) = (found(&registry, "One").await, found(&registry, "Two").await);
    let id = store(&registry, one).await;
    assert_eq!(registry.stores(two).await.unwrap(), []);
    let active = registry.stores(one).await.unwrap().remove(0);
    assert_eq!((active.id, active.status, active.deleted), (id, StoreStatus::Active, None));
    registry.set_store_status(id, StoreStatus::Deleting, at(3)).await.unwrap();
    registry.set_store_status(id, StoreStatus::Deleted, at(4)).await.unwrap();
    let gone = registry.store(id).await.unwrap().unwrap();
    assert_eq!((gone.status, gone.deleted), (StoreStatus::Deleted, Some(at(4))));
}
