//! Evaluates a query on resources, field by field.

use std::collections::BTreeMap;

use tarn_fhir::definitions::{Child, DataType, Definitions, ElementId, TypeId, definitions};
use tarn_fhir::json::{Document as Json, Kind, Value};

use tarn_fhirpath::Expression;

use crate::collect::{Collected, Collector};
use crate::document::{Document, Operation, OperationKind, Selection};
use crate::error::{GraphqlError, PathPart};
use crate::filter::{self, Element, Filter};
use crate::limits::{self, Limits, Spent};
use crate::output::{Fields, Out, Plurality, quoted};
use crate::parse::parse;
use crate::resources::Resources;
use crate::values::Variables;

/// A query as it was sent.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Its text.
    pub query: String,
    /// Which of its operations to run; needed where it has several.
    pub operation: Option<String>,
    /// Its variables, each as JSON text.
    pub variables: BTreeMap<String, String>,
}

/// A request that was understood, with the operation that is to be run.
pub struct Selected<'q> {
    pub(crate) text: &'q str,
    document: Document<'q>,
    operation: usize,
    pub(crate) variables: Variables,
}

impl std::fmt::Debug for Selected<'_> {
    /// Prints the kind only: a query may hold what is searched for.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Selected({:?})", self.kind())
    }
}

impl<'q> Selected<'q> {
    /// Reads a request.
    ///
    /// # Errors
    /// What is wrong with its text, its variables or the choice of its operation.
    pub fn read(request: &'q Request) -> Result<Self, GraphqlError> {
        let document = parse(&request.query)?;
        let name = request.operation.as_deref();
        let operation = match (name, &document.operations[..]) {
            (None, [_]) => Some(0),
            (None, _) => {
                let words = "there are several operations: say which by `operationName`";
                return Err(GraphqlError::new(words));
            }
            (name, operations) => operations.iter().position(|known| known.name == name),
        };
        let operation =
            operation.ok_or_else(|| GraphqlError::new("there is no operation of this name"))?;
        let variables = Variables::read(&document.operations[operation], &request.variables)?;
        Ok(Self { text: &request.query, document, operation, variables })
    }

    /// What the operation does.
    pub fn kind(&self) -> OperationKind {
        self.chosen().kind
    }

    pub(crate) fn chosen(&self) -> &Operation<'q> {
        &self.document.operations[self.operation]
    }

    /// The fields that the operation asks for at its outermost level.
    pub(crate) fn outermost(&self) -> Result<Vec<Collected<'_, 'q>>, GraphqlError> {
        let is = |name: &str| name == "Query" || name == "Mutation";
        self.collector(&is).collect(&[&self.chosen().selections])
    }

    pub(crate) fn collector<'d, 'c>(&'d self, is: &'c dyn Fn(&str) -> bool) -> Collector<'d, 'q, 'c>
    where
        'd: 'c,
    {
        Collector { text: self.text, document: &self.document, variables: &self.variables, is }
    }

    /// Runs a query: on the resource in focus (JSON), or on the store.
    ///
    /// # Errors
    /// The first field that cannot be answered, with its path.
    pub fn run(
        &self,
        focus: Option<&[u8]>,
        resources: &mut dyn Resources,
        limits: &Limits,
    ) -> Result<Vec<u8>, GraphqlError> {
        let mut run = Run::new(self, resources, limits);
        let mut fields = Fields::default();
        let done = match focus {
            None => run.store(&mut fields),
            Some(focus) => run.resource(focus, &[&self.chosen().selections], &mut fields, 0),
        };
        done.and_then(|()| fields.check()).map_err(|error| run.placed(error))?;
        let mut out = Vec::new();
        fields.write(&mut out);
        Ok(out)
    }
}

/// Where the evaluation is: an object with its type, and the resource that it is part of.
#[derive(Clone, Copy)]
pub(crate) struct Here<'d> {
    pub(crate) value: Value<'d>,
    pub(crate) root: Value<'d>,
    pub(crate) element: ElementId,
    /// `HumanName`, `Patient`, `Patient.contact`.
    pub(crate) type_: &'static str,
    /// The type, where it is a resource.
    pub(crate) resource: Option<TypeId>,
}

