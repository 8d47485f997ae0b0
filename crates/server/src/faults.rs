//! Faults that a test asks for: what a service, or the network before it, does on a bad day.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use kql::time::{TICKS_PER_SECOND, parse_timespan};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// The answer comes this much later.
    Latency(Duration),
    /// 429, with `Retry-After` in seconds.
    Throttled(u64),
    /// 503, with `Retry-After` in seconds.
    Unavailable(u64),
    /// 401: the token has expired.
    Expired,
    /// The connection ends after this many bytes of the body.
    Cut(u64),
    /// The body comes in chunks of so many bytes, one after each pause.
    Slow(usize, Duration),
    /// Only the first rows, this many, and the error of a query that failed in the middle.
    Partial(usize),
    /// A limit of rows: a larger result is cut off as the service does at its own limit.
    Oversized(usize),
    /// The body ends in the middle, though the response is complete.
    Malformed,
    /// Another content type.
    ContentType(String),
    /// 500 with a page of HTML of this many bytes, as a proxy answers.
    ErrorPage(usize),
}

/// A fault and the requests it happens to.
///
/// As text: `KIND[=VALUE][,after=N][,times=N][,match=TEXT]`. It spares the first `after` requests, happens `times` times (for ever when
/// that is missing), and only to requests whose path or body has `TEXT` in it (the rest of the text, commas included).
///
/// | text | what happens |
/// |---|---|
/// | `latency=300ms` | the answer comes later |
/// | `throttled=2` | 429 with `Retry-After: 2` (1 when missing) |
/// | `unavailable=2` | 503 likewise |
/// | `expired` | 401 |
/// | `cut=1000` | the connection ends after 1000 bytes of the body |
/// | `slow=100/50ms` | 100 bytes of the body every 50 ms |
/// | `partial=10` | 10 rows and an error |
/// | `oversized=10` | the result is cut off at 10 rows as at the service's limit |
/// | `malformed` | half of the JSON |
/// | `content-type=text/html` | another content type |
/// | `error-page=10000000` | 500 with that much HTML |
///
/// ```
/// use server::faults::{Fault, FaultKind};
/// let fault: Fault = "throttled=2,after=1,times=3,match=SigninLogs | take 1, 2".parse()?;
/// assert_eq!(fault.kind, FaultKind::Throttled(2));
/// assert_eq!((fault.after, fault.times), (1, Some(3)));
/// assert_eq!(fault.matching.as_deref(), Some("SigninLogs | take 1, 2"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Requests that are spared first.
    pub after: u64,
    /// How often it happens; `None` for ever.
    pub times: Option<u64>,
    /// Text that the path or the body has to hold.
    pub matching: Option<String>,
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, after: 0, times: None, matching: None }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (head, matching) = match text.split_once(",match=") {
            Some((head, matching)) => (head, Some(matching.to_owned())),
            None => (text, None),
        };
        let mut parts = head.split(',');
        let mut fault = Self { matching, ..Self::from(kind(parts.next().unwrap_or_default().trim())?) };
        for part in parts {
            let number = |value: &str| {
                value
                    .trim()
                    .parse::<u64>()
                    .map_err(|_| format!("{value:?} in the fault {text:?} is not a whole number"))
            };
            match part.split_once('=').map(|(name, value)| (name.trim(), value)) {
                Some(("after", value)) => fault.after = number(value)?,
                Some(("times", value)) => fault.times = Some(number(value)?),
                _ => {
                    return Err(format!(
                        "{part:?} in the fault {text:?} is none of after=N, times=N and match=TEXT (which comes last)"
                    ));
                }
            }
        }
        Ok(fault)
    }
}

