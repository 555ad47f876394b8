//! Scans that wait at the desk: from the watched folder or uploaded, checked, and in the tray until a letter
//! is registered with them.

use std::sync::Arc;

use async_trait::async_trait;
use dengwen_clerk::{
    End, Fate, Found, NotPut, Paperwork, PaperworkPlan, Put, TakesFiles, Tray, TrayError, Used, Waiting,
    WaitingId,
};
use dengwen_http::Text;
use dengwen_model::Clock;
use dengwen_seal::ReceiptHash;
use dengwen_service::DoorRuntime;
use serde::{Deserialize, Serialize};
use tokio::sync::{OnceCell, Semaphore};
use utoipa::ToSchema;

use crate::numbers::{Numbers, RegisterNumber};
use crate::programs::{ProgramFault, Programs};
use crate::scan::{self, BrokenPages, PagePicture, ScanFault, ScanKind};

/// Scans that are unpacked at a time: a page may take a quarter of a gigabyte.
const AT_ONCE: usize = 1;

/// What the desk knows about a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ScanNote {
    pub(crate) kind: ScanKind,
    pub(crate) pages: u32,
    /// The number on the label that was found on it.
    #[serde(default)]
    pub(crate) label: Option<RegisterNumber>,
    #[serde(default)]
    pub(crate) reading: Reading,
    /// What of it cannot be read, where the clerk took it all the same.
    #[serde(default)]
    pub(crate) flaws: Vec<ScanFault>,
    /// A page of it took too long to be drawn: none is tried again.
    #[serde(default)]
    pub(crate) late: bool,
}

impl ScanNote {
    /// The pages that cannot be read.
    pub(crate) fn broken_pages(&self) -> Vec<u32> {
        let page = |flaw: &ScanFault| if let ScanFault::Page(page) = flaw { Some(*page) } else { None };
        self.flaws.iter().filter_map(page).collect()
    }

    /// Whether this page cannot be read.
    pub(crate) fn is_broken(&self, page: u32) -> bool {
        self.flaws.contains(&ScanFault::Page(page))
    }
}

/// How far a scan was read. The words are a draft for the clerk, never the letter's own.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Reading {
    /// Not yet.
    #[default]
    Waiting,
    /// These words were found on its first pages.
    Draft {
        /// The words.
        text: String,
        /// Pages that were read.
        pages: u32,
    },
    /// No words were found, or reading failed.
    Nothing,
    /// The programs are not installed, or reading is turned off.
    Unavailable,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reading(hidden)")
    }
}

/// A page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotShown {
    /// No such page.
    #[error(transparent)]
    Scan(#[from] ScanFault),
    /// No such scan, or it cannot be opened.
    #[error(transparent)]
    Tray(#[from] TrayError),
    /// It takes a program that is not installed, or that failed.
    #[error("the page cannot be drawn here")]
    Program,
    /// The program took too long.
    #[error("the page takes too long to be drawn")]
    Late,
}

impl From<ProgramFault> for NotShown {
    fn from(fault: ProgramFault) -> Self {
        if fault == ProgramFault::Late { Self::Late } else { Self::Program }
    }
}

/// The scans of the desk. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Scans {
    tray: Tray<ScanNote>,
    programs: Arc<OnceCell<Programs>>,
    numbers: Numbers,
    clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
    max_bytes: usize,
}

