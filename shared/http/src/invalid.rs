//! From the errors of serde and validator to fields and codes, leaving every value behind: serde
//! quotes what it could not read, and validator keeps the value among its parameters.

use std::borrow::Cow;

use serde_json::error::Category;
use serde_path_to_error::Segment;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::{FieldError, Problem, Text, problems};

/// Most errors that are listed.
const MAX_ERRORS: usize = 50;
/// Longest path that is named, in bytes.
const MAX_PATH: usize = 200;

impl FieldError {
    /// An error with one of the codes of this module, or another with a general text.
    pub fn new(field: impl Into<String>, code: impl Into<Cow<'static, str>>) -> Self {
        let code = code.into();
        Self { field: field.into(), message: message(&code), code }
    }

    /// An error with its own text.
    pub fn with_message(field: impl Into<String>, code: impl Into<Cow<'static, str>>, message: Text) -> Self {
        Self { field: field.into(), code: code.into(), message }
    }
}

impl Problem {
    /// A [`VALIDATION`](problems::VALIDATION) problem with these fields.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::from(problems::VALIDATION).with_errors(errors)
    }
}

impl From<ValidationErrors> for Problem {
    fn from(errors: ValidationErrors) -> Self {
        Self::invalid(listed(&errors))
    }
}

/// What the derived rules of a type find wrong.
pub fn broken_rules(value: &impl Validate) -> Vec<FieldError> {
    value.validate().err().as_ref().map(listed).unwrap_or_default()
}

fn listed(errors: &ValidationErrors) -> Vec<FieldError> {
    let mut found = Vec::new();
    collect(errors, "", &mut found);
    // The map behind them has no order; answers should.
    found.sort_by(|a, b| (&a.field, &a.code).cmp(&(&b.field, &b.code)));
    found.truncate(MAX_ERRORS);
    found
}

fn collect(errors: &ValidationErrors, path: &str, found: &mut Vec<FieldError>) {
    for (name, kind) in errors.errors() {
        // `__all__` is what validator calls rules over the whole struct.
        let path = match name.as_ref() {
            "__all__" => path.to_owned(),
            name if path.is_empty() => name.to_owned(),
            name => format!("{path}.{name}"),
        };
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &path, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{path}[{index}]"), found);
                }
            }
            ValidationErrorsKind::Field(errors) => {
                found.extend(errors.iter().map(|error| of_rule(path.clone(), error)));
            }
        }
    }
}

fn of_rule(field: String, error: &ValidationError) -> FieldError {
    let code = error.code.clone();
    let bound =
        |name: &str| error.params.get(name).filter(|bound| bound.is_number()).map(ToString::to_string);
    let message = match (&error.message, code.as_ref(), bound("min"), bound("max")) {
        (Some(own), ..) => Text::composed(own.to_string(), own.to_string()),
        (None, "length", min, max) => between("characters", "个字符", min, max),
        (None, "range", min, max) => between("", "", min, max),
        (None, code, ..) => message(code),
    };
    FieldError { field, code, message }
}

fn between(unit: &str, unit_chinese: &str, min: Option<String>, max: Option<String>) -> Text {
    let (english, chinese) = match (min, max) {
        (Some(min), Some(max)) => {
            (format!("{min} to {max} {unit}"), format!("须为 {min} 至 {max} {unit_chinese}"))
        }
        (Some(min), None) => (format!("at least {min} {unit}"), format!("至少 {min} {unit_chinese}")),
        (None, Some(max)) => (format!("at most {max} {unit}"), format!("至多 {max} {unit_chinese}")),
        (None, None) => return message("invalid"),
    };
    Text::composed(english.trim_end().to_owned(), chinese.trim_end().to_owned())
}

