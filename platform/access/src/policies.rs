//! The policy table: which role may do which action. Its grammar stands at the table's head.

use std::collections::BTreeMap;

use crate::Action;

const ROLES: &str = include_str!("../../../policies/roles.policy");

/// Which role may do what. What it does not allow is refused, unknown roles included.
#[derive(Debug, Clone)]
pub struct Policies {
    roles: BTreeMap<Box<str>, Rules>,
    founder: Box<str>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Rules {
    allowed: Actions,
    denied: Actions,
}

/// A set of actions.
#[derive(Debug, Clone, Copy, Default)]
struct Actions(u64);

const _: () = assert!(Action::ALL.len() <= 64, "a set of actions is 64 bits");

impl Actions {
    fn add(&mut self, action: Action) {
        self.0 |= 1 << action as u32;
    }

    fn has(self, action: Action) -> bool {
        self.0 >> action as u32 & 1 == 1
    }
}

/// Why a policy table is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy table, line {line}: {why}")]
pub struct PolicyError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl Policies {
    /// The table that Tarn ships.
    pub fn shipped() -> Result<Self, PolicyError> {
        Self::parse(ROLES)
    }

    /// Reads a table. A mistake anywhere refuses all of it: nobody runs with half a policy.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut reading = Reading::default();
        for (at, line) in text.lines().enumerate() {
            reading.line(line).map_err(|why| PolicyError { line: at + 1, why })?;
        }
        let end = text.lines().count();
        let failed = |why: &str| PolicyError { line: end, why: why.into() };
        let founder = reading.founder.ok_or_else(|| failed("no `founder` is named"))?;
        if !reading.roles.contains_key(&founder) {
            return Err(failed("the `founder` is no role of the table"));
        }
        Ok(Self { roles: reading.roles, founder })
    }

    /// Whether a role may do an action. Deny wins, and what is not allowed is denied.
    pub fn allows(&self, role: &str, action: Action) -> bool {
        let may = |rules: &Rules| rules.allowed.has(action) && !rules.denied.has(action);
        self.roles.get(role).is_some_and(may)
    }

    /// Whether a role is known.
    pub fn knows(&self, role: &str) -> bool {
        self.roles.contains_key(role)
    }

    /// All roles.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(|role| &**role)
    }

    /// The role of an organisation's first member and first keys.
    pub fn founder(&self) -> &str {
        &self.founder
    }

    /// The whole outcome as a text table, for review.
    pub fn matrix(&self) -> String {
        let mut out = String::from(
            "# Generated from roles.policy by `TARN_WRITE_MATRIX=1 cargo test -p tarn-access`.\n\
             # agreement: whether a signed agreement is needed besides (made-up patients aside).\n\n",
        );
        let heads: Vec<&str> = ["action", "agreement"].into_iter().chain(self.roles()).collect();
        let widths: Vec<usize> = heads.iter().map(|head| head.len().max(17)).collect();
        line(&mut out, &widths, heads.into_iter());
        for action in Action::ALL {
            let agreement = if action.is_phi() { "needed" } else { "-" };
            let answer = |role| if self.allows(role, *action) { "allow" } else { "deny" };
            let cells = [action.as_str(), agreement].into_iter().chain(self.roles().map(answer));
            line(&mut out, &widths, cells);
        }
        out
    }
}

fn line<'c>(out: &mut String, widths: &[usize], cells: impl Iterator<Item = &'c str>) {
    let padded: Vec<String> =
        cells.zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    out.push_str(padded.join(" ").trim_end());
    out.push('\n');
}

/// A table while it is read.
#[derive(Default)]
struct Reading {
    roles: BTreeMap<Box<str>, Rules>,
    current: Option<Box<str>>,
    founder: Option<Box<str>>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let Some(verb) = words.next() else { return Ok(()) };
        let rest: Vec<&str> = words.collect();
        match verb {
            "role" => self.role(name(verb, &rest)?),
            "founder" => self.set_founder(name(verb, &rest)?),
            "allow" => self.rule(&rest, |rules| &mut rules.allowed),
            "deny" => self.rule(&rest, |rules| &mut rules.denied),
            other => Err(format!("`{other}` is none of role, allow, deny, founder")),
        }
    }

    fn role(&mut self, name: &str) -> Result<(), String> {
        if self.roles.insert(name.into(), Rules::default()).is_some() {
            return Err(format!("role `{name}` is there already"));
        }
        self.current = Some(name.into());
        Ok(())
    }

    fn set_founder(&mut self, name: &str) -> Result<(), String> {
        match self.founder.replace(name.into()) {
            None => Ok(()),
            Some(_) => Err("a `founder` is named already".into()),
        }
    }

    fn rule(&mut self, names: &[&str], part: fn(&mut Rules) -> &mut Actions) -> Result<(), String> {
        let current = self.current.as_ref().and_then(|role| self.roles.get_mut(role));
        let rules = current.ok_or("a rule stands before the first role")?;
        if names.is_empty() {
            return Err("a rule names no action".into());
        }
        for name in names {
            let named = |action: &&Action| {
                let family = name.strip_suffix('*');
                family.map_or(action.as_str() == *name, |f| action.as_str().starts_with(f))
            };
            let well_formed = !name.contains('*') || *name == "*" || name.ends_with(":*");
            let mut found = Action::ALL.iter().filter(named).peekable();
            if !well_formed || found.peek().is_none() {
                return Err(format!("`{name}` is no action"));
            }
            found.for_each(|action| part(rules).add(*action));
        }
        Ok(())
    }
}

fn name<'w>(verb: &str, words: &[&'w str]) -> Result<&'w str, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match words {
        [name] if name.bytes().all(allowed) => Ok(name),
        _ => Err(format!("`{verb}` takes one name of a-z, 0-9 and `-`")),
    }
}
