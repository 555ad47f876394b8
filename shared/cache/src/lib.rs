//! dengwen-cache
