//! Small tools of prose: lists with "and", ages, numbers.

use crate::json::Fixed;

/// `a, b and c`.
pub(super) fn list(words: &[&str], last: &str, out: &mut String) {
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.push_str(if i + 1 == words.len() { last } else { ", " });
        }
        out.push_str(word);
    }
}

/// `a 34-year-old woman`, `an 8-month-old boy`.
pub(super) fn age_and_sex(months: i32, female: bool, out: &mut String) {
    let told = if months < 24 { months } else { months / 12 };
    let vowel = months > 0 && matches!(told, 8 | 11 | 18 | 80..90);
    out.push_str(if vowel { "an " } else { "a " });
    let noun = match (months / 12, female) {
        (..18, true) => "girl",
        (..18, false) => "boy",
        (_, true) => "woman",
        (_, false) => "man",
    };
    match months {
        ..1 => out.push_str("newborn "),
        1..24 => {
            number(months, 0, out);
            out.push_str("-month-old ");
        }
        _ => {
            number(months / 12, 0, out);
            out.push_str("-year-old ");
        }
    }
    out.push_str(noun);
}

/// The words without their article: what somebody has not.
pub(super) fn bare(words: &'static str) -> &'static str {
    words.strip_prefix("a ").or(words.strip_prefix("an ")).unwrap_or(words)
}

/// A number with fixed digits.
pub(super) fn number(value: i32, digits: u8, out: &mut String) {
    let mut text = Vec::with_capacity(12);
    Fixed::new(value, digits).write(&mut text);
    out.extend(text.iter().map(|byte| char::from(*byte)));
}

/// The same words with a capital first letter.
pub(super) fn capital(words: &str, out: &mut String) {
    let mut letters = words.chars();
    if let Some(first) = letters.next() {
        out.extend(first.to_uppercase());
        out.push_str(letters.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_with_their_last_word() {
        let text = |words: &[&str]| {
            let mut out = String::new();
            list(words, " and ", &mut out);
            out
        };
        assert_eq!(text(&["a"]), "a");
        assert_eq!(text(&["a", "b"]), "a and b");
        assert_eq!(text(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn ages_are_told_as_doctors_do() {
        let mut out = String::new();
        age_and_sex(5, true, &mut out);
        out.push_str(" / ");
        age_and_sex(84 * 12 + 2, false, &mut out);
        assert_eq!(out, "a 5-month-old girl / an 84-year-old man");
    }
}
