//! Writes the facts in the layout that `tarn_fhir::definitions` reads; it is described there.

use std::collections::HashMap;

use tarn_fhir::definitions::TypeId;

use crate::error::Error;
use crate::facts::{Child, CodeSet, Facts, Parameter, Shape};

const MARK: &[u8] = b"TARN-R4\x01";
const LEVEL: i32 = 19;

/// The asset: the same bytes for the same facts.
pub(crate) fn encode(facts: &Facts) -> Result<Vec<u8>, Error> {
    let mut body = Writer::default();
    body.list(TypeId::all(), |w, type_| w.string(type_.name()));
    body.list(&facts.code_sets, Writer::code_set);
    body.list(&facts.invariants, |w, invariant| {
        w.string(&invariant.key);
        w.number(usize::from(invariant.is_error));
        w.string(&invariant.expression);
    });
    body.list(&facts.shapes, Writer::shape);
    body.list(&facts.roots, |w, root| w.number(*root));
    body.list(&facts.data_types, |w, (data_type, shape)| {
        w.number(*data_type as usize);
        w.number(*shape);
    });
    body.list(&facts.parameters, Writer::parameter);
    body.list(&facts.compartments, |w, (owner, members)| {
        w.type_(*owner);
        w.list(members, |w, (type_, codes)| {
            w.type_(*type_);
            w.list(codes, |w, code| w.string(code));
        });
    });
    zstd::bulk::compress(&body.finish(), LEVEL).map_err(Error::Compress)
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    strings: Vec<String>,
    places: HashMap<String, usize>,
}

impl Writer {
    fn finish(self) -> Vec<u8> {
        let mut head = Self::default();
        head.bytes.extend_from_slice(MARK);
        head.list(&self.strings, |w, text| w.number(text.len()));
        for text in &self.strings {
            head.bytes.extend_from_slice(text.as_bytes());
        }
        head.bytes.extend_from_slice(&self.bytes);
        head.bytes
    }

    fn number(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn string(&mut self, text: &str) {
        let next = self.strings.len();
        let place = *self.places.entry(text.to_owned()).or_insert(next);
        if place == next {
            self.strings.push(text.to_owned());
        }
        self.number(place);
    }

    fn type_(&mut self, type_: TypeId) {
        self.number(usize::from(type_.0));
    }

    fn list<I>(&mut self, members: I, mut write: impl FnMut(&mut Self, I::Item))
    where
        I: IntoIterator<IntoIter: ExactSizeIterator>,
    {
        let members = members.into_iter();
        self.number(members.len());
        for member in members {
            write(self, member);
        }
    }

    fn code_set(&mut self, set: &CodeSet) {
        self.string(&set.url);
        self.number(usize::from(set.is_complete));
        self.list(&set.groups, |w, (system, codes)| {
            w.string(system);
            w.list(codes, |w, code| w.string(code));
        });
    }

    fn shape(&mut self, shape: &Shape) {
        self.string(&shape.path);
        self.list(&shape.invariants, |w, invariant| w.number(*invariant));
        self.list(&shape.children, Self::child);
    }

    fn child(&mut self, child: &Child) {
        self.string(&child.name);
        self.string(&child.path_name);
        self.number(child.data_type as usize);
        self.number(child.shape);
        let flags = [child.is_array, child.is_summary, child.is_modifier, child.is_choice];
        self.number(flags.iter().rev().fold(0, |bits, flag| bits << 1 | usize::from(*flag)));
        self.number(usize::from(child.min));
        self.number(usize::from(child.max));
        self.number(child.code_set.map_or(0, |place| place + 1));
        self.list(&child.targets, |w, target| w.type_(*target));
        self.list(&child.invariants, |w, invariant| w.number(*invariant));
    }

    fn parameter(&mut self, parameter: &Parameter) {
        self.number(parameter.base.map_or(0, |base| usize::from(base.0)));
        self.string(&parameter.code);
        self.number(parameter.kind as usize);
        self.string(&parameter.expression);
        self.string(&parameter.url);
        self.list(&parameter.targets, |w, target| w.type_(*target));
        self.list(&parameter.components, |w, (field, expression)| {
            w.number(*field);
            w.string(expression);
        });
    }
}
