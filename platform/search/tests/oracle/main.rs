//! Search held against a naive scan: random resources in a real store, random questions, also
//! right after updates, deletes, loads, flushes, merges and reopenings.

mod chance;
mod data;
mod expression;
mod includes;
mod lookups;
mod model;
mod question;
mod scan;
#[path = "../store/mod.rs"]
mod store;
mod world;

use std::collections::BTreeSet;

use tarn_domain::Timestamp;
use tarn_search::{
    Cursor, Limits, ParseOptions, Query, Scope, Turning, count, cursor, matches, page, parse,
    resumed,
};
use tarn_store::Snapshot;

use chance::Chance;
use model::Res;
use question::{Question, Where};
use scan::{NOW, answer};
use store::type_id;
use world::World;

const WORLDS: u64 = 60;
const ROUNDS: usize = 8;
const QUESTIONS: usize = 25;

#[test]
fn every_answer_is_that_of_a_naive_scan() {
    let mut asked = 0;
    let mut hits = 0;
    for seed in 0..WORLDS {
        let mut chance = Chance::new(seed);
        let mut world = World::new();
        for round in 0..ROUNDS {
            for _ in 0..1 + chance.below(3) {
                world.live_on(&mut chance);
            }
            let (all, snapshot) = (world.all(), world.snapshot());
            for _ in 0..QUESTIONS {
                let question = Question::random(&mut chance);
                let right = answer(&all, &question);
                let told = ask(&question, &snapshot, &ways(&mut chance));
                let told: Vec<String> = told.iter().map(|rid| name(&all, *rid)).collect();
                let right: Vec<String> = right.iter().map(|res| res.name()).collect();
                assert_eq!(told, right, "world {seed}, round {round}: {}", question.text());
                check_includes(&question, &all, &snapshot, &mut chance);
                asked += 1;
                hits += usize::from(!right.is_empty());
            }
        }
    }
    assert!(asked >= 10_000, "{asked} questions");
    assert!(hits >= asked / 3, "only {hits} of {asked} questions matched anything");
}

/// What the includes bring along with the first page, and the pages on which they go on.
fn check_includes(question: &Question, all: &[Res], snapshot: &Snapshot, chance: &mut Chance) {
    if question.includes.is_empty() {
        return;
    }
    let right = answer(all, question);
    let matched = &right[..right.len().min(question.count)];
    let brought = includes::brought(all, matched, &question.includes);
    let limits = Limits { included: chance.pick(&[2, 5, 1_000]), ..Limits::default() };
    let query = read(question);
    let (mut told, mut skip) = (Vec::new(), 0);
    loop {
        let page = resumed(&query, snapshot, None, skip, &limits).expect("a page");
        assert!(page.included.len() <= limits.included);
        told.extend(page.included.iter().map(|hit| name(all, hit.row.rid)));
        let Some(next) = page.resume else { break };
        assert!(next > skip, "{}", question.text());
        skip = next;
    }
    let count = told.len();
    let told: BTreeSet<String> = told.into_iter().collect();
    assert_eq!(told.len(), count, "none comes twice: {}", question.text());
    assert_eq!(told, brought, "{}", question.text());
}

fn name(all: &[Res], rid: u32) -> String {
    all.iter().find(|res| res.rid == rid).map_or_else(|| format!("nothing ({rid})"), Res::name)
}

/// Every way of answering gets its turn, not only the one that suits small stores.
fn ways(chance: &mut Chance) -> Limits {
    let turning = Turning {
        look_up_below: chance.pick(&[0, 3, 4_096]),
        read_below: chance.pick(&[0, 3, 256]),
        scanned_per_probe: chance.pick(&[0, 1, 16]),
        named_per_read: chance.pick(&[0, 2, 1_000]),
    };
    Limits { turning, ..Limits::default() }
}

/// All rows in order, gathered page by page through sealed tokens.
fn ask(question: &Question, snapshot: &Snapshot, limits: &Limits) -> Vec<u32> {
    let query = read(question);
    let found = matches(&query, snapshot, limits).expect("matches");
    assert_eq!(
        found.len(),
        count(&query, snapshot, limits).expect("a count"),
        "{}",
        question.text()
    );
    let rows = pages(&query, snapshot, limits);
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    let merged: Vec<u32> = found.merged().iter().collect();
    assert_eq!(sorted, merged, "pages have other rows than the set: {}", question.text());
    rows
}

fn read(question: &Question) -> Query {
    let scope = match &question.of {
        Where::Type(type_) => Scope::Type(type_id(type_)),
        Where::System(_) => Scope::System,
        Where::Patient(id, type_) => Scope::Compartment {
            owner: type_id("Patient"),
            id: (*id).to_owned(),
            type_: Some(type_id(type_)),
        },
    };
    let options = ParseOptions {
        base_url: Some(data::BASE.to_owned()),
        now: Timestamp::from_micros(NOW),
        ..ParseOptions::default()
    };
    parse(&scope, &question.pairs(), &options)
        .unwrap_or_else(|error| panic!("{error}: {}", question.text()))
}

fn pages(query: &Query, snapshot: &Snapshot, limits: &Limits) -> Vec<u32> {
    let key = [7; 32];
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = page(query, snapshot, after.as_ref(), limits).expect("a page");
        assert!(page.rows.len() <= query.count as usize);
        rows.extend(page.rows.iter().map(|hit| hit.row.rid));
        // Includes that go on are looked at apart.
        let Some(next) = page.next else {
            assert_eq!(page.total, Some(rows.len() as u64));
            return rows;
        };
        let token = cursor::seal(&key, &Cursor::after(query, snapshot.t(), next)).expect("a token");
        let opened = cursor::open(&key, &token).expect("a cursor");
        assert_eq!(opened.t, snapshot.t());
        let (place, included) = opened.place_in(query).expect("a position");
        assert_eq!(included, 0);
        after = place;
    }
}
