//! JSON for human eyes.

use crate::stored::string_end;

/// Appends the JSON text with line breaks and two spaces a level. Numbers and strings keep their
/// exact text. The text must be JSON.
pub fn pretty(text: &[u8], out: &mut Vec<u8>) {
    let mut writer = Writer { out, depth: 0 };
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let mut next = at + 1;
        match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {}
            b'"' => {
                next = string_end(text, at);
                writer.out.extend_from_slice(&text[at..next]);
            }
            b'{' | b'[' => match closing(text, at) {
                Some(end) => {
                    writer.out.extend_from_slice(&[byte, text[end]]);
                    next = end + 1;
                }
                None => writer.open(byte),
            },
            b'}' | b']' => writer.close(byte),
            b',' => {
                writer.out.push(byte);
                writer.line();
            }
            b':' => writer.out.extend_from_slice(b": "),
            _ => writer.out.push(byte),
        }
        at = next;
    }
    out.push(b'\n');
}

/// Where the container that opens at `at` closes, when nothing is in it.
fn closing(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at + 1..)?;
    let end = at + 1 + rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
    matches!(text[end], b'}' | b']').then_some(end)
}

struct Writer<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
}

impl Writer<'_> {
    fn line(&mut self) {
        self.out.push(b'\n');
        self.out.extend(std::iter::repeat_n(b' ', self.depth * 2));
    }

    fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
        self.line();
    }

    fn close(&mut self, bracket: u8) {
        self.depth = self.depth.saturating_sub(1);
        self.line();
        self.out.push(bracket);
    }
}
