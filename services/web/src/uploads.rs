//! Memory for what is being sent. A body is held in memory until it is sealed, and may take minutes to
//! come: what all of them hold together is bounded, and what one source holds, so that neither many slow
//! ones nor a greedy one keeps the others out.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use dengwen_door::Door;
use dengwen_http::{ClientAddress, Problem, problems};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What a body holds without being counted, in bytes: a report without files never waits for others.
const FREE: usize = 64 << 10;
/// What is counted at a time, in KiB.
const STEP: usize = 256;

/// The memory of all bodies under way. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Uploads(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    memory: Arc<Semaphore>,
    /// KiB by source: a keyed token of the address, which changes every day.
    sources: Mutex<HashMap<[u8; 32], usize>>,
    each: usize,
}

impl Uploads {
    /// So many bodies of this size at a time, one source a quarter of them.
    pub(crate) fn new(bodies: usize, largest: usize) -> Self {
        let body = largest.div_ceil(1024).next_multiple_of(STEP);
        let memory = Arc::new(Semaphore::new(bodies * body));
        let each = body * (bodies / 4).max(1);
        Self(Arc::new(Shared { memory, sources: Mutex::default(), each }))
    }

    /// The share of this request's body.
    pub(crate) fn begin(&self, door: &Door, request: &Request) -> Share {
        // Without a connection, as in tests of a router alone, all count as one client.
        let client = request.extensions().get::<ClientAddress>();
        let address = client.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0);
        self.share(*door.keys().limit.address(door.clock().now(), address).as_bytes())
    }

    /// The share of a body that begins to come from this source.
    pub(crate) fn share(&self, source: [u8; 32]) -> Share {
        Share { shared: self.0.clone(), source, bytes: 0, counted: 0, permit: None }
    }
}

/// What one body holds; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shared: Arc<Shared>,
    source: [u8; 32],
    bytes: usize,
    /// KiB.
    counted: usize,
    permit: Option<OwnedSemaphorePermit>,
}

impl Share {
    /// Makes room for so many bytes more; waits while there is none.
    ///
    /// # Errors
    /// Where this source holds all that one may.
    pub(crate) async fn grow(&mut self, bytes: usize) -> Result<(), Problem> {
        self.bytes += bytes;
        let needed = self.bytes.saturating_sub(FREE).div_ceil(1024).next_multiple_of(STEP);
        let Some(more) = needed.checked_sub(self.counted).filter(|more| *more > 0) else { return Ok(()) };
        self.count(more)?;
        let memory = self.shared.memory.clone();
        let permit = memory.acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX)).await;
        let permit = permit.map_err(|_| Problem::from(problems::UNAVAILABLE))?;
        match &mut self.permit {
            Some(held) => held.merge(permit),
            held => *held = Some(permit),
        }
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), Problem> {
        let mut sources = self.shared.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let held = sources.entry(self.source).or_default();
        if *held + more > self.shared.each {
            return Err(Problem::from(problems::RATE_LIMITED).with_retry_after(Duration::from_mins(1)));
        }
        *held += more;
        self.counted += more;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut sources = self.shared.sources.lock().unwrap_or_else(PoisonError::into_inner);
        let left = sources.remove(&self.source).unwrap_or_default().saturating_sub(self.counted);
        if left > 0 {
            sources.insert(self.source, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const MIB: usize = 1 << 20;

    fn share(uploads: &Uploads, source: u8) -> Share {
        uploads.share([source; 32])
    }

    #[tokio::test]
    async fn a_source_holds_its_part_and_no_more() {
        let uploads = Uploads::new(8, MIB);
        let (mut one, mut two) = (share(&uploads, 1), share(&uploads, 1));
        one.grow(MIB).await.unwrap();
        two.grow(MIB).await.unwrap();
        assert_eq!(two.grow(MIB).await.unwrap_err().kind(), &problems::RATE_LIMITED);
        share(&uploads, 2).grow(MIB).await.unwrap();
        drop(one);
        share(&uploads, 1).grow(MIB / 2).await.unwrap();
        drop(two);
        assert!(uploads.0.sources.lock().unwrap().is_empty(), "nothing is remembered of who sent");
    }

    #[tokio::test]
    async fn who_finds_no_room_waits_and_small_ones_do_not() {
        let uploads = Uploads::new(4, MIB);
        let mut holding: Vec<_> = (1..=4).map(|source| share(&uploads, source)).collect();
        for share in &mut holding {
            share.grow(MIB).await.unwrap();
        }
        let mut late = share(&uploads, 5);
        share(&uploads, 6).grow(FREE).await.unwrap();
        let mut waiting = Box::pin(late.grow(MIB));
        assert!(waiting.as_mut().now_or_never().is_none());
        holding.pop();
        waiting.await.unwrap();
    }
}
