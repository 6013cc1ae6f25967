//! `tarn bench mix`: a mix of searches, many connections at once, and some shapes alone.
//!
//! The shapes are those of two suites that Tarn is tried with, in their proportions: a port of the
//! search tests of `microsoft/fhir-server` (by parameter type) and the queries of Blaze's
//! continuous integration (by population). Their values are sampled from the store.

use std::time::Instant;

use super::client::Client;
use super::process::Server;
use super::sample::Sample;
use super::{Http, load, report};
use crate::error::Failure;

/// One shape: how often of all, its name, and the query for the n-th time.
struct Shape {
    weight: usize,
    name: &'static str,
    query: fn(&Sample, usize) -> String,
}

const fn shape(weight: usize, name: &'static str, query: fn(&Sample, usize) -> String) -> Shape {
    Shape { weight, name, query }
}

/// The n-th of some values; steps of a prime spread them.
fn nth<T>(values: &[T], n: usize) -> &T {
    &values[n.wrapping_mul(7_919) % values.len()]
}

static SHAPES: &[Shape] = &[
    shape(30, "date of a patient", |s, n| {
        let (patient, seen) = (nth(&s.patients, n), nth(&s.measured, n));
        let prefix = ["ge", "lt", "sa", "le", ""][n % 5];
        format!("Observation?patient={patient}&date={prefix}{}&_count=20", &seen.day[..7])
    }),
    shape(8, "year", |s, n| {
        format!("Observation?date={}&_summary=count", &nth(&s.measured, n).day[..4])
    }),
    shape(8, "from a year on", |s, n| {
        format!("Observation?date=ge{}&_count=10", &nth(&s.measured, n).day[..4])
    }),
    shape(51, "code and quantity", |s, n| {
        let seen = nth(&s.measured, n);
        let prefix = ["", "gt", "lt", "ge", "ne"][n % 5];
        format!("Observation?code={}&value-quantity={prefix}{}&_count=20", seen.code, seen.value)
    }),
    shape(20, "code", |s, n| format!("Observation?code={}&_count=20", nth(&s.measured, n).code)),
    shape(6, "ten codes, counted", |s, n| {
        let codes: Vec<&str> =
            (0..10).map(|i| nth(&s.measured, n + 31 * i).code.as_str()).collect();
        format!("Observation?code={}&_summary=count", codes.join(","))
    }),
    shape(8, "string", |s, n| format!("Patient?family={}&_count=20", nth(&s.families, n))),
    shape(4, "string, contained", |s, n| {
        let letters: String =
            nth(&s.families, n).chars().filter(char::is_ascii_alphabetic).collect();
        format!("Patient?family:contains={}&_count=20", &letters[..letters.len().min(3)])
    }),
    shape(3, "city", |s, n| format!("Patient?address-city={}&_count=20", nth(&s.cities, n))),
    shape(5, "birthdate", |s, n| format!("Patient?birthdate={}&_count=20", nth(&s.births, n))),
    shape(5, "reference", |s, n| {
        format!("Condition?subject=Patient/{}&_count=20", nth(&s.patients, n))
    }),
    shape(15, "composite", |s, n| {
        let seen = nth(&s.measured, n);
        let unit = format!("http%3A%2F%2Funitsofmeasure.org%7C{}", seen.unit);
        format!("Observation?code-value-quantity={}%24{}%7C{unit}&_count=20", seen.code, seen.value)
    }),
    shape(7, "chain", |s, n| {
        format!("Observation?subject:Patient.family={}&_summary=count", nth(&s.families, n))
    }),
    shape(4, "chain over everybody", |_, n| {
        let gender = ["male", "female"][n % 2];
        format!("Observation?patient.gender={gender}&_sort=_lastUpdated&_count=10")
    }),
    shape(4, "reverse chain", |s, n| {
        let year = &nth(&s.measured, n).day[..4];
        let gender = ["male", "female"][n % 2];
        format!(
            "Patient?gender={gender}&_has:Encounter:patient:class=IMP\
             &_has:Encounter:patient:date={year}&_summary=count"
        )
    }),
    shape(8, "include", |s, n| {
        let patient = nth(&s.patients, n);
        format!(
            "MedicationRequest?patient={patient}&_include=MedicationRequest:encounter&_count=10"
        )
    }),
    shape(8, "reverse include", |s, n| {
        format!("Patient?_id={}&_revinclude=Condition:patient", nth(&s.patients, n))
    }),
    shape(6, "sorted by date", |s, n| {
        format!("Observation?code={}&_sort=-date&_count=10", nth(&s.measured, n).code)
    }),
    shape(6, "category of a patient", |s, n| {
        let (patient, seen) = (nth(&s.patients, n), nth(&s.measured, n));
        format!("Observation?patient={patient}&category={}&_count=20", seen.category)
    }),
    shape(5, "condition, counted", |s, n| {
        format!("Condition?code={}&_summary=count", nth(&s.conditions, n))
    }),
    shape(14, "total of a type", |_, n| {
        let types = ["Patient", "Observation", "Encounter", "Claim", "Condition", "Procedure"];
        format!("{}?_summary=count", types[n % types.len()])
    }),
];

/// Rounds of a shape alone.
const ROUNDS: usize = 200;

pub(super) async fn run(asked: &Http) -> Result<(), Failure> {
    let prepared = asked.ground.prepared().await?;
    let more = ["--http-workers".to_owned(), asked.workers.to_string()];
    let server = asked.ground.server(&more).await?;
    let mut client = server.client(&prepared.key).await?;
    let fhir = format!("/datastore/{}/r4", prepared.store);
    let sample = Sample::take(&mut client, &fhir).await?;
    for shape in SHAPES {
        alone(&server, &mut client, shape.name, |n| {
            format!("{fhir}/{}", (shape.query)(&sample, n))
        })
        .await?;
    }
    alone(&server, &mut client, "$everything, first page", |n| {
        format!("{fhir}/Patient/{}/$everything?_count=1000", nth(&sample.patients, n))
    })
    .await?;
    let deck: Vec<&Shape> =
        SHAPES.iter().flat_map(|shape| std::iter::repeat_n(shape, shape.weight)).collect();
    let next = move |client: &Client, n: usize| {
        let query = (nth(&deck, n).query)(&sample, n / 3);
        client.request("GET", &format!("{fhir}/{query}"), "")
    };
    let (key, clients, seconds) = (&prepared.key, asked.clients, asked.seconds);
    load::run("search mix", &server, key, clients, seconds, next).await?;
    drop(client);
    server.stop()
}

/// One client asks one shape again and again.
async fn alone(
    server: &Server,
    client: &mut Client,
    name: &str,
    path: impl Fn(usize) -> String,
) -> Result<(), Failure> {
    let cpu = server.cpu_seconds();
    let mut spans = Vec::with_capacity(ROUNDS);
    for n in 0..ROUNDS {
        let path = path(n);
        let request = client.request("GET", &path, "");
        let sent = Instant::now();
        let status = client.send(&request).await?.status;
        spans.push(sent.elapsed());
        if status >= 300 {
            return Err(Failure::new(format_args!("{path}: {status}")));
        }
    }
    let cpu = (server.cpu_seconds() - cpu) * 1e6 / ROUNDS as f64;
    spans.sort_unstable();
    let millis = |index: usize| spans[index].as_secs_f64() * 1e3;
    let (p50, p99) = (millis(ROUNDS / 2), millis(ROUNDS * 99 / 100));
    let figures =
        format!("alone: {cpu:.0} µs of processor, p50 {p50:.2} ms, p99 {p99:.2} ms, whole answer");
    report(name, &figures);
    Ok(())
}
