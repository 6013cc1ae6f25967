//! How numbers are written: LEB128 varints, zigzag for signed ones. Reading never panics.

use crate::error::StoreError;

pub(crate) fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

pub(crate) fn put_signed(out: &mut Vec<u8>, n: i64) {
    put(out, ((n << 1) ^ (n >> 63)) as u64);
}

/// Reads what [`put`] and its kin wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { bytes, what }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn damaged(&self) -> StoreError {
        StoreError::Damaged { what: self.what }
    }

    #[inline]
    pub(crate) fn get(&mut self) -> Result<u64, StoreError> {
        let mut n = 0u64;
        let mut shift = 0;
        loop {
            let Some((&b, rest)) = self.bytes.split_first() else { return Err(self.damaged()) };
            self.bytes = rest;
            n |= u64::from(b & 0x7f) << shift;
            if b < 0x80 {
                return Ok(n);
            }
            shift += 7;
            if shift > 63 {
                return Err(self.damaged());
            }
        }
    }

    pub(crate) fn get_u32(&mut self) -> Result<u32, StoreError> {
        u32::try_from(self.get()?).map_err(|_| self.damaged())
    }

    pub(crate) fn get_signed(&mut self) -> Result<i64, StoreError> {
        let n = self.get()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], StoreError> {
        let Some((head, rest)) = self.bytes.split_at_checked(len) else {
            return Err(self.damaged());
        };
        self.bytes = rest;
        Ok(head)
    }

    pub(crate) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| self.damaged())
    }

    /// Bytes with their length before them.
    pub(crate) fn chunk(&mut self) -> Result<&'a [u8], StoreError> {
        let len = self.get()?;
        self.take(usize::try_from(len).map_err(|_| self.damaged())?)
    }
}

pub(crate) fn put_chunk(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        let mut out = Vec::new();
        let signed = [0, 1, -1, i64::MIN, i64::MAX, 300, -300];
        for n in signed {
            put_signed(&mut out, n);
        }
        put(&mut out, u64::MAX);
        let mut reader = Reader::new(&out, "a test");
        for n in signed {
            assert_eq!(reader.get_signed().ok(), Some(n));
        }
        assert_eq!(reader.get().ok(), Some(u64::MAX));
        assert!(reader.is_empty() && reader.get().is_err());
    }
}
