//! dengwen-pages
