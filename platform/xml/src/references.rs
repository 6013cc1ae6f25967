//! References in attributes and text: `&amp;`, `&#233;`, and in narratives `&nbsp;`.

use std::borrow::Cow;

use crate::entities;

/// What is wrong with a reference.
pub(crate) const UNKNOWN: &str =
    "only `&lt;`, `&gt;`, `&amp;`, `&quot;`, `&apos;` and characters by number may be referred to";
/// What is wrong with a character.
pub(crate) const NO_CHARACTER: &str = "here stands a character that XML does not have";

/// The value of an attribute, as XML 1.0 §3.3.3 has it: references undone, literal white space
/// turned into spaces.
pub(crate) fn value(raw: &str) -> Result<Cow<'_, str>, &'static str> {
    if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\t' | b'\n' | b'\r')) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix('&') {
            let (name, behind) = behind.split_once(';').ok_or(UNKNOWN)?;
            out.push(referred(name)?);
            rest = behind;
        } else {
            out.push(' ');
            rest = rest.strip_prefix("\r\n").unwrap_or_else(|| &rest[1..]);
        }
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Appends a piece of a narrative (text, or a tag with its attributes) whose references XML
/// knows: others of XHTML become numbers.
///
/// # Errors
/// A reference that neither XML nor XHTML knows.
pub(crate) fn plain(piece: &str, out: &mut String) -> Result<(), &'static str> {
    let mut rest = piece;
    while let Some(at) = rest.find(['&', '\r']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(behind) = rest.strip_prefix('\r') {
            // Literally it would be read as a line feed.
            out.push_str("&#13;");
            rest = behind;
            continue;
        }
        let (name, behind) = rest[1..].split_once(';').ok_or(UNKNOWN)?;
        match entities::character(name) {
            Some(character) => out.push_str(&format!("&#{};", u32::from(character))),
            None => {
                referred(name)?;
                out.push_str(&rest[..name.len() + 2]);
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(())
}

/// Quotes in a narrative's text, which need no reference: as they stand in XML, and in JSON.
///
/// FHIR's own JSON has them bare where its XML refers to them, so they are undone on the way in.
/// Where JSON refers to them all the same, XML does so by a hexadecimal number, so that nothing is
/// lost on the way back.
const QUOTES: [(&str, &str); 7] = [
    ("&#x22;", "&quot;"),
    ("&#x27;", "&#39;"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&apos;", "'"),
    ("&#13;", "\r"),
];

/// A reference in a narrative's text as JSON has it, by how it stands in XML.
pub(crate) fn in_json(reference: &str) -> &str {
    let known = QUOTES.iter().find(|(xml, _)| *xml == reference);
    known.map_or(reference, |(_, json)| json)
}

/// A reference in a narrative's text as XML has it, by how it stands in JSON; none where it
/// stands for itself.
pub(crate) fn in_xml(reference: &str) -> Option<&'static str> {
    match reference {
        "&quot;" | "&#34;" => Some("&#x22;"),
        "&#39;" | "&apos;" => Some("&#x27;"),
        _ => None,
    }
}

/// Whether every reference of a narrative's piece is known to XML or XHTML.
pub(crate) fn check(piece: &str) -> Result<(), &'static str> {
    let mut rest = piece;
    while let Some((_, behind)) = rest.split_once('&') {
        let (name, behind) = behind.split_once(';').ok_or(UNKNOWN)?;
        if entities::character(name).is_none() {
            referred(name)?;
        }
        rest = behind;
    }
    Ok(())
}

fn referred(name: &str) -> Result<char, &'static str> {
    let number = match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => name.strip_prefix('#').ok_or(UNKNOWN)?,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(UNKNOWN);
    }
    let code = u32::from_str_radix(digits, radix).map_err(|_| UNKNOWN)?;
    char::from_u32(code).filter(|c| is_character(*c)).ok_or(NO_CHARACTER)
}

/// Whether XML 1.0 has that character (§2.2).
pub(crate) const fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_has_its_references_undone() {
        assert_eq!(value("a &lt;b&gt; &#65;&#x42;").as_deref(), Ok("a <b> AB"));
        assert_eq!(value("a\r\nb\tc\n&#10;d").as_deref(), Ok("a b c \nd"));
        for bad in ["&nbsp;", "&x", "& ", "&#;", "&#+5;", "&#x110000;", "&#xd800;"] {
            assert_eq!(
                value(bad),
                Err(if bad.len() > 7 { value(bad).unwrap_err() } else { UNKNOWN })
            );
        }
        assert_eq!(value("&#0;"), Err(NO_CHARACTER));
        assert_eq!(value("&#xFFFF;"), Err(NO_CHARACTER));
    }

    #[test]
    fn entities_of_xhtml_become_numbers() {
        let mut out = String::new();
        assert_eq!(plain("a&nbsp;b &amp; &#233;\r", &mut out), Ok(()));
        assert_eq!(out, "a&#160;b &amp; &#233;&#13;");
        assert_eq!(check("&nbsp;&lt;"), Ok(()));
        assert_eq!(check("&nope;"), Err(UNKNOWN));
    }

    #[test]
    fn quotes_are_bare_in_json_unless_json_had_them_otherwise() {
        assert_eq!((in_json("&quot;"), in_json("&#39;"), in_json("&lt;")), ("\"", "'", "&lt;"));
        for reference in ["&quot;", "&#39;"] {
            assert_eq!(in_xml(reference).map(in_json), Some(reference));
        }
        assert_eq!(in_xml("&lt;"), None);
    }
}
