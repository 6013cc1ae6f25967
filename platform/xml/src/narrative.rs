//! Narratives: `<div xmlns="http://www.w3.org/1999/xhtml">…</div>`, kept as it stands.

use crate::XHTML;
use crate::error::ReadError;
use crate::references;
use crate::scan::{Namespace, Scan, Tag, Token};

/// What becomes of references that XHTML knows and XML does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entities {
    /// They stay: JSON does not mind.
    Kept,
    /// They become numbers.
    Numbered,
}

/// Copies the `div` whose start tag was just scanned, to its end tag. Prefixes are undone, so that
/// the copy can stand alone.
pub(crate) fn copy(
    scan: &mut Scan<'_>,
    tag: Tag<'_>,
    entities: Entities,
) -> Result<String, ReadError> {
    if tag.namespace != Namespace::Xhtml || tag.name != "div" {
        return Err(scan.wrong("a narrative is one `div` in XHTML's namespace"));
    }
    let around = scan.depth() - usize::from(!tag.is_empty);
    let mut out = String::new();
    start(scan, tag, true, entities, &mut out)?;
    while scan.depth() > around {
        match scan.next()? {
            Token::Start(tag) if tag.namespace != Namespace::Xhtml => {
                return Err(scan.wrong("a narrative holds nothing but XHTML"));
            }
            Token::Start(tag) => start(scan, tag, false, entities, &mut out)?,
            Token::End => end(scan.raw(), &mut out),
            Token::Text => text(scan, entities, &mut out)?,
            Token::Comment => lines(scan.raw(), &mut out),
            Token::Eof => return Err(scan.wrong("the text ends inside a narrative")),
        }
    }
    Ok(out)
}

fn start(
    scan: &Scan<'_>,
    tag: Tag<'_>,
    is_outermost: bool,
    entities: Entities,
    out: &mut String,
) -> Result<(), ReadError> {
    // A prefix of any other would mean nothing where the copy stands.
    let known = [Namespace::None, Namespace::Xml];
    if scan.attributes.iter().any(|attribute| !known.contains(&attribute.namespace)) {
        return Err(scan.wrong("a narrative holds nothing but XHTML"));
    }
    let head = 1 + if tag.prefix.is_empty() { 0 } else { tag.prefix.len() + 1 } + tag.name.len();
    out.push('<');
    out.push_str(tag.name);
    if is_outermost && !tag.declares {
        out.push_str(" xmlns=\"");
        out.push_str(XHTML);
        out.push('"');
    }
    piece(scan, scan.raw().get(head..).unwrap_or_default(), entities, out)
}

fn end(raw: &str, out: &mut String) {
    match raw.split_once(':') {
        Some((_, name)) => {
            out.push_str("</");
            out.push_str(name);
        }
        None => out.push_str(raw),
    }
}

fn text(scan: &Scan<'_>, entities: Entities, out: &mut String) -> Result<(), ReadError> {
    let raw = scan.raw();
    if raw.starts_with("<![CDATA[") {
        lines(raw, out);
        return Ok(());
    }
    if raw.starts_with('&') {
        references::check(raw).map_err(|message| scan.wrong(message))?;
        match (entities, references::in_xml(raw)) {
            (Entities::Kept, _) => out.push_str(references::in_json(raw)),
            (Entities::Numbered, Some(number)) => out.push_str(number),
            (Entities::Numbered, None) => return piece(scan, raw, entities, out),
        }
        return Ok(());
    }
    piece(scan, raw, entities, out)
}

fn piece(
    scan: &Scan<'_>,
    raw: &str,
    entities: Entities,
    out: &mut String,
) -> Result<(), ReadError> {
    let done = match entities {
        Entities::Numbered => references::plain(raw, out),
        Entities::Kept => references::check(raw).map(|()| lines(raw, out)),
    };
    done.map_err(|message| scan.wrong(message))
}

/// Appends text with the line ends that an XML parser hands on (XML 1.0 §2.11).
fn lines(raw: &str, out: &mut String) {
    if raw.contains('\r') {
        out.push_str(&raw.replace("\r\n", "\n").replace('\r', "\n"));
    } else {
        out.push_str(raw);
    }
}
