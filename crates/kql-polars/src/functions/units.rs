//! Conversion of units of measure.
//!
//! Names of units: <https://learn.microsoft.com/kusto/query/convert-length-function> and its sister pages. Factors: the definitions of the units;
//! where the documented results show a rounded one (acre-foot), that one.

use kql::{Error, KqlType};
use std::f64::consts::PI;

use super::{Call, Function};
use crate::rows::map_rows;
use crate::typed::Typed;

/// The family.
pub const FUNCTIONS: &[Function] = &[
    unit("convert_angle", "convert_angle(value, from, to)", "An angle in another unit; null for unknown units.", |c| {
        converted(c, angle)
    }),
    unit(
        "convert_energy",
        "convert_energy(value, from, to)",
        "An energy in another unit; null for unknown units.",
        |c| converted(c, |v, f, t| scaled(ENERGY, v, f, t)),
    ),
    unit("convert_force", "convert_force(value, from, to)", "A force in another unit; null for unknown units.", |c| {
        converted(c, |v, f, t| scaled(FORCE, v, f, t))
    }),
    unit(
        "convert_length",
        "convert_length(value, from, to)",
        "A length in another unit; null for unknown units.",
        |c| converted(c, |v, f, t| scaled(LENGTH, v, f, t)),
    ),
    unit("convert_mass", "convert_mass(value, from, to)", "A mass in another unit; null for unknown units.", |c| {
        converted(c, |v, f, t| scaled(MASS, v, f, t))
    }),
    unit("convert_speed", "convert_speed(value, from, to)", "A speed in another unit; null for unknown units.", |c| {
        converted(c, |v, f, t| scaled(SPEED, v, f, t))
    }),
    unit(
        "convert_temperature",
        "convert_temperature(value, from, to)",
        "A temperature in another unit; null for unknown units.",
        |c| converted(c, temperature),
    ),
    unit(
        "convert_volume",
        "convert_volume(value, from, to)",
        "A volume in another unit; null for unknown units.",
        |c| converted(c, |v, f, t| scaled(VOLUME, v, f, t)),
    ),
];

const fn unit(
    name: &'static str,
    signature: &'static str,
    doc: &'static str,
    bind: fn(&Call<'_>) -> Result<Typed, Error>,
) -> Function {
    Function { name, aliases: &[], signature, doc, args: (3, 3), pure: true, bind }
}

fn converted(call: &Call<'_>, f: fn(f64, &str, &str) -> Option<f64>) -> Result<Typed, Error> {
    call.check_real(0)?;
    call.check_string(1)?;
    call.check_string(2)?;
    let args = [call.real_arg(0), call.text_arg(1), call.text_arg(2)];
    let expr = map_rows(&args, KqlType::Real, move |row| f(row.real(0)?, row.text(1)?, row.text(2)?));
    call.result(expr, KqlType::Real)
}

/// Names of units and how many base units each is.
type Table = &'static [(&'static str, f64)];

fn scaled(table: Table, value: f64, from: &str, to: &str) -> Option<f64> {
    let factor = |unit: &str| table.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    let (from, to) = (factor(from)?, factor(to)?);
    Some(value * from / to)
}

fn angle(value: f64, from: &str, to: &str) -> Option<f64> {
    // A tilt is the sine of an angle: the only unit that is not a multiple of the others.
    let degrees = if from == "Tilt" { value.asin().to_degrees() } else { scaled(ANGLE, value, from, "Degree")? };
    if to == "Tilt" { Some(degrees.to_radians().sin()) } else { scaled(ANGLE, degrees, "Degree", to) }
}

fn temperature(value: f64, from: &str, to: &str) -> Option<f64> {
    // kelvin = value * factor + offset
    let scale = |unit: &str| {
        Some(match unit {
            "Kelvin" => (1.0, 0.0),
            "DegreeCelsius" => (1.0, 273.15),
            "MillidegreeCelsius" => (1e-3, 273.15),
            "DegreeDelisle" => (-2.0 / 3.0, 373.15),
            "DegreeFahrenheit" => (5.0 / 9.0, 459.67 * 5.0 / 9.0),
            "DegreeNewton" => (100.0 / 33.0, 273.15),
            "DegreeRankine" => (5.0 / 9.0, 0.0),
            "DegreeReaumur" => (5.0 / 4.0, 273.15),
            "DegreeRoemer" => (40.0 / 21.0, 273.15 - 7.5 * 40.0 / 21.0),
            "SolarTemperature" => (5778.0, 0.0),
            _ => return None,
        })
    };
    let ((factor, offset), (to_factor, to_offset)) = (scale(from)?, scale(to)?);
    if from == to {
        return Some(value);
    }
    Some((value * factor + offset - to_offset) / to_factor)
}

