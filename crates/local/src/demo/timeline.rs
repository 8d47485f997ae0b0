//! Runs through the days slice by slice, so that a table of any size is made with little memory.

use super::clock::{END, START};
use super::rng::Rng;
use super::world::World;
use crate::Error;

/// What is made.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// For whom.
    pub world: &'a World,
    /// From what.
    pub seed: u64,
}

/// An event and its time (microseconds since 1970).
pub type Timed<E> = (i64, E);

/// Candidates of one slice: enough to sort at once.
const SLICE: u64 = 20_000;
/// Fewest slices of the two weeks.
const MIN_SLICES: i64 = 24;

impl<'a> Plan<'a> {
    /// Emits about `wanted` drawn events and all of `story`, ordered by time.
    ///
    /// `draw` is given a random time and gives the events that begin then, or none where nobody acts at such a time: the daily rhythm comes
    /// from what it refuses.
    pub fn run<E: Clone>(
        &self,
        purpose: &str,
        wanted: u64,
        story: &[Timed<E>],
        draw: impl Fn(&mut Rng, i64) -> Vec<Timed<E>>,
        mut emit: impl FnMut(&mut Rng, i64, &E) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let at = |rng: &mut Rng, from: i64, to: i64| super::clock::moment(rng, from, to);
        let mut trial = Rng::new(self.seed, purpose, u64::MAX);
        // Large tables get about as many rows as they should, within a percent.
        let trials: u64 = if wanted > 100_000 { 400_000 } else { 20_000 };
        let accepted: u64 = (0..trials)
            .map(|_| {
                let time = at(&mut trial, START, END);
                draw(&mut trial, time).len() as u64
            })
            .sum();
        let candidates = wanted * trials / accepted.max(1);
        let slices = (candidates / SLICE).cast_signed().max(MIN_SLICES);
        // The slices of the demo are so long that this never happens, and its rows have to stay as they are.
        let margin = if slices > MIN_SLICES { super::clock::MINUTE } else { 0 };
        let mut story = story.to_vec();
        story.sort_by_key(|e| e.0);
        let mut story = story.into_iter().peekable();
        let mut pool: Vec<Timed<E>> = Vec::new();
        for slice in 0..slices {
            let edge = |i: i64| START + (END - START) / slices * i;
            let (from, to) = (edge(slice), if slice + 1 == slices { END } else { edge(slice + 1) });
            let mut rng = Rng::new(self.seed, purpose, slice.unsigned_abs());
            let share = |i: i64| candidates * i.unsigned_abs() / slices.unsigned_abs();
            for _ in share(slice)..share(slice + 1) {
                let time = at(&mut rng, from, to);
                pool.extend(draw(&mut rng, time));
            }
            while let Some(event) = story.next_if(|e| e.0 < to) {
                pool.push(event);
            }
            pool.sort_by_key(|e| e.0);
            // What begins in the next slice may have led up to it in this one.
            let done = if slice + 1 == slices { to } else { to - margin };
            let done = pool.partition_point(|e| e.0 < done);
            for (time, event) in pool.drain(..done) {
                emit(&mut rng, time, &event)?;
            }
        }
        Ok(())
    }
}
