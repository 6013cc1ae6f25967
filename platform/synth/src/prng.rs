//! Chance that is the same everywhere: xoshiro256** seeded through SplitMix64 (Blackman and
//! Vigna, public domain), and integer distributions on top. No floating point.

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    state: [u64; 4],
}

/// A resource's id: a version 4 UUID drawn from a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(u128);

fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of one thing (`index`) under a seed. Streams of different indices are unrelated,
    /// so patients may be generated in any order.
    pub(crate) fn new(seed: u64, index: u64) -> Self {
        let mut outer = seed;
        let mut inner = splitmix(&mut outer) ^ index.wrapping_mul(0xd134_2543_de82_ef95);
        Self { state: std::array::from_fn(|_| splitmix(&mut inner)) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number below `n` (0 when `n` is 0). The bias of the multiply-shift is below 2^-32.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (((self.next() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        debug_assert!(low <= high);
        low + self.below((high - low + 1) as u32) as i32
    }

    /// True `percent` times in a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// True `n` times in a hundred thousand, the way yearly rates are published.
    pub(crate) fn per_100k(&mut self, n: u32) -> bool {
        self.below(100_000) < n
    }

    /// About normal: four uniform numbers added (Irwin-Hall), so never beyond 3.4 deviations.
    pub(crate) fn bell(&mut self, mean: i32, deviation: i32) -> i32 {
        let bits = self.next();
        let sum: i64 = (0..4).map(|i| ((bits >> (16 * i)) & 0xffff) as i64).sum();
        mean + (i64::from(deviation) * (sum - 131_070) / 37_837) as i32
    }

    /// One of them.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len() as u32) as usize]
    }

    /// One of them, by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        let total = from.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for &(weight, value) in from {
            if left < weight {
                return value;
            }
            left -= weight;
        }
        from[from.len() - 1].1
    }

    pub(crate) fn id(&mut self) -> Id {
        let bits = (u128::from(self.next()) << 64) | u128::from(self.next());
        let version = 0xf << 76;
        let variant = 0x3 << 62;
        Id((bits & !version & !variant) | (0x4 << 76) | (0x2 << 62))
    }
}

impl Id {
    /// The id's bits as a number, for identifiers made from it.
    pub(crate) fn bits(self) -> u128 {
        self.0
    }

    /// Adds the 36 characters of the UUID.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (i, byte) in self.0.to_be_bytes().into_iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        out.extend_from_slice(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_fixed_for_ever() {
        let mut stream = Stream::new(1, 2);
        let first: Vec<u64> = (0..2).map(|_| stream.next()).collect();
        let mut again = Stream::new(1, 2);
        assert_eq!(first, (0..2).map(|_| again.next()).collect::<Vec<_>>());
        assert_ne!(first[0], Stream::new(1, 3).next());
        assert_ne!(first[0], Stream::new(2, 2).next());
    }

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let mut text = Vec::new();
        Stream::new(0, 0).id().write(&mut text);
        assert_eq!(text.len(), 36);
        assert_eq!(text[14], b'4');
        assert!(b"89ab".contains(&text[19]));
    }

    #[test]
    fn the_bell_keeps_its_mean_and_spread() {
        let mut stream = Stream::new(5, 5);
        let drawn: Vec<i32> = (0..20_000).map(|_| stream.bell(1_000, 100)).collect();
        let mean = drawn.iter().sum::<i32>() / 20_000;
        let square: i64 = drawn.iter().map(|v| i64::from(v - mean).pow(2)).sum::<i64>() / 20_000;
        assert!((995..=1_005).contains(&mean), "{mean}");
        assert!((9_400..=10_600).contains(&square), "{square}");
    }
}