/// Degrees
const ANGLE: Table = &[
    ("Arcminute", 1.0 / 60.0),
    ("Arcsecond", 1.0 / 3600.0),
    ("Degree", 1.0),
    ("Gradian", 0.9),
    ("Microdegree", 1e-6),
    ("Millidegree", 1e-3),
    ("Nanodegree", 1e-9),
    ("NatoMil", 360.0 / 6400.0),
    ("Revolution", 360.0),
    ("Radian", 180.0 / PI),
    ("Deciradian", 18.0 / PI),
    ("Centiradian", 1.8 / PI),
    ("Milliradian", 0.18 / PI),
    ("Microradian", 180e-6 / PI),
    ("Nanoradian", 180e-9 / PI),
];

/// Joules
const ENERGY: Table = &[
    ("BritishThermalUnit", 1_055.055_852_62),
    ("Calorie", 4.184),
    ("DecathermEc", 1.055_055_852_62e9),
    ("DecathermImperial", 1.055_055_852_573_48e9),
    ("DecathermUs", 1.054_804e9),
    ("ElectronVolt", 1.602_176_565e-19),
    ("Erg", 1e-7),
    ("FootPound", 1.355_817_948),
    ("GigabritishThermalUnit", 1_055.055_852_62e9),
    ("GigaelectronVolt", 1.602_176_565e-10),
    ("Gigajoule", 1e9),
    ("GigawattDay", 86_400e9),
    ("GigawattHour", 3600e9),
    ("HorsepowerHour", 2.684_519_537_7e6),
    ("Joule", 1.0),
    ("KilobritishThermalUnit", 1_055.055_852_62e3),
    ("Kilocalorie", 4184.0),
    ("KiloelectronVolt", 1.602_176_565e-16),
    ("Kilojoule", 1e3),
    ("KilowattDay", 86_400e3),
    ("KilowattHour", 3600e3),
    ("MegabritishThermalUnit", 1_055.055_852_62e6),
    ("Megacalorie", 4.184e6),
    ("MegaelectronVolt", 1.602_176_565e-13),
    ("Megajoule", 1e6),
    ("MegawattDay", 86_400e6),
    ("MegawattHour", 3600e6),
    ("Millijoule", 1e-3),
    ("TeraelectronVolt", 1.602_176_565e-7),
    ("TerawattDay", 86_400e12),
    ("TerawattHour", 3600e12),
    ("ThermEc", 1.055_055_852_62e8),
    ("ThermImperial", 1.055_055_852_573_48e8),
    ("ThermUs", 1.054_804e8),
    ("WattDay", 86_400.0),
    ("WattHour", 3600.0),
];

/// Newtons
const FORCE: Table = &[
    ("Decanewton", 10.0),
    ("Dyn", 1e-5),
    ("KilogramForce", 9.806_65),
    ("Kilonewton", 1e3),
    ("KiloPond", 9.806_65),
    ("KilopoundForce", 4_448.221_615_260_5),
    ("Meganewton", 1e6),
    ("Micronewton", 1e-6),
    ("Millinewton", 1e-3),
    ("Newton", 1.0),
    ("OunceForce", 4.448_221_615_260_5 / 16.0),
    ("Poundal", 0.138_254_954_376),
    ("PoundForce", 4.448_221_615_260_5),
    ("ShortTonForce", 8_896.443_230_521),
    ("TonneForce", 9806.65),
];

