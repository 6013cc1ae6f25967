//! The parser: by recursive descent, never deeper than a bound.

use crate::document::{
    Directive, Document, Field, Fragment, Operation, OperationKind, Selection, Value,
    VariableDefinition,
};
use crate::error::GraphqlError;
use crate::lex::{Token, tokens};

/// How deep selections and values may nest in the text.
const MAX_DEPTH: usize = 48;

/// Reads a whole text.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, GraphqlError> {
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, depth: 0 };
    let mut document = Document::default();
    while *parser.peek() != Token::End {
        parser.definition(&mut document)?;
    }
    if document.operations.is_empty() {
        return Err(GraphqlError::new("there is no query: write `{ … }`"));
    }
    Ok(document)
}

struct Parser<'q> {
    text: &'q str,
    tokens: Vec<(usize, Token<'q>)>,
    at: usize,
    depth: usize,
}

impl<'q> Parser<'q> {
    fn peek(&self) -> &Token<'q> {
        self.tokens.get(self.at).map_or(&Token::End, |(_, token)| token)
    }

    fn next(&mut self) -> Token<'q> {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at)
    }

    fn wrong(&self, message: impl Into<String>) -> GraphqlError {
        GraphqlError::at(self.text, self.place(), message)
    }

    fn takes(&mut self, mark: char) -> bool {
        let is_there = *self.peek() == Token::Mark(mark);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, mark: char) -> Result<(), GraphqlError> {
        if self.takes(mark) { Ok(()) } else { Err(self.wrong(format!("`{mark}` must stand here"))) }
    }

    fn name(&mut self, what: &str) -> Result<&'q str, GraphqlError> {
        match self.peek() {
            Token::Name(name) => {
                let name = *name;
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.wrong(format!("{what} must stand here"))),
        }
    }

    /// Goes one level deeper while `work` is done.
    fn nested<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, GraphqlError>,
    ) -> Result<T, GraphqlError> {
        if self.depth >= MAX_DEPTH {
            let words = format!("the query nests deeper than {MAX_DEPTH} levels");
            return Err(GraphqlError { budget: Some("depth"), ..self.wrong(words) });
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    fn definition(&mut self, document: &mut Document<'q>) -> Result<(), GraphqlError> {
        let operation = match self.peek() {
            Token::Mark('{') => {
                let (kind, name, variables) = (OperationKind::Query, None, Vec::new());
                Operation { kind, name, variables, selections: self.selections()? }
            }
            Token::Name("query") => self.operation(OperationKind::Query)?,
            Token::Name("mutation") => self.operation(OperationKind::Mutation)?,
            Token::Name("subscription") => {
                return Err(self.wrong("GraphQL subscriptions are not offered"));
            }
            Token::Name("fragment") => return self.fragment(document),
            _ => return Err(self.wrong("a query, mutation or fragment must stand here")),
        };
        document.operations.push(operation);
        Ok(())
    }

    fn operation(&mut self, kind: OperationKind) -> Result<Operation<'q>, GraphqlError> {
        self.at += 1;
        let name = match self.peek() {
            Token::Name(_) => Some(self.name("a name")?),
            _ => None,
        };
        let mut variables = Vec::new();
        if self.takes('(') {
            while !self.takes(')') {
                variables.push(self.variable()?);
            }
        }
        if !self.directives()?.is_empty() {
            return Err(self.wrong("an operation takes no directives"));
        }
        Ok(Operation { kind, name, variables, selections: self.selections()? })
    }

    fn variable(&mut self) -> Result<VariableDefinition<'q>, GraphqlError> {
        self.expect('$')?;
        let name = self.name("a variable's name")?;
        self.expect(':')?;
        let is_required = self.nested(Self::type_)?;
        let default = if self.takes('=') { Some(self.nested(Self::value)?) } else { None };
        Ok(VariableDefinition { name, is_required, default })
    }

    /// A type; tells whether it ends with `!`. Its name means nothing here: FHIR's values are
    /// checked where they are used.
    fn type_(&mut self) -> Result<bool, GraphqlError> {
        if self.takes('[') {
            self.nested(Self::type_)?;
            self.expect(']')?;
        } else {
            self.name("a type")?;
        }
        Ok(self.takes('!'))
    }

    fn fragment(&mut self, document: &mut Document<'q>) -> Result<(), GraphqlError> {
        self.at += 1;
        let name = self.name("a fragment's name")?;
        if document.fragments.iter().any(|known| known.name == name) {
            return Err(self.wrong("there is a fragment of this name already"));
        }
        if self.name("`on`")? != "on" {
            return Err(self.wrong("`on` must stand before the type"));
        }
        let condition = self.name("a type")?;
        if !self.directives()?.is_empty() {
            return Err(self.wrong("a fragment takes no directives"));
        }
        document.fragments.push(Fragment { name, condition, selections: self.selections()? });
        Ok(())
    }

    fn selections(&mut self) -> Result<Vec<Selection<'q>>, GraphqlError> {
        self.nested(|parser| {
            parser.expect('{')?;
            let mut found = Vec::new();
            while !parser.takes('}') {
                found.push(parser.selection()?);
            }
            if found.is_empty() { Err(parser.wrong("`{}` selects nothing")) } else { Ok(found) }
        })
    }

    fn selection(&mut self) -> Result<Selection<'q>, GraphqlError> {
        let at = self.place();
        if *self.peek() != Token::Spread {
            return self.field().map(Selection::Field);
        }
        self.at += 1;
        let condition = match self.peek() {
            Token::Name("on") => {
                self.at += 1;
                Some(self.name("a type")?)
            }
            Token::Name(_) => {
                let name = self.name("a fragment's name")?;
                return Ok(Selection::Spread { name, directives: self.directives()?, at });
            }
            _ => None,
        };
        let directives = self.directives()?;
        Ok(Selection::Inline { condition, directives, selections: self.selections()?, at })
    }

    fn field(&mut self) -> Result<Field<'q>, GraphqlError> {
        let at = self.place();
        let first = self.name("a field")?;
        let (alias, name) =
            if self.takes(':') { (Some(first), self.name("a field")?) } else { (None, first) };
        let arguments = self.arguments()?;
        let directives = self.directives()?;
        let selections = match self.peek() {
            Token::Mark('{') => self.selections()?,
            _ => Vec::new(),
        };
        Ok(Field { alias, name, arguments, directives, selections, at })
    }

    fn arguments(&mut self) -> Result<Vec<(&'q str, Value<'q>)>, GraphqlError> {
        let mut found: Vec<(&'q str, Value<'q>)> = Vec::new();
        if !self.takes('(') {
            return Ok(found);
        }
        while !self.takes(')') {
            let name = self.name("an argument")?;
            if found.iter().any(|(known, _)| *known == name) {
                return Err(self.wrong("this argument stands twice"));
            }
            self.expect(':')?;
            found.push((name, self.nested(Self::value)?));
        }
        Ok(found)
    }

    fn directives(&mut self) -> Result<Vec<Directive<'q>>, GraphqlError> {
        let mut found = Vec::new();
        loop {
            let at = self.place();
            if !self.takes('@') {
                return Ok(found);
            }
            let name = self.name("a directive")?;
            found.push(Directive { name, arguments: self.arguments()?, at });
        }
    }

    fn value(&mut self) -> Result<Value<'q>, GraphqlError> {
        Ok(match self.next() {
            Token::Mark('$') => Value::Variable(self.name("a variable's name")?),
            Token::Int(digits) | Token::Float(digits) => Value::Number(digits),
            Token::Text(text) => Value::Text(text),
            Token::Name("true") => Value::Bool(true),
            Token::Name("false") => Value::Bool(false),
            Token::Name("null") => Value::Null,
            Token::Name(name) => Value::Enum(name),
            Token::Mark('[') => {
                let mut items = Vec::new();
                while !self.takes(']') {
                    items.push(self.nested(Self::value)?);
                }
                Value::List(items)
            }
            Token::Mark('{') => {
                let mut members: Vec<(&'q str, Value<'q>)> = Vec::new();
                while !self.takes('}') {
                    let name = self.name("a member")?;
                    if members.iter().any(|(known, _)| *known == name) {
                        return Err(self.wrong("this member stands twice"));
                    }
                    self.expect(':')?;
                    members.push((name, self.nested(Self::value)?));
                }
                Value::Object(members)
            }
            _ => {
                self.at -= 1;
                return Err(self.wrong("a value must stand here"));
            }
        })
    }
}
