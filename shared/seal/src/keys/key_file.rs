//! One key file: a key a line as `<kind> <base64>`, the current one last, `#` for remarks.
//!
//! Files are written beside their place and moved there, so that a crash leaves the old or the new.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyError;

/// Far more than a hundred rotations need.
const MAX_FILE: u64 = 1 << 20;

/// What kind of key a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    BoxSecret,
    BoxPublic,
    SigningSecret,
    SigningPublic,
    Symmetric,
}

impl KeyKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::BoxSecret => "x-wing-secret",
            Self::BoxPublic => "x-wing-public",
            Self::SigningSecret => "ed25519-secret",
            Self::SigningPublic => "ed25519-public",
            Self::Symmetric => "symmetric-256",
        }
    }

    fn is_secret(self) -> bool {
        !matches!(self, Self::BoxPublic | Self::SigningPublic)
    }

    fn length(self) -> usize {
        if self == Self::BoxPublic { 1216 } else { 32 }
    }
}

/// Keys of one file, oldest first.
pub(super) type Keys = Vec<Zeroizing<Vec<u8>>>;

/// Reads a file; `None` where there is none.
pub(super) fn read(path: &Path, kind: KeyKind) -> Result<Option<Keys>, KeyError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(path, error)),
    };
    let metadata = file.metadata().map_err(|error| io(path, error))?;
    // As ssh does: no reading by others, no writing by the group. A group may read, since that is
    // how container platforms hand a secret to an unprivileged process.
    if kind.is_secret() && metadata.mode() & 0o027 != 0 {
        return Err(KeyError::Exposed { path: path.to_owned() });
    }
    // Exactly sized, so that no grown-out-of buffer with key bytes is left in memory.
    let size = usize::try_from(metadata.len().min(MAX_FILE)).unwrap_or(0);
    let mut text = Zeroizing::new(String::with_capacity(size + 1));
    file.take(MAX_FILE).read_to_string(&mut text).map_err(|error| io(path, error))?;
    parse(path, kind, &text).map(Some)
}

fn parse(path: &Path, kind: KeyKind, text: &str) -> Result<Keys, KeyError> {
    let malformed = |line| KeyError::Malformed { path: path.to_owned(), line, wanted: kind.as_str() };
    let mut keys = Keys::new();
    for (index, line) in text.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, encoded) = line.split_once(' ').ok_or_else(|| malformed(index + 1))?;
        let key = Zeroizing::new(STANDARD.decode(encoded.trim_end()).map_err(|_| malformed(index + 1))?);
        if name != kind.as_str() || key.len() != kind.length() {
            return Err(malformed(index + 1));
        }
        keys.push(key);
    }
    if keys.is_empty() { Err(malformed(0)) } else { Ok(keys) }
}

/// Whether a file may stand in the way of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// Another process may have made it in the meantime: leave it.
    Keep,
    /// Replace it.
    Replace,
}

/// Writes the keys durably; secrets with mode 0600 in a folder with mode 0700.
/// Answers whether this call wrote the file.
pub(super) fn write(
    path: &Path,
    kind: KeyKind,
    keys: &[Zeroizing<Vec<u8>>],
    existing: Existing,
) -> Result<bool, KeyError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder, if kind.is_secret() { 0o700 } else { 0o755 })?;
    let mut text = Zeroizing::new(format!("# dengwen {} key, the current one last\n", kind.as_str()));
    text.reserve(keys.len() * (kind.as_str().len() + kind.length() * 2));
    for key in keys {
        text.push_str(kind.as_str());
        text.push(' ');
        STANDARD.encode_string(key.as_slice(), &mut text);
        text.push('\n');
    }
    let draft = write_draft(path, kind, text.as_bytes()).map_err(|error| io(path, error))?;
    let written = match existing {
        Existing::Replace => fs::rename(&draft, path).map(|()| true),
        Existing::Keep => match fs::hard_link(&draft, path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
    };
    if !matches!((existing, &written), (Existing::Replace, Ok(_))) {
        // The draft has served its purpose or failed; a second error here would hide the first.
        let _ = fs::remove_file(&draft);
    }
    let written = written.map_err(|error| io(path, error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io(folder, error))?;
    Ok(written)
}

/// Writes a file beside its place and answers its path. Numbered, since several processes may do so
/// at once, and in containers they all have the same process id.
fn write_draft(path: &Path, kind: KeyKind, text: &[u8]) -> std::io::Result<PathBuf> {
    const MOST_AT_ONCE: u32 = 100;
    let mode = if kind.is_secret() { 0o600 } else { 0o644 };
    let mut number = 0;
    loop {
        let draft = path.with_extension(format!("draft-{number}"));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&draft) {
            Ok(mut file) => {
                file.write_all(text)?;
                file.sync_all()?;
                return Ok(draft);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MOST_AT_ONCE => number += 1,
            Err(error) => return Err(error),
        }
    }
}

fn make_folder(folder: &Path, mode: u32) -> Result<(), KeyError> {
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(above).map_err(|error| io(above, error))?;
    }
    DirBuilder::new().recursive(true).mode(mode).create(folder).map_err(|error| io(folder, error))
}

pub(super) fn io(path: &Path, source: std::io::Error) -> KeyError {
    KeyError::Io { path: path.to_owned(), source }
}
