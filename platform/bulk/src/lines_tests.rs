use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::decode::Decoded;

const SMALL: LineLimits = LineLimits { line_bytes: 1_000, batch_lines: 10, batch_bytes: 200 };

/// Gives a few bytes at a time, so that every line is cut somewhere.
struct Drip<R>(R, usize);

impl<R: Read> Read for Drip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = into.len().min(self.1);
        self.0.read(&mut into[..count])
    }
}

fn reader(bytes: Vec<u8>, limits: LineLimits) -> LineReader {
    let input = Decoded::open(Box::new(io::Cursor::new(bytes)), Arc::default()).unwrap();
    LineReader::new(Box::new(input), Shape::Lines, Position::default(), limits)
}

/// Everything that a reader gives: line number and text, or fault.
fn all(mut reader: LineReader) -> Vec<(u64, Result<String, LineFault>)> {
    let mut found = Vec::new();
    let mut last = false;
    while let Some(batch) = reader.next_batch() {
        assert!(!last, "nothing comes behind the last batch");
        last = batch.last;
        for record in &batch.records {
            let text = String::from_utf8_lossy(batch.text(record)).into_owned();
            let content = match &record.content {
                Content::Text(_) => Ok(text),
                Content::Fault(fault) => Err(fault.clone()),
            };
            found.push((record.line, content));
        }
    }
    assert!(last, "a file has a last batch");
    found
}

fn texts(reader: LineReader) -> Vec<(u64, String)> {
    all(reader).into_iter().map(|(n, text)| (n, text.unwrap())).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn many(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| format!("{{\"n\":{n}}}\n").into_bytes()).collect()
}

#[test]
fn line_ends_byte_order_mark_and_blank_lines_are_no_matter() {
    let text = b"\xef\xbb\xbf{\"a\":1}\r\n\r\n  \n{\"b\":2}\n\t{\"c\":3}  \r\n\n{\"d\":4}".to_vec();
    for at_once in [1, 2, 3, 7, 1_000] {
        let input = Box::new(Drip(io::Cursor::new(text.clone()), at_once));
        let reader = LineReader::new(input, Shape::Lines, Position::default(), SMALL);
        let expected = [(1, "{\"a\":1}"), (4, "{\"b\":2}"), (5, "{\"c\":3}"), (7, "{\"d\":4}")];
        let expected: Vec<_> = expected.map(|(n, t)| (n, t.to_owned())).into();
        assert_eq!(texts(reader), expected, "{at_once} bytes at once");
    }
}

#[test]
fn an_empty_file_has_one_batch_without_records() {
    for bytes in [&b""[..], b"\n\n", b"\xef\xbb\xbf"] {
        assert_eq!(all(reader(bytes.to_vec(), SMALL)), []);
    }
}

#[test]
fn a_whole_file_is_one_record() {
    let input = Box::new(io::Cursor::new(b"{\n  \"a\": 1\n}\n".to_vec()));
    let reader = LineReader::new(input, Shape::Whole, Position::default(), SMALL);
    assert_eq!(texts(reader), [(1, "{\n  \"a\": 1\n}".to_owned())]);
    let input = Box::new(io::repeat(b' ').take(5_000));
    let reader = LineReader::new(input, Shape::Whole, Position::default(), SMALL);
    assert_eq!(all(reader), [(1, Err(LineFault::TooLong { bytes: 5_000, limit: 1_000 }))]);
}

#[test]
fn batches_are_bounded_and_their_positions_begin_the_rest() {
    let text = many(500);
    let mut whole = reader(text.clone(), SMALL);
    let mut seen = 0;
    while let Some(batch) = whole.next_batch() {
        assert!(batch.records.len() <= 10 && batch.all_text().len() <= 220);
        seen += batch.records.len();
        let rest = text[batch.after.offset as usize..].to_vec();
        let again =
            LineReader::new(Box::new(io::Cursor::new(rest)), Shape::Lines, batch.after, SMALL);
        let rest = texts(again);
        assert_eq!(rest.len(), 500 - seen);
        if let Some((line, text)) = rest.first() {
            assert_eq!(*line, batch.after.line + 1);
            assert_eq!(*text, format!("{{\"n\":{}}}", batch.after.line));
        }
    }
}

