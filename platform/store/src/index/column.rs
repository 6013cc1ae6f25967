//! Columns: the values of a field by rid, for ranges, sorting and semi-joins.

use std::ops::Range;

use crate::entries::Unit;
use crate::error::StoreError;
use crate::index::codec::{Reader, put, put_chunk, put_signed};
use crate::key::Rid;

/// Periods of a field, by rid. A rid that has several values stands several times.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct DateColumn {
    /// Ascending.
    pub rids: Vec<Rid>,
    /// First microsecond of each period; `i64::MIN` where open.
    pub lo: Vec<i64>,
    /// Last microsecond of each period; `i64::MAX` where open.
    pub hi: Vec<i64>,
}

/// Numbers, or ranges of them, of a field, by rid.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct NumberColumn {
    /// Ascending.
    pub rids: Vec<Rid>,
    /// Lowest.
    pub lo: Vec<f64>,
    /// Highest.
    pub hi: Vec<f64>,
}

/// Quantities, or ranges of them, of a field, by rid.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct QuantityColumn {
    /// Ascending.
    pub rids: Vec<Rid>,
    /// Which of `units`.
    pub unit: Vec<u32>,
    /// The units that occur.
    pub units: Vec<Unit>,
    /// Of each of them its code as a text, where it can be converted to others; else empty.
    pub codes: Vec<Box<str>>,
    /// Lowest.
    pub lo: Vec<f64>,
    /// Highest.
    pub hi: Vec<f64>,
}

/// Where a rid's values stand in a column's ascending `rids`.
fn places(rids: &[Rid], rid: Rid) -> Range<usize> {
    let start = rids.partition_point(|&r| r < rid);
    let len = rids[start..].iter().take_while(|&&r| r == rid).count();
    start..start + len
}

/// What columns of every kind can do for a merge.
pub(crate) trait Column: Default + Sized {
    fn rids(&self) -> &[Rid];
    /// Adds the value at `at` of `other`.
    fn push_from(&mut self, other: &Self, at: usize);
    /// Says whose the value is that was pushed last.
    fn set_last_rid(&mut self, rid: Rid);
    fn encode(&self, out: &mut Vec<u8>);
    fn decode(reader: &mut Reader<'_>) -> Result<Self, StoreError>;
    fn size(&self) -> usize;
}

impl DateColumn {
    /// Where a rid's values stand.
    pub fn of(&self, rid: Rid) -> Range<usize> {
        places(&self.rids, rid)
    }

    pub(crate) fn push(&mut self, rid: Rid, lo: i64, hi: i64) {
        self.rids.push(rid);
        self.lo.push(lo);
        self.hi.push(hi);
    }
}

impl NumberColumn {
    /// Where a rid's values stand.
    pub fn of(&self, rid: Rid) -> Range<usize> {
        places(&self.rids, rid)
    }

    pub(crate) fn push(&mut self, rid: Rid, lo: f64, hi: f64) {
        self.rids.push(rid);
        self.lo.push(lo);
        self.hi.push(hi);
    }
}

impl QuantityColumn {
    /// Where a rid's values stand.
    pub fn of(&self, rid: Rid) -> Range<usize> {
        places(&self.rids, rid)
    }

