//! Path and query, checked; and the problems behind axum's own rejections.

use axum::extract::rejection::{BytesRejection, FailedToBufferBody, PathRejection};
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;
use validator::Validate;

use crate::query::read_query;
use crate::{Problem, Text, broken_rules, problems};

/// The parameters of a path. One that cannot be read names nothing, so it answers 404.
#[derive(Debug, Clone, Copy)]
pub struct ValidPath<T>(pub T);

impl<S, T> FromRequestParts<S> for ValidPath<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(value) = Path::from_request_parts(parts, state).await.map_err(of_path)?;
        Ok(Self(value))
    }
}

fn of_path(rejection: PathRejection) -> Problem {
    match rejection {
        PathRejection::FailedToDeserializePathParams(_) => problems::NOT_FOUND.into(),
        // A handler asks for parameters that its route does not have.
        _ => problems::INTERNAL.into(),
    }
}

/// The parameters of a query, whose rules hold. Answers 422 with each parameter for what is wrong.
#[derive(Debug, Clone, Copy)]
pub struct ValidQuery<T>(pub T);

impl<S, T> FromRequestParts<S> for ValidQuery<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read_query(parts.uri.query().unwrap_or_default()).judge(broken_rules).map(Self)
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                problems::TOO_LARGE.into()
            }
            _ => Self::from(problems::MALFORMED)
                .with_detail(Text::new("the body did not arrive whole", "请求内容未完整到达")),
        }
    }
}