#[test]
fn an_overlong_line_is_one_fault_and_the_rest_goes_on() {
    let mut text = many(3);
    text.extend(std::iter::repeat_n(b'x', 700_000));
    text.extend_from_slice(b"\n{\"after\":1}\n");
    text.extend(std::iter::repeat_n(b'y', 1_001));
    let found = all(reader(text, SMALL));
    assert_eq!(found.len(), 6);
    assert_eq!(found[3], (4, Err(LineFault::TooLong { bytes: 700_000, limit: 1_000 })));
    assert_eq!(found[4], (5, Ok("{\"after\":1}".to_owned())));
    assert_eq!(found[5], (6, Err(LineFault::TooLong { bytes: 1_001, limit: 1_000 })));
}

const HUGE: u64 = 256 << 20;

#[test]
fn a_huge_line_is_skipped_in_bounded_memory() {
    let line = io::repeat(b'x').take(HUGE);
    let input = Box::new(line.chain(io::Cursor::new(b"\n{}\n".to_vec())));
    let mut reader = LineReader::new(input, Shape::Lines, Position::default(), SMALL);
    let batch = reader.next_batch().unwrap();
    assert_eq!(batch.records.len(), 2);
    assert_eq!(batch.after, Position { line: 2, offset: HUGE + 4 });
    assert!(reader.buffer.capacity() <= 2 * CHUNK, "{}", reader.buffer.capacity());
    assert!(batch.text.capacity() < 1_000);
}

#[test]
fn a_line_at_the_limit_is_taken() {
    let mut text = vec![b'x'; 1_000];
    text.push(b'\n');
    assert_eq!(texts(reader(text, SMALL))[0].1.len(), 1_000);
}

#[test]
fn gzip_is_told_by_its_bytes_and_may_have_several_members() {
    let mut packed = gzip(&many(300)[..900]);
    packed.extend(gzip(&many(300)[900..]));
    let expected = texts(reader(many(300), SMALL));
    assert_eq!(texts(reader(packed, SMALL)), expected);
}

#[test]
fn a_truncated_gzip_keeps_its_whole_lines_and_says_so() {
    let whole = many(5_000);
    let packed = gzip(&whole);
    for cut in [packed.len() / 2, packed.len() - 9, packed.len() - 1, 5] {
        let found = all(reader(packed[..cut].to_vec(), SMALL));
        let (last, good) = found.split_last().unwrap();
        assert_eq!(last.1, Err(LineFault::TruncatedGzip), "cut at {cut}");
        assert_eq!(last.0, good.len() as u64 + 1);
        assert!(good.iter().all(|(_, text)| text.is_ok()));
        assert!(good.len() == 5_000 || cut < packed.len() - 8);
    }
}

#[test]
fn a_corrupt_gzip_keeps_what_came_before_and_says_so() {
    let text: Vec<u8> = (0..60_000u32)
        .flat_map(|n| format!("{{\"n\":{}}}\n", n.wrapping_mul(2_654_435_761)).into_bytes())
        .collect();
    let mut packed = gzip(&text);
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xff);
    let found = all(reader(packed, LineLimits::default()));
    let faults: Vec<_> = found.iter().filter(|(_, text)| text.is_err()).collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].1, Err(LineFault::CorruptGzip));
    assert!(found.len() > 1_000);
}

#[test]
fn a_file_that_is_no_text_is_one_fault() {
    let garbage: Vec<u8> =
        (0..300_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(all(reader(garbage, SMALL)), [(1, Err(LineFault::NotText))]);
    let utf16: Vec<u8> = "{\"a\":1}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(all(reader(utf16, SMALL)), [(1, Err(LineFault::NotText))]);
}

#[test]
fn one_garbage_line_among_others_is_passed_on_by_itself() {
    let found = texts(reader(b"{\"a\":1}\n\x00\xff\x01\n{\"b\":2}\n".to_vec(), SMALL));
    assert_eq!(found.len(), 3);
    assert_eq!(found[2], (3, "{\"b\":2}".to_owned()));
}

#[test]
fn a_disk_that_fails_is_ours_and_ends_the_file() {
    let input = io::Cursor::new(b"{\"a\":1}\n{\"b".to_vec())
        .chain(Failing::with(io::Error::other(ReadFailed(io::Error::other("input/output error")))));
    let reader = LineReader::new(Box::new(input), Shape::Lines, Position::default(), SMALL);
    let found = all(reader);
    assert_eq!(found[0], (1, Ok("{\"a\":1}".to_owned())));
    let (2, Err(fault)) = &found[1] else { panic!("{found:?}") };
    assert!(fault.is_ours());
    assert_eq!(found.len(), 2);
}
