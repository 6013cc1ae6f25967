//! `Location?near`: places within a distance along the surface of the earth (R4 Location §8.7.6).

use tarn_ucum::Decimal;

/// The earth's mean radius (IUGG R₁).
const RADIUS_KM: f64 = 6_371.008_8;
/// What "near" means where no distance is given: R4 leaves it to the server.
const DEFAULT_KM: f64 = 50.0;

const WRONG: &str = "latitude|longitude|distance|unit, such as 52.37|4.89|10|km";

/// A place to be near to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearTest {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// How far away at most.
    pub kilometres: f64,
}

impl NearTest {
    /// Whether a place is near enough.
    pub fn passes(&self, latitude: f64, longitude: f64) -> bool {
        self.distance(latitude, longitude) <= self.kilometres
    }

    /// Kilometres to a place along a great circle. The haversine form is exact enough for short
    /// ways and right across the antimeridian and at the poles, for it sees angles only.
    pub fn distance(&self, latitude: f64, longitude: f64) -> f64 {
        let (here, there) = (self.latitude.to_radians(), latitude.to_radians());
        let north = ((there - here) / 2.0).sin();
        let east = ((longitude - self.longitude).to_radians() / 2.0).sin();
        let half = north * north + here.cos() * there.cos() * east * east;
        2.0 * RADIUS_KM * half.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// Reads the parts of a value; or says what is right.
pub(crate) fn place(parts: &[&str]) -> Result<NearTest, &'static str> {
    let (latitude, longitude) = match parts {
        [latitude, longitude] | [latitude, longitude, ..] if parts.len() <= 4 => {
            (degrees(latitude, 90.0), degrees(longitude, 180.0))
        }
        _ => return Err(WRONG),
    };
    let latitude = latitude.ok_or("a place whose latitude is a number from -90 to 90")?;
    let longitude = longitude.ok_or("a place whose longitude is a number from -180 to 180")?;
    let kilometres = match parts.get(2).filter(|distance| !distance.is_empty()) {
        Some(distance) => kilometres(distance, parts.get(3).copied().unwrap_or_default())?,
        None => DEFAULT_KM,
    };
    Ok(NearTest { latitude, longitude, kilometres })
}

fn degrees(text: &str, most: f64) -> Option<f64> {
    let number = text.parse::<Decimal>().ok()?.to_f64()?;
    (number.abs() <= most).then_some(number)
}

fn kilometres(distance: &str, unit: &str) -> Result<f64, &'static str> {
    let distance: Decimal =
        distance.parse().map_err(|_| "a place whose distance is a number of at least 0")?;
    if distance.mantissa < 0 {
        return Err("a place whose distance is a number of at least 0");
    }
    // R4's own examples say `mi`, where UCUM has `[mi_i]`.
    let unit = match unit {
        "" => "km",
        "mi" => "[mi_i]",
        "ft" => "[ft_i]",
        other => other,
    };
    let wrong = "a place whose unit is one of length by UCUM, such as km, m or [mi_i]";
    let length = tarn_ucum::convert(distance, unit, "km").map_err(|_| wrong)?;
    length.to_f64().ok_or(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(text: &str) -> NearTest {
        place(&text.split('|').collect::<Vec<_>>()).expect("a place")
    }

    #[test]
    fn distances_are_those_on_the_globe() {
        // London to Paris, 343.6 km by every calculator.
        let london = test("51.5074|-0.1278");
        assert!((london.distance(48.8566, 2.3522) - 343.56).abs() < 0.1);
        assert_eq!(london.distance(51.5074, -0.1278), 0.0);
        // Across the antimeridian: 0.2 degrees of the equator.
        let west = test("0|179.9|23");
        assert!(west.passes(0.0, -179.9) && !west.passes(0.0, -179.7));
        // At a pole every longitude is the same place; a quarter of the globe to the equator.
        let pole = test("90|0|0.001");
        assert!(pole.passes(90.0, 123.0));
        assert!((pole.distance(0.0, 77.0) - 10_007.557).abs() < 0.01);
        assert!((test("10|20").distance(-10.0, -160.0) - 20_015.115).abs() < 0.01);
    }

    #[test]
    fn units_are_those_of_ucum_and_kilometres_by_default() {
        for (text, km) in [
            ("1|2", 50.0),
            ("1|2|", 50.0),
            ("1|2||m", 50.0),
            ("1|2|7", 7.0),
            ("1|2|7|km", 7.0),
            ("1|2|500|m", 0.5),
            ("1|2|10|mi", 16.093_44),
            ("1|2|10|[mi_i]", 16.093_44),
            ("-90|-180|0", 0.0),
        ] {
            assert_eq!(test(text).kilometres, km, "{text}");
        }
    }

    #[test]
    fn what_is_no_place_is_told_what_is() {
        for (text, says) in [
            ("1", "latitude|longitude"),
            ("1|2|3|km|5", "latitude|longitude"),
            ("91|2", "latitude"),
            ("x|2", "latitude"),
            ("1|181", "longitude"),
            ("1|2|-3", "distance"),
            ("1|2|far", "distance"),
            ("1|2|3|kg", "length"),
            ("1|2|3|parsecs", "length"),
        ] {
            let refusal = place(&text.split('|').collect::<Vec<_>>()).expect_err(text);
            assert!(refusal.contains(says), "{text}: {refusal}");
        }
    }
}
