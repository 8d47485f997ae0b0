//! Work on text columns once for each value, not once for each row.
//!
//! The text columns of logs repeat few values, and Parquet stores each of these once (dictionary encoding). Polars keeps that in memory: rows with
//! the same value point to the same bytes. Comparing where rows point to is much cheaper than what functions do with a text, so they get a column of
//! the different texts, and their answers are spread over the rows again. The texts that come out point to the same bytes where those that went in did:
//! the next function gains too.
//!
//! It is only a shortcut: equal texts that lie in different places are worked on several times, and a column of which most rows lie in different
//! places is given to the function as it is.

use polars::prelude::*;

/// Columns that are shorter are not worth it.
const MIN_ROWS: usize = 256;
/// After so many rows it has to pay.
const TRIAL: usize = 512;
/// Most places that are remembered at a time (a power of two). What is forgotten is only worked on again.
const MAX_SLOTS: usize = 1 << 13;
/// The place of a null. No text has this length.
const NULL: u128 = u128::MAX;
/// A free slot: a text of no length whose rest is not zero does not occur.
const FREE: u128 = u128::MAX - u32::MAX as u128;

/// The different texts of a column, and for each row which of them it has.
struct Repeats {
    /// A row for each of them.
    firsts: Vec<IdxSize>,
    /// The position in `firsts` for each row.
    of_row: Vec<IdxSize>,
}

/// `None` where there are few rows or few repeats.
fn repeats(text: &StringChunked) -> Option<Repeats> {
    let rows = text.len();
    if rows < MIN_ROWS {
        return None;
    }
    let slots = (rows / 4).next_power_of_two().min(MAX_SLOTS);
    let shift = 64 - slots.trailing_zeros();
    let mut seen: Vec<(u128, IdxSize)> = vec![(FREE, 0); slots];
    let mut found = Repeats { firsts: Vec::new(), of_row: Vec::with_capacity(rows) };
    let nulls = (text.null_count() != 0).then(|| text.is_null());
    let mut nulls = nulls.as_ref().map(|nulls| nulls.iter());
    let mut row = 0;
    for chunk in text.downcast_iter() {
        if row != 0 {
            // Each chunk has its own bytes.
            seen.fill((FREE, 0));
        }
        for view in chunk.views().iter() {
            let null = nulls.as_mut().and_then(Iterator::next).flatten().unwrap_or(false);
            let place = if null { NULL } else { view.as_u128() };
            #[allow(clippy::cast_possible_truncation, reason = "both halves count")]
            let mixed = ((place >> 64) as u64 ^ (place as u64).rotate_left(23)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let slot = &mut seen[(mixed >> shift) as usize];
            if slot.0 != place {
                *slot = (place, IdxSize::try_from(found.firsts.len()).ok()?);
                found.firsts.push(IdxSize::try_from(row).ok()?);
                if row >= TRIAL && found.firsts.len() * 2 > row {
                    return None;
                }
            }
            found.of_row.push(slot.1);
            row += 1;
        }
    }
    Some(found)
}

/// `f` of a column of text, where the answer for a row depends on the text of that row alone and always is the same.
///
/// # Errors
/// Those of `f`; a column that is not text.
pub fn once_per_text(column: Column, f: impl FnOnce(Column) -> PolarsResult<Column>) -> PolarsResult<Column> {
    let rows = column.len();
    if column.as_scalar_column().is_some() && rows > 1 {
        return Ok(f(column.new_from_index(0, 1))?.new_from_index(0, rows));
    }
    match repeats(column.str()?) {
        None => f(column),
        Some(Repeats { firsts, of_row }) => {
            let name = column.name().clone();
            let different = column.take(&IdxCa::from_vec(name.clone(), firsts))?;
            f(different)?.take(&IdxCa::from_vec(name, of_row))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Rows that point to few texts, as a dictionary gives them.
    fn repeated(texts: &[Option<&str>], rows: usize) -> Column {
        let few = Column::new("t".into(), texts);
        let at: Vec<IdxSize> = (0..rows).map(|i| (i * i % texts.len()) as IdxSize).collect();
        few.take(&IdxCa::from_vec("".into(), at)).unwrap()
    }

    fn lengths(column: Column) -> (Column, usize) {
        let worked = AtomicUsize::new(0);
        let out = once_per_text(column, |c| {
            worked.store(c.len(), Ordering::Relaxed);
            let out: Int64Chunked = c.str()?.iter().map(|t| t.map(|t| t.len() as i64)).collect();
            Ok(out.into_column())
        });
        (out.unwrap(), worked.load(Ordering::Relaxed))
    }

    fn plain(column: &Column) -> Vec<Option<i64>> {
        column.str().unwrap().iter().map(|t| t.map(|t| t.len() as i64)).collect()
    }

    #[test]
    fn repeated_texts_are_worked_on_once() {
        let texts = [
            Some("a"),
            None,
            Some(""),
            Some("a text of more than twelve bytes"),
            Some("another text of such a length"),
        ];
        let column = repeated(&texts, 10_000);
        let (out, worked) = lengths(column.clone());
        assert_eq!(out.i64().unwrap().iter().collect::<Vec<_>>(), plain(&column));
        assert!(worked <= texts.len(), "{worked}");
    }

    #[test]
    fn chunks_have_their_own_texts() {
        let mut column = repeated(&[Some("0123456789abcdef"), Some("fedcba9876543210!")], 1000);
        column.append(&repeated(&[Some("another text, with the same place"), None], 1000)).unwrap();
        assert_eq!(column.n_chunks(), 2);
        let (out, worked) = lengths(column.clone());
        assert_eq!(out.i64().unwrap().iter().collect::<Vec<_>>(), plain(&column));
        assert!(worked <= 4, "{worked}");
    }

    #[test]
    fn different_texts_are_worked_on_as_they_are() {
        let texts: Vec<String> = (0..5000).map(|i| format!("a text of more than twelve bytes: {i}")).collect();
        let column = Column::new("t".into(), &texts);
        let (out, worked) = lengths(column.clone());
        assert_eq!(out.i64().unwrap().iter().collect::<Vec<_>>(), plain(&column));
        assert_eq!(worked, 5000);
    }

    #[test]
    fn one_value_for_all_rows() {
        let column = Column::new_scalar("t".into(), Scalar::from(PlSmallStr::from("abc")), 1000);
        let (out, worked) = lengths(column);
        assert_eq!((out.len(), out.i64().unwrap().get(999), worked), (1000, Some(3), 1));
    }
}
