//! What a door's failures look like to whoever sent the request.

use std::time::Duration;

use dengwen_http::{FieldError, Problem, problems};

use crate::{FileError, TakeError};

impl From<TakeError> for Problem {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::TooLong => Self::invalid(vec![FieldError::new("text", "too_large")]),
            TakeError::Outlet(cause) => {
                metrics::counter!("dengwen_door_not_taken").increment(1);
                tracing::error!(error = %cause, "a tip could not be put on disk");
                Self::from(problems::UNAVAILABLE).with_retry_after(Duration::from_secs(5))
            }
        }
    }
}

/// A file that cannot be taken, under the field's name.
pub fn refuse_file(field: &str, error: FileError) -> Problem {
    match error {
        FileError::TooLarge { .. } => Problem::from(problems::TOO_LARGE),
        FileError::Empty => Problem::invalid(vec![FieldError::new(field, "empty")]),
        FileError::Kind => Problem::invalid(vec![FieldError::new(field, "file_kind")]),
        FileError::Store => Problem::from(problems::UNAVAILABLE).with_retry_after(Duration::from_secs(5)),
    }
}
