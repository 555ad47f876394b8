//! Where the built programs are, and where tests put their files.

use std::path::PathBuf;

/// The path of a built program of the workspace, such as `dengwen-web`.
///
/// Looked for in `DENGWEN_TEST_BIN_DIR`, or beside the running test (`target/debug`).
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let dir = std::env::var_os("DENGWEN_TEST_BIN_DIR").map_or_else(beside_the_test, PathBuf::from);
    let path = dir.join(name);
    assert!(path.is_file(), "{name} is not built: run ./tests/run (or cargo build --workspace --bins)");
    path
}

/// The directory for what a test leaves behind if it is killed: `tests/run` sweeps its own.
pub(crate) fn scratch() -> PathBuf {
    std::env::var_os("DENGWEN_TEST_DIR").map_or_else(std::env::temp_dir, PathBuf::from)
}

fn beside_the_test() -> PathBuf {
    let mut path = std::env::current_exe().expect("the path of the running test");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path
}
