//! Fields that lead from one resource to others: references, searches, and what refers to here.

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Value;

use crate::collect::Collected;
use crate::document::Field;
use crate::error::{GraphqlError, PathPart};
use crate::output::{Fields, Out, Plurality, quoted};
use crate::resources::{Page, Refusal, Search};
use crate::run::{Flat, Here, Run, plurality};

/// The page size of a list that does not say how many it wants.
const DEFAULT_COUNT: usize = 50;

/// What a field of the store, or of a resource, names beside elements.
enum Named {
    One(TypeId),
    List(TypeId),
    Connection(TypeId),
}

fn named(name: &str) -> Option<Named> {
    let of = |ending: &str| name.strip_suffix(ending).and_then(TypeId::parse);
    let connection = of("Connection").map(Named::Connection);
    connection
        .or_else(|| of("List").map(Named::List))
        .or_else(|| TypeId::parse(name).map(Named::One))
}

impl<'r, 'q> Run<'r, 'q> {
    /// A field of the store: `Patient(id:)`, `PatientList(…)`, `PatientConnection(…)`.
    pub(crate) fn entry(
        &mut self,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        match named(field.name) {
            Some(Named::One(type_)) => self.by_id(type_, collected, target),
            Some(Named::List(type_)) => self.list(type_, None, collected, target, 0),
            Some(Named::Connection(type_)) => self.connection(type_, None, collected, target, 0),
            None if field.name == "__typename" => {
                target.open(field.key(), plurality(collected, false))?;
                target.push(field.key(), quoted("Query"));
                Ok(())
            }
            None => {
                let words = match field.name {
                    "__schema" | "__type" => "introspection is not offered: the types are R4's",
                    _ => {
                        "a query of the store begins with `[Type]`, `[Type]List` or `[Type]Connection`"
                    }
                };
                Err(self.wrong(field, words))
            }
        }
    }

    /// `ConditionList(_reference: patient)` in a resource: what refers to it. Tells whether the
    /// field was such a one.
    pub(crate) fn reverse(
        &mut self,
        here: Here<'_>,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<bool, GraphqlError> {
        let field = collected.field;
        let (type_, is_list) = match named(field.name) {
            Some(Named::List(type_)) => (type_, true),
            Some(Named::Connection(type_)) => (type_, false),
            _ => return Ok(false),
        };
        let id = here.value.get("id").and_then(Value::as_str);
        let Some(id) = id else { return Err(self.wrong(field, "this resource has no id")) };
        let by = field.arguments.iter().find(|(name, _)| *name == "_reference");
        let Some((name, by)) = by else {
            let words = "say by `_reference` which search parameter refers to this resource";
            return Err(self.wrong(field, words));
        };
        let by = search_name(&self.query.variables.text(name, by)?);
        let back = Some((by, format!("{}/{id}", here.type_)));
        match is_list {
            true => self.list(type_, back, collected, target, depth + 1)?,
            false => self.connection(type_, back, collected, target, depth + 1)?,
        }
        Ok(true)
    }

    /// `resource` in a Reference: what it refers to.
    pub(crate) fn reference(
        &mut self,
        here: Here<'_>,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        flat: Flat<'_>,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        let (mut is_optional, mut types) = (false, Vec::new());
        for (name, value) in &field.arguments {
            match *name {
                "optional" => is_optional = self.query.variables.flag(name, value)?,
                "type" => types = self.query.variables.texts(value)?,
                _ => return Err(self.wrong(field, "`resource` takes `optional` and `type`")),
            }
        }
        if field.selections.is_empty() {
            return Err(self.wrong(field, "select what of the `resource` is wanted"));
        }
        let reference = here.value.get("reference").and_then(Value::as_str);
        let key = format!("{}{}", field.key(), flat.suffix);
        let is_wanted = |type_: TypeId| types.is_empty() || types.iter().any(|t| t == type_.name());
        let sets = &collected.selections;
        if let Some(inner) = reference.as_deref().and_then(|text| contained(here.root, text)) {
            if inner.resource.is_some_and(is_wanted) {
                let mut fields = Fields::default();
                self.object(inner, sets, &mut fields, Flat::NOT, depth + 1)?;
                fields.check()?;
                target.open(&key, plurality(collected, flat.is_list))?;
                target.push(&key, Out::Object(fields));
            }
            return Ok(());
        }
        let found = reference.as_deref().and_then(|text| self.resources.target(text));
        let json = match &found {
            Some((type_, _)) if !is_wanted(*type_) => return Ok(()),
            Some((type_, id)) => self.resources.read(*type_, id).map_err(refused)?,
            None => None,
        };
        match json {
            Some(json) => {
                let mut fields = Fields::default();
                self.resource(&json, sets, &mut fields, depth + 1)?;
                fields.check()?;
                target.open(&key, plurality(collected, flat.is_list))?;
                target.push(&key, Out::Object(fields));
                Ok(())
            }
            None if is_optional => Ok(()),
            None => {
                let words = "this reference leads to no resource of the store: \
                             `resource(optional: true)` passes over it";
                Err(self.wrong(field, words))
            }
        }
    }

