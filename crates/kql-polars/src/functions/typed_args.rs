//! Arguments of a call as typed expressions, for functions that are computed row by row.

use kql::{Error, KqlType};

use super::Call;
use crate::typed::Typed;

impl Call<'_> {
    /// All arguments as reals.
    pub(super) fn reals(&self) -> Result<Vec<Typed>, Error> {
        (0..self.args.len()).map(|i| Ok(Typed::new(self.real(i)?, KqlType::Real, self.args[i].span))).collect()
    }

    /// Argument `i` as a long.
    pub(super) fn whole_arg(&self, i: usize) -> Result<Typed, Error> {
        Ok(Typed::new(self.long(i)?, KqlType::Long, self.args[i].span))
    }

    /// Argument `i`, a datetime.
    pub(super) fn datetime(&self, i: usize) -> Result<Typed, Error> {
        self.of_type(i, KqlType::DateTime, "a datetime (todatetime() converts other values)")
    }

    /// Argument `i`, a timespan.
    pub(super) fn timespan(&self, i: usize) -> Result<Typed, Error> {
        self.of_type(i, KqlType::TimeSpan, "a timespan, such as 1h (totimespan() converts other values)")
    }

    /// Argument `i`, a dynamic array.
    pub(super) fn array(&self, i: usize) -> Result<Typed, Error> {
        self.of_type(i, KqlType::Dynamic, "a dynamic array (parse_json() reads one from text)")
    }

    /// Argument `i`, a dynamic property bag.
    pub(super) fn bag(&self, i: usize) -> Result<Typed, Error> {
        self.of_type(i, KqlType::Dynamic, "a dynamic property bag (parse_json() reads one from text)")
    }

    fn of_type(&self, i: usize, ty: KqlType, expected: &str) -> Result<Typed, Error> {
        if self.args[i].ty == ty { Ok(self.args[i].clone()) } else { Err(self.type_error(i, expected)) }
    }
}
