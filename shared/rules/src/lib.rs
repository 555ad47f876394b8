//! dengwen-rules
