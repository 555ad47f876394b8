//! Looks that are due: the message that asked for one was lost, or none was sent because the look follows from
//! another case (C9).

use std::collections::BTreeMap;

use dengwen_ledger::LedgerError;
use dengwen_messages::TraceParent;
use dengwen_service::{Chain, Runtime};

use crate::look::{Asked, look};

/// Cases of one round.
const ROUND: u32 = 100;

/// Looks at all cases whose look is due, each by itself: one that cannot be opened must not hold up the others, and
/// is tried again with the next look of the clock. Returns how many were looked at.
///
/// # Errors
/// As the ledger's, where it is away; what was looked at until then stays so.
pub async fn look_at_due(runtime: &Runtime) -> Result<u32, LedgerError> {
    let mut looked = 0;
    loop {
        let now = runtime.clock().now();
        let ids = runtime.ledger().read().await?.looks_due(now, ROUND).await?;
        if ids.is_empty() {
            return Ok(looked);
        }
        runtime.load_units().await?;
        let (found, before) = (ids.len(), looked);
        for id in ids {
            let asked = Asked { trace: TraceParent::new(runtime.entropy()), again: true };
            match look(runtime, BTreeMap::from([(id, asked)])).await {
                Ok(()) => looked += 1,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(case = %id, error = %Chain(&error), "a case cannot be looked at")
                }
            }
        }
        if looked == before || found < ROUND as usize {
            return Ok(looked);
        }
    }
}
