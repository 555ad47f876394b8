//! What has to happen when nothing more comes: incomplete messages are taken as they stand.

use jiff::Timestamp;

use super::{Intake, NotTaken};
use crate::assembly::Group;
use crate::store::Change;

/// Groups that one sweep looks at.
const MOST: usize = 256;

impl Intake {
    /// Takes every group whose time has come; how many there were. Call it again while it finds many.
    ///
    /// # Errors
    /// [`NotTaken`] where the store or the sink does not answer; what is left is swept next time.
    pub async fn sweep(&self, now: Timestamp) -> Result<usize, NotTaken> {
        let due = self.store.due(now, MOST).await?;
        let found = due.len();
        for group in due {
            let Some(sender) = group.parts.first().map(|held| held.message.from.clone()) else { continue };
            let _turn = self.locks.sender(sender.as_str()).await;
            // It may have been completed or put off since.
            if let Some(group) = self.store.group(&group.key).await?.filter(|group| group.due <= now) {
                self.hand_over_if_due(group, now).await?;
            }
        }
        Ok(found)
    }

    /// Takes what a group holds if its time has come, and keeps it for parts that are late; `None` when that
    /// time is over too.
    pub(super) async fn hand_over_if_due(
        &self,
        mut group: Group,
        now: Timestamp,
    ) -> Result<Option<Group>, NotTaken> {
        if group.due > now {
            return Ok(Some(group));
        }
        self.hand_over(&group).await?;
        if group.handed_over || group.is_complete() || group.expects.is_none() {
            self.store.commit(Change { drop: Some(group.key), ..Change::default() }).await?;
            return Ok(None);
        }
        group.handed_over = true;
        group.due = crate::assembly::after(now, self.waits.late);
        self.store.commit(Change { keep: Some(group.clone()), ..Change::default() }).await?;
        Ok(Some(group))
    }

    /// Takes what a group holds, unless that was done before.
    pub(super) async fn hand_over(&self, group: &Group) -> Result<(), NotTaken> {
        if group.handed_over && !group.is_complete() {
            return Ok(());
        }
        let Some(whole) = group.whole() else { return Ok(()) };
        let effects = self.sink.take(&group.gateway, &whole, None).await?;
        self.store.commit(Change { effects, ..Change::default() }).await?;
        Ok(())
    }
}
