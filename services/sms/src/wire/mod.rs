//! What the vendors' protocols are made of: forms, JSON rows, signatures, times and numbers.

pub mod form;
pub mod json;
pub mod jwt;
pub mod mac;
pub mod number;
pub mod time;
