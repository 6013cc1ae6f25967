//! Whatever an expression says: an answer or an error, never a panic, an abort or an endless loop.

use proptest::prelude::*;
use tarn_domain::Timestamp;
use tarn_fhir::json::Document;
use tarn_fhirpath::{Environment, Error, Expression, MAX_NESTING, Node};

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","active":true,"birthDate":"1974-12-25",
"_birthDate":{"extension":[{"url":"u","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
"name":[{"use":"official","given":["Peter","James"],"_given":[null,{"id":"g"}],"family":"Ch"},
{"given":["Jim"],"period":{"end":"2002"}}],"contained":[{"resourceType":"Organization","id":"o"}],
"managingOrganization":{"reference":"#o"},"multipleBirthInteger":2,
"text":{"status":"generated","div":"<div>x</div>"}}"##;

fn evaluate(text: &str) -> Result<usize, Error> {
    let document = Document::parse(PATIENT.as_bytes()).unwrap();
    let node = Node::resource(&document);
    let expression = Expression::parse(text)?;
    let _ = expression.check(Some(node.fhir_type()));
    let mut environment = Environment::new(Timestamp::from_micros(1_790_000_000_000_000));
    environment.limits.steps = 20_000;
    environment.limits.items = 2_000;
    environment.limits.text = 20_000;
    let found = expression.evaluate(node, &environment)?;
    for item in &found {
        let _ = (item.to_text(), item.node().and_then(|node| node.location()));
    }
    Ok(found.len())
}

const WORDS: &[&str] = &[
    "Patient",
    "name",
    "given",
    "birthDate",
    "value",
    "$this",
    "$index",
    "$total",
    "%resource",
    "%context",
    "%x",
    "true",
    "{}",
    "1",
    "2.50",
    "'a'",
    "''",
    "@2015",
    "@2015-02-28T14:30:00Z",
    "@T10:30",
    "4 days",
    "1.5 'mg'",
    "-",
    "+",
    "*",
    "/",
    "div",
    "mod",
    "&",
    "|",
    "=",
    "!=",
    "~",
    "!~",
    "<",
    ">=",
    "in",
    "contains",
    "and",
    "or",
    "xor",
    "implies",
    "is",
    "as",
    "Quantity",
    "string",
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    ".where(",
    ".select(",
    ".repeat(",
    ".all(",
    ".exists(",
    ".first()",
    ".count()",
    ".children()",
    ".descendants()",
    ".toString()",
    ".toQuantity()",
    ".matches('a*')",
    ".replace('a','aaaa')",
    ".replaceMatches('.','$0$0')",
    ".power(9)",
    ".aggregate($total + $this, 0)",
    ".defineVariable('x')",
    ".iif(true, 1)",
    ".combine(",
    ".round(2)",
    ".sqrt()",
    ".ln()",
    ".lowBoundary()",
    ".highBoundary(31)",
    ".resolve()",
    ".extension('u')",
    ".sort()",
    ".distinct()",
    ".split('')",
    ".type()",
    ".repeatAll(",
    "9223372036854775807",
    "0.00000000000000000000000000000000000001",
    "@9999-12-31",
    "1 year",
    ".toDate()",
    ".precision()",
    ".abs()",
    ".join(',')",
    "+ 99999999 years",
    ".encode('hex')",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _ = evaluate(&text);
    }

    #[test]
    fn any_words_are_answered(words in prop::collection::vec(prop::sample::select(WORDS), 1..24)) {
        let _ = evaluate(&words.concat());
        let _ = evaluate(&words.join(" "));
    }

    #[test]
    fn any_operations_are_answered(
        a in prop::sample::select(WORDS), steps in prop::collection::vec(prop::sample::select(WORDS), 0..8),
    ) {
        let steps = steps.iter().filter(|step| step.ends_with("()") || step.ends_with("')"));
        let _ = evaluate(&steps.fold(a.to_string(), |text, step| text + step));
    }
}

/// The deepest that the parser lets through, in every way, on a small stack.
#[test]
fn the_deepest_expressions_fit_a_small_stack() {
    let deepest = |open: &str, close: &str| {
        (1..=MAX_NESTING)
            .rev()
            .map(|depth| open.repeat(depth) + "1" + &close.repeat(depth))
            .find(|text| Expression::parse(text).is_ok())
            .unwrap()
    };
    let texts = vec![
        deepest("(", ")"),
        deepest("-", ""),
        deepest("(1*1+1|1<1=1 in 1 and 1 or 1 implies ", ")"),
        deepest("(", "*1+1|1<1=1 in 1 and 1 or 1 implies 1)"),
        deepest("Patient.select(", ")"),
        deepest("iif(true, ", ")"),
        deepest("Patient.where(name.exists(", ").exists())"),
        deepest("Patient.repeat(", ")"),
        deepest("1.aggregate($this + ", ", 0)"),
        deepest("name[", "]"),
    ];
    let small = std::thread::Builder::new().stack_size(1 << 20);
    let run = small.spawn(move || {
        for text in texts {
            let _ = evaluate(&text);
        }
    });
    run.unwrap().join().unwrap();
}

#[test]
fn what_would_not_end_or_grow_without_bound_is_too_costly() {
    let grows = "'a'".to_owned() + &".replace('a', 'aaaaaaaaaaaaaaaa')".repeat(30);
    let combines = "1".to_owned() + &".combine(descendants()).combine(descendants())".repeat(40);
    for text in [
        "repeatAll($this)",
        "1.repeatAll($this + 1)",
        "1.repeat($this + 1)",
        "name.select(%context.descendants().select(%context.descendants().select(%context.descendants())))",
        &grows,
        &format!("Patient.select({combines}).repeatAll($this | 1)"),
        "'aaaaaaaaaaaaaaaaaaaa'.replaceMatches('', 'aaaaaaaaaaaaaaaaaaa').replaceMatches('a', '$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0$0').replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')",
    ] {
        assert!(matches!(evaluate(text), Err(Error::TooCostly { .. })), "{text}");
    }
    // Circles end where each item counts once.
    assert_eq!(evaluate("repeat($this)"), Ok(1));
}
