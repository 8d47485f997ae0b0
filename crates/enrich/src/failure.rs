//! Why a service gave no answer.

use std::time::Duration;

/// Why a service gave no answer. The text has no key in it, and no address with one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It did not answer in time.
    #[error("no answer within {}", seconds(*.0))]
    Timeout(Duration),
    /// It cannot be reached.
    #[error("it cannot be reached: {0}")]
    Connect(String),
    /// Too many requests, and the pause that it asks for is too long, or all attempts are used up.
    #[error("too many requests (429): {}", pause(*.0))]
    RateLimited(Option<Duration>),
    /// The key is not accepted.
    #[error("the key is not accepted ({0}): check it in msticpyconfig.yaml")]
    Unauthorized(u16),
    /// The key is accepted, but not for this.
    #[error("not allowed with this key (403): the plan may not include it, or its quota is used up")]
    Forbidden,
    /// It does not know this.
    #[error("not found")]
    NotFound,
    /// The service failed, or did not like the request.
    #[error("the service answered with status {0}")]
    Status(u16),
    /// The answer is not what the service's documentation promises.
    #[error("unexpected answer: {0}")]
    Shape(String),
    /// The request cannot be made.
    #[error("{0}")]
    Request(String),
    /// It was not asked, since it failed before.
    #[error("not asked, since it failed before: {0}")]
    GivenUp(String),
}

impl Failure {
    /// A word for tables: `timed out`, `rate limited`, …
    pub fn status(&self) -> &'static str {
        match self {
            Self::Timeout(_) => "timed out",
            Self::RateLimited(_) => "rate limited",
            Self::Unauthorized(_) | Self::Forbidden => "not authorized",
            Self::NotFound => "not found",
            Self::Shape(_) => "unexpected answer",
            Self::GivenUp(_) => "not asked",
            Self::Connect(_) | Self::Status(_) | Self::Request(_) => "failed",
        }
    }

    /// Whether asking again for something else will fail the same way.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::Unauthorized(_) | Self::RateLimited(_))
    }
}

fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 { format!("{} s", time.as_secs()) } else { format!("{:.1} s", time.as_secs_f64()) }
}

fn pause(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) if wait >= Duration::from_secs(120) => {
            format!("it asks for a pause of {} minutes; try then, or ask for fewer", wait.as_secs().div_ceil(60))
        }
        Some(wait) => format!("it asks for a pause of {}; try then, or ask for fewer", seconds(wait)),
        None => "try later, or ask for fewer".to_owned(),
    }
}

/// Stops asking a service that only fails. For one column of values.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: std::sync::Mutex<(u32, Option<Failure>)>,
}

impl Breaker {
    /// So many failures in a row, and it is not asked any more.
    const IN_A_ROW: u32 = 5;

    /// The failure for which it is not asked any more.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match &self.lock().1 {
            Some(failure) => Err(Failure::GivenUp(failure.to_string())),
            None => Ok(()),
        }
    }

    /// Takes notice of an answer.
    pub(crate) fn note<T>(&self, result: &Result<T, Failure>) {
        let mut state = self.lock();
        match result {
            Ok(_) | Err(Failure::NotFound | Failure::Shape(_) | Failure::Request(_)) => state.0 = 0,
            Err(Failure::GivenUp(_)) => {}
            Err(failure) => {
                state.0 += 1;
                if state.1.is_none() && (failure.is_lasting() || state.0 >= Self::IN_A_ROW) {
                    state.1 = Some(failure.clone());
                }
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u32, Option<Failure>)> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_to_do() {
        for (failure, text) in [
            (Failure::Timeout(Duration::from_secs(30)), "no answer within 30 s"),
            (Failure::Timeout(Duration::from_millis(250)), "no answer within 0.2 s"),
            (
                Failure::RateLimited(Some(Duration::from_secs(3600))),
                "too many requests (429): it asks for a pause of 60 minutes; try then, or ask for fewer",
            ),
            (Failure::Unauthorized(401), "the key is not accepted (401): check it in msticpyconfig.yaml"),
        ] {
            assert_eq!(failure.to_string(), text);
        }
    }

    #[test]
    fn a_wrong_key_is_tried_once_a_silent_service_five_times() {
        let breaker = Breaker::default();
        assert!(breaker.check().is_ok());
        breaker.note::<()>(&Err(Failure::Unauthorized(401)));
        assert!(matches!(breaker.check(), Err(Failure::GivenUp(why)) if why.contains("401")));

        let breaker = Breaker::default();
        for _ in 0..4 {
            breaker.note::<()>(&Err(Failure::Timeout(Duration::from_secs(1))));
        }
        breaker.note(&Ok(()));
        for _ in 0..4 {
            breaker.note::<()>(&Err(Failure::Timeout(Duration::from_secs(1))));
        }
        assert!(breaker.check().is_ok());
        breaker.note::<()>(&Err(Failure::Timeout(Duration::from_secs(1))));
        assert!(breaker.check().is_err());
    }
}
