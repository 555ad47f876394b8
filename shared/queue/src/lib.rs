//! dengwen-queue
