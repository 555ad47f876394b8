//! dengwen-service
