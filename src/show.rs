//! How values are shown as a cell's result.

use crate::output::Bundle;
use crate::{AccountType, Duration, Error, TimeSpan, Timestamp};

/// What can be shown in a notebook, alone or together with others in [`Explorer::show`](crate::Explorer::show).
pub trait Show {
    /// The content, in every MIME type there is.
    ///
    /// # Errors
    /// When the engine cannot draw it.
    fn bundle(&self) -> Result<Bundle, Error>;
}

/// Shows the result of a call that a cell ends with, also where no `?` follows it: then an error is printed just as `?` would.
pub trait EvcxrDisplay {
    /// Prints the value as the cell's result.
    fn evcxr_display(&self);
}

impl<T: Show> EvcxrDisplay for Result<T, Error> {
    fn evcxr_display(&self) {
        match self {
            Ok(value) => print(value),
            Err(error) => fail(error),
        }
    }
}

impl EvcxrDisplay for () {
    fn evcxr_display(&self) {}
}

/// Prints a value as the cell's result.
pub(crate) fn print(value: &dyn Show) {
    match value.bundle() {
        Ok(bundle) => bundle.print(),
        Err(error) => fail(&error),
    }
}

/// Prints an error, and tells the kernel that the cell failed, as a `?` in it would: who runs a notebook unattended has to see it.
fn fail(error: &Error) {
    eprintln!("{error}");
    if std::env::var_os("EVCXR_IS_RUNTIME").is_some() {
        println!("EVCXR_ERROR_OCCURRED");
    }
}

impl Show for () {
    fn bundle(&self) -> Result<Bundle, Error> {
        Ok(Bundle::default())
    }
}

impl Show for String {
    fn bundle(&self) -> Result<Bundle, Error> {
        Ok(Bundle::text(self))
    }
}

/// Gives a type that has [`Show`] the inherent method that the kernel looks for.
macro_rules! displayed {
    ($($type:ty),* $(,)?) => {$(
        impl $type {
            /// Shows the value as a cell's result. The kernel calls this for the expression that a cell ends with.
            pub fn evcxr_display(&self) {
                $crate::show::print(self);
            }
        }
    )*};
}
pub(crate) use displayed;

/// The same, shown as its `Display` text.
macro_rules! displayed_as_text {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::Show for $type {
            fn bundle(&self) -> Result<$crate::Bundle, $crate::Error> {
                Ok($crate::Bundle::text(&self.to_string()))
            }
        }
        $crate::show::displayed!($type);
    )*};
}
pub(crate) use displayed_as_text;

displayed_as_text!(AccountType, Duration, TimeSpan, Timestamp);
