//! A query as it was written (GraphQL §2.2).

/// A whole text: operations and fragments.
#[derive(Debug, Default)]
pub(crate) struct Document<'q> {
    pub(crate) operations: Vec<Operation<'q>>,
    pub(crate) fragments: Vec<Fragment<'q>>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// It reads.
    Query,
    /// It changes.
    Mutation,
}

#[derive(Debug)]
pub(crate) struct Operation<'q> {
    pub(crate) kind: OperationKind,
    pub(crate) name: Option<&'q str>,
    pub(crate) variables: Vec<VariableDefinition<'q>>,
    pub(crate) selections: Vec<Selection<'q>>,
}

#[derive(Debug)]
pub(crate) struct VariableDefinition<'q> {
    pub(crate) name: &'q str,
    pub(crate) is_required: bool,
    pub(crate) default: Option<Value<'q>>,
}

#[derive(Debug)]
pub(crate) struct Fragment<'q> {
    pub(crate) name: &'q str,
    pub(crate) condition: &'q str,
    pub(crate) selections: Vec<Selection<'q>>,
}

#[derive(Debug)]
pub(crate) enum Selection<'q> {
    Field(Field<'q>),
    Spread {
        name: &'q str,
        directives: Vec<Directive<'q>>,
        at: usize,
    },
    Inline {
        condition: Option<&'q str>,
        directives: Vec<Directive<'q>>,
        selections: Vec<Selection<'q>>,
        at: usize,
    },
}

#[derive(Debug)]
pub(crate) struct Field<'q> {
    pub(crate) alias: Option<&'q str>,
    pub(crate) name: &'q str,
    pub(crate) arguments: Vec<(&'q str, Value<'q>)>,
    pub(crate) directives: Vec<Directive<'q>>,
    pub(crate) selections: Vec<Selection<'q>>,
    pub(crate) at: usize,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Directive<'q> {
    pub(crate) name: &'q str,
    pub(crate) arguments: Vec<(&'q str, Value<'q>)>,
    pub(crate) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'q> {
    Variable(&'q str),
    /// Digits as they were written.
    Number(&'q str),
    Text(String),
    Bool(bool),
    Null,
    Enum(&'q str),
    List(Vec<Value<'q>>),
    Object(Vec<(&'q str, Value<'q>)>),
}

impl<'q> Field<'q> {
    /// The name under which the answer has it.
    pub(crate) fn key(&self) -> &'q str {
        self.alias.unwrap_or(self.name)
    }

    pub(crate) fn directive(&self, name: &str) -> Option<&Directive<'q>> {
        self.directives.iter().find(|directive| directive.name == name)
    }
}
