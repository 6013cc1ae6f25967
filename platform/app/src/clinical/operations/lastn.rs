//! `Observation/$lastn`: the newest observations of each code
//! (<https://hl7.org/fhir/R4/observation-operation-lastn.html>).

use std::collections::HashMap;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::Problem;
use tarn_fhir::date;
use tarn_fhir::json::Value;

use super::arguments::{Arguments, Given, required, wrong};
use super::found::found;
use super::lost;
use super::meta::ours;
use super::searchset::Searchset;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::links::url;
use crate::clinical::resource::Resource;
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;

/// So many observations are looked into at most.
const MOST: u64 = 20_000;
/// What shapes a search's answer has no meaning here.
const NOT_TAKEN: [&str; 7] =
    ["_sort", "_count", "_total", "_include", "_revinclude", "_contained", "_cursor"];

/// The newest of each code, groups and their observations newest first, as a Bundle.
pub(super) async fn lastn(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    let Target::TypeOperation(type_, _) = target else { return Err(lost()) };
    let max = arguments.positive("max")?.unwrap_or(1) as usize;
    let parameters = searched(&arguments)?;
    let names: Vec<_> = parameters.iter().map(|(name, _)| name.clone()).collect();
    let act = Act::new(Action::FhirSearch, "ObservationLastN").with(json!({"parameters": names}));
    let (type_, base, options) = (*type_, asking.base(), asking.parse_options(false));
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let (text, matches) = off_thread(move || {
                let observations = found(&snapshot, type_, &parameters, &options, MOST)?;
                let newest = newest(observations, max)?;
                let max = max.to_string();
                let sent = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let sent = sent.chain([("max", max.as_str())]);
                let link = url(&base, "Observation/$lastn", sent);
                let bundle = Searchset {
                    base: &base,
                    total: Some(newest.len() as u64),
                    links: &[("self", link)],
                    matches: &newest,
                    included: &[],
                    issues: &[],
                };
                Ok((bundle.write(), newest.len()))
            })
            .await?;
            granted.answers(json!({"matches": matches}));
            Ok(text)
        })
        .await
}

/// The search parameters among the arguments. R4 requires a subject: observations of several
/// subjects are not to be compared.
fn searched(arguments: &Arguments) -> Result<Vec<(String, String)>, Problem> {
    let mut parameters = Vec::new();
    let mut subject = None;
    for argument in arguments.iter().filter(|argument| argument.name != "max") {
        let name = argument.name.as_str();
        let plain = name.split([':', '.']).next().unwrap_or(name);
        if NOT_TAKEN.contains(&plain) {
            return Err(wrong(name, "is not taken by `$lastn`"));
        }
        let Given::Text(text) = &argument.given else {
            return Err(wrong(name, "takes a primitive value"));
        };
        if matches!(plain, "patient" | "subject") {
            subject = Some(());
        }
        parameters.push((name.to_owned(), text.clone()));
    }
    required("patient", subject)?;
    Ok(parameters)
}

/// The newest `max` of each group.
fn newest(observations: Vec<Resource>, max: usize) -> Result<Vec<Resource>, Problem> {
    let mut groups = Groups::default();
    let mut dated = Vec::with_capacity(observations.len());
    for observation in observations {
        let document = ours(observation.body())?;
        let group = groups.of(&codes(document.root()));
        let at = taken_at(document.root());
        dated.push((at, group, observation));
    }
    dated.sort_by(|(a, _, one), (b, _, other)| {
        b.cmp(a).then_with(|| other.updated.cmp(&one.updated)).then_with(|| one.id.cmp(&other.id))
    });
    // In the order of each group's newest.
    let mut order: Vec<usize> = Vec::new();
    let mut by_group: HashMap<usize, Vec<Resource>> = HashMap::new();
    for (_, group, observation) in dated {
        let group = groups.root(group);
        let own = by_group.entry(group).or_default();
        if own.is_empty() {
            order.push(group);
        }
        if own.len() < max {
            own.push(observation);
        }
    }
    Ok(order.into_iter().filter_map(|group| by_group.remove(&group)).flatten().collect())
}

