//! One skeleton for every process: settings, logs, drivers, health, consumers, relay, an orderly end.

mod anchor;
mod audit;
mod consume;
mod disk;
mod doors;
mod drivers;
mod evidence;
mod health;
mod json_lines;
mod link_cache;
mod matters;
mod process;
mod readers;
mod relay;
mod run;
mod runtime;
mod sealed;
mod settings;
mod subject_keys;
mod telemetry;

pub use anchor::{Anchor, AnchorError, read_checkpoint};
pub use audit::{append_audit, as_chained};
pub use consume::{Chain, HandleError, Handler, MAX_BATCH, consume};
pub use doors::DoorRuntime;
pub use drivers::{
    cache_of, copy_store, kept_objects, key_directory, load_rules, open_ledger, open_objects, queue_of,
    records,
};
pub use evidence::{
    ACCOUNT_CHANGED, DEADLINE_STEP, MESSAGE_KEPT, SESSION_ENDED, SESSION_OPENED, TIP_LABELLED,
    TIP_REGISTERED, TOKEN_WITHDRAWN, UNITS_IMPORTED, WITHDRAWN, account_evidence, correction_evidence,
    message_evidence, register_evidence, session_evidence, step_evidence, tip_evidence, withdrawal_entry,
    withdrawn_until,
};
pub use json_lines::{LineFault, next_line};
pub use link_cache::{KnownLink, LinkCache};
pub use matters::Matters;
pub use process::Process;
pub use readers::{NoReader, Readers};
pub use run::{CommonArgs, block_on, main, serve};
pub use runtime::Runtime;
pub use sealed::{
    case_file_opens, open_case_file, open_kept_message, open_message, open_model, open_reading, open_tip,
    seal_case_file, seal_message, seal_model, seal_reading,
};
pub use settings::{
    DeskSettings, DoorSettings, LimitSettings, LineSettings, ScopeProfile, Settings, SettingsError,
    TriageSettings,
};
pub use subject_keys::{subject_keys, unit_keys, unit_lock};
pub use telemetry::{start_logging, start_metrics};
