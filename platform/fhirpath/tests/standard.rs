//! What the standard says, function by function, beside HL7's own cases.

use tarn_domain::Timestamp;
use tarn_fhir::json::Document;
use tarn_fhirpath::{Environment, Expression, Item, Node, Resolved, Resolver, TypesOnly};

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","active":true,"gender":"male",
"birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"u","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
"name":[{"use":"official","given":["Peter","James"],"_given":[null,{"id":"g"}],"family":"Chalmers"},
{"use":"usual","given":["Jim"]},{"use":"maiden","given":["Peter","James"],"family":"Windsor","period":{"end":"2002"}}],
"contained":[{"resourceType":"Organization","id":"o","name":"Acme"}],
"managingOrganization":{"reference":"#o"},"generalPractitioner":[{"reference":"Practitioner/1"}],
"multipleBirthInteger":2,"text":{"status":"generated","div":"<div>x</div>"}}"##;

fn evaluate(text: &str) -> Result<Vec<String>, String> {
    let document = Document::parse(PATIENT.as_bytes()).unwrap();
    let node = Node::resource(&document);
    let expression = Expression::parse(text).map_err(|error| error.to_string())?;
    let mut environment = Environment::new(Timestamp::from_micros(1_790_000_000_000_000));
    environment.resolver = Some(&TypesOnly);
    let found = expression.evaluate(node, &environment).map_err(|error| error.to_string())?;
    let shown = |item: &Item<'_>| item.to_text().map_or("?".to_owned(), |text| text.to_string());
    Ok(found.iter().map(shown).collect())
}

#[track_caller]
fn all_true(expressions: &[&str]) {
    for text in expressions {
        assert_eq!(evaluate(text), Ok(vec!["true".to_owned()]), "{text}");
    }
}

#[track_caller]
fn all_empty(expressions: &[&str]) {
    for text in expressions {
        assert_eq!(evaluate(text), Ok(vec![]), "{text}");
    }
}

#[track_caller]
fn all_refused(expressions: &[&str]) {
    for text in expressions {
        assert!(evaluate(text).is_err(), "{text}: {:?}", evaluate(text));
    }
}

#[test]
fn precedence_is_the_standards() {
    all_true(&[
        "1 + 2 * 3 + 4 = 11",
        "(1 | 1 is Integer).count() = 2",
        "true and '0215' in ('0215' | '0216')",
        "true or false and false",
        "false implies false and false",
        "-1 + 2 = 1",
        "'a' & 'b' = 'ab'",
        "1 < 2 = true",
    ]);
    all_refused(&["1 > 2 is Boolean", "-1.convertsToInteger()", "-'a'"]);
}

#[test]
fn logic_has_three_values() {
    all_true(&[
        "(true and false) = false",
        "({} and false) = false",
        "(false and {}) = false",
        "(true implies false) = false",
        "{} implies true",
        "false implies {}",
        "(true xor true) = false",
        "true or {}",
        "{}.not().empty()",
        "name.exists() and active",
    ]);
    all_empty(&[
        "true and {}",
        "{} and {}",
        "{} or false",
        "true implies {}",
        "{} implies false",
        "true xor {}",
    ]);
    all_refused(&["(1 | 2) and true", "(true | 'foo').allTrue()"]);
}

