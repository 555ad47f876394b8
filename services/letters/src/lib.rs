//! dengwen-letters
