//! One message through the intake.

use jiff::{SignedDuration, Timestamp};

use super::{Intake, NotTaken, Row};
use crate::assembly::{Added, Group, Whole, group_key, join_key};
use crate::coding::Body;
use crate::coding::udh::Part;
use crate::gateway::{Control, Gateway, Message};
use crate::store::Change;

impl Intake {
    /// Takes one message, or keeps it until the rest of it comes.
    pub(super) async fn take_message(
        &self,
        gateway: &Gateway,
        mut message: Message,
        now: Timestamp,
    ) -> Result<Row, NotTaken> {
        let _turn = self.locks.sender(message.from.as_str()).await;
        for key in &mut message.keys {
            *key = format!("{}/{key}", gateway.name());
        }
        if self.store.knows_any(&message.keys).await? {
            return Ok(Row::Repeated(message.external_id));
        }
        match message.part.clone().filter(|part| part.total > 1) {
            Some(part) => self.take_part(gateway, message, part, now).await,
            None => {
                let mut whole = Whole::single(&message);
                if let Some(part) = &message.part {
                    whole.parts = Some(crate::assembly::WholeParts {
                        reference: part.reference.clone(),
                        total: part.total,
                        ids: message.external_id.iter().cloned().collect(),
                    });
                }
                self.take_whole(gateway, whole, message.keys, now).await
            }
        }
    }

    /// A message in one piece: taken now, or kept for joining where the operator wants that.
    async fn take_whole(
        &self,
        gateway: &Gateway,
        whole: Whole,
        known: Vec<String>,
        now: Timestamp,
    ) -> Result<Row, NotTaken> {
        let control = whole.control.or(gateway.opt_out().contains(&whole.text).then_some(Control::OptOut));
        if self.waits.join > SignedDuration::ZERO && control.is_none() {
            return self.keep_for_joining(gateway, whole, known, now).await;
        }
        let effects = self.sink.take(gateway.name(), &whole, control).await?;
        self.store.commit(Change { known, effects, ..Change::default() }).await?;
        Ok(Row::Taken(Box::new(whole), control))
    }

    /// A part: kept durably before anything is answered, and taken when it was the last one.
    async fn take_part(
        &self,
        gateway: &Gateway,
        message: Message,
        part: Part,
        now: Timestamp,
    ) -> Result<Row, NotTaken> {
        let key = group_key(gateway.name(), &message, &part);
        let known = message.keys.clone();
        let alone = Whole::single(&message);
        let fresh = || Group::of_parts(key.clone(), gateway.name(), &part, now, &self.waits);
        let kept = match self.store.group(&key).await? {
            Some(group) => self.hand_over_if_due(group, now).await?,
            None => None,
        };
        let mut group = kept.unwrap_or_else(fresh);
        let mut added = group.add(part.seq, message.clone(), now, &self.waits);
        if added == Added::Foreign {
            // The reference was used again: what came of the other message is taken as it stands.
            self.hand_over(&group).await?;
            group = fresh();
            added = group.add(part.seq, message, now, &self.waits);
        }
        if added == Added::Repeated {
            self.store.commit(Change { known, ..Change::default() }).await?;
            return Ok(Row::Repeated(alone.external_id));
        }
        if added == Added::Complete {
            // From here on it is taken even if this process dies: the sweep finds it.
            group.due = now;
        }
        self.store.commit(Change { known, keep: Some(group.clone()), ..Change::default() }).await?;
        if added != Added::Complete {
            return Ok(Row::Waiting(Some(part), Box::new(alone)));
        }
        let whole = group.whole().ok_or(NotTaken)?;
        self.finish_group(gateway, &group, whole, now).await
    }

    /// Takes what a complete group says, and forgets the group.
    async fn finish_group(
        &self,
        gateway: &Gateway,
        group: &Group,
        whole: Whole,
        now: Timestamp,
    ) -> Result<Row, NotTaken> {
        if self.waits.join > SignedDuration::ZERO {
            let row = self.keep_for_joining(gateway, whole, Vec::new(), now).await?;
            self.store.commit(Change { drop: Some(group.key.clone()), ..Change::default() }).await?;
            return Ok(row);
        }
        let control = whole.control;
        let effects = self.sink.take(gateway.name(), &whole, control).await?;
        self.store.commit(Change { drop: Some(group.key.clone()), effects, ..Change::default() }).await?;
        Ok(Row::Taken(Box::new(whole), control))
    }

    async fn keep_for_joining(
        &self,
        gateway: &Gateway,
        whole: Whole,
        known: Vec<String>,
        now: Timestamp,
    ) -> Result<Row, NotTaken> {
        let key = join_key(gateway.name(), &whole);
        let mut group = match self.store.group(&key).await? {
            Some(group) if group.due > now => group,
            Some(over) => {
                self.hand_over(&over).await?;
                Group::of_joined(key, gateway.name(), now, &self.waits)
            }
            None => Group::of_joined(key, gateway.name(), now, &self.waits),
        };
        group.join(as_message(&whole), now, &self.waits);
        self.store.commit(Change { known, keep: Some(group), ..Change::default() }).await?;
        Ok(Row::Joining(Box::new(whole)))
    }
}

/// A whole message as one of several that are joined.
fn as_message(whole: &Whole) -> Message {
    Message {
        external_id: whole.external_id.clone(),
        keys: vec![whole.identity.clone()],
        from: whole.from.clone(),
        to: whole.to.clone(),
        body: Body::text(whole.text.clone()),
        sent_at: whole.sent_at,
        part: None,
        segments: whole.segments,
        control: None,
        flags: whole.flags.clone(),
    }
}