#[test]
fn texts_are_cut_found_and_put_together() {
    all_true(&[
        "'12345'.substring(2) = '345'",
        "'12345'.substring(2, 1) = '3'",
        "'12345'.substring(2, 9) = '345'",
        "'LogicalModel-Person'.indexOf('-') = 12",
        "'string'.indexOf('x') = -1",
        "'string'.indexOf('') = 0",
        "'abcabc'.lastIndexOf('b') = 4",
        "'naïve'.indexOf('ve') = 3",
        "'naïve'.length() = 5",
        "'Peter,James,Jim'.split(',').count() = 3",
        "'A,,C'.split(',').join(',') = 'A,,C'",
        "'[s]ONE[s][s]TWO'.split('[s]').count() = 4",
        "'abc'.split('').join('-') = 'a-b-c'",
        "name.given.join() = 'PeterJamesJimPeterJames'",
        "'12345'.endsWith('45')",
        "'\"1<2\"'.escape('html') = '&quot;1&lt;2&quot;'",
        "'&quot;1&lt;2&quot;'.unescape('html') = '\"1<2\"'",
        "'\"1<2\"'.escape('json') = '\\\\\"1<2\\\\\"'",
        "'\\\\\"1\\\\\"'.unescape('json') = '\"1\"'",
        "'&amp;lt;'.unescape('html') = '&lt;'",
        "'11/30/1972'.replaceMatches('(\\\\d+)/(\\\\d+)/(\\\\d+)', '$3-$1-$2') = '1972-11-30'",
        "'a$b'.replaceMatches('b', '$') = 'a$$'",
        "'abc'.toChars().count() = 3",
        "'aé'.encode('hex') = '61c3a9'",
        "'Hello'.upper() = 'HELLO' and 'Hello'.lower() = 'hello'",
        "'1' & {} = '1'",
        "{} & 'b' = 'b'",
    ]);
    all_empty(&[
        "'12345'.substring(25)",
        "'12345'.substring(-1)",
        "{}.substring(1)",
        "'a'.indexOf({})",
        "{}.length()",
        "{}.join(',')",
        "'x'.decode('hex')",
        "'x'.encode('rot13')",
    ]);
    all_refused(&[
        "1.length()",
        "('a' | 'b').upper()",
        "'a'.matches('(')",
        "'a'.matches('(?=a)')",
        "(1 | 2 | 3) & 'b'",
    ]);
}

#[test]
fn numbers_are_exact() {
    all_true(&[
        "0.1 + 0.2 = 0.3",
        "5 div 2 = 2",
        "2.2 div 1.8 = 1",
        "5 mod 2 = 1",
        "2.2 mod 1.8 = 0.4",
        "-5 div 2 = -2",
        "16.log(2) = 4.0",
        "100.0.log(10.0) = 2.0",
        "1.ln() = 0.0",
        "0.exp() = 1",
        "2.power(3) = 8",
        "2.5.power(2) = 6.25",
        "81.sqrt() = 9.0",
        "2.power(3).is(Integer)",
        "4 / 2 is Decimal",
        "1.0.toString() = '1.0'",
        "(-1.5).round() = -2",
        "3.14159.round(3) = 3.142",
        "(-5.5 'mg').abs() = 5.5 'mg'",
        "1.58700.precision() = 5",
        "9223372036854775807 + 0 = 9223372036854775807",
    ]);
    all_empty(&[
        "5 div 0",
        "5 mod 0",
        "1 / 0",
        "(-1).sqrt()",
        "(-1).power(0.5)",
        "0.ln()",
        "{} + 1",
        "1.power({})",
        "9223372036854775807 + 1",
        "{}.sqrt()",
    ]);
    all_refused(&["1 + 'a'", "true * 2", "'a'.abs()", "1.round(-1)"]);
}

#[test]
fn dates_and_times_are_moved() {
    all_true(&[
        "@1973-12-25 + 7 days = @1974-01-01",
        "@1973-12-25 + 7.7 days = @1974-01-01",
        "@1973-12-25T00:00:00.000+10:00 + 0.1 's' = @1973-12-25T00:00:00.100+10:00",
        "@1973-12-25T00:00:00.000+10:00 + 10 'ms' = @1973-12-25T00:00:00.010+10:00",
        "@1975-12-25 + 1 'a' = @1976-12-25",
        "@1973-12-25 + 1 'mo' = @1974-01-25",
        "@T23:00:00 + 50 hours = @T01:00:00",
        "@1974-12-25 - 1 'month' = @1974-11-25",
        "@2016 + 365 days = @2017",
        "(now() - 1 day) < now()",
        "birthDate + 1 year = @1975-12-25",
        "@2014.precision() = 4",
        "@2014-01-05T10:30:00.000.precision() = 17",
        "@T10:30.precision() = 4",
        "@2014-05-06.monthOf() = 5",
        "@2014-05-06T10:30:00+02:00.timezoneOffsetOf() = 2.0",
        "@2014-05-06T10:30.dateOf() = @2014-05-06",
        "@2014-05-06T10:30.timeOf() = @T10:30",
        "'2014-05-06T10:30:00Z'.toDate() = @2014-05-06",
        "'T10'.convertsToTime().not()",
        "today().is(Date)",
    ]);
    all_refused(&[
        "@1974-12-25 + 7",
        "@1974-12-25 - 1 'cm'",
        "@1974-12-25 * 2 days",
        "@2014 < @T10:30",
    ]);
}

