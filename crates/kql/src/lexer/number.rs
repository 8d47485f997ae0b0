//! Numbers, timespans such as `1.5h`, and identifiers that start with a digit.

use super::{Lexer, Tok, is_ident_continue};
use crate::time::timespan_of;
use crate::{Error, Span, Value};

impl Lexer<'_> {
    /// The token that starts with the digit here.
    pub(super) fn number(&mut self) -> Result<Tok, Error> {
        let start = self.at;
        if self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X') && self.byte(2).is_ascii_hexdigit() {
            return self.hexadecimal(start);
        }
        self.skip_digits();
        let whole_end = self.at;
        let mut real = false;
        // `1..5` is a range, and `1.method` is nothing, but `1.` and `1.5` are numbers.
        if self.byte(0) == b'.' && self.byte(1) != b'.' && !self.letter_at(1) {
            real = true;
            self.at += 1;
            self.skip_digits();
        }
        let number_end = self.at;
        if matches!(self.byte(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.skip_digits();
                real = true;
            }
        }
        let suffix_start = self.at;
        let suffix_length = self.rest().find(|c| !is_ident_continue(c)).unwrap_or(self.rest().len());
        if suffix_length == 0 {
            let text = &self.text[start..suffix_start];
            return if real { self.real(start, text) } else { self.long(start, text, 10) };
        }
        self.at = suffix_start + suffix_length;
        let suffix = &self.text[number_end..self.at];
        match timespan_of(&self.text[start..number_end], suffix) {
            Some(ticks) => Ok(Tok::Literal(Value::TimeSpan(ticks))),
            // `3days_ago`: an identifier, which may start with digits.
            None if number_end == whole_end => self.digit_ident(start, suffix),
            None => self.error(
                Span::new(start, self.at),
                format!("`{}` is neither a number nor a timespan", &self.text[start..self.at]),
            ),
        }
    }

    fn digit_ident(&self, start: usize, suffix: &str) -> Result<Tok, Error> {
        let span = Span::new(start, self.at);
        let unit = suffix.trim_start_matches(|c: char| c.is_ascii_digit());
        if timespan_of("1", unit).is_some() {
            return self.error(span, format!("the timespan `{}` is too long", &self.text[start..self.at]));
        }
        Ok(Tok::Ident)
    }

    fn letter_at(&self, ahead: usize) -> bool {
        let byte = self.byte(ahead);
        (byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) || byte == b'_' || byte >= 0x80
    }

    fn skip_digits(&mut self) {
        while self.byte(0).is_ascii_digit() {
            self.at += 1;
        }
    }

    fn hexadecimal(&mut self, start: usize) -> Result<Tok, Error> {
        self.at += 2;
        while self.byte(0).is_ascii_hexdigit() {
            self.at += 1;
        }
        let span = Span::new(start, self.at);
        if self.char().is_some_and(is_ident_continue) {
            return self.error(span, "a hexadecimal number has only the digits 0-9 and a-f");
        }
        let text = &self.text[start + 2..self.at];
        match u64::from_str_radix(text, 16) {
            // The bits of a long, as the language has no unsigned numbers.
            Ok(bits) => Ok(Tok::Literal(Value::Long(bits.cast_signed()))),
            Err(_) => self.error(span, "this number does not fit a long"),
        }
    }

    fn long(&self, start: usize, text: &str, radix: u32) -> Result<Tok, Error> {
        match u64::from_str_radix(text, radix) {
            Ok(number) => match i64::try_from(number) {
                Ok(number) => Ok(Tok::Literal(Value::Long(number))),
                Err(_) if number == 1 << 63 => Ok(Tok::LongMin),
                Err(_) => self.too_large(start),
            },
            Err(_) => self.too_large(start),
        }
    }

    fn too_large<T>(&self, start: usize) -> Result<T, Error> {
        let span = Span::new(start, self.at);
        self.error(span, "this number does not fit a long")
            .map_err(|e| e.with_help("write real(…) or decimal(…) for numbers above 9223372036854775807"))
    }

    fn real(&self, start: usize, text: &str) -> Result<Tok, Error> {
        match text.parse::<f64>() {
            Ok(number) => Ok(Tok::Literal(Value::Real(number))),
            Err(_) => self.error(Span::new(start, self.at), "this is no number"),
        }
    }
}
