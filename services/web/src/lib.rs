//! dengwen-web
