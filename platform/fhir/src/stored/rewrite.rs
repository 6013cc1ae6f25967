//! Replacing the links in a resource, as a transaction does.

use std::borrow::Cow;

use super::{Stored, minify_text, write};
use crate::definitions::{Child, DataType, ElementId, TypeId, definitions};
use crate::json::{Document, Kind, Value, escape_into};

/// A resource as it is kept, while `replace` is asked about each link in it: every
/// `Reference.reference`, every element of type uri, url, oid, uuid or canonical, and every `href`
/// and `src` in a narrative (<https://hl7.org/fhir/R4/http.html#trules>). What it answers stands
/// in the link's place.
pub fn rewrite(
    doc: &Document<'_>,
    id: &str,
    replace: &mut dyn FnMut(&str) -> Option<String>,
) -> Stored {
    let mut patches = Vec::new();
    resource(doc.root(), &mut Links { replace, patches: &mut patches });
    let mut body = Vec::with_capacity(doc.text().len() + 64);
    let mut copy = |value: Value<'_>, out: &mut Vec<u8>| patched(doc, value, &patches, out);
    let splice = write(doc, id, &mut copy, &mut body);
    Stored { body, splice }
}

/// What stands in place of a string: its span in the document, and the JSON to put there.
type Patch = (std::ops::Range<usize>, Vec<u8>);

struct Links<'l> {
    replace: &'l mut dyn FnMut(&str) -> Option<String>,
    /// In the order of the document.
    patches: &'l mut Vec<Patch>,
}

/// Appends a value's text with what is patched in it.
fn patched(doc: &Document<'_>, value: Value<'_>, patches: &[Patch], out: &mut Vec<u8>) {
    let span = value.span();
    let mut from = span.start;
    let first = patches.partition_point(|(at, _)| at.start < span.start);
    for (at, json) in patches[first..].iter().take_while(|(at, _)| at.end <= span.end) {
        minify_text(&doc.text().as_bytes()[from..at.start], out);
        out.extend_from_slice(json);
        from = at.end;
    }
    minify_text(&doc.text().as_bytes()[from..span.end], out);
}

fn resource(value: Value<'_>, links: &mut Links<'_>) {
    let name = value.get("resourceType").and_then(Value::as_str);
    if let Some(type_) = name.and_then(|name| TypeId::parse(&name)) {
        inside(definitions().root(type_), value, links);
    }
}

fn inside(element: ElementId, value: Value<'_>, links: &mut Links<'_>) {
    for (key, value) in value.members() {
        let sibling = key.strip_prefix('_');
        let Some(child) = definitions().child(element, sibling.unwrap_or(&key)) else { continue };
        if value.kind() == Kind::Array {
            for item in value.items() {
                one(child, sibling.is_some(), item, links);
            }
        } else {
            one(child, sibling.is_some(), value, links);
        }
    }
}

fn one(child: &Child, is_sibling: bool, value: Value<'_>, links: &mut Links<'_>) {
    if is_sibling {
        return inside(ElementId::PRIMITIVE, value, links);
    }
    match child.data_type {
        DataType::Resource => resource(value, links),
        DataType::Uri | DataType::Url | DataType::Oid | DataType::Uuid | DataType::Canonical => {
            link(value, links);
        }
        DataType::Reference => {
            if let Some(reference) = value.get("reference") {
                link(reference, links);
            }
            // `identifier`, `type` and extensions hold links too; `reference` is a string there.
            inside(child.element, value, links);
        }
        DataType::Xhtml => narrative(value, links),
        primitive if primitive.is_primitive() => {}
        _ => inside(child.element, value, links),
    }
}

fn link(value: Value<'_>, links: &mut Links<'_>) {
    let Some(text) = value.as_str() else { return };
    if let Some(new) = (links.replace)(&text) {
        patch(value, &new, links);
    }
}

fn patch(value: Value<'_>, text: &str, links: &mut Links<'_>) {
    let mut json = Vec::with_capacity(text.len() + 2);
    escape_into(text, &mut json);
    let at = links.patches.partition_point(|(span, _)| span.start < value.offset());
    links.patches.insert(at, (value.span(), json));
}

fn narrative(value: Value<'_>, links: &mut Links<'_>) {
    let Some(text) = value.as_str() else { return };
    let mut done = String::new();
    let mut rest: &str = &text;
    while let Some((before, quote)) = next_link(rest) {
        let (head, tail) = rest.split_at(before);
        let Some(end) = tail.find(quote) else { break };
        let target = unescape(&tail[..end]);
        done.push_str(head);
        match (links.replace)(&target) {
            Some(new) => done.push_str(&escape(&new)),
            None => done.push_str(&tail[..end]),
        }
        rest = &tail[end..];
    }
    done.push_str(rest);
    if done != *text {
        patch(value, &done, links);
    }
}

/// Where the next `href` or `src` attribute's value begins, and the quote that ends it.
fn next_link(text: &str) -> Option<(usize, char)> {
    let mut from = 0;
    while let Some(found) = text[from..].find('=') {
        let at = from + found;
        let name = text[..at].trim_end();
        let is_link = ["href", "src"].iter().any(|link| {
            name.strip_suffix(link).is_some_and(|tag| tag.ends_with(char::is_whitespace))
        });
        let value = text[at + 1..].trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''));
        if let (true, Some(quote)) = (is_link, quote) {
            return Some((text.len() - value.len() + 1, quote));
        }
        from = at + 1;
    }
    None
}

fn unescape(text: &str) -> Cow<'_, str> {
    if text.contains('&') { text.replace("&amp;", "&").into() } else { text.into() }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}
