//! dengwen-door
