//! UCUM: units of measure as codes that can be compared and converted (<https://ucum.org/ucum>).
//!
//! A code is parsed into a factor and a dimension over the base units. Factors are exact
//! fractions of integers, so that 5.4 g and 5400 mg are one and the same number and not two
//! neighbours. Units that UCUM defines by a function (`Cel`, `[degF]`, `[pH]`) or by an assay
//! (`[iU]`) are dimensions of their own: comparable with themselves and their multiples only.
//! Annotations such as `{score}` are read and mean nothing, as UCUM says (§6).

mod atoms;
mod decimal;
mod error;
mod factor;
mod parse;
mod unit;

pub use decimal::Decimal;
pub use error::UcumError;
pub use factor::Factor;
pub use unit::{Dimension, Unit};

/// The system of UCUM codes in FHIR.
pub const SYSTEM: &str = "http://unitsofmeasure.org";

/// Reads a code, case-sensitively.
///
/// # Errors
/// [`UcumError`] when it is not one.
pub fn parse(code: &str) -> Result<Unit, UcumError> {
    parse::parse(atoms::atoms(), code)
}

/// Whether quantities in the two units can be compared.
///
/// # Errors
/// [`UcumError`] when one of the codes is none.
pub fn commensurable(a: &str, b: &str) -> Result<bool, UcumError> {
    Ok(parse(a)?.is_commensurable(&parse(b)?))
}

/// What a number of one unit is in another.
///
/// # Errors
/// [`UcumError`] when a code is none, or when the units measure different things.
pub fn convert(value: Decimal, from: &str, to: &str) -> Result<Decimal, UcumError> {
    let factor = parse(from)?.factor_to(&parse(to)?).ok_or(UcumError::Incommensurable)?;
    Ok(factor.apply(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(value: &str, from: &str, to: &str) -> String {
        convert(value.parse().expect("a number"), from, to).expect("a conversion").to_string()
    }

    #[test]
    fn numbers_are_converted_exactly() {
        for (value, from, to, is) in [
            ("5.4", "g", "mg", "5400"),
            ("5400", "mg", "g", "5.4"),
            ("1", "[lb_av]", "g", "453.59237"),
            ("70", "[in_i]", "cm", "177.8"),
            ("1", "[mi_i]", "km", "1.609344"),
            ("120", "mm[Hg]", "kPa", "15.99864"),
            ("1", "h", "s", "3600"),
            ("1", "wk", "d", "7"),
            ("36", "m/h", "cm/s", "1"),
            ("1", "kg.m/s2", "N", "1"),
            ("4.5", "10*3/uL", "10*9/L", "4.5"),
            ("4.5", "10^3/uL", "/L", "4500000000"),
            ("50", "%", "1", "0.5"),
            ("1", "mol/l", "mmol/mL", "1"),
            ("90", "mL/min/{1.73_m2}", "L/h", "5.4"),
            ("2", "k[IU]/L", "m[iU]/mL", "2000"),
            ("1", "[ft_i]2", "[in_i]2", "144"),
            ("1", "/(min.L)", "/(h.dL)", "6"),
            ("1000", "meq/L", "eq/L", "1"),
            ("37", "Cel", "mCel", "37000"),
            ("1", "10.L", "L", "10"),
            ("180", "deg", "[pi].rad", "1"),
            ("3", "{tablets}", "1", "3"),
            ("1", "KiBy", "By", "1024"),
            ("7", "m[H2O]", "cm[H2O]", "700"),
        ] {
            assert_eq!(converted(value, from, to), is, "{value} {from} in {to}");
        }
    }

    #[test]
    fn fractions_that_do_not_end_are_rounded_far_behind_any_measurement() {
        assert_eq!(converted("1", "m/s", "km/min"), "0.06");
        let third = converted("1", "d", "wk");
        assert!(third.starts_with("0.142857142857142857142857142857"), "{third}");
        let same = converted("2", "d", "wk").parse::<Decimal>().expect("a number").to_f64();
        assert_eq!(same, Some(2.0 / 7.0));
    }

    #[test]
    fn what_measures_different_things_is_not_compared() {
        for (a, b) in [
            ("g", "mL"),
            ("Cel", "K"),
            ("Cel", "[degF]"),
            ("[iU]", "g"),
            ("[iU]", "[arb'U]"),
            ("g", "g2"),
            ("[pH]", "mol/L"),
        ] {
            assert_eq!(commensurable(a, b), Ok(false), "{a} {b}");
        }
        assert_eq!(convert(Decimal::from(1), "g", "s"), Err(UcumError::Incommensurable));
    }

    #[test]
    fn what_is_no_code_is_refused_and_said_where() {
        for (code, at) in [
            ("", 0),
            ("mgg", 0),
            ("g/", 2),
            ("g//L", 2),
            ("g..L", 2),
            ("(g", 2),
            ("g)", 1),
            ("{open", 0),
            ("[in_i", 0),
            ("m[in_i]", 0),
            ("MGG/dL", 0),
            ("mm Hg", 0),
            ("g2147483648", 0),
            ("g-", 0),
            ("4.", 2),
        ] {
            match parse(code) {
                Err(UcumError::Syntax { at: found, .. }) => assert_eq!(found, at, "{code}"),
                other => panic!("{code}: {other:?}"),
            }
        }
        assert!(parse(&"(".repeat(500)).is_err());
        assert!(parse(&"g.".repeat(5_000)).is_err());
    }

    #[test]
    fn every_code_of_the_table_is_read() {
        let known = atoms::atoms().codes().inspect(|code| {
            let unit = parse(code).unwrap_or_else(|error| panic!("{code}: {error}"));
            assert!(unit.is_commensurable(&unit));
        });
        assert_eq!(known.count(), 7 + 305);
    }

    #[test]
    fn any_text_is_answered() {
        let pieces = ["m", "g", "/", ".", "(", ")", "{a}", "[in_i]", "2", "-1", "10*", "é", "''"];
        let mut state = 7u32;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..state % 7 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
            }
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let _ = parse(&text).map(|unit| unit.to_string());
        }
    }
}
