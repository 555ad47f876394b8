//! dengwen-testkit
