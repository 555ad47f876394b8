//! The attached files that tips and messages name: each lies in the object store, and is as long as it was sealed.
//! Whether it opens is not asked: that would read every file.

use std::sync::Arc;

use anyhow::Context;
use dengwen_model::Attachment;
use dengwen_seal::FileKey;
use dengwen_service::{Settings, kept_objects};
use futures::{StreamExt, TryStreamExt};
use object_store::{Error, ObjectStore, ObjectStoreExt, path::Path};

use super::findings::Findings;

/// Files that are asked for at once.
const AT_ONCE: usize = 16;

/// The sealed files.
#[derive(Debug)]
pub(crate) struct SealedFiles(Option<Arc<dyn ObjectStore>>);

/// A file as its tip or message names it.
pub(super) struct Named {
    owner: String,
    object: String,
    length: u64,
}

impl Named {
    /// The files of this tip or message.
    pub(super) fn of(owner: &str, files: Vec<Attachment>) -> impl Iterator<Item = Self> {
        files.into_iter().map(move |file| Self {
            owner: owner.to_owned(),
            length: FileKey::sealed_length(file.size),
            object: file.object,
        })
    }

    /// The object's name is random and tells nothing; it is what a backup is searched for.
    fn told(&self) -> String {
        format!("{} {}", self.owner, self.object)
    }
}

impl SealedFiles {
    /// Those of the settings; none where their directory is not there.
    ///
    /// # Errors
    /// Where the address is none or the directory cannot be read.
    pub(crate) fn of(settings: &Settings) -> anyhow::Result<Self> {
        kept_objects(settings).context("the sealed files").map(Self)
    }

    /// Looks for each; how many are there.
    ///
    /// # Errors
    /// Where the store does not answer.
    pub(super) async fn check(&self, named: Vec<Named>, findings: &mut Findings) -> anyhow::Result<u64> {
        let lengths = futures::stream::iter(&named).map(|file| self.length(&file.object)).buffered(AT_ONCE);
        let lengths: Vec<Option<u64>> = lengths.try_collect().await?;
        let mut there = 0;
        for (file, length) in named.iter().zip(lengths) {
            there += u64::from(length.is_some());
            match length {
                None => findings.add("file-missing", file.told()),
                Some(length) if length != file.length => findings.add("file-of-another-length", file.told()),
                Some(_) => {}
            }
        }
        Ok(there)
    }

    async fn length(&self, object: &str) -> anyhow::Result<Option<u64>> {
        let Some(store) = &self.0 else { return Ok(None) };
        match store.head(&Path::from(object)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error).context("the object store does not answer"),
        }
    }
}
