//! E-mails (电子邮件): fetched from an IMAP mailbox, each taken exactly once.

mod collect;
mod connect;
mod message;

pub(crate) use collect::Collector;
