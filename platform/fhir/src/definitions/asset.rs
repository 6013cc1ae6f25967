//! Reading the asset of facts that `platform/definitions` writes.
//!
//! One zstd frame. Inside: the mark, then tables. Every number is an unsigned LEB128; every
//! string is a number into the table of strings; a list is its length, then its members; "or 0"
//! means that 0 stands for none and n for n - 1.
//!
//! ```text
//! strings      list of lengths, then all their UTF-8
//! types        list of string                                       in the order of TypeId
//! code sets    list of { url, is complete 0|1, list of { system, list of code } }
//! invariants   list of { key, is error 0|1, expression }
//! shapes       list of { path, list of invariant,
//!                        list of { name, path name, data type, shape, flags, min, max (0: any),
//!                                  code set or 0, list of type, list of invariant } }
//!              flags: 1 array, 2 summary, 4 modifier, 8 choice. Shape 0 is PRIMITIVE, 1 RESOURCE.
//! roots        list of shape                                        in the order of TypeId
//! data types   list of { data type, shape }
//! parameters   list of { type or 0 for any, code, kind, expression, url, list of type,
//!                        list of { field, expression } }            in the order of FieldId
//! compartments list of { type, list of { type, list of code } }
//! ```

use std::collections::HashMap;

use super::elements::{Child, ElementId, Invariant, Shape};
use super::parameters::{Base, Component, FieldId, ParamKind, SearchParameter};
use super::{CodeSet, DataType, Definitions, TypeId};

/// How every asset of this layout begins.
pub(super) const MARK: &[u8] = b"TARN-R4\x01";
const MAX_BYTES: usize = 16 << 20;

/// Why an asset could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AssetError {
    /// It does not decompress.
    #[error("cannot decompress the definitions")]
    Frame(#[source] std::io::Error),
    /// It decompresses to something else.
    #[error("the definitions are damaged at byte {0}")]
    Damaged(usize),
}

impl Definitions {
    /// Decodes an asset. What it holds is kept for the rest of the process.
    pub(super) fn decode(packed: &[u8]) -> Result<Self, AssetError> {
        let bytes = zstd::bulk::decompress(packed, MAX_BYTES).map_err(AssetError::Frame)?;
        let bytes: &'static [u8] = bytes.leak();
        let mut reader = Reader { bytes, at: 0, strings: Vec::new() };
        let decoded = reader.definitions();
        decoded.ok_or(AssetError::Damaged(reader.at))
    }
}

struct Reader {
    bytes: &'static [u8],
    at: usize,
    strings: Vec<&'static str>,
}

/// What shapes and parameters point at.
struct Tables {
    code_sets: Vec<&'static CodeSet>,
    invariants: Vec<&'static Invariant>,
}

/// Nothing here means that the bytes are not an asset.
impl Reader {
    fn definitions(&mut self) -> Option<Definitions> {
        (self.take(MARK.len())? == MARK).then_some(())?;
        self.strings()?;
        let types = self.list(Self::string)?;
        types.into_iter().eq(TypeId::all().map(TypeId::name)).then_some(())?;
        let tables = Tables {
            code_sets: self.list(|reader| reader.code_set().map(leak))?,
            invariants: self.invariant_table()?,
        };
        let shapes = self.list(|reader| reader.shape(&tables))?;
        let roots = self.list(Self::element)?;
        (roots.len() == TypeId::COUNT).then_some(())?;
        let data_types = self.data_types()?;
        let fields = self.parameters()?;
        let common = of_base(&fields, Base::Any);
        let by_type = TypeId::all().map(|type_| with_common(&fields, &common, type_)).collect();
        let mut decoded = Definitions {
            shapes,
            roots,
            data_types,
            code_sets: tables.code_sets,
            invariants: tables.invariants,
            fields,
            by_type,
            common,
            compartments: HashMap::new(),
        };
        self.compartments(&mut decoded)?;
        (self.at == self.bytes.len() && decoded.is_closed()).then_some(decoded)
    }

