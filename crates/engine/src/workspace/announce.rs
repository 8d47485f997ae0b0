//! What has to be said while something waits: the code of a sign-in. A request of a notebook listens while it runs; with nobody listening it goes
//! to the terminal.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Listener = Box<dyn Fn(&str) + Send + Sync>;

struct Listeners {
    last: u64,
    open: BTreeMap<u64, Listener>,
}

static LISTENERS: Mutex<Listeners> = Mutex::new(Listeners { last: 0, open: BTreeMap::new() });

fn listeners() -> MutexGuard<'static, Listeners> {
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens until it is dropped.
pub struct Listening(u64);

impl fmt::Debug for Listening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listening({})", self.0)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let gone = listeners().open.remove(&self.0);
        drop(gone);
    }
}

/// Has `listener` told what is announced.
pub fn listen(listener: impl Fn(&str) + Send + Sync + 'static) -> Listening {
    let mut listeners = listeners();
    listeners.last += 1;
    let id = listeners.last;
    listeners.open.insert(id, Box::new(listener));
    Listening(id)
}

/// Tells all who listen.
pub fn announce(text: &str) {
    let listeners = listeners();
    if listeners.open.is_empty() {
        eprintln!("{text}");
    }
    for listener in listeners.open.values() {
        listener(text);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;

    #[test]
    fn who_listens_is_told_until_it_stops() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        let listening = listen(move |text| ears.lock().unwrap().push(text.to_owned()));
        announce("one");
        drop(listening);
        announce("two");
        assert_eq!(*heard.lock().unwrap(), ["one"]);
    }
}