    fn by_id(
        &mut self,
        type_: TypeId,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        let [("id" | "_id", value)] = &field.arguments[..] else {
            let words = format!("`{type_}` takes the argument `id`; to search, ask `{type_}List`");
            return Err(self.wrong(field, &words));
        };
        let id = self.query.variables.text("id", value)?;
        self.selects(field)?;
        let Some(json) = self.resources.read(type_, &id).map_err(refused)? else {
            return Err(self.wrong(field, &format!("there is no {type_} with this id")));
        };
        let mut fields = Fields::default();
        self.resource(&json, &collected.selections, &mut fields, 1)?;
        fields.check()?;
        target.open(field.key(), plurality(collected, false))?;
        target.push(field.key(), Out::Object(fields));
        Ok(())
    }

    /// The matches of a search, one behind the other.
    fn list(
        &mut self,
        type_: TypeId,
        back: Option<(String, String)>,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        self.selects(field)?;
        let page = self.page(type_, back, field, false)?;
        target.open(field.key(), plurality(collected, true))?;
        for (index, entry) in page.entries.iter().enumerate() {
            let mut fields = Fields::default();
            self.under(PathPart::Index(index), |run| {
                run.resource(&entry.json, &collected.selections, &mut fields, depth + 1)?;
                fields.check()
            })?;
            target.push(field.key(), Out::Object(fields));
            if field.directive("first").is_some() {
                break;
            }
        }
        Ok(())
    }

    /// A page of a search with its cursors (`PatientConnection`).
    fn connection(
        &mut self,
        type_: TypeId,
        back: Option<(String, String)>,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        self.selects(field)?;
        let is = |name: &str| name == format!("{type_}Connection");
        let wanted = self.query.collector(&is).collect(&collected.selections)?;
        let wants_total = wanted.iter().any(|wanted| wanted.field.name == "count");
        let page = self.page(type_, back, field, wants_total)?;
        let mut fields = Fields::default();
        for inner in &wanted {
            self.spent.field(self.limits)?;
            let key = PathPart::Field(inner.field.key().to_owned());
            self.under(key, |run| run.of_page(type_, &page, inner, &mut fields, depth + 1))?;
        }
        fields.check()?;
        target.open(field.key(), plurality(collected, false))?;
        target.push(field.key(), Out::Object(fields));
        Ok(())
    }

    fn of_page(
        &mut self,
        type_: TypeId,
        page: &Page,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        let number = |number: usize| Some(Out::Token(number.to_string()));
        let value = match field.name {
            "count" => page.total.map(|total| Out::Token(total.to_string())),
            "offset" => number(page.offset),
            "pagesize" => number(page.size),
            "first" => page.first.as_deref().map(quoted),
            "next" => page.next.as_deref().map(quoted),
            // A page does not know these of its neighbours.
            "previous" | "last" => None,
            "__typename" => Some(quoted(&format!("{type_}Connection"))),
            "edges" => return self.edges(type_, page, collected, target, depth),
            _ => return Err(self.wrong(field, "a connection has no such field")),
        };
        if !field.selections.is_empty() {
            return Err(self.wrong(field, "nothing can be selected in this field"));
        }
        if let Some(value) = value {
            target.open(field.key(), plurality(collected, false))?;
            target.push(field.key(), value);
        }
        Ok(())
    }