#[test]
fn boundaries_are_as_wide_as_what_is_left_open() {
    for (text, expected) in [
        ("1.587.lowBoundary()", "1.58650000"),
        ("1.587.lowBoundary(6)", "1.586500"),
        ("1.587.lowBoundary(2)", "1.58"),
        ("1.587.lowBoundary(0)", "1"),
        ("1.587.lowBoundary(32)", "1.58650000000000000000000000000000"),
        ("(-1.587).lowBoundary()", "-1.58750000"),
        ("(-1.587).lowBoundary(2)", "-1.59"),
        ("1.lowBoundary(0)", "0"),
        ("12.500.lowBoundary(4)", "12.4995"),
        ("120.lowBoundary(2)", "119.50"),
        ("0.0034.lowBoundary(1)", "0.0"),
        ("1.587 'cm'.lowBoundary()", "1.58650000 'cm'"),
        ("@2014.lowBoundary(6)", "2014-01"),
        ("@2014-01-01T08.lowBoundary(17)", "2014-01-01T08:00:00.000+14:00"),
        ("@T10:30.lowBoundary(9)", "10:30:00.000"),
        ("@2014-01-01T08.lowBoundary(8)", "2014-01-01"),
        ("birthDate.highBoundary()", "1974-12-25"),
    ] {
        assert_eq!(evaluate(text), Ok(vec![expected.to_owned()]), "{text}");
    }
    all_empty(&[
        "1.587.lowBoundary(-1)",
        "1.587.lowBoundary(39)",
        "{}.lowBoundary()",
        "@2014.lowBoundary(5)",
    ]);
    all_refused(&["'a'.lowBoundary()", "true.precision()"]);
}

#[test]
fn collections_are_gone_through() {
    all_true(&[
        "(0 | 1 | 2).tail() = 1 | 2",
        "(0 | 1 | 2).skip(1) = 1 | 2",
        "(0 | 1 | 2).last() = 2",
        "(1 | 2 | 2).count() = 2",
        "1.union(2.union(3)).count() = 3",
        "1.combine(1).union(2).count() = 2",
        "1.combine(1).count() = 2",
        "name.select(use.union($this.given)).count() = 8",
        "name[1].given = 'Jim'",
        "(1|2|3|4|5|6|7|8|9).aggregate($this + $total, 0) = 45",
        "(3|1|2).aggregate(iif($total.empty(), $this, iif($this < $total, $this, $total))) = 1",
        "(3 | 1 | 2).sort() = (1 | 2 | 3)",
        "(3 | 1 | 2).sort(-$this) = (3 | 2 | 1)",
        "('b' | 'a').sort(-$this) = ('b' | 'a')",
        "('b' | 'a').sort($this desc) = ('b' | 'a')",
        "name.where(family.exists()).sort(family desc).first().family = 'Windsor'",
        "name.where($index = 1).given = 'Jim'",
        "coalesce({}, 2, 3) = 2",
        "iif({}, 1, 2) = 2",
        "iif(true, 1, 1/0) = 1",
        "('x').iif($this = 'x', true, false)",
        "iif(false, 1).empty()",
        "name.first().supersetOf(name.first())",
        "name.repeat($this).count() = 3",
        "1.repeat(iif($this < 4, $this + 1)).count() = 3",
    ]);
    all_refused(&[
        "iif('x', 1, 2)",
        "(1 | 2).iif(true, 1)",
        "name.single()",
        "$index",
        "$total",
        "(1 | 'a').sort()",
        "name.given.indexOf('x')",
    ]);
}