/// Meters
const LENGTH: Table = &[
    ("Angstrom", 1e-10),
    ("AstronomicalUnit", 149_597_870_700.0),
    ("Centimeter", 1e-2),
    ("Chain", 20.1168),
    ("DataMile", 1828.8),
    ("Decameter", 10.0),
    ("Decimeter", 0.1),
    ("DtpPica", 0.0254 / 6.0),
    ("DtpPoint", 0.0254 / 72.0),
    ("Fathom", 1.8288),
    ("Foot", 0.3048),
    ("Hand", 0.1016),
    ("Hectometer", 100.0),
    ("Inch", 0.0254),
    ("KilolightYear", 9.460_730_472_58e18),
    ("Kilometer", 1e3),
    ("Kiloparsec", 3.085_677_581_28e19),
    ("LightYear", 9.460_730_472_58e15),
    ("MegalightYear", 9.460_730_472_58e21),
    ("Megaparsec", 3.085_677_581_28e22),
    ("Meter", 1.0),
    ("Microinch", 2.54e-8),
    ("Micrometer", 1e-6),
    ("Mil", 2.54e-5),
    ("Mile", 1609.344),
    ("Millimeter", 1e-3),
    ("Nanometer", 1e-9),
    ("NauticalMile", 1852.0),
    ("Parsec", 3.085_677_581_28e16),
    ("PrinterPica", 1.0 / 237.106_301_584),
    ("PrinterPoint", 0.0254 / 72.27),
    ("Shackle", 27.432),
    ("SolarRadius", 6.955_1e8),
    ("Twip", 0.0254 / 1440.0),
    ("UsSurveyFoot", 1200.0 / 3937.0),
    ("Yard", 0.9144),
];

/// Kilograms
const MASS: Table = &[
    ("Centigram", 1e-5),
    ("Decagram", 1e-2),
    ("Decigram", 1e-4),
    ("EarthMass", 5.972_2e24),
    ("Grain", 6.479_891e-5),
    ("Gram", 1e-3),
    ("Hectogram", 0.1),
    ("Kilogram", 1.0),
    ("Kilopound", 453.592_37),
    ("Kilotonne", 1e6),
    ("LongHundredweight", 50.802_345_44),
    ("LongTon", 1_016.046_908_8),
    ("Megapound", 453_592.37),
    ("Megatonne", 1e9),
    ("Microgram", 1e-9),
    ("Milligram", 1e-6),
    ("Nanogram", 1e-12),
    ("Ounce", 0.028_349_523_125),
    ("Pound", 0.453_592_37),
    ("ShortHundredweight", 45.359_237),
    ("ShortTon", 907.184_74),
    ("Slug", 14.593_902_937_206_36),
    ("SolarMass", 1.989_47e30),
    ("Stone", 6.350_293_18),
    ("Tonne", 1e3),
];

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;

/// Meters per second
const SPEED: Table = &[
    ("CentimeterPerHour", 1e-2 / HOUR),
    ("CentimeterPerMinute", 1e-2 / MINUTE),
    ("CentimeterPerSecond", 1e-2),
    ("DecimeterPerMinute", 0.1 / MINUTE),
    ("DecimeterPerSecond", 0.1),
    ("FootPerHour", 0.3048 / HOUR),
    ("FootPerMinute", 0.3048 / MINUTE),
    ("FootPerSecond", 0.3048),
    ("InchPerHour", 0.0254 / HOUR),
    ("InchPerMinute", 0.0254 / MINUTE),
    ("InchPerSecond", 0.0254),
    ("KilometerPerHour", 1e3 / HOUR),
    ("KilometerPerMinute", 1e3 / MINUTE),
    ("KilometerPerSecond", 1e3),
    ("Knot", 1852.0 / HOUR),
    ("MeterPerHour", 1.0 / HOUR),
    ("MeterPerMinute", 1.0 / MINUTE),
    ("MeterPerSecond", 1.0),
    ("MicrometerPerMinute", 1e-6 / MINUTE),
    ("MicrometerPerSecond", 1e-6),
    ("MilePerHour", 1609.344 / HOUR),
    ("MillimeterPerHour", 1e-3 / HOUR),
    ("MillimeterPerMinute", 1e-3 / MINUTE),
    ("MillimeterPerSecond", 1e-3),
    ("NanometerPerMinute", 1e-9 / MINUTE),
    ("NanometerPerSecond", 1e-9),
    ("UsSurveyFootPerHour", 1200.0 / 3937.0 / HOUR),
    ("UsSurveyFootPerMinute", 1200.0 / 3937.0 / MINUTE),
    ("UsSurveyFootPerSecond", 1200.0 / 3937.0),
    ("YardPerHour", 0.9144 / HOUR),
    ("YardPerMinute", 0.9144 / MINUTE),
    ("YardPerSecond", 0.9144),
];

const CUBIC_FOOT: f64 = 0.028_316_846_592;
const IMPERIAL_GALLON: f64 = 0.004_546_09;
const US_GALLON: f64 = 0.003_785_411_784;

