//! Page tokens: where a page begins, and for a search by POST also what was searched for.
//!
//! A search is posted so that what it looks for, which may be a patient's, stands in no URL. The
//! link to its next page is a URL: there the search itself is sealed into the token.

use tarn_domain::{Explain as _, Problem};
use tarn_search::{Cursor, Place, Position, cursor};

use crate::clinical::links::url;
use crate::clinical::parameters::Parameters;

/// The fingerprint that no query has: the token holds a search and an inner token.
const POSTED: [u8; 16] = *b"a posted search!";
/// A longer search goes into the URL all the same: there is no room for it in a token.
const LONGEST: usize = 6 * 1024;

/// What a token says.
pub(super) struct Opened {
    /// Where the page begins.
    pub(super) cursor: Cursor,
    /// What was searched for, if it was posted.
    pub(super) posted: Option<Parameters>,
}

/// Opens a token.
pub(super) fn open(key: &[u8; 32], token: &str) -> Result<Opened, Problem> {
    let outer = cursor::open(key, token).map_err(|e| e.explain())?;
    let keys = outer.position.as_ref().map_or(&[][..], |position| &position.keys);
    let [Place::Text(Some(query)), Place::Text(Some(inner))] = keys else {
        return Ok(Opened { cursor: outer, posted: None });
    };
    if outer.fingerprint != POSTED {
        return Ok(Opened { cursor: outer, posted: None });
    }
    let posted = Parameters::parse(query)?;
    let cursor = cursor::open(key, inner).map_err(|e| e.explain())?;
    Ok(Opened { cursor, posted: Some(posted) })
}

/// Seals a cursor, with the search if it was posted. None where that does not fit in.
pub(super) fn seal(
    key: &[u8; 32],
    cursor: &Cursor,
    posted: Option<&Parameters>,
) -> Result<Sealed, Problem> {
    let inner = cursor::seal(key, cursor).map_err(|e| e.explain())?;
    let Some(posted) = posted else { return Ok(Sealed { text: inner, holds_search: false }) };
    let query = url("", "", posted.iter());
    let query = query.trim_start_matches('?');
    if query.len() + inner.len() > LONGEST {
        return Ok(Sealed { text: inner, holds_search: false });
    }
    let keys = vec![Place::Text(Some(query.into())), Place::Text(Some(inner.into()))];
    let position = Some(Position { keys, rid: 0 });
    let outer = Cursor { t: cursor.t, fingerprint: POSTED, position, included: 0 };
    let text = cursor::seal(key, &outer).map_err(|e| e.explain())?;
    Ok(Sealed { text, holds_search: true })
}

/// A token.
pub(super) struct Sealed {
    /// As it stands in the URL.
    pub(super) text: String,
    /// Whether it needs no other parameters beside it.
    pub(super) holds_search: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Cursor {
        let position = Some(Position { keys: vec![Place::Number(4)], rid: 9 });
        Cursor { t: 7, fingerprint: [1; 16], position, included: 0 }
    }

    #[test]
    fn a_posted_search_travels_in_its_token() {
        let search = Parameters::parse("name=Miller%20%26%20Co&_count=2").unwrap();
        let sealed = seal(&[3; 32], &at(), Some(&search)).unwrap();
        assert!(sealed.holds_search && !sealed.text.contains("Miller"));
        let opened = open(&[3; 32], &sealed.text).unwrap();
        assert_eq!(opened.posted, Some(search));
        assert_eq!(opened.cursor, at());
    }

    #[test]
    fn a_search_of_the_url_stays_there() {
        let sealed = seal(&[3; 32], &at(), None).unwrap();
        let opened = open(&[3; 32], &sealed.text).unwrap();
        assert!(!sealed.holds_search && opened.posted.is_none());
        assert_eq!(opened.cursor, at());
    }

    #[test]
    fn a_search_too_long_for_a_token_stays_outside() {
        let search = Parameters::parse(&format!("_id={}", "x".repeat(7_000))).unwrap();
        let sealed = seal(&[3; 32], &at(), Some(&search)).unwrap();
        assert!(!sealed.holds_search);
        assert_eq!(open(&[3; 32], &sealed.text).unwrap().cursor, at());
    }
}
