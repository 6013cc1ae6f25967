//! The codes that a required binding allows.

/// The codes of a value set to which R4 binds elements with strength `required`.
#[derive(Debug)]
pub struct CodeSet {
    /// The value set's canonical URL, without version.
    pub url: &'static str,
    /// Whether the list is whole. It is not where R4 points at a system without end (media
    /// types, UCUM, BCP 47): any well-formed code is then good.
    pub is_complete: bool,
    /// (system, code), sorted by code, then system.
    pub(super) codes: Vec<(&'static str, &'static str)>,
}

impl CodeSet {
    /// The (system, code) pairs, sorted by code.
    pub fn codes(&self) -> &[(&'static str, &'static str)] {
        &self.codes
    }

    /// Whether the code is in the set, whatever its system.
    pub fn has_code(&self, code: &str) -> bool {
        self.system_of(code).is_some()
    }

    /// Whether the code of that system is in the set.
    pub fn has(&self, system: &str, code: &str) -> bool {
        self.codes.binary_search_by(|&(s, c)| (c, s).cmp(&(code, system))).is_ok()
    }

    /// The system that a bare `code` of this set belongs to: the first, where several have it.
    pub fn system_of(&self, code: &str) -> Option<&'static str> {
        let at = self.codes.partition_point(|&(_, c)| c < code);
        self.codes.get(at).filter(|(_, c)| *c == code).map(|(system, _)| *system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_with_and_without_their_system() {
        let codes = vec![("urn:b", "a"), ("urn:a", "b"), ("urn:b", "b")];
        let set = CodeSet { url: "urn:set", is_complete: true, codes };
        assert_eq!(set.system_of("b"), Some("urn:a"));
        assert!(set.has("urn:b", "b") && set.has("urn:a", "b") && !set.has("urn:a", "a"));
        assert!(set.has_code("a") && !set.has_code("c") && !set.has_code(""));
    }
}
