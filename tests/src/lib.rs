//! Tests of the project as a whole: how its crates hang together, and the running system.
//! Only the tests are here; what they stand on is `shared/testkit`.