impl Scans {
    pub(crate) fn open(runtime: &DoorRuntime, numbers: Numbers) -> anyhow::Result<Self> {
        Ok(Self {
            tray: Tray::open(runtime)?,
            programs: Arc::default(),
            numbers,
            clock: runtime.process().shared_clock(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            max_bytes: runtime.files().max_bytes(),
        })
    }

    pub(crate) fn tray(&self) -> &Tray<ScanNote> {
        &self.tray
    }

    /// A register number that nobody has.
    pub(crate) async fn next_number(&self) -> std::io::Result<RegisterNumber> {
        self.numbers.next(self.clock.now()).await
    }

    /// What is installed, looked for once.
    pub(crate) async fn programs(&self) -> &Programs {
        self.programs.get_or_init(Programs::find).await
    }

    /// Checks a scan and puts it into the tray.
    pub(crate) async fn admit(
        &self,
        name: &str,
        bytes: Vec<u8>,
        broken: BrokenPages,
    ) -> Result<Waiting<ScanNote>, NotPut> {
        let max_bytes = self.max_bytes;
        let (bytes, sheet) = self
            .compute(move || {
                let sheet = scan::inspect(&bytes, max_bytes).and_then(|sheet| broken.judge(sheet));
                sheet.map(|sheet| (bytes, sheet))
            })
            .await
            .map_err(|fault| NotPut::Refused { code: fault.code(), why: fault.text() })?;
        let note = ScanNote {
            kind: sheet.kind,
            pages: sheet.pages,
            label: None,
            reading: Reading::Waiting,
            flaws: sheet.flaws,
            late: false,
        };
        Ok(self.tray.put(name, sheet.kind.media_type(), bytes, note).await?)
    }

    /// A page as PNG, its longer side of at most so many pixels. Pages count from 1.
    pub(crate) async fn page(&self, id: &WaitingId, page: u32, longest: u32) -> Result<Vec<u8>, NotShown> {
        let waiting = self.tray.find(id)?;
        let kind = waiting.about.kind;
        if !(1..=waiting.about.pages).contains(&page) || waiting.about.is_broken(page) {
            return Err(ScanFault::Page(page).into());
        }
        if kind == ScanKind::Pdf && waiting.about.late {
            return Err(NotShown::Late);
        }
        let bytes = self.tray.read(id).await?;
        if kind == ScanKind::Pdf {
            return Ok(self.programs().await.draw(bytes, page, longest).await?);
        }
        let draw =
            move || scan::page(kind, &bytes, page).and_then(|picture: PagePicture| picture.to_png(longest));
        Ok(self.compute(draw).await?)
    }

    /// Unpacks in its turn, on a thread that serves nobody. A library that gives up on what it is fed has
    /// found it broken.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ScanFault> + Send + 'static,
    ) -> Result<T, ScanFault> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| ScanFault::Broken)?;
        // The place goes along: a request that is given up does not end what computes.
        let done = tokio::task::spawn_blocking(move || (work(), place)).await;
        done.map_or(Err(ScanFault::Broken), |(result, _)| result)
    }
}

#[async_trait]
impl TakesFiles for Scans {
    fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    async fn take(&self, file: Found<'_>) -> Fate {
        match self.admit(file.name, file.bytes, BrokenPages::Refuse).await {
            Ok(_) => Fate::Kept,
            Err(NotPut::Refused { why, .. }) => Fate::Refused(why),
            Err(NotPut::Tray(error)) => {
                tracing::error!(%error, "a scan cannot be kept; it stays in the folder");
                Fate::Later
            }
        }
    }
}

#[async_trait]
impl Paperwork for Scans {
    fn plan(&self) -> PaperworkPlan {
        PaperworkPlan { kind: "scan", list: "/desk/letters/scans" }
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<WaitingId, NotPut> {
        Ok(self.admit(name, bytes, BrokenPages::Refuse).await?.id)
    }

    async fn read(&self, id: &WaitingId) -> Result<Option<Put>, TrayError> {
        let waiting = self.tray.find(id)?;
        let bytes = self.tray.read(id).await?;
        Ok(Some(Put { name: waiting.name, bytes }))
    }

    async fn done(&self, id: &WaitingId, end: End<'_>) -> Result<(), TrayError> {
        match end {
            End::Registered(number) => self.tray.use_up(id, number.map(ToOwned::to_owned)).await,
            End::Discarded => self.tray.remove(id).await,
        }
    }

    async fn used(&self, id: &WaitingId) -> Option<Used> {
        self.tray.used(id).await
    }

    async fn number(&self) -> std::io::Result<Option<String>> {
        Ok(Some(self.next_number().await?.to_string()))
    }

    async fn numbers(&self, receipts: Vec<ReceiptHash>) -> std::io::Result<Vec<String>> {
        let numbers = self.numbers.of_letters(receipts, self.clock.now()).await?;
        Ok(numbers.iter().map(ToString::to_string).collect())
    }

    fn may_use(&self, number: &str) -> Option<(&'static str, Text)> {
        let number: Option<RegisterNumber> = number.parse().ok();
        match number {
            Some(number) if self.numbers.is_free(&number) => None,
            Some(number) if self.numbers.letter(&number).is_some() => {
                Some(("used", Text::new("another letter has this number", "此登记号已有来信使用")))
            }
            _ => Some((
                "unknown",
                Text::new("not a register number that this desk gave", "不是本受理点发放的登记号"),
            )),
        }
    }

    async fn registered(&self, number: &str, receipt: ReceiptHash) -> std::io::Result<()> {
        match number.parse() {
            Ok(number) => {
                self.numbers.bind(number, receipt).await?;
                // Paper with this label may wait for its letter.
                self.tray.stir();
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }
}