fn kind(text: &str) -> Result<FaultKind, String> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (text, None),
    };
    let missing = || format!("the fault {name} needs a value, such as {name}=10");
    let number = |value: Option<&str>| -> Result<u64, String> {
        let value = value.ok_or_else(missing)?;
        value.parse().map_err(|_| format!("{value:?} of the fault {name} is not a whole number"))
    };
    let size = |value: Option<&str>| usize::try_from(number(value)?).map_err(|e| e.to_string());
    let seconds = |value: Option<&str>| if value.is_none() { Ok(1) } else { number(value) };
    Ok(match name {
        "latency" => FaultKind::Latency(duration(value.ok_or_else(missing)?)?),
        "throttled" => FaultKind::Throttled(seconds(value)?),
        "unavailable" => FaultKind::Unavailable(seconds(value)?),
        "expired" => FaultKind::Expired,
        "cut" => FaultKind::Cut(number(value)?),
        "slow" => {
            let (bytes, pause) =
                value.unwrap_or("100/50ms").split_once('/').ok_or("slow needs BYTES/PAUSE, such as slow=100/50ms")?;
            FaultKind::Slow(size(Some(bytes))?.max(1), duration(pause)?)
        }
        "partial" => FaultKind::Partial(size(value)?),
        "oversized" => FaultKind::Oversized(size(value)?),
        "malformed" => FaultKind::Malformed,
        "content-type" => FaultKind::ContentType(value.unwrap_or("text/html").to_owned()),
        "error-page" => FaultKind::ErrorPage(size(Some(value.unwrap_or("1000")))?),
        _ => {
            return Err(format!(
                "{name:?} is no fault: there are latency, throttled, unavailable, expired, cut, slow, partial, oversized, malformed, content-type and error-page"
            ));
        }
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let ticks = parse_timespan(text).and_then(|t| u64::try_from(t).ok());
    let ticks = ticks.ok_or_else(|| format!("{text:?} is not a time such as 300ms or 2s"))?;
    let second = TICKS_PER_SECOND.unsigned_abs();
    Ok(Duration::from_secs(ticks / second) + Duration::from_nanos(ticks % second * 100))
}

/// The faults that are switched on, and how many requests each has seen.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<(Fault, u64)>>,
}

impl Faults {
    /// Switches these on, and all others off.
    pub fn set(&self, faults: Vec<Fault>) {
        *self.lock() = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// What happens to the next request.
    pub fn next(&self, path: &str, body: &[u8]) -> Vec<FaultKind> {
        let mut happens = Vec::new();
        for (fault, seen) in &mut *self.lock() {
            if let Some(text) = fault.matching.as_deref().filter(|t| !t.is_empty())
                && !path.contains(text)
                && !body.windows(text.len()).any(|part| part == text.as_bytes())
            {
                continue;
            }
            *seen += 1;
            if *seen > fault.after && fault.times.is_none_or(|times| *seen <= fault.after.saturating_add(times)) {
                happens.push(fault.kind.clone());
            }
        }
        happens
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Fault, u64)>> {
        self.rules.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} faults", self.lock().len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_kind_is_read() {
        let kind = |text: &str| text.parse::<Fault>().unwrap().kind;
        assert_eq!(kind("latency=300ms"), FaultKind::Latency(Duration::from_millis(300)));
        assert_eq!(kind("throttled"), FaultKind::Throttled(1));
        assert_eq!(kind("unavailable=7"), FaultKind::Unavailable(7));
        assert_eq!(kind("slow=10/5ms"), FaultKind::Slow(10, Duration::from_millis(5)));
        assert_eq!(kind("cut=0"), FaultKind::Cut(0));
        assert_eq!(kind("content-type"), FaultKind::ContentType("text/html".into()));
        for wrong in [
            "",
            "latency",
            "latency=soon",
            "cut=-1",
            "cut",
            "throttled=x",
            "nonsense",
            "cut=1,after",
            "cut=1,when=2",
            "slow=1",
        ] {
            assert!(wrong.parse::<Fault>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_fault_happens_when_it_should() {
        let faults = Faults::default();
        let fault = |text: &str| text.parse::<Fault>().unwrap();
        faults.set(vec![fault("expired,after=1,times=2"), fault("malformed,match=Signin")]);
        let happens = |path: &str, body: &str| faults.next(path, body.as_bytes()).len();
        assert_eq!(happens("/a", ""), 0);
        assert_eq!(happens("/a", "SigninLogs"), 2);
        assert_eq!(happens("/Signin", ""), 2);
        assert_eq!(happens("/a", ""), 0);
    }
}