    fn edges(
        &mut self,
        type_: TypeId,
        page: &Page,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        self.selects(field)?;
        let is = |name: &str| name == format!("{type_}Edge");
        let wanted = self.query.collector(&is).collect(&collected.selections)?;
        target.open(field.key(), Plurality::List)?;
        for (index, entry) in page.entries.iter().enumerate() {
            let mut fields = Fields::default();
            self.under(PathPart::Index(index), |run| {
                for inner in &wanted {
                    run.spent.field(run.limits)?;
                    run.edge(type_, &entry.json, inner, &mut fields, depth)?;
                }
                fields.check()
            })?;
            target.push(field.key(), Out::Object(fields));
        }
        Ok(())
    }

    fn edge(
        &mut self,
        type_: TypeId,
        json: &[u8],
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        let value = match field.name {
            "mode" => quoted("match"),
            // Matches are not ranked.
            "score" => return Ok(()),
            "__typename" => quoted(&format!("{type_}Edge")),
            "resource" => {
                self.selects(field)?;
                let mut fields = Fields::default();
                self.resource(json, &collected.selections, &mut fields, depth + 1)?;
                fields.check()?;
                Out::Object(fields)
            }
            _ => return Err(self.wrong(field, "an edge has no such field")),
        };
        target.open(field.key(), plurality(collected, false))?;
        target.push(field.key(), value);
        Ok(())
    }

    /// Runs the search that a field's arguments ask for.
    fn page(
        &mut self,
        type_: TypeId,
        back: Option<(String, String)>,
        field: &Field<'q>,
        wants_total: bool,
    ) -> Result<Page, GraphqlError> {
        self.spent.search(self.limits)?;
        let variables = &self.query.variables;
        let count = DEFAULT_COUNT;
        let mut search =
            Search { type_, parameters: Vec::new(), count, cursor: None, offset: 0, wants_total };
        search.parameters.extend(back);
        let left = self.limits.resources.saturating_sub(self.spent.resources);
        for (name, value) in &field.arguments {
            // `null` is as if it were not there (GraphQL §2.9.5).
            let texts = variables.texts(value)?;
            if texts.is_empty() {
                continue;
            }
            match *name {
                "_reference" => {}
                "_cursor" | "cursor" => search.cursor = Some(variables.text(name, value)?),
                "_offset" => search.offset = variables.count(name, value)?,
                "_count" => search.count = variables.count(name, value)?,
                name => search.parameters.push((search_name(name), texts.join(","))),
            }
        }
        // One more than the budget has left is enough to find that out.
        search.count = search.count.min(left + 1);
        self.resources.search(&search).map_err(refused)
    }

    fn selects(&self, field: &Field<'q>) -> Result<(), GraphqlError> {
        match field.selections.is_empty() {
            true => Err(self.wrong(field, "select what of this is wanted")),
            false => Ok(()),
        }
    }

    fn wrong(&self, field: &Field<'q>, words: &str) -> GraphqlError {
        GraphqlError::at(self.query.text, field.at, words)
    }
}

/// `_` stands for the `-` that GraphQL's names cannot have; a leading one stands for itself.
fn search_name(name: &str) -> String {
    match name.strip_prefix('_') {
        Some(rest) => format!("_{}", rest.replace('_', "-")),
        None => name.replace('_', "-"),
    }
}

/// The contained resource that `#id` names; `#` alone is the one that contains it.
fn contained<'d>(root: Value<'d>, reference: &str) -> Option<Here<'d>> {
    let id = reference.strip_prefix('#')?;
    if id.is_empty() {
        return Here::resource(root, root);
    }
    let has_id = |value: &Value<'_>| value.get("id").and_then(Value::as_str).as_deref() == Some(id);
    let found = root.get("contained")?.items().find(has_id)?;
    Here::resource(found, root)
}

fn refused(refusal: Refusal) -> GraphqlError {
    GraphqlError::new(refusal.0)
}
