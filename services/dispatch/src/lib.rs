//! dengwen-dispatch