    fn take(&mut self, length: usize) -> Option<&'static [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(length)?)?;
        self.at += length;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        let mut value = 0u32;
        for shift in (0..32).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn short(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.number()? != 0)
    }

    fn list<T>(&mut self, mut member: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let length = self.size()?;
        (length <= self.bytes.len()).then_some(())?;
        (0..length).map(|_| member(self)).collect()
    }

    fn strings(&mut self) -> Option<()> {
        for length in self.list(Self::size)? {
            let text = std::str::from_utf8(self.take(length)?).ok()?;
            self.strings.push(text);
        }
        Some(())
    }

    fn string(&mut self) -> Option<&'static str> {
        let place = self.size()?;
        self.strings.get(place).copied()
    }

    fn resource_type(&mut self) -> Option<TypeId> {
        TypeId::from_number(u8::try_from(self.number()?).ok()?)
    }

    fn element(&mut self) -> Option<ElementId> {
        self.short().map(ElementId)
    }

    fn code_set(&mut self) -> Option<CodeSet> {
        let (url, is_complete) = (self.string()?, self.flag()?);
        let groups = self.list(|reader| Some((reader.string()?, reader.list(Self::string)?)))?;
        let pairs = groups.iter().flat_map(|(system, codes)| codes.iter().map(|c| (*system, *c)));
        let mut codes: Vec<_> = pairs.collect();
        codes.sort_unstable_by_key(|&(system, code)| (code, system));
        Some(CodeSet { url, is_complete, codes })
    }

    fn invariant_table(&mut self) -> Option<Vec<&'static Invariant>> {
        let mut number = 0;
        self.list(|reader| {
            let (key, is_error) = (reader.string()?, reader.flag()?);
            let invariant = Invariant { number, key, is_error, expression: reader.string()? };
            number = number.checked_add(1)?;
            Some(leak(invariant))
        })
    }

    fn invariants(&mut self, tables: &Tables) -> Option<Vec<&'static Invariant>> {
        self.list(|reader| tables.invariants.get(reader.size()?).copied())
    }

    fn shape(&mut self, tables: &Tables) -> Option<Shape> {
        let path = self.string()?;
        let invariants = self.invariants(tables)?;
        let children = self.list(|reader| reader.child(tables))?;
        Shape::new(path, children, invariants)
    }

    fn child(&mut self, tables: &Tables) -> Option<Child> {
        let (name, path_name) = (self.string()?, self.string()?);
        let data_type = DataType::from_number(self.number()?)?;
        let (element, flags) = (self.element()?, self.number()?);
        let (min, max) = (self.short()?, self.short()?);
        let codes = match self.size()? {
            0 => None,
            place => Some(*tables.code_sets.get(place - 1)?),
        };
        Some(Child {
            name,
            path_name,
            element,
            data_type,
            is_array: flags & 1 != 0,
            min,
            max: (max > 0).then_some(max),
            is_summary: flags & 2 != 0,
            is_modifier: flags & 4 != 0,
            is_choice: flags & 8 != 0,
            codes,
            targets: self.list(Self::resource_type)?,
            invariants: self.invariants(tables)?,
            track: None,
        })
    }

    fn data_types(&mut self) -> Option<Vec<Option<ElementId>>> {
        let mut known = vec![None; DataType::all().count()];
        for (data_type, element) in
            self.list(|reader| Some((DataType::from_number(reader.number()?)?, reader.element()?)))?
        {
            known[data_type as usize] = Some(element);
        }
        Some(known)
    }

    fn parameters(&mut self) -> Option<Vec<&'static SearchParameter>> {
        let mut field = 0;
        self.list(|reader| {
            let base = match reader.number()? {
                0 => Base::Any,
                number => Base::Type(TypeId::from_number(u8::try_from(number).ok()?)?),
            };
            let code = reader.string()?;
            let kind = ParamKind::from_number(reader.number()?)?;
            let (expression, url) = (reader.string()?, reader.string()?);
            let targets = reader.list(Self::resource_type)?;
            let components = reader.list(|reader| {
                let field = FieldId(reader.short()?);
                Some(Component { field, expression: reader.string()? })
            })?;
            let id = FieldId(field);
            field += 1;
            Some(leak(SearchParameter {
                field: id,
                base,
                code,
                kind,
                expression,
                targets,
                components,
                url,
            }))
        })
    }

    fn compartments(&mut self, into: &mut Definitions) -> Option<()> {
        let all = self.list(|reader| {
            let members =
                |reader: &mut Self| Some((reader.resource_type()?, reader.list(Self::string)?));
            Some((reader.resource_type()?, reader.list(members)?))
        })?;
        for (owner, members) in all {
            for (type_, codes) in members {
                let found: Option<Vec<_>> =
                    codes.into_iter().map(|code| into.parameter(type_, code)).collect();
                into.compartments.insert((owner, type_), found?);
            }
        }
        Some(())
    }
}

impl Definitions {
    /// Whether everything that it points at is there, so that later reads need not ask.
    fn is_closed(&self) -> bool {
        let known = |element: &ElementId| usize::from(element.0) < self.shapes.len();
        let children = self.shapes.iter().flat_map(|shape| &shape.children);
        let parts = self.fields.iter().flat_map(|parameter| &parameter.components);
        self.shapes.len() > 2
            && children.map(|child| &child.element).all(known)
            && self.roots.iter().all(known)
            && self.data_types.iter().flatten().all(known)
            && parts.map(|part| part.field).all(|field| self.field(field).is_some())
    }
}

fn of_base(fields: &[&'static SearchParameter], base: Base) -> Vec<&'static SearchParameter> {
    fields.iter().copied().filter(|parameter| parameter.base == base).collect()
}

fn with_common(
    fields: &[&'static SearchParameter],
    common: &[&'static SearchParameter],
    type_: TypeId,
) -> Vec<&'static SearchParameter> {
    let mut all = of_base(fields, Base::Type(type_));
    all.extend(common);
    all.sort_unstable_by_key(|parameter| parameter.code);
    all
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
