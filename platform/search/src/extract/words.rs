//! The words of a text, for search that asks for words and not for values: without case and
//! accents, in any language.

use super::normalise::normalise_in;

/// A longer word is cut: nobody types it.
const LONGEST: usize = 64;

/// Tells each word of a text, in order. A word is a run of letters and digits; a point or comma
/// between digits belongs to the number. Scripts that put no blanks between words (Han, kana,
/// Thai and their neighbours) give each letter as a word.
pub(crate) fn each_word(text: &str, scratch: &mut String, tell: &mut dyn FnMut(&str)) {
    let text = normalise_in(text, scratch);
    let bytes = text.as_bytes();
    let mut start = None;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if stands_alone(letter) {
            if let Some(from) = start.take() {
                tell(cut(&text[from..at]));
            }
            tell(&text[at..at + letter.len_utf8()]);
            continue;
        }
        let is_inside = letter.is_alphanumeric() || is_in_number(bytes, at);
        match (start, is_inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                tell(cut(&text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        tell(cut(&text[from..]));
    }
}

/// The text of an XHTML fragment: its tags stand for blanks, its entities for what they name.
pub(crate) fn without_tags(markup: &str, into: &mut String) {
    into.clear();
    let mut rest = markup;
    while let Some(at) = rest.find(['<', '&']) {
        into.push_str(&rest[..at]);
        rest = &rest[at..];
        let close = if rest.starts_with('<') { '>' } else { ';' };
        let Some(end) = rest.find(close).filter(|end| close == '>' || *end <= 10) else {
            // A lone `<` or `&` is itself.
            into.push(' ');
            rest = &rest[1..];
            continue;
        };
        into.push(if close == '>' { ' ' } else { entity(&rest[1..end]) });
        rest = &rest[end + 1..];
    }
    into.push_str(rest);
}

fn entity(name: &str) -> char {
    let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    });
    number.and_then(char::from_u32).unwrap_or(' ')
}

/// A point or comma with digits on both sides.
fn is_in_number(bytes: &[u8], at: usize) -> bool {
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    matches!(bytes[at], b'.' | b',') && digit(at.checked_sub(1)) && digit(Some(at + 1))
}

fn stands_alone(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x2fdf | 0x3040..=0x30ff
            | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff
    ) && letter.is_alphanumeric()
}

fn cut(word: &str) -> &str {
    &word[..word.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each_word(text, &mut String::new(), &mut |word| found.push(word.to_owned()));
        found
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        for (text, expected) in [
            ("Type 2 Diabetes, uncontrolled.", "type 2 diabetes uncontrolled"),
            ("COVID-19", "covid 19"),
            ("5.4 mg, 1,5 g.", "5.4 mg 1,5 g"),
            ("O'Brien & Søn", "o brien søn"),
            ("ÉPIGASTRIQUE", "epigastrique"),
            ("糖尿病 type", "糖 尿 病 type"),
            ("диабет", "диабет"),
            ("  ", ""),
            ("(a)(b)", "a b"),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
        assert_eq!(words(&"x".repeat(300))[0].len(), LONGEST);
    }

    #[test]
    fn tags_are_no_words() {
        let mut text = String::new();
        without_tags(
            "<div xmlns=\"x\"><b>Chest</b>&nbsp;pain<br/>&#233;t&#xe9; 3 &lt; 4</div>",
            &mut text,
        );
        assert_eq!(words(&text).join(" "), "chest pain ete 3 4");
        for odd in ["<", "&", "<div", "a&b", "&#xffffffff;", ""] {
            without_tags(odd, &mut text);
        }
    }
}
