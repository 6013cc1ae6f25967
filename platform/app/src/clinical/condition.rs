//! Conditions that callers set: versions (`If-Match`, `If-None-Match`) and times.

use tarn_domain::{Kind, Problem, Timestamp};

use super::target::version_number;

/// What `If-None-Match` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoneMatch {
    /// `*`: only when there is no current version.
    Any,
    /// Only when none of these versions is current.
    Versions(Vec<u32>),
}

/// The conditions of one interaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `If-Match`: the version that must be current.
    pub if_match: Option<Match>,
    /// `If-None-Match`.
    pub if_none_match: Option<NoneMatch>,
    /// `If-Modified-Since`: a whole second.
    pub if_modified_since: Option<Timestamp>,
}

/// What `If-Match` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// `*`: there must be a current version.
    Any,
    /// This must be current. Zero, which no version has, where the tag cannot be one of ours.
    Version(u32),
}

impl Match {
    /// Reads `W/"3"`, `"3"`, `3` or `*`.
    ///
    /// # Errors
    /// Invalid where it is no entity tag at all.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        match text.trim() {
            "*" => Ok(Self::Any),
            tag => Ok(Self::Version(entity_tag(tag)?)),
        }
    }
}

impl NoneMatch {
    /// Reads `*` or a list of entity tags.
    ///
    /// # Errors
    /// Invalid where one is no entity tag.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        text.split(',')
            .map(|tag| entity_tag(tag.trim()))
            .collect::<Result<_, _>>()
            .map(Self::Versions)
    }

    /// Whether a current version breaks it.
    pub fn is_matched_by(&self, current: u32) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&current),
        }
    }
}

impl Conditions {
    /// Whether a reader already has that version (304): `If-None-Match` decides where it is
    /// there, the time otherwise (RFC 9110 §13.2.2).
    pub fn already_has(&self, version: u32, updated: Timestamp) -> bool {
        match (&self.if_none_match, self.if_modified_since) {
            (Some(none_match), _) => none_match.is_matched_by(version),
            (None, Some(since)) => updated.millis() / 1_000 <= since.millis() / 1_000,
            (None, None) => false,
        }
    }
}

fn entity_tag(text: &str) -> Result<u32, Problem> {
    let bare = text.strip_prefix("W/").unwrap_or(text);
    let inner = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(bare);
    if inner.is_empty() || inner.contains(['"', ' ']) {
        let words = "An entity tag looks like `W/\"3\"`.";
        return Err(Problem::new(Kind::Invalid, "bad-entity-tag", words));
    }
    Ok(version_number(inner).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_read_in_every_common_spelling() {
        for text in ["W/\"3\"", "\"3\"", "3", " W/\"3\" "] {
            assert_eq!(Match::parse(text).unwrap(), Match::Version(3), "{text}");
        }
        assert_eq!(Match::parse("*").unwrap(), Match::Any);
        assert_eq!(Match::parse("W/\"abc\"").unwrap(), Match::Version(0));
        assert!(Match::parse("W/\"").is_err() && Match::parse("").is_err());
    }

    #[test]
    fn a_reader_who_has_the_version_need_not_get_it_again() {
        let at = Timestamp::from_micros(5_500_000);
        let tags = |text| Conditions {
            if_none_match: Some(NoneMatch::parse(text).unwrap()),
            ..Conditions::default()
        };
        assert!(tags("W/\"1\", W/\"2\"").already_has(2, at));
        assert!(!tags("W/\"1\"").already_has(2, at));
        let since = |seconds: i64| Conditions {
            if_modified_since: Some(Timestamp::from_micros(seconds * 1_000_000)),
            ..Conditions::default()
        };
        assert!(since(5).already_has(2, at) && !since(4).already_has(2, at));
        assert!(!Conditions::default().already_has(2, at));
    }
}