    pub(crate) fn push(&mut self, rid: Rid, unit: Unit, code: &str, lo: f64, hi: f64) {
        // Few units occur in a field: the one before is nearly always it.
        let last = self.unit.last().filter(|&&u| self.units[u as usize] == unit);
        let known = last
            .copied()
            .or_else(|| self.units.iter().position(|u| *u == unit).map(|at| at as u32));
        let index = known.unwrap_or_else(|| {
            self.units.push(unit);
            self.codes.push(code.into());
            self.units.len() as u32 - 1
        });
        self.rids.push(rid);
        self.unit.push(index);
        self.lo.push(lo);
        self.hi.push(hi);
    }
}

fn put_rids(rids: &[Rid], out: &mut Vec<u8>) {
    put(out, rids.len() as u64);
    let mut last = 0;
    for &rid in rids {
        put(out, u64::from(rid.wrapping_sub(last)));
        last = rid;
    }
}

fn get_rids(reader: &mut Reader<'_>) -> Result<Vec<Rid>, StoreError> {
    let len = reader.get_u32()? as usize;
    let mut rids = Vec::with_capacity(len.min(1 << 20));
    let mut last = 0u32;
    for _ in 0..len {
        last = last.wrapping_add(reader.get_u32()?);
        rids.push(last);
    }
    Ok(rids)
}

/// Numbers as whole multiples of a power of ten where that is exact, else bit for bit.
fn put_floats(values: &[f64], out: &mut Vec<u8>) {
    let exact = |scale: f64| {
        values.iter().all(|&v| {
            let n = (v * scale).round();
            n.abs() < 9e15 && (n / scale).to_bits() == v.to_bits()
        })
    };
    let scale = [1.0, 10.0, 100.0, 1e3, 1e4, 1e6].into_iter().position(exact);
    let Some(power) = scale else {
        out.push(0xff);
        for v in values {
            out.extend_from_slice(&v.to_bits().to_le_bytes());
        }
        return;
    };
    out.push(power as u8);
    let scale = [1.0, 10.0, 100.0, 1e3, 1e4, 1e6][power];
    for v in values {
        put_signed(out, (v * scale).round() as i64);
    }
}

fn get_floats(reader: &mut Reader<'_>, len: usize) -> Result<Vec<f64>, StoreError> {
    let [power] = reader.fixed::<1>()?;
    if power == 0xff {
        return (0..len).map(|_| Ok(f64::from_bits(u64::from_le_bytes(reader.fixed()?)))).collect();
    }
    let scales = [1.0, 10.0, 100.0, 1e3, 1e4, 1e6];
    let scale = *scales.get(power as usize).ok_or_else(|| reader.damaged())?;
    (0..len).map(|_| Ok(reader.get_signed()? as f64 / scale)).collect()
}

/// The highs of ranges: a marker byte where all are as their lows.
fn put_highs(lo: &[f64], hi: &[f64], out: &mut Vec<u8>) {
    let same = lo.iter().zip(hi).all(|(l, h)| l.to_bits() == h.to_bits());
    out.push(u8::from(!same));
    if !same {
        put_floats(hi, out);
    }
}

fn get_highs(reader: &mut Reader<'_>, lo: &[f64]) -> Result<Vec<f64>, StoreError> {
    let [marker] = reader.fixed::<1>()?;
    if marker == 0 { Ok(lo.to_vec()) } else { get_floats(reader, lo.len()) }
}

/// What microseconds are all multiples of, so that they are written shorter.
fn grain(values: impl Iterator<Item = i64> + Clone) -> i64 {
    let whole = |g: i64| values.clone().all(|v| v % g == 0);
    [86_400_000_000, 1_000_000, 1_000].into_iter().find(|&g| whole(g)).unwrap_or(1)
}

impl Column for DateColumn {
    fn rids(&self) -> &[Rid] {
        &self.rids
    }

    fn push_from(&mut self, other: &Self, at: usize) {
        self.push(other.rids[at], other.lo[at], other.hi[at]);
    }

