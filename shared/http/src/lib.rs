//! dengwen-http
