//! A perfect hash over a few fixed names: one probe and one comparison for each key of a document.

/// Finds the place of a name in a list of distinct names.
#[derive(Debug)]
pub(super) struct Perfect {
    /// Place + 1, or 0 for none. Empty where no seed tells the names apart.
    slots: Box<[u8]>,
    seed: u64,
    shift: u32,
}

impl Perfect {
    /// Over at most 255 distinct names.
    pub(super) fn over(names: &[&str]) -> Self {
        let least = (names.len() * 2).next_power_of_two().trailing_zeros().max(1);
        for bits in least..=16 {
            for round in 1..100u64 {
                let seed = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
                if let Some(slots) = slots(names, seed, 64 - bits) {
                    return Self { slots, seed, shift: 64 - bits };
                }
            }
        }
        Self { slots: Box::default(), seed: 0, shift: 63 }
    }

    /// Where the name may stand: there or nowhere. None where every name has to be compared.
    #[inline]
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let at = (digest(name.as_bytes()).wrapping_mul(self.seed) >> self.shift) as usize;
        self.slots.get(at).map(|place| usize::from(*place).wrapping_sub(1))
    }
}

fn slots(names: &[&str], seed: u64, shift: u32) -> Option<Box<[u8]>> {
    let mut slots = vec![0u8; 1 << (64 - shift)].into_boxed_slice();
    for (place, name) in names.iter().enumerate() {
        let at = (digest(name.as_bytes()).wrapping_mul(seed) >> shift) as usize;
        if slots[at] != 0 {
            return None;
        }
        slots[at] = u8::try_from(place + 1).ok()?;
    }
    Some(slots)
}

/// First and last eight bytes and the length: tells all names of R4 apart.
#[inline]
fn digest(name: &[u8]) -> u64 {
    let length = name.len() as u64;
    if let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        let first = u64::from_le_bytes(*first);
        return first ^ u64::from_le_bytes(*last).rotate_left(23) ^ (length << 57);
    }
    let short = name.iter().fold(0u64, |word, b| (word << 8) | u64::from(*b));
    short ^ (length << 57)
}

#[cfg(test)]
mod tests {
    use tarn_fhir::definitions::TypeId;

    use super::*;

    #[test]
    fn names_are_found_and_strangers_are_not() {
        let names: Vec<_> = TypeId::all().map(TypeId::name).collect();
        let perfect = Perfect::over(&names);
        for (place, name) in names.iter().enumerate() {
            assert_eq!(perfect.place(name), Some(place));
        }
        for stranger in ["", "a", "Patients", "resourceType", "patient"] {
            let place = perfect.place(stranger).expect("a table");
            assert_ne!(names.get(place), Some(&stranger));
        }
    }

    #[test]
    fn names_that_no_hash_tells_apart_are_all_compared() {
        let perfect = Perfect::over(&["abcdefgh1ijklmnop", "abcdefgh2ijklmnop"]);
        assert_eq!(perfect.place("abcdefgh1ijklmnop"), None);
    }
}
