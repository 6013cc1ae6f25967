//! The cases of FHIR's own test suite (`graphql/manifest.xml`, `graphql/server-tests.json`), on the
//! official examples. What of them contradicts a standard stands in `official_exceptions.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_graphql::{Entry, Limits, Page, Refusal, Request, Resources, Search, Selected};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
const EXCEPTIONS: &str = include_str!("official_exceptions.txt");

/// The official examples that the cases are about; where they are not at hand, stand-ins that have
/// what the cases look at. Searches find what the suite's own mock server lists.
struct Examples {
    folder: PathBuf,
    stand_ins: Vec<Json>,
}

const LISTED: [(&str, &[&str]); 2] =
    [("Patient", &["example", "xds"]), ("Condition", &["example"])];

impl Examples {
    fn get(&self, type_: TypeId, id: &str) -> Option<Vec<u8>> {
        let path = self.folder.join(type_.name()).join(format!("{type_}-{id}.json"));
        fs::read(path).ok().or_else(|| {
            let is_it = |r: &&Json| r["resourceType"] == type_.name() && r["id"] == id;
            self.stand_ins.iter().find(is_it).map(|resource| resource.to_string().into_bytes())
        })
    }

    fn listed(&self, type_: TypeId) -> Vec<Vec<u8>> {
        let listed = LISTED.iter().find(|(name, _)| *name == type_.name());
        let ids = listed.map_or(&[][..], |(_, ids)| *ids);
        ids.iter().map(|id| self.get(type_, id).expect("an example")).collect()
    }
}

fn parsed(json: &[u8]) -> Json {
    serde_json::from_slice(json).expect("JSON")
}

impl Resources for Examples {
    fn read(&mut self, type_: TypeId, id: &str) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(self.get(type_, id))
    }

    fn search(&mut self, search: &Search) -> Result<Page, Refusal> {
        let fits = |resource: &Json, name: &str, value: &str| match name {
            "_count" => true,
            "active" => resource["active"].as_bool() == value.parse().ok(),
            "patient" => resource["subject"]["reference"] == value,
            _ => panic!("the cases do not search by {name}"),
        };
        let found = self.listed(search.type_).into_iter().filter(|json| {
            let resource = parsed(json);
            search.parameters.iter().all(|(name, value)| fits(&resource, name, value))
        });
        let entries: Vec<_> = found.map(|json| Entry { json }).collect();
        let (total, first) = (Some(entries.len() as u64), Some("0".to_owned()));
        Ok(Page { total, offset: 0, size: 50, entries, first, next: None })
    }

    fn target(&self, reference: &str) -> Option<(TypeId, String)> {
        let (type_, id) = reference.split_once('/')?;
        Some((TypeId::parse(type_)?, id.to_owned()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[from..].split('"').next()
}

fn run(
    examples: &mut Examples,
    query: &str,
    operation: Option<&str>,
    context: &str,
) -> Result<Json, String> {
    let variables = BTreeMap::from([("var".to_owned(), "true".to_owned())]);
    let operation = operation.map(str::to_owned);
    let request = Request { query: query.to_owned(), operation, variables };
    let mut steps = context.trim_start_matches('/').split('/');
    let focus = match (steps.next().and_then(TypeId::parse), steps.next()) {
        (Some(type_), Some(id)) => examples.read(type_, id).expect("a read"),
        _ => None,
    };
    if context.contains("/$") && !context.starts_with("/$") && focus.is_none() {
        return Err(format!("{context} is not among the examples"));
    }
    let selected = Selected::read(&request).map_err(|error| error.to_string())?;
    let out = selected.run(focus.as_deref(), examples, &Limits::default());
    out.map(|out| parsed(&out)).map_err(|error| error.to_string())
}

#[test]
fn official_cases_pass() {
    let folder = Path::new(DATA).join("fhir-test-cases/graphql");
    let Ok(manifest) = fs::read_to_string(folder.join("manifest.xml")) else {
        eprintln!("skipped: {DATA} is not there");
        return;
    };
    let stand_ins = serde_json::from_str(include_str!("stand_ins.json")).expect("JSON");
    let mut examples = Examples { folder: Path::new(DATA).join("r4-examples/public"), stand_ins };
    let (mut outcomes, mut count) = (BTreeMap::new(), 0);
    for tag in manifest.split("<test ").skip(1) {
        let tag = format!(" {tag}");
        let get = |name| attribute(&tag, name);
        let (name, output) = (get("name").expect("a name"), get("output").expect("an output"));
        let query =
            fs::read_to_string(folder.join(get("source").expect("a source"))).expect("a file");
        let context = get("context").unwrap_or_default();
        let answer = run(&mut examples, &query, get("operation"), context);
        count += 1;
        let fault = match (output, answer) {
            ("$error", Err(_)) => None,
            ("$error", Ok(_)) => Some("is answered, not refused".to_owned()),
            (_, Err(error)) => Some(error),
            (file, Ok(answer)) => {
                let expected = parsed(&fs::read(folder.join(file)).expect("a file"));
                (answer != expected).then(|| format!("{answer} is not {expected}"))
            }
        };
        outcomes.insert(name.to_owned(), fault);
    }
    for tests in parsed(&fs::read(folder.join("server-tests.json")).expect("a file"))
        .as_object()
        .expect("an object")
        .values()
        .filter_map(Json::as_object)
    {
        for (name, test) in tests {
            let (context, query) =
                test["url"].as_str().and_then(|url| url.split_once("?query=")).expect("a URL");
            let answer = run(&mut examples, query, None, context);
            count += 1;
            let answer = answer.map(|data| json!({ "data": data }));
            let fault = (answer.as_ref() != Ok(&test["output"])).then(|| format!("{answer:?}"));
            outcomes.insert(format!("{name} of {context}"), fault);
        }
    }
    assert_eq!(count, 31);
    let exceptions = EXCEPTIONS.lines().filter(|line| !line.starts_with([' ', '#']));
    let exceptions: Vec<_> = exceptions.filter(|line| !line.is_empty()).collect();
    for name in &exceptions {
        let fault = outcomes.remove(*name).expect("the exception is a case");
        assert!(fault.is_some(), "`{name}` passes: it is no exception any more");
    }
    let faults: Vec<_> = outcomes.iter().filter(|(_, fault)| fault.is_some()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}
