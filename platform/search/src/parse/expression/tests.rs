use super::reader::Reader;
use super::tree::{Op, Test, Tree};
use crate::budget::Widths;
use crate::error::SearchError;

fn read(text: &str) -> Result<Tree, SearchError> {
    Reader::new(text, &Widths::default())?.whole()
}

/// A tree in one line.
fn shown(tree: &Tree) -> String {
    let all = |all: &[Tree], with: &str| all.iter().map(shown).collect::<Vec<_>>().join(with);
    match tree {
        Tree::All(trees) => format!("({})", all(trees, " & ")),
        Tree::Any(trees) => format!("({})", all(trees, " | ")),
        Tree::Not(inner) => format!("!{}", shown(inner)),
        Tree::Test(Test { path, op, value }) => {
            let step = |step: &super::tree::Step| {
                let filter = step.filter.as_ref().map(|filter| format!("[{}]", shown(filter)));
                format!("{}{}", step.name, filter.unwrap_or_default())
            };
            let path: Vec<_> = path.iter().map(step).collect();
            format!("{} {op:?} {value}", path.join("."))
        }
    }
}

#[test]
fn the_grammar_is_read_from_left_to_right() {
    for (text, tree) in [
        ("name co \"pet\"", "name Contains pet"),
        (
            "given eq peter and birthdate ge 2014-10-10",
            "(given Eq peter & birthdate Ge 2014-10-10)",
        ),
        ("a eq 1 or b eq 2 and c eq 3", "((a Eq 1 | b Eq 2) & c Eq 3)"),
        ("a eq 1 or (b eq 2 and c eq 3)", "(a Eq 1 | (b Eq 2 & c Eq 3))"),
        ("a eq 1 and b eq 2 and c eq 3", "(a Eq 1 & b Eq 2 & c Eq 3)"),
        ("not (a pr true)", "!a Present true"),
        ("not(a pr true)and b pr false", "(!a Present true & b Present false)"),
        ("not eq x", "not Eq x"),
        ("subject.name co \"p t\"", "subject.name Contains p t"),
        (
            "subject:Patient[active eq true].name sw x",
            "subject:Patient[active Eq true].name Starts x",
        ),
        ("_has:Observation:patient:code eq s|c", "_has:Observation:patient:code Eq s|c"),
        ("code eq http://loinc.org|1234-5", "code Eq http://loinc.org|1234-5"),
        (r#"name eq "a\"b\\\u00e9\ud83d\ude00 ) ]""#, "name Eq a\"b\\é😀 ) ]"),
        ("  ( ( a eq 1 ) )  ", "a Eq 1"),
    ] {
        assert_eq!(shown(&read(text).unwrap_or_else(|e| panic!("{text}: {e}"))), tree);
    }
}

#[test]
fn what_breaks_the_grammar_is_refused_at_its_place() {
    for (text, at) in [
        ("", 1),
        ("name", 5),
        ("name is x", 6),
        ("name eq", 8),
        ("name eq x and", 14),
        ("name eq x y", 11),
        ("(name eq x", 11),
        ("name eq x)", 10),
        ("name eq \"x", 11),
        ("a[b eq 1] eq 2", 10),
        ("a[b eq 1", 9),
        ("1a eq 2", 3),
        (r#"a eq "\x""#, 9),
        (r#"a eq "\ud800x""#, 13),
        ("a..b eq 1", 3),
    ] {
        match read(text) {
            Err(SearchError::Filter { at: found, .. }) => assert_eq!(found, at, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn depth_and_length_have_their_budgets() {
    let deep = format!("{}a eq 1{}", "(".repeat(40), ")".repeat(40));
    assert!(matches!(read(&deep), Err(SearchError::TooCostly { limit: 32, .. })));
    let endless = "(".repeat(19_000);
    assert!(matches!(read(&endless), Err(SearchError::TooCostly { .. })));
    let long = "a".repeat(30_000);
    assert!(matches!(read(&long), Err(SearchError::TooCostly { .. })));
}

#[test]
fn every_comparison_has_a_name() {
    let names = "eq ne co sw ew gt lt ge le ap sa eb pr po ss sb in ni re";
    assert!(names.split(' ').all(|name| Op::parse(name).is_some()));
    assert!(Op::parse("xx").is_none());
}
