//! dengwen-casework
