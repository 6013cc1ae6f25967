//! Where settings come from: flags, the environment, the file; earlier ones win.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::key::{self, KEYS};
use super::value::Value;
use crate::error::Refusal;

/// The values given, by key, with the place that each was read from.
#[derive(Debug, Default)]
pub(crate) struct Given(BTreeMap<&'static str, (Value, String)>);

impl Given {
    /// The value of a key and where it stood, if anyone gave one.
    pub(crate) fn get(&self, name: &str) -> Option<&(Value, String)> {
        self.0.get(name)
    }

    /// Takes flags, then variables, then the file; what is there already stays.
    pub(crate) fn gather(
        flags: &[(&'static str, String)],
        variables: impl Iterator<Item = (String, String)>,
        file: Option<&Path>,
    ) -> Result<Self, Refusal> {
        let mut given = Self::default();
        for (name, text) in flags {
            let place = key::find(name).map_or_else(String::new, |key| format!("--{}", key.flag()));
            given.keep(name, Value::Text(text.clone()), place);
        }
        given.take_variables(variables)?;
        if let Some(path) = file {
            given.take_file(path)?;
        }
        Ok(given)
    }

    fn keep(&mut self, name: &'static str, value: Value, place: String) {
        self.0.entry(name).or_insert((value, place));
    }

    /// A variable that is nearly a key's is a slip and stops the start. Others that begin with
    /// `TARN_` may belong to whoever started us, and are left alone.
    fn take_variables(
        &mut self,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<(), Refusal> {
        for (name, text) in variables {
            if !name.starts_with("TARN_") || OWN_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            if let Some(key) = KEYS.iter().find(|key| key.variable() == name) {
                if !text.is_empty() {
                    self.keep(key.name, Value::Text(text), name);
                }
            } else if let Some(near) = key::nearest(&name, |key| key.variable()) {
                return Err(Refusal::unknown(&name, &near.variable()));
            }
        }
        Ok(())
    }

    fn take_file(&mut self, path: &Path) -> Result<(), Refusal> {
        let text = std::fs::read_to_string(path).map_err(|source| Refusal::file(path, &source))?;
        let table: toml::Table = text.parse().map_err(|e| Refusal::syntax(path, &e))?;
        let mut found = Vec::new();
        flatten("", &table, &mut found);
        for (name, value) in found {
            let Some(key) = key::find(&name) else {
                let near = key::nearest(&name, |key| key.name.into());
                let meant = near.map_or_else(all_names, |key| key.name.to_owned());
                return Err(Refusal::unknown(&format!("{name} ({})", path.display()), &meant));
            };
            let value =
                value.ok_or_else(|| Refusal::impossible(&name, "another type", key.takes))?;
            self.keep(key.name, value, path.display().to_string());
        }
        Ok(())
    }
}

/// Variables of ours that are not settings of the server: they stand beside `--data-dir`, `--config`.
const OWN_VARIABLES: [&str; 2] = ["TARN_DATA_DIR", "TARN_CONFIG"];

/// The file to read: the one named, or `tarn.toml` if it is there.
pub(crate) fn file(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| Some(PathBuf::from("tarn.toml")).filter(|path| path.exists()))
}

fn all_names() -> String {
    KEYS.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut Vec<(String, Option<Value>)>) {
    for (name, value) in table {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&path, inner, into),
            toml::Value::Array(items) => {
                let texts: Option<Vec<String>> =
                    items.iter().map(|v| v.as_str().map(str::to_owned)).collect();
                into.push((path, texts.map(Value::List)));
            }
            plain => into.push((path, text_of(plain).map(Value::Text))),
        }
    }
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(n) => Some(n.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}