/// Cubic meters
const VOLUME: Table = &[
    ("AcreFoot", 1.0 / 0.000_810_714),
    ("AuTablespoon", 2e-5),
    ("BoardFoot", CUBIC_FOOT / 12.0),
    ("Centiliter", 1e-5),
    ("CubicCentimeter", 1e-6),
    ("CubicDecimeter", 1e-3),
    ("CubicFoot", CUBIC_FOOT),
    ("CubicHectometer", 1e6),
    ("CubicInch", 1.638_706_4e-5),
    ("CubicKilometer", 1e9),
    ("CubicMeter", 1.0),
    ("CubicMicrometer", 1e-18),
    ("CubicMile", 4_168_181_825.440_58),
    ("CubicMillimeter", 1e-9),
    ("CubicYard", 0.764_554_857_984),
    ("Decaliter", 1e-2),
    ("DecausGallon", 10.0 * US_GALLON),
    ("Deciliter", 1e-4),
    ("DeciusGallon", 0.1 * US_GALLON),
    ("HectocubicFoot", 100.0 * CUBIC_FOOT),
    ("HectocubicMeter", 100.0),
    ("Hectoliter", 0.1),
    ("HectousGallon", 100.0 * US_GALLON),
    ("ImperialBeerBarrel", 36.0 * IMPERIAL_GALLON),
    ("ImperialGallon", IMPERIAL_GALLON),
    ("ImperialOunce", IMPERIAL_GALLON / 160.0),
    ("ImperialPint", IMPERIAL_GALLON / 8.0),
    ("KilocubicFoot", 1e3 * CUBIC_FOOT),
    ("KilocubicMeter", 1e3),
    ("KiloimperialGallon", 1e3 * IMPERIAL_GALLON),
    ("Kiloliter", 1.0),
    ("KilousGallon", 1e3 * US_GALLON),
    ("Liter", 1e-3),
    ("MegacubicFoot", 1e6 * CUBIC_FOOT),
    ("MegaimperialGallon", 1e6 * IMPERIAL_GALLON),
    ("Megaliter", 1e3),
    ("MegausGallon", 1e6 * US_GALLON),
    ("MetricCup", 2.5e-4),
    ("MetricTeaspoon", 5e-6),
    ("Microliter", 1e-9),
    ("Milliliter", 1e-6),
    ("OilBarrel", 42.0 * US_GALLON),
    ("UkTablespoon", 1.5e-5),
    ("UsBeerBarrel", 31.0 * US_GALLON),
    ("UsCustomaryCup", US_GALLON / 16.0),
    ("UsGallon", US_GALLON),
    ("UsLegalCup", 2.4e-4),
    ("UsOunce", US_GALLON / 128.0),
    ("UsPint", US_GALLON / 8.0),
    ("UsQuart", US_GALLON / 4.0),
    ("UsTablespoon", US_GALLON / 256.0),
    ("UsTeaspoon", US_GALLON / 768.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: Option<f64>, wanted: f64) {
        assert!(actual.is_some_and(|a| (a - wanted).abs() <= wanted.abs() * 1e-12), "{actual:?} is not {wanted}");
    }

    #[test]
    fn documented_results() {
        close(angle(1.2, "Degree", "Arcminute"), 72.0);
        close(scaled(ENERGY, 1.2, "Joule", "BritishThermalUnit"), 0.001_137_380_544_375_98);
        close(scaled(FORCE, 1.2, "Newton", "Decanewton"), 0.12);
        close(scaled(LENGTH, 1.2, "Meter", "Foot"), 3.937_007_874_015_75);
        close(scaled(MASS, 1.2, "Kilogram", "Pound"), 2.645_547_146_218_53);
        close(scaled(SPEED, 1.2, "MeterPerSecond", "CentimeterPerHour"), 432_000.0);
        close(temperature(1.2, "Kelvin", "DegreeCelsius"), -271.95);
        close(scaled(VOLUME, 1.2, "CubicMeter", "AcreFoot"), 0.000_972_856_8);
    }

    #[test]
    fn unknown_units_and_the_odd_ones() {
        assert_eq!(scaled(MASS, 1.0, "Kilogram", "Meter"), None);
        assert_eq!(temperature(1.0, "x", "Kelvin"), None);
        close(temperature(100.0, "DegreeCelsius", "DegreeFahrenheit"), 212.0);
        close(temperature(0.0, "DegreeDelisle", "DegreeCelsius"), 100.0);
        close(angle(1.0, "Tilt", "Degree"), 90.0);
        close(angle(30.0, "Degree", "Tilt"), 0.5);
    }
}
