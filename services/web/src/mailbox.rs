//! What a receipt opens: casework's answer, or that the tip is still on its way. And what is written under
//! it: into the case at once, or on the door's disk while that is not possible.

use std::net::IpAddr;

use dengwen_door::{Addition, ExternalId, KeyOwner, MailboxView, NamedRequest};
use dengwen_http::{IdempotencyKey, Problem, Text, problems};
use dengwen_model::{CoarseState, MessageContent};
use dengwen_seal::{Receipt, ReceiptHash};

use crate::Web;
use crate::addition::Added;
use crate::submit::keep;

/// What another door took a moment ago is with nobody whom this one can ask.
const NOT_HERE: Text = Text::new(
    "This receipt is not known here. A report that was just sent may still be on its way: look again later",
    "这里还查不到这个回执。刚提交的举报可能还在途中，请稍后再查",
);

const SCOPE: &str = "web/messages";

/// Why a mailbox does not open, or takes nothing.
pub(crate) enum Closed {
    /// Nobody who can be asked knows such a receipt; its tip may still be on its way from another door.
    Unknown,
    /// Too many tries from here, or too many messages under this receipt.
    Limited(Problem),
    /// Casework is away; the tip is safe.
    Away,
    /// The message cannot be taken as it is, or not now.
    Refused(Problem),
}

impl From<Closed> for Problem {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Unknown => Self::from(problems::NOT_FOUND).with_detail(NOT_HERE),
            Closed::Limited(problem) | Closed::Refused(problem) => problem,
            Closed::Away => {
                Self::from(problems::UNAVAILABLE).with_retry_after(std::time::Duration::from_secs(30))
            }
        }
    }
}

impl From<Problem> for Closed {
    fn from(problem: Problem) -> Self {
        match problem.kind() {
            kind if *kind == problems::NOT_FOUND => Self::Unknown,
            kind if *kind == problems::RATE_LIMITED => Self::Limited(problem),
            _ => Self::Refused(problem),
        }
    }
}

/// What can be said about a receipt now.
enum Standing {
    /// The ledger has its tip.
    Registered(MailboxView),
    /// This door has its tip.
    UnderWay(MailboxView),
    /// Casework is away, and this door does not have it.
    Unproved,
}

/// Looks into the mailbox of a receipt.
pub(crate) async fn look(web: &Web, address: IpAddr, receipt: &Receipt) -> Result<MailboxView, Closed> {
    web.limits.lookup_from(&web.door, &web.cache, address).await.map_err(Closed::Limited)?;
    match standing(web, &web.door.keys().receipt.hash(receipt)).await? {
        Standing::Registered(view) | Standing::UnderWay(view) => Ok(view),
        Standing::Unproved => Err(Closed::Away),
    }
}

async fn standing(web: &Web, receipt: &ReceiptHash) -> Result<Standing, Closed> {
    let answer = web.desk.look(receipt).await;
    if let Ok(Some(view)) = answer {
        return Ok(Standing::Registered(view));
    }
    // Not registered yet, or casework is away: the door itself may know that it has it.
    match web.door.outlet().find(receipt.as_bytes()).await {
        Ok(Some(updated_at)) => {
            let view = MailboxView { state: CoarseState::Received, updated_at, messages: Vec::new() };
            Ok(Standing::UnderWay(view))
        }
        _ if answer.is_err() => Ok(Standing::Unproved),
        _ => Err(Closed::Unknown),
    }
}

/// Takes a checked message under a receipt; with a key, once. When it returns, nothing of it gets lost.
pub(crate) async fn write(
    web: &Web,
    address: IpAddr,
    key: Option<IdempotencyKey>,
    receipt: &Receipt,
    added: Added,
) -> Result<(), Closed> {
    web.limits.lookup_from(&web.door, &web.cache, address).await.map_err(Closed::Limited)?;
    let receipt = web.door.keys().receipt.hash(receipt);
    let Some(key) = key else { return Ok(take(web, address, receipt, None, added).await?) };
    let request = NamedRequest::new(SCOPE, KeyOwner::Receipt(receipt), key, added.fingerprint.clone());
    let external = request.external();
    let take = async |()| take(web, address, receipt, external, added).await;
    web.answers.answer_once(&request, async || Ok(()), take).await?;
    Ok(())
}

async fn take(
    web: &Web,
    address: IpAddr,
    receipt: ReceiptHash,
    external: Option<ExternalId>,
    added: Added,
) -> Result<(), Problem> {
    // A wrong receipt is refused here, before anything is kept, while anybody can tell that it is wrong.
    let standing = standing(web, &receipt).await?;
    let counted = match standing {
        // What cannot be proved now costs as much as a report, which is what else it could be sent as.
        Standing::Unproved => web.limits.tip_from(&web.door, &web.cache, address).await?,
        _ => web.limits.message_under(&web.cache, &receipt).await?,
    };
    let outcome = put(web, &standing, receipt, external, added).await;
    counted.forgive(&web.cache, &outcome).await;
    outcome
}

/// Puts a message into the case, or on the door's disk.
async fn put(
    web: &Web,
    standing: &Standing,
    receipt: ReceiptHash,
    external: Option<ExternalId>,
    added: Added,
) -> Result<(), Problem> {
    let attachments = keep(web, &added.files).await?;
    let message = web.door.seal_message(&Addition {
        receipt,
        receipt_known: !matches!(standing, Standing::Unproved),
        content: MessageContent { text: added.text, attachments, over_limit: false },
        received_at: None,
        external,
    })?;
    // Sent a second time by the queue where the answer got lost, it has the same id and is one message.
    if matches!(standing, Standing::Registered(_)) && web.desk.write(&message).await == Ok(true) {
        return Ok(());
    }
    Ok(web.door.take_message(message).await?)
}