impl<'d> Here<'d> {
    /// A whole resource.
    pub(crate) fn resource(value: Value<'d>, root: Value<'d>) -> Option<Self> {
        let type_ = TypeId::parse(&value.get("resourceType")?.as_str()?)?;
        let element = definitions().root(type_);
        Some(Self { value, root, element, type_: type_.name(), resource: Some(type_) })
    }

    fn is(&self, condition: &str) -> bool {
        let is_abstract = match condition {
            "Resource" => self.resource.is_some(),
            "DomainResource" => self
                .resource
                .is_some_and(|type_| !matches!(type_.name(), "Bundle" | "Binary" | "Parameters")),
            "Element" => self.resource.is_none(),
            "BackboneElement" => self.resource.is_none() && self.type_.contains('.'),
            _ => false,
        };
        // R4's schema writes `PatientContact` for `Patient.contact`.
        is_abstract
            || self.type_ == condition
            || self.type_.contains('.') && {
                let joined: String = self.type_.split('.').map(capitalised).collect();
                joined == condition
            }
    }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What flattening hands down: whether values are in a list, and what is put behind their names.
#[derive(Clone, Copy)]
pub(crate) struct Flat<'s> {
    pub(crate) is_list: bool,
    pub(crate) suffix: &'s str,
}

impl Flat<'_> {
    pub(crate) const NOT: Self = Flat { is_list: false, suffix: "" };
}

/// What `@slice` keeps values apart by.
enum Slice {
    Index,
    Path(Expression),
}

/// One run of a query.
pub(crate) struct Run<'r, 'q> {
    pub(crate) query: &'r Selected<'q>,
    pub(crate) resources: &'r mut dyn Resources,
    pub(crate) limits: &'r Limits,
    pub(crate) spent: Spent,
    path: Vec<PathPart>,
    definitions: &'static Definitions,
}

pub(crate) type Sets<'r, 'q> = [&'r [Selection<'q>]];

impl<'r, 'q> Run<'r, 'q> {
    pub(crate) fn new(
        query: &'r Selected<'q>,
        resources: &'r mut dyn Resources,
        limits: &'r Limits,
    ) -> Self {
        let (spent, path) = (Spent::default(), Vec::new());
        Self { query, resources, limits, spent, path, definitions: definitions() }
    }

    /// An error, with the path to where the evaluation stopped.
    pub(crate) fn placed(&mut self, mut error: GraphqlError) -> GraphqlError {
        if error.path.is_empty() {
            error.path = std::mem::take(&mut self.path);
        }
        error
    }

    /// Does what is to be done under a name of the answer.
    pub(crate) fn under(
        &mut self,
        part: PathPart,
        work: impl FnOnce(&mut Self) -> Result<(), GraphqlError>,
    ) -> Result<(), GraphqlError> {
        self.path.push(part);
        work(self)?;
        self.path.pop();
        Ok(())
    }

    /// A resource as JSON text.
    pub(crate) fn resource(
        &mut self,
        json: &[u8],
        sets: &Sets<'r, 'q>,
        target: &mut Fields,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        self.spent.resource(self.limits)?;
        let document = Json::parse(json);
        let document = document.map_err(|_| GraphqlError::new("a resource cannot be read"))?;
        let root = document.root();
        let here = Here::resource(root, root);
        let here = here.ok_or_else(|| GraphqlError::new("a resource is of no type of R4"))?;
        self.object(here, sets, target, Flat::NOT, depth)
    }

    /// An object: each field of it that is asked for.
    pub(crate) fn object(
        &mut self,
        here: Here<'_>,
        sets: &Sets<'r, 'q>,
        target: &mut Fields,
        flat: Flat<'_>,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        limits::depth(depth, self.limits)?;
        let is = |condition: &str| here.is(condition);
        let fields = self.query.collector(&is).collect(sets)?;
        for collected in &fields {
            self.spent.field(self.limits)?;
            let key = PathPart::Field(collected.field.key().to_owned());
            self.under(key, |run| run.field(here, collected, target, flat, depth))?;
        }
        Ok(())
    }