/// The text of a code.
fn message(code: &str) -> Text {
    match code {
        "required" => Text::new("needed", "必填"),
        "wrong_type" => Text::new("of the wrong type", "类型不正确"),
        "unknown_field" => Text::new("not a field of this request", "未知字段"),
        "unknown_value" => Text::new("not one of the possible values", "不在可选值之内"),
        "duplicate_field" => Text::new("given twice", "重复填写"),
        "nul" => Text::new("contains a NUL character", "含有空字符（NUL）"),
        "email" => Text::new("not an e-mail address", "不是有效的邮箱地址"),
        "url" => Text::new("not a web address", "不是有效的网址"),
        "must_match" => Text::new("differs from the field it must equal", "与须一致的内容不符"),
        "too_large" => Text::new("too large", "过大"),
        "too_long" => Text::new("too long", "过长"),
        "too_many" => Text::new("too many", "数量过多"),
        "too_early" => Text::new("too long ago to be true", "时间过早"),
        "no_date" => Text::new("not a date that there is", "不是有效的日期"),
        "in_future" => Text::new("later than now", "时间晚于现在"),
        "no_value" => Text::new("a formula without a value, or with an error", "公式没有结果或出错"),
        "unreadable" => Text::new("cannot be read", "无法读取"),
        "shortened" => Text::new(
            "a long number that a spreadsheet has shortened; format the column as text and save it again",
            "长数字被电子表格缩写为科学计数，请将该列设为文本后重新保存",
        ),
        "surplus_cells" => Text::new("more cells than the first row has names", "单元格多于首行的列名"),
        "stray_quote" => Text::new(
            "a quotation mark inside a cell of several lines; it may have swallowed the rows between",
            "多行单元格中引号有误，可能并入了其后各行",
        ),
        "unknown" => Text::new("not a known code", "代码不存在"),
        "not_allowed" => Text::new("contains control characters", "含有控制字符"),
        "not_utf8" => Text::new("not UTF-8", "不是 UTF-8 编码"),
        "empty" => Text::new("empty", "内容为空"),
        "file_kind" => Text::new("not a kind of file that is taken", "不接收此类文件"),
        _ => Text::new("not valid", "内容无效"),
    }
}

/// The fault of a JSON text that does not fit its type, or the problem that it is no JSON.
pub(crate) fn of_json(error: &serde_path_to_error::Error<serde_json::Error>) -> Result<FieldError, Problem> {
    let inner = error.inner();
    match inner.classify() {
        Category::Data => Ok(of_data(name_path(error.path()), &inner.to_string())),
        Category::Syntax | Category::Eof | Category::Io => Err(malformed(inner)),
    }
}

/// The problem of a text that is no JSON.
pub(crate) fn malformed(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::from(problems::MALFORMED).with_detail(Text::composed(
        format!("not JSON at line {line}, column {column}"),
        format!("第 {line} 行第 {column} 列不是有效的 JSON"),
    ))
}

/// The name of a field that serde misses.
pub(crate) fn missing_field(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.split('`').next()
}

/// The field and code behind a serde message. Only the names of our own fields are taken from it.
pub(crate) fn of_data(path: String, message: &str) -> FieldError {
    const OF_INPUT: [(&str, &str); 3] = [
        ("unknown field", "unknown_field"),
        ("unknown variant", "unknown_value"),
        ("invalid type", "wrong_type"),
    ];
    if let Some(name) = missing_field(message) {
        return FieldError::new(member_path(&path, name), "required");
    }
    if let Some(name) = message.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next()) {
        return FieldError::new(member_path(&path, name), "duplicate_field");
    }
    let code =
        OF_INPUT.iter().find(|(start, _)| message.starts_with(start)).map_or("invalid", |(_, code)| code);
    FieldError::new(path, code)
}

/// A path as `subject.files[0]`.
pub(crate) fn name_path(path: &serde_path_to_error::Path) -> String {
    let mut text = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => text.push_str(&format!("[{index}]")),
            Segment::Map { key } | Segment::Enum { variant: key } => text = member_path(&text, key),
            Segment::Unknown => text.push('?'),
        }
    }
    text
}

/// The path to a member of what is at `path`.
pub(crate) fn member_path(path: &str, name: &str) -> String {
    let name = shown_name(name);
    match path {
        "" => name.to_owned(),
        long if long.len() > MAX_PATH => long.to_owned(),
        path => format!("{path}.{name}"),
    }
}

/// A name that somebody sent, where it can be a field's: others may be words, and are not repeated.
pub fn shown_name(name: &str) -> &str {
    if is_name(name) { name } else { "?" }
}

fn is_name(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
