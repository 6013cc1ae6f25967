//! `htmlChecks()`: what FHIR allows in a narrative (<https://hl7.org/fhir/R4/narrative.html#rules>).

use super::On;
use crate::eval::Outcome;
use crate::eval::operators::boolean;

const ELEMENTS: [&str; 58] = [
    "a",
    "abbr",
    "acronym",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "del",
    "kbd",
    "li",
    "map",
    "area",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "style",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "center",
];

impl<'d> On<'_, '_, 'd> {
    pub(super) fn html_checks(&self) -> Outcome<'d> {
        let Some(item) = self.run.single(self.input, self.at)? else { return Ok(Vec::new()) };
        let Some(text) = item.to_text() else { return Ok(boolean(false)) };
        self.run.charge(1 + text.len() / 8)?;
        Ok(boolean(is_safe(&text)))
    }
}

/// Whether a narrative is one `div` of plain markup: elements closed as they were opened, none of
/// forms, frames, objects or scripts, no events, and something to read in it.
fn is_safe(text: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text.trim();
    let mut has_content = false;
    let mut is_closed = false;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        has_content |= !before.trim().is_empty();
        if open.is_empty() && !before.trim().is_empty() || is_closed {
            return false;
        }
        if let Some(behind) = tag.strip_prefix("<!--") {
            let Some(end) = behind.find("-->") else { return false };
            rest = &behind[end + 3..];
            continue;
        }
        let Some(end) = end_of_tag(tag) else { return false };
        let inner = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            if open.pop() != Some(name.trim()) {
                return false;
            }
        } else {
            let is_single = inner.ends_with('/');
            let inner = inner.strip_suffix('/').unwrap_or(inner);
            let name = inner.split(|c: char| c.is_whitespace()).next().unwrap_or("");
            let is_first = open.is_empty();
            if !ELEMENTS.contains(&name) || is_first && name != "div" || !is_plain(inner) {
                return false;
            }
            has_content |= name == "img";
            if !is_single {
                open.push(name);
            }
        }
        is_closed = open.is_empty();
    }
    is_closed && rest.trim().is_empty() && has_content
}

/// Where a tag's `>` is; one within quotes does not count.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'>') => return Some(at),
            _ => {}
        }
    }
    None
}

/// Whether a tag has no attribute that does something.
fn is_plain(tag: &str) -> bool {
    let lower = tag.to_ascii_lowercase();
    let mut words = lower.split(|c: char| c.is_whitespace()).skip(1);
    !words.any(|word| word.starts_with("on") && word.contains('='))
        && !lower.contains("javascript:")
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn plain_markup_is_safe() {
        for text in [
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a<br/> &gt; b</p><!-- c --></div>",
            "<div>\n <table class='x'><tr><td>1</td></tr></table> </div>",
            "<div><img src=\"#a>b\"/></div>",
        ] {
            assert!(is_safe(text), "{text}");
        }
    }

    #[test]
    fn what_acts_or_is_broken_is_not() {
        for text in [
            "",
            "text",
            "<div> </div>",
            "<p>a</p>",
            "<div><script>x</script></div>",
            "<div onclick='x()'>a</div>",
            "<div><a href='JavaScript:x'>a</a></div>",
            "<div><b>a</div></b>",
            "<div>a",
            "<div>a</div><div>b</div>",
            "<div>a</div>b",
            "<div",
            "<div><iframe/>a</div>",
        ] {
            assert!(!is_safe(text), "{text}");
        }
    }
}