    fn field(
        &mut self,
        here: Here<'_>,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        flat: Flat<'_>,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        let named = |target: &mut Fields, text: &str| {
            let name = format!("{}{}", field.key(), flat.suffix);
            target.open(&name, plurality(collected, flat.is_list))?;
            target.push(&name, quoted(text));
            Ok(())
        };
        if field.name == "__typename" {
            return named(target, here.type_);
        }
        if field.name == "resourceType" && here.resource.is_some() {
            return named(target, here.type_);
        }
        if here.resource.is_some() && self.reverse(here, collected, target, depth)? {
            return Ok(());
        }
        let shape = self.definitions.shape(here.element);
        if let Some(child) = shape.child(field.name) {
            let values = values(child, here.value.get(child.name));
            return self.values(here, child, false, values, collected, target, flat, depth);
        }
        let beside = field.name.strip_prefix('_').and_then(|name| shape.child(name));
        if let Some(child) = beside.filter(|child| child.data_type.is_primitive()) {
            let values = values(child, here.value.get(field.name));
            return self.values(here, child, true, values, collected, target, flat, depth);
        }
        if field.name == "resource" && here.type_ == DataType::Reference.name() {
            return self.reference(here, collected, target, flat, depth);
        }
        let words = format!("{} has no element `{}`", here.type_, field.name);
        Err(GraphqlError::at(self.query.text, field.at, words))
    }

