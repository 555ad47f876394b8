//! dengwen-seal