    fn set_last_rid(&mut self, rid: Rid) {
        if let Some(last) = self.rids.last_mut() {
            *last = rid;
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_rids(&self.rids, out);
        let open = |v: &i64| *v != i64::MIN && *v != i64::MAX;
        let grain = grain(self.lo.iter().copied().filter(open));
        put(out, grain as u64);
        let mut last = 0i64;
        for &lo in &self.lo {
            if lo == i64::MIN || lo == i64::MAX {
                put(out, if lo == i64::MIN { 1 } else { 2 });
                continue;
            }
            let delta = lo / grain - last;
            put(out, ((((delta << 1) ^ (delta >> 63)) as u64) << 2) & !3);
            last = lo / grain;
        }
        // Spans repeat: a second, a day, a year. Each is written as its number in a short list.
        let mut spans: Vec<i64> = Vec::new();
        let mut marks = Vec::with_capacity(self.hi.len());
        for (&lo, &hi) in self.lo.iter().zip(&self.hi) {
            let span = if hi == i64::MAX { -1 } else { hi.wrapping_sub(lo.max(-i64::MAX)) };
            let known = spans.iter().take(120).position(|s| *s == span);
            let at = known.unwrap_or_else(|| {
                spans.push(span);
                spans.len() - 1
            });
            put(&mut marks, at as u64);
        }
        put(out, spans.len() as u64);
        for span in spans {
            put_signed(out, span);
        }
        out.extend_from_slice(&marks);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, StoreError> {
        let rids = get_rids(reader)?;
        let grain = reader.get()? as i64;
        let mut last = 0i64;
        let mut lo = Vec::with_capacity(rids.len());
        for _ in 0..rids.len() {
            let word = reader.get()?;
            lo.push(match word & 3 {
                1 => i64::MIN,
                2 => i64::MAX,
                _ => {
                    let n = word >> 2;
                    last = last.wrapping_add((n >> 1) as i64 ^ -((n & 1) as i64));
                    last.wrapping_mul(grain)
                }
            });
        }
        let count = reader.get_u32()? as usize;
        let mut spans = Vec::with_capacity(count.min(1 << 20));
        for _ in 0..count {
            spans.push(reader.get_signed()?);
        }
        let mut hi = Vec::with_capacity(rids.len());
        for &lo in &lo {
            let at = reader.get_u32()? as usize;
            let span = *spans.get(at).ok_or_else(|| reader.damaged())?;
            hi.push(if span == -1 { i64::MAX } else { lo.max(-i64::MAX).wrapping_add(span) });
        }
        Ok(Self { rids, lo, hi })
    }

    fn size(&self) -> usize {
        self.rids.len() * 20 + 72
    }
}

impl Column for NumberColumn {
    fn rids(&self) -> &[Rid] {
        &self.rids
    }

    fn push_from(&mut self, other: &Self, at: usize) {
        self.push(other.rids[at], other.lo[at], other.hi[at]);
    }

    fn set_last_rid(&mut self, rid: Rid) {
        if let Some(last) = self.rids.last_mut() {
            *last = rid;
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_rids(&self.rids, out);
        put_floats(&self.lo, out);
        put_highs(&self.lo, &self.hi, out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, StoreError> {
        let rids = get_rids(reader)?;
        let lo = get_floats(reader, rids.len())?;
        let hi = get_highs(reader, &lo)?;
        Ok(Self { rids, lo, hi })
    }

    fn size(&self) -> usize {
        self.rids.len() * 20 + 72
    }
}

impl Column for QuantityColumn {
    fn rids(&self) -> &[Rid] {
        &self.rids
    }

    fn push_from(&mut self, other: &Self, at: usize) {
        let unit = other.unit[at] as usize;
        let (unit, code) = (other.units[unit], &other.codes[unit]);
        self.push(other.rids[at], unit, code, other.lo[at], other.hi[at]);
    }

    fn set_last_rid(&mut self, rid: Rid) {
        if let Some(last) = self.rids.last_mut() {
            *last = rid;
        }
    }

    fn encode(&self, out: &mut Vec<u8>) {
        put_rids(&self.rids, out);
        put(out, self.units.len() as u64);
        for (unit, code) in self.units.iter().zip(&self.codes) {
            for hash in [unit.system, unit.code, unit.unit] {
                out.extend_from_slice(&hash.to_le_bytes());
            }
            put_chunk(out, code.as_bytes());
        }
        for &unit in &self.unit {
            put(out, u64::from(unit));
        }
        put_floats(&self.lo, out);
        put_highs(&self.lo, &self.hi, out);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, StoreError> {
        let rids = get_rids(reader)?;
        let count = reader.get_u32()? as usize;
        let mut units = Vec::with_capacity(count.min(1 << 16));
        let mut codes = Vec::with_capacity(count.min(1 << 16));
        for _ in 0..count {
            let mut hash = || Ok::<_, StoreError>(u64::from_le_bytes(reader.fixed()?));
            units.push(Unit { system: hash()?, code: hash()?, unit: hash()? });
            let code = std::str::from_utf8(reader.chunk()?).map_err(|_| reader.damaged())?;
            codes.push(code.into());
        }
        let mut unit = Vec::with_capacity(rids.len());
        for _ in 0..rids.len() {
            let at = reader.get_u32()?;
            if at as usize >= units.len() {
                return Err(reader.damaged());
            }
            unit.push(at);
        }
        let lo = get_floats(reader, rids.len())?;
        let hi = get_highs(reader, &lo)?;
        Ok(Self { rids, unit, units, codes, lo, hi })
    }

    fn size(&self) -> usize {
        self.rids.len() * 24 + self.units.len() * 48 + 144
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back<C: Column>(column: &C) -> C {
        let mut out = Vec::new();
        column.encode(&mut out);
        C::decode(&mut Reader::new(&out, "a test")).expect("what was written")
    }

    #[test]
    fn dates_read_back() {
        let mut column = DateColumn::default();
        for (rid, lo, hi) in [
            (1, 0, 86_399_999_999),
            (1, i64::MIN, 5),
            (7, 86_400_000_000, i64::MAX),
            (9, -1_000_001, -1_000_001),
            (9, i64::MIN, i64::MAX),
        ] {
            column.push(rid, lo, hi);
        }
        assert_eq!(back(&column), column);
        assert_eq!(column.of(9), 3..5);
        assert_eq!(column.of(8), 3..3);
        assert_eq!(back(&DateColumn::default()), DateColumn::default());
    }

    #[test]
    fn numbers_and_quantities_read_back_bit_for_bit() {
        let values = [5.4, 0.1 + 0.2, -0.0, f64::INFINITY, 1e300, 7.0];
        let mut numbers = NumberColumn::default();
        let mut quantities = QuantityColumn::default();
        for (i, v) in values.into_iter().enumerate() {
            numbers.push(i as u32, v, v + 1.0);
            let unit = Unit { system: 1, code: i as u64 % 2, unit: 0 };
            quantities.push(i as u32, unit, ["mg", ""][i % 2], v, v);
        }
        let read = back(&numbers);
        let bits = |c: &[f64]| c.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&read.lo), bits(&numbers.lo));
        assert_eq!(bits(&read.hi), bits(&numbers.hi));
        let read = back(&quantities);
        assert_eq!(
            (bits(&read.lo), read.unit, read.codes),
            (bits(&quantities.lo), quantities.unit.clone(), vec!["mg".into(), "".into()])
        );
        let mut short = NumberColumn::default();
        short.push(3, 5.4, 5.4);
        short.push(4, 7.25, 7.25);
        assert_eq!(back(&short), short);
    }
}
