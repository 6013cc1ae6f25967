//! Opening the file: first time, again, at once, damaged, from the future.

use std::sync::Arc;

use tarn_registry::{Registry, RegistryError};

use crate::fixture::{Place, found};

fn schema(place: &Place) -> Vec<(String, Option<String>)> {
    let db = rusqlite::Connection::open(place.dir.path().join("control.sqlite")).unwrap();
    let mut all = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn migrating_twice_is_the_same_as_once() {
    let place = Place::new();
    place.open().await.close().await.unwrap();
    let once = schema(&place);
    place.open().await.close().await.unwrap();
    assert_eq!(schema(&place), once);
    let tables =
        ["access_keys", "agreements", "api_keys", "jobs", "members", "organizations", "stores"];
    assert!(tables.iter().all(|table| once.iter().any(|(name, _)| name == table)), "{once:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn those_who_open_a_new_file_at_once_all_succeed() {
    let place = Arc::new(Place::new());
    let opening: Vec<_> = (0..6)
        .map(|n| {
            let place = Arc::clone(&place);
            tokio::spawn(async move { found(&place.open().await, &format!("org {n}")).await })
        })
        .collect();
    for open in opening {
        open.await.unwrap();
    }
    assert_eq!(place.open().await.organizations().await.unwrap().len(), 6);
}

#[tokio::test]
async fn what_one_process_writes_the_other_reads() {
    let place = Place::new();
    let (server, command) = (place.open().await, place.open().await);
    let id = found(&command, "Lakeside").await;
    assert_eq!(server.organization(id).await.unwrap().unwrap().name, "Lakeside");
}

#[tokio::test]
async fn the_file_is_in_wal_mode_and_keeps_foreign_keys() {
    let place = Place::new();
    let registry = place.open().await;
    let db = rusqlite::Connection::open(place.dir.path().join("control.sqlite")).unwrap();
    let mode: String = db.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let mut orphan = crate::fixture::founding("x").admin;
    orphan.organization = tarn_domain::OrganizationId::from_bytes([9; 16]);
    let added = registry.add_member(orphan).await;
    assert!(matches!(added, Err(RegistryError::Missing { .. })), "{added:?}");
}

#[tokio::test]
async fn a_file_of_a_later_release_is_refused_in_words() {
    let place = Place::new();
    place.open().await.close().await.unwrap();
    let path = place.dir.path().join("control.sqlite");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute("INSERT INTO seaql_migrations VALUES ('m9999_of_the_future', 0)", []).unwrap();
    let opened = Registry::open(&path, Arc::clone(&place.keys)).await;
    let words = opened.err().unwrap().to_string();
    assert!(words.ends_with("it was written by a later release of Tarn"), "{words}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_in_words() {
    let place = Place::new();
    let path = place.dir.path().join("control.sqlite");
    std::fs::write(&path, vec![7u8; 8192]).unwrap();
    let opened = Registry::open(&path, Arc::clone(&place.keys)).await;
    assert!(matches!(opened, Err(RegistryError::Open { .. })));
}

#[tokio::test]
async fn a_path_may_hold_any_character() {
    let place = Place::new();
    let odd = place.dir.path().join("a b?c#d%20é");
    std::fs::create_dir(&odd).unwrap();
    let path = odd.join("control.sqlite");
    Registry::open(&path, Arc::clone(&place.keys)).await.unwrap().close().await.unwrap();
    assert!(path.is_file());
}
