//! dengwen-sms
