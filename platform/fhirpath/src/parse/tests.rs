use super::parse;
use crate::error::Error;

#[test]
fn what_the_grammar_has_is_read() {
    for text in [
        "name.given",
        "Patient.name[0].given.where($this = 'Peter').first()",
        "`div`.`a b` = %`vs-x` and %'y' != {}",
        "1 + 2 * -3 div 4 mod 5 & 'x' | @2015T | @T14:34:28.123",
        "(a is FHIR.string or a as Quantity > 4 days) implies b in c xor d contains 'e'",
        "@2015-02-04T14:34:28+10:00 > now() - 10.5 'mg' /* comment */ // end",
        "a.as(Quantity).is(System.Quantity)",
        "children().sort(name desc, $this.id asc, -x)",
        "'\\u0041\\'\\n' ~ 'x' !~ $total",
        "iif(a, b, c).aggregate($this + $total, 0)",
        "is.as.contains.in.div",
        "1.toString() & 1.5.toString()",
    ] {
        parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn what_the_grammar_has_not_is_refused_at_its_place() {
    for (text, at) in [
        ("", 1),
        ("a.", 3),
        ("a b", 3),
        ("a(", 1),
        ("where()", 1),
        ("nonsense(1)", 1),
        ("'x", 3),
        ("a + ", 5),
        ("(a", 3),
        ("a[1", 4),
        ("$that", 1),
        ("@2015-13", 1),
        ("@T14:34:28Z", 11),
        ("2 /* x", 3),
        ("a is string1", 6),
        ("#", 1),
        ("a.$this", 3),
        ("%", 1),
        ("99999999999999999999", 1),
        ("é", 1),
        ("'é' + + ", 9),
    ] {
        match parse(text) {
            Err(Error::Syntax { at: found, .. }) => assert_eq!(found, at, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn what_nests_too_deep_or_is_too_long_is_too_costly() {
    for text in [
        "(".repeat(5_000),
        "-".repeat(5_000) + "1",
        "a[".repeat(5_000),
        "not(".repeat(3_000),
        "where(".repeat(2_000),
        "a+".repeat(10_000),
    ] {
        assert!(matches!(parse(&text), Err(Error::TooCostly { .. })), "{}", &text[..10]);
    }
    // Chains are no nesting.
    parse(&("a".to_owned() + &".a".repeat(4_000))).unwrap();
    parse(&("1".to_owned() + &"+1".repeat(4_000))).unwrap();
    parse(&("1".to_owned() + &" or 1*2".repeat(1_000))).unwrap();
}