#[test]
fn variables_live_as_long_as_their_path() {
    all_true(&[
        "defineVariable('v', 'x').select(%v) = 'x'",
        "name.defineVariable('n').select(%n.count()).distinct() = 3",
        "name.where(use = 'usual').defineVariable('u', given).select(%u) = 'Jim'",
        "'aaa'.replace(defineVariable('p', 'aaa').select(%p), defineVariable('p', 'b').select(%p)) = 'b'",
        "%context.id = 'p' and %resource.id = 'p'",
        "%`vs-x` = 'http://hl7.org/fhir/ValueSet/x'",
    ]);
    all_refused(&[
        "defineVariable('a', 1).active | %a",
        "defineVariable('a', 1).defineVariable('a', 2)",
        "defineVariable('context', 1)",
        "%nothing",
    ]);
}

#[test]
fn elements_know_their_types() {
    all_true(&[
        "gender.is(code) and gender.is(string) and gender.is(id).not()",
        "gender.as(string) = 'male'",
        "Patient.is(DomainResource) and Patient.is(Resource)",
        "gender.type().name = 'code'",
        "multipleBirth.is(integer) and multipleBirth = 2",
        "name.first().is(HumanName) and name.first() is Element",
        "children().ofType(HumanName).count() = 3",
        "contained.ofType(Organization).name = 'Acme'",
        "birthDate.extension('u').value.is(dateTime)",
        "birthDate.hasValue() and name[0].given[1].id = 'g'",
        "text.div.is(xhtml) and text.div.htmlChecks()",
        "active.type().namespace = 'FHIR'",
        "4 days is Quantity",
    ]);
    all_empty(&[
        "gender.as(id)",
        "gender.ofType(integer)",
        "multipleBirthInteger",
        "name.nonsense",
    ]);
    all_refused(&["gender.as(string1)", "name.as(HumanName).use", "name is HumanName"]);
}

#[test]
fn references_are_followed() {
    all_true(&[
        "managingOrganization.resolve().name = 'Acme'",
        "generalPractitioner.resolve() is Practitioner",
        "managingOrganization.resolve().is(Organization)",
    ]);
    struct Kept<'d>(Node<'d>);
    impl<'d> Resolver<'d> for Kept<'d> {
        fn resolve(&self, reference: &str) -> Resolved<'d> {
            if reference == "Practitioner/1" {
                Resolved::Resource(self.0)
            } else {
                Resolved::Nothing
            }
        }
    }
    let other =
        Document::parse(br#"{"resourceType":"Practitioner","id":"1","active":false}"#).unwrap();
    let document = Document::parse(PATIENT.as_bytes()).unwrap();
    let kept = Kept(Node::resource(&other));
    let mut environment = Environment::new(Timestamp::default());
    environment.resolver = Some(&kept);
    let expression = Expression::parse("generalPractitioner.resolve().active").unwrap();
    assert_eq!(expression.holds(Node::resource(&document), &environment), Ok(Some(false)));
}

#[test]
fn every_node_knows_its_place() {
    let document = Document::parse(PATIENT.as_bytes()).unwrap();
    let environment = Environment::new(Timestamp::default());
    for (text, place) in [
        ("name[0].given[1]", "Patient.name[0].given[1]"),
        ("multipleBirth", "Patient.multipleBirth"),
        ("contained.name", "Patient.contained[0].name"),
        ("birthDate.extension.value", "Patient.birthDate.extension[0].value"),
        ("$this", "Patient"),
    ] {
        let found = Expression::parse(text)
            .unwrap()
            .evaluate(Node::resource(&document), &environment)
            .unwrap();
        let location = found[0].node().unwrap().location().unwrap();
        assert_eq!(location.to_string(), place, "{text}");
    }
}
