//! The kinds of problem that all services share. A service adds its own beside them.

use http::StatusCode;

use crate::{ProblemType, Text};

macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $slug:literal, $status:ident, $english:literal, $chinese:literal;)*) => {
        $(
            $(#[$doc])*
            pub const $name: ProblemType =
                ProblemType::new($slug, StatusCode::$status, Text::new($english, $chinese));
        )*

        /// All of them, for the documents.
        pub const ALL: &[ProblemType] = &[$($name),*];
    };
}

problems! {
    /// The body, the query or the path cannot be read at all.
    MALFORMED = "malformed", BAD_REQUEST, "The request cannot be read", "无法读取请求";
    /// Some fields are missing or wrong; `errors` lists them.
    VALIDATION = "validation", UNPROCESSABLE_ENTITY, "Some fields are not valid", "部分内容填写有误";
    /// More than the limit of the body.
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "The request is too large", "请求内容过大";
    /// A content type that is not taken here.
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE,
        "This content type is not accepted here", "不支持此内容类型";
    /// No credentials, or none that are taken.
    UNAUTHORIZED = "unauthorized", UNAUTHORIZED, "Valid credentials are needed", "需要有效的身份凭证";
    /// The caller is known, and may not do this.
    FORBIDDEN = "forbidden", FORBIDDEN, "This is not permitted", "没有权限进行此操作";
    /// A page of another site sent it.
    CROSS_SITE = "cross-site", FORBIDDEN,
        "Requests from other sites are not taken", "不接受来自其他网站的请求";
    /// Nothing there, or nothing that the caller may know of.
    NOT_FOUND = "not-found", NOT_FOUND, "Nothing is found here", "未找到";
    /// The path takes other methods.
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED,
        "This method is not allowed here", "不支持此请求方法";
    /// The state has moved on.
    CONFLICT = "conflict", CONFLICT, "This conflicts with the present state", "与当前状态冲突";
    /// The first request with this `Idempotency-Key` is still under way.
    IDEMPOTENCY_IN_FLIGHT = "idempotency-in-flight", CONFLICT,
        "The first request with this Idempotency-Key is still under way", "使用该幂等键的首个请求仍在处理中";
    /// The `Idempotency-Key` was used for another request.
    IDEMPOTENCY_MISMATCH = "idempotency-mismatch", UNPROCESSABLE_ENTITY,
        "This Idempotency-Key was used for another request", "该幂等键已用于另一请求";
    /// The `Idempotency-Key` cannot be one.
    IDEMPOTENCY_KEY = "idempotency-key", BAD_REQUEST,
        "An Idempotency-Key is 1 to 128 visible ASCII characters", "幂等键须为 1 至 128 个可见 ASCII 字符";
    /// More than the quota; `Retry-After` says when to come again.
    RATE_LIMITED = "rate-limited", TOO_MANY_REQUESTS, "Too many requests", "请求过于频繁";
    /// The body came too slowly, or not to its end.
    SLOW_BODY = "slow-body", REQUEST_TIMEOUT, "The request came too slowly", "请求内容传送过慢";
    /// Not answered within the time limit.
    TIMEOUT = "timeout", SERVICE_UNAVAILABLE, "The request took too long", "请求处理超时";
    /// Something that is needed is away for the moment.
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE,
        "This is not available at the moment", "服务暂时不可用";
    /// A fault of ours; the request id leads to the log.
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side", "系统内部错误";
}

/// The kind for an error that came with a status alone.
pub(crate) fn of_bare_status(status: StatusCode) -> Option<ProblemType> {
    Some(match status {
        StatusCode::BAD_REQUEST => MALFORMED,
        StatusCode::NOT_FOUND => NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => METHOD_NOT_ALLOWED,
        StatusCode::REQUEST_TIMEOUT => SLOW_BODY,
        StatusCode::PAYLOAD_TOO_LARGE => TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => UNSUPPORTED_MEDIA_TYPE,
        StatusCode::INTERNAL_SERVER_ERROR => INTERNAL,
        StatusCode::SERVICE_UNAVAILABLE => UNAVAILABLE,
        _ => return None,
    })
}
