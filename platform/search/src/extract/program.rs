//! Compiles every search parameter of a type into one trie, once per process.

use std::sync::OnceLock;

use tarn_fhir::definitions::{ElementId, FieldId, ParamKind, SearchParameter, TypeId, definitions};

use super::composite::Composite;
use super::draft::Draft;
use super::expression::{self, Path, Step};
use super::trie::{Node, Target};

/// Most parameters that a type may have; Observation has the most of R4's, 39.
pub(super) const MOST: usize = 128;

/// The rank of a parameter that puts nothing into a patient's compartment.
pub(super) const NO_RANK: u8 = u8::MAX;

/// The parameters of a type, ready to run.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) nodes: Box<[Node]>,
    /// The parameter of each slot.
    pub(super) fields: Box<[FieldId]>,
    /// By slot: which parameter names the patient of the compartment, the lowest first.
    pub(super) ranks: Box<[u8]>,
    /// Parameters that are `false` where their element is absent.
    pub(super) false_if_absent: Box<[Target]>,
    pub(super) composites: Box<[Composite]>,
    /// Parameters that this program does not extract.
    pub(super) left_out: Box<[&'static SearchParameter]>,
}

/// The program of a type.
pub(super) fn program(type_: TypeId) -> &'static Program {
    static PROGRAMS: [OnceLock<Program>; 256] = [const { OnceLock::new() }; 256];
    PROGRAMS[usize::from(type_.0)].get_or_init(|| compile(type_))
}

/// Whether the store knows the parameter without the help of an index entry.
pub(super) fn is_kept_by_the_store(parameter: &SearchParameter) -> bool {
    matches!(parameter.code, "_id" | "_lastUpdated")
}

fn compile(type_: TypeId) -> Program {
    let mut compiler = Compiler::new(definitions().root(type_));
    let mut composites = Vec::new();
    for &parameter in definitions().parameters(type_) {
        if parameter.kind == ParamKind::Composite {
            composites.extend(Composite::compile(type_, parameter));
        } else if !is_kept_by_the_store(parameter) {
            compiler.add(parameter);
        }
    }
    let ranks = compiler.fields.iter().map(|field| rank(type_, *field)).collect();
    let extracts = |p: &SearchParameter| {
        compiler.whole.contains(&p.field) || composites.iter().any(|c| c.field() == p.field)
    };
    let all = definitions().parameters(type_).iter().copied();
    let left_out = all.filter(|parameter| !extracts(parameter)).collect();
    Program {
        nodes: compiler.draft.finish(),
        fields: compiler.fields.into_boxed_slice(),
        ranks,
        false_if_absent: compiler.false_if_absent.into_boxed_slice(),
        composites: composites.into_boxed_slice(),
        left_out,
    }
}

/// A program of one parameter, from inside an element; none if nothing there can be read for it.
pub(super) fn compile_one(
    root: ElementId,
    paths: &[Path<'_>],
    kind: ParamKind,
    field: FieldId,
) -> Option<Program> {
    let mut compiler = Compiler::new(root);
    if !compiler.add_paths(paths, kind, field) {
        return None;
    }
    Some(Program {
        nodes: compiler.draft.finish(),
        fields: compiler.fields.into_boxed_slice(),
        ranks: Box::new([NO_RANK]),
        false_if_absent: Box::default(),
        composites: Box::default(),
        left_out: Box::default(),
    })
}

/// `patient` and `subject` say best whose record it is; then the compartment's own order.
fn rank(type_: TypeId, field: FieldId) -> u8 {
    let Some(patient) = TypeId::parse("Patient") else { return NO_RANK };
    let named = definitions().compartment(patient, type_);
    let Some(place) = named.iter().position(|parameter| parameter.field == field) else {
        return NO_RANK;
    };
    match named[place].code {
        "patient" => 0,
        "subject" => 1,
        "beneficiary" => 2,
        _ => u8::try_from(place + 3).unwrap_or(NO_RANK - 1),
    }
}

struct Compiler {
    draft: Draft,
    fields: Vec<FieldId>,
    /// Those of `fields` of which no path is missing.
    whole: Vec<FieldId>,
    false_if_absent: Vec<Target>,
}

impl Compiler {
    fn new(root: ElementId) -> Self {
        Self {
            draft: Draft::new(root),
            fields: Vec::new(),
            whole: Vec::new(),
            false_if_absent: Vec::new(),
        }
    }

    fn add(&mut self, parameter: &SearchParameter) {
        if let Some(paths) = expression::paths(parameter.expression) {
            self.add_paths(&paths, parameter.kind, parameter.field);
        }
    }

    /// Whether the parameter is in the program now: all of its paths, and something to read.
    fn add_paths(&mut self, paths: &[Path<'_>], kind: ParamKind, field: FieldId) -> bool {
        let slot = match u8::try_from(self.fields.len()) {
            Ok(slot) if usize::from(slot) < MOST => slot,
            _ => return false,
        };
        let target = Target { field, slot, only: None };
        let laid: Vec<_> = paths.iter().map(|path| self.draft.add(path, kind, target)).collect();
        if laid.iter().all(|reads| reads.unwrap_or(0) == 0) {
            return false;
        }
        if paths.iter().any(|path| path.steps.last() == Some(&Step::IsNotFalse)) {
            self.false_if_absent.push(target);
        }
        // The slot is taken, even where only some of the paths could be laid.
        self.fields.push(field);
        let whole = laid.iter().all(Option::is_some);
        if whole {
            self.whole.push(field);
        }
        whole
    }
}