/// What makes two codes the same: system and code of any coding, or the text of a code without
/// codings.
fn codes(observation: Value<'_>) -> Vec<String> {
    let Some(code) = observation.get("code") else { return vec![String::new()] };
    let text = |value: Value<'_>, key| {
        value.get(key).and_then(Value::as_str).unwrap_or_default().into_owned()
    };
    let codings = code.get("coding").into_iter().flat_map(Value::items);
    let keyed = codings.filter(|coding| coding.get("code").is_some());
    let keys: Vec<_> = keyed
        .map(|coding| format!("{}|{}", text(coding, "system"), text(coding, "code")))
        .collect();
    if keys.is_empty() { vec![format!("text {}", text(code, "text"))] } else { keys }
}

/// When an observation was true, in microseconds; what does not say comes last.
fn taken_at(observation: Value<'_>) -> i64 {
    let moment = |value: Option<Value<'_>>| {
        date::parse(&value.and_then(Value::as_str)?).map(|period| period.lo)
    };
    let of = |key: &str| observation.get(key);
    let period = of("effectivePeriod");
    let timing = of("effectiveTiming").and_then(|timing| timing.get("event"));
    moment(of("effectiveDateTime"))
        .or_else(|| moment(of("effectiveInstant")))
        .or_else(|| moment(period.and_then(|period| period.get("end"))))
        .or_else(|| moment(period.and_then(|period| period.get("start"))))
        .or_else(|| {
            timing.into_iter().flat_map(Value::items).filter_map(|at| moment(Some(at))).max()
        })
        .or_else(|| moment(of("issued")))
        .unwrap_or(i64::MIN)
}

/// Groups of codes: those that ever stood for the same observation are one group.
#[derive(Default)]
struct Groups {
    by_code: HashMap<String, usize>,
    parents: Vec<usize>,
}

impl Groups {
    fn of(&mut self, codes: &[String]) -> usize {
        let mut group = None;
        for code in codes {
            let known = self.by_code.get(code).copied();
            let own = known.unwrap_or_else(|| {
                self.parents.push(self.parents.len());
                self.by_code.insert(code.clone(), self.parents.len() - 1);
                self.parents.len() - 1
            });
            let own = self.root(own);
            match group {
                None => group = Some(own),
                Some(first) => self.parents[own] = self.root(first),
            }
        }
        group.unwrap_or_default()
    }

    fn root(&self, mut group: usize) -> usize {
        while let Some(parent) = self.parents.get(group).filter(|parent| **parent != group) {
            group = *parent;
        }
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_meet_in_one_observation_are_one_group() {
        let mut groups = Groups::default();
        let all = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        let a = groups.of(&all(&["l|1"]));
        let b = groups.of(&all(&["s|9"]));
        assert_ne!(groups.root(a), groups.root(b));
        let both = groups.of(&all(&["l|1", "s|9"]));
        assert_eq!(groups.root(a), groups.root(b));
        assert_eq!(groups.root(a), groups.root(both));
        let c = groups.of(&all(&["l|2"]));
        assert_ne!(groups.root(a), groups.root(c));
    }

    #[test]
    fn an_observation_tells_when_it_was_taken() {
        let at = |json: &str| taken_at(ours(json.as_bytes()).unwrap().root());
        let day = at(r#"{"effectiveDateTime":"2020-01-01T00:00:00Z"}"#);
        assert_eq!(at(r#"{"effectivePeriod":{"start":"2019","end":"2020-01-01T00:00:00Z"}}"#), day);
        assert_eq!(at(r#"{"effectiveTiming":{"event":["2019","2020-01-01T00:00:00Z"]}}"#), day);
        assert_eq!(at("{}"), i64::MIN);
    }
}
