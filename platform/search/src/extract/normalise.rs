//! The one form in which texts are compared: without case, accents and extra white space.
//!
//! R4 asks that string search ignore case, combining marks and white space that means nothing
//! (<https://hl7.org/fhir/R4/search.html#string>). Index and query both come through here.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Brings a text into the form in which it is compared: decomposed (NFKD), combining marks
/// dropped, case folded, runs of white space as one blank and none at either end.
pub fn normalise(text: &str) -> Cow<'_, str> {
    if is_normal_ascii(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    append(text, &mut out);
    Cow::Owned(out)
}

/// The same without an allocation of its own: what needs rewriting is rewritten in `scratch`.
pub(super) fn normalise_in<'t>(text: &'t str, scratch: &'t mut String) -> &'t str {
    if is_normal_ascii(text.as_bytes()) {
        return text;
    }
    scratch.clear();
    append(text, scratch);
    scratch
}

fn append(text: &str, out: &mut String) {
    if !text.is_ascii() {
        append_folded(text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(fold), out);
    } else if has_single_blanks(text.as_bytes()) {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        append_folded(text.chars().map(|c| c.to_ascii_lowercase()), out);
    }
}

fn append_folded(chars: impl Iterator<Item = char>, out: &mut String) {
    let mut blank = false;
    for c in chars {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && !out.is_empty() {
            out.push(' ');
        }
        blank = false;
        out.push(c);
    }
}

/// Full case folding where it differs from lower case: `ß` is `ss`, a final sigma is a sigma.
fn fold(c: char) -> impl Iterator<Item = char> {
    let (folded, second) = match c {
        'ß' | 'ẞ' => ('s', Some('s')),
        'ς' => ('σ', None),
        _ => (c, None),
    };
    // Lower case may decompose again (`ʼn`, `ᾳ`); what it leaves of marks is dropped.
    folded.to_lowercase().chain(second).filter(|c| !is_combining_mark(*c))
}

fn is_normal_ascii(bytes: &[u8]) -> bool {
    has_single_blanks(bytes) && bytes.iter().all(|b| b.is_ascii() && !b.is_ascii_uppercase())
}

/// Whether the only white space is single blanks between other characters.
fn has_single_blanks(bytes: &[u8]) -> bool {
    let mut before = b' ';
    for &b in bytes {
        if b < b' ' || (b == b' ' && before == b' ') {
            return false;
        }
        before = b;
    }
    before != b' ' || bytes.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_white_space_do_not_matter() {
        for (text, normal) in [
            ("Müller", "muller"),
            ("MU\u{308}LLER", "muller"),
            ("  Anna \t Maria\n", "anna maria"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("İstanbul", "istanbul"),
            ("ﬁne", "fine"),
            ("Nguyễn\u{a0}Thị", "nguyen thi"),
            ("O'Brien-Smith", "o'brien-smith"),
            ("", ""),
            ("   ", ""),
            ("渡辺", "渡辺"),
        ] {
            assert_eq!(normalise(text), normal, "{text:?}");
            let mut scratch = String::from("old");
            assert_eq!(normalise_in(text, &mut scratch), normal, "{text:?}");
        }
    }

    #[test]
    fn what_is_normal_already_is_not_copied() {
        assert!(matches!(normalise("anna maria 7"), Cow::Borrowed(_)));
        assert!(matches!(normalise("Anna"), Cow::Owned(_)));
    }

    #[test]
    fn normalising_twice_changes_nothing() {
        for c in (0..0x3_0000).filter_map(char::from_u32) {
            let once = normalise(c.encode_utf8(&mut [0; 4])).into_owned();
            assert_eq!(normalise(&once), once, "U+{:04X}", c as u32);
        }
    }
}