    /// The values of an element.
    #[expect(clippy::too_many_arguments, reason = "all of it changes with every field")]
    fn values<'d>(
        &mut self,
        here: Here<'d>,
        child: &'static Child,
        is_beside: bool,
        values: Vec<Value<'d>>,
        collected: &Collected<'r, 'q>,
        target: &mut Fields,
        flat: Flat<'_>,
        depth: usize,
    ) -> Result<(), GraphqlError> {
        let field = collected.field;
        let is_scalar = child.data_type.is_primitive() && !is_beside;
        if is_scalar != field.selections.is_empty() {
            let words = match is_scalar {
                true => format!("`{}` is a primitive: nothing can be selected in it", field.name),
                false => format!("`{}` is no primitive: select what of it is wanted", field.name),
            };
            return Err(GraphqlError::at(self.query.text, field.at, words));
        }
        let element = if is_beside { ElementId::PRIMITIVE } else { child.element };
        let shape = self.definitions.shape(element);
        let type_ = if is_beside { "Element" } else { type_name(child, shape.path) };
        let root = here.root;
        let about = Element { child, is_beside, shape, type_, root };
        let now = self.resources.now();
        let mut filter = Filter {
            variables: &self.query.variables,
            now,
            spent: &mut self.spent,
            limits: self.limits,
        };
        let values = filter.keep(field, about, values)?;
        let slice = self.slice(collected, about)?;
        let has = |name| field.directive(name).is_some();
        let (is_flat, is_first) = (has("flatten"), has("first"));
        let is_list = (child.is_array || flat.is_list) && !is_first;
        for (index, value) in values.into_iter().enumerate() {
            let suffix = match &slice {
                None => flat.suffix.to_owned(),
                Some(Slice::Index) => format!("{}.{index}", flat.suffix),
                Some(Slice::Path(path)) => {
                    let (variables, spent) = (&self.query.variables, &mut self.spent);
                    let mut filter = Filter { variables, now, spent, limits: self.limits };
                    format!("{}.{}", flat.suffix, filter.slice(path, about, value)?)
                }
            };
            let name = format!("{}{suffix}", field.key());
            let is_in_list = if slice.is_some() { flat.is_list } else { is_list };
            // Only `@flatten` brings a name twice: a field opens it once for all its values.
            let slot = |target: &'_ mut Fields, out: Out| {
                if index == 0 || slice.is_some() {
                    target.open(&name, plurality(collected, is_in_list))?;
                }
                target.push(&name, out);
                Ok::<_, GraphqlError>(())
            };
            if is_scalar {
                self.spent.bytes(value.raw().len(), self.limits)?;
                slot(target, Out::Token(value.raw().to_owned()))?;
            } else {
                let inner = self.inner(here, child, element, type_, value)?;
                let sets = &collected.selections;
                if is_flat {
                    let flat = Flat { is_list: child.is_array && !is_first, suffix: &suffix };
                    self.object(inner, sets, target, flat, depth + 1)?;
                } else {
                    let mut fields = Fields::default();
                    let flat = Flat { is_list: false, suffix: &suffix };
                    let part = PathPart::Index(index);
                    let mut work = |run: &mut Self| {
                        run.object(inner, sets, &mut fields, flat, depth + 1)?;
                        fields.check()
                    };
                    match child.is_array {
                        true => self.under(part, work)?,
                        false => work(self)?,
                    }
                    slot(target, Out::Object(fields))?;
                }
            }
            if is_first {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What `@slice` keeps values apart by.
    fn slice(
        &self,
        collected: &Collected<'r, 'q>,
        about: Element<'_>,
    ) -> Result<Option<Slice>, GraphqlError> {
        let field = collected.field;
        let Some(directive) = field.directive("slice") else { return Ok(None) };
        let wrong = |words: &str| GraphqlError::at(self.query.text, directive.at, words);
        let [("path", value)] = &directive.arguments[..] else {
            return Err(wrong("`@slice` takes the argument `path`"));
        };
        if field.directive("first").is_some() {
            return Err(wrong("`@slice` and `@first` do not go together"));
        }
        match self.query.variables.text("path", value)?.as_str() {
            "$index" => Ok(Some(Slice::Index)),
            path => filter::expression(path, about).map(|path| Some(Slice::Path(path))),
        }
    }

    fn inner<'d>(
        &self,
        here: Here<'d>,
        child: &Child,
        element: ElementId,
        type_: &'static str,
        value: Value<'d>,
    ) -> Result<Here<'d>, GraphqlError> {
        if child.data_type == DataType::Resource {
            // What a contained resource refers to by `#id` lies in the one that contains it; a
            // Bundle's resources stand for themselves.
            let root = if child.name == "contained" { here.root } else { value };
            let inner = Here::resource(value, root);
            return inner.ok_or_else(|| GraphqlError::new("a resource is of no type of R4"));
        }
        Ok(Here { value, root: here.root, element, type_, resource: None })
    }

    /// The outermost level of a query on the store.
    fn store(&mut self, target: &mut Fields) -> Result<(), GraphqlError> {
        if self.query.kind() == OperationKind::Mutation {
            return Err(GraphqlError::new("a mutation is not run as a query"));
        }
        for collected in &self.query.outermost()? {
            self.spent.field(self.limits)?;
            let key = PathPart::Field(collected.field.key().to_owned());
            self.under(key, |run| run.entry(collected, target))?;
        }
        Ok(())
    }
}

/// An element's values: the items of an array without its nulls.
fn values<'d>(child: &Child, value: Option<Value<'d>>) -> Vec<Value<'d>> {
    match value {
        None => Vec::new(),
        Some(list) if child.is_array && list.kind() == Kind::Array => {
            list.items().filter(|item| item.kind() != Kind::Null).collect()
        }
        Some(value) if value.kind() == Kind::Null => Vec::new(),
        Some(value) => vec![value],
    }
}

fn type_name(child: &Child, path: &'static str) -> &'static str {
    match child.data_type {
        DataType::BackboneElement | DataType::Element => path,
        data_type => data_type.name(),
    }
}

/// How a field's values are written.
pub(crate) fn plurality(collected: &Collected<'_, '_>, is_list: bool) -> Plurality {
    if collected.field.directive("singleton").is_some() {
        Plurality::One
    } else if is_list {
        Plurality::List
    } else {
        Plurality::Open
    }
}
