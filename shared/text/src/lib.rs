//! dengwen-text
