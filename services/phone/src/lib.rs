//! dengwen-phone
