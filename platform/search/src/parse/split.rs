//! Cutting values at `,`, `|` and `$` where no `\` stands before them (R4 §3.1.1.4.1).

/// Cuts at a separator that is not escaped. Escapes stay in the pieces.
pub(super) fn split(text: &str, separator: u8) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = true;
        } else if byte == separator {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Takes the escapes out: `\,` `\|` `\$` `\\`. A `\` before anything else stays.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(&next) if letter == '\\' && matches!(next, ',' | '|' | '$' | '\\') => {
                out.push(next);
                letters.next();
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_separators_do_not_cut() {
        assert_eq!(split(r"a\,b,c\\,d", b','), [r"a\,b", r"c\\", "d"]);
        assert_eq!(split("", b','), [""]);
        assert_eq!(split("a|", b'|'), ["a", ""]);
        assert_eq!(unescape(r"a\,b\|c\$d\\e\n\"), r"a,b|c$d\e\n\");
    }
}
