//! What a receipt opens: casework's answer, or that the tip is still on its way.

use std::net::IpAddr;

use dengwen_door::MailboxView;
use dengwen_http::{Problem, problems};
use dengwen_model::CoarseState;
use dengwen_seal::Receipt;

use crate::Web;

/// Longest message of a reporter, in characters.
pub(crate) const MAX_MESSAGE: usize = 6000;

/// Why a mailbox does not open.
pub(crate) enum Closed {
    /// No such receipt.
    Unknown,
    /// Too many tries from here.
    Limited(Problem),
    /// Casework is away; the tip is safe.
    Away,
}

impl From<Closed> for Problem {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Unknown => problems::NOT_FOUND.into(),
            Closed::Limited(problem) => problem,
            Closed::Away => {
                Self::from(problems::UNAVAILABLE).with_retry_after(std::time::Duration::from_secs(30))
            }
        }
    }
}

/// Looks into the mailbox of a receipt.
pub(crate) async fn look(web: &Web, address: IpAddr, receipt: &Receipt) -> Result<MailboxView, Closed> {
    web.limits.lookup_from(&web.door, &web.cache, address).await.map_err(Closed::Limited)?;
    let hash = web.door.keys().receipt.hash(receipt);
    let answer = web.desk.look(&hash).await;
    if let Ok(Some(view)) = answer {
        return Ok(view);
    }
    // Not registered yet, or casework is away: the door itself may know that it has it.
    match web.door.outlet().find(hash.as_bytes()).await {
        Ok(Some(taken_at)) => {
            Ok(MailboxView { state: CoarseState::Received, updated_at: taken_at, messages: Vec::new() })
        }
        _ if answer.is_err() => Err(Closed::Away),
        _ => Err(Closed::Unknown),
    }
}

/// Writes a message under a receipt.
pub(crate) async fn write(web: &Web, address: IpAddr, receipt: &Receipt, text: &str) -> Result<(), Closed> {
    web.limits.lookup_from(&web.door, &web.cache, address).await.map_err(Closed::Limited)?;
    let hash = web.door.keys().receipt.hash(receipt);
    match web.desk.write(&hash, text).await {
        Ok(true) => Ok(()),
        Ok(false) => match web.door.outlet().find(hash.as_bytes()).await {
            // It will be registered in a moment.
            Ok(Some(_)) => Err(Closed::Away),
            _ => Err(Closed::Unknown),
        },
        Err(_) => Err(Closed::Away),
    }
}
