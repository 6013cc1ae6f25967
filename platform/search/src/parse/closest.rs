//! Finding what somebody may have meant.

/// The names nearest to `wanted`, best first, three at most.
pub(super) fn closest(
    wanted: &str,
    known: impl Iterator<Item = &'static str>,
) -> Vec<&'static str> {
    let wanted: String = wanted.to_ascii_lowercase().chars().take(64).collect();
    let mut near: Vec<(usize, &'static str)> = known
        .filter_map(|name| {
            let alike = !wanted.is_empty() && (name.contains(&wanted) || wanted.contains(name));
            let distance = distance(&wanted, name);
            let limit = 1 + wanted.len() / 4;
            (distance <= limit || alike).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// Levenshtein's distance, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let known = || ["birthdate", "family", "given", "gender", "death-date"].into_iter();
        assert_eq!(closest("birthdat", known()), ["birthdate"]);
        assert_eq!(closest("Genre", known()), ["gender"]);
        assert!(closest("nosuchparam", known()).is_empty());
    }
}
