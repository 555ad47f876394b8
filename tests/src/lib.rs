//! dengwen-tests
