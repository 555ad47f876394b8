//! Accepting connections, with limits, and stopping without breaking off what is under way.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use crate::silent::{Newcomer, Silent};

/// How long a server waits, and for how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeLimits {
    /// How long a client may take over the head of a request, from when it connected, and over the next one on the
    /// same connection.
    pub head_within: Duration,
    /// How long requests under way have to end once it is time to stop.
    pub end_within: Duration,
    /// Connections at a time; a further one takes the place of the oldest on which no request came yet, or waits.
    pub connections: usize,
}

impl Default for ServeLimits {
    /// 20 s for a head; 8 s to end, since a process leaves within 10 s; 8,192 connections.
    fn default() -> Self {
        Self { head_within: Duration::from_secs(20), end_within: Duration::from_secs(8), connections: 8192 }
    }
}

/// Largest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// The other end of the connection, among a request's extensions.
#[derive(Clone, Copy)]
pub struct PeerAddress(pub SocketAddr);

/// Serves HTTP/1.1 and HTTP/2 until `shutdown` resolves; then takes no more connections, lets requests
/// under way end, and after a while breaks off the rest.
///
/// # Errors
/// None at present: failures to accept are waited out.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ServeLimits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let server = Server {
        router,
        builder: Arc::new(builder(limits.head_within)),
        head_within: limits.head_within,
        ending: CancellationToken::new(),
        aborting: CancellationToken::new(),
        connections: TaskTracker::new(),
    };
    let silent = Silent::default();
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places, &silent) => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let connection = server.clone().connection(stream, peer, silent.enter());
                server.connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            // No file descriptors left: some connection has to end first.
            Err(error) => {
                tracing::error!(kind = ?error.kind(), "cannot accept connections");
                silent.turn_oldest_away();
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    server.stop(limits.end_within).await;
    Ok(())
}

/// How long a connection that was told to make room may take.
const ROOM_WITHIN: Duration = Duration::from_millis(100);

/// The next connection, and its place.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    silent: &Silent,
) -> io::Result<(TcpStream, SocketAddr, Option<OwnedSemaphorePermit>)> {
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place(places, silent).await))
}

/// A place for one more connection; none only if there were no places at all any more, which nobody closes.
async fn place(places: &Arc<Semaphore>, silent: &Silent) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = places.clone().try_acquire_owned() {
        return Some(place);
    }
    loop {
        silent.turn_oldest_away();
        if let Ok(place) = tokio::time::timeout(ROOM_WITHIN, places.clone().acquire_owned()).await {
            return place.ok();
        }
    }
}

fn builder(head_within: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(MAX_HEAD)
        .keep_alive(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(head_within)
        .keep_alive_timeout(head_within)
        .max_concurrent_streams(128)
        .max_header_list_size(MAX_HEAD as u32);
    builder
}

/// The client gave up between knocking and being let in.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[derive(Clone)]
struct Server {
    router: Router,
    builder: Arc<Builder<TokioExecutor>>,
    head_within: Duration,
    ending: CancellationToken,
    aborting: CancellationToken,
    connections: TaskTracker,
}

impl Server {
    async fn connection(self, stream: TcpStream, peer: SocketAddr, newcomer: Newcomer) {
        // Answers are small; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let Self { router, builder, head_within, ending, aborting, .. } = self;
        let newcomer = Arc::new(newcomer);
        let client = newcomer.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            client.speaks();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(PeerAddress(peer));
            // A router is always ready, and cheap to clone.
            router.clone().call(request)
        });
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let ended = async {
            tokio::select! {
                result = connection.as_mut() => return result,
                () = ending.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            connection.await
        };
        // A client that goes away or sends what is not HTTP is nothing to tell of.
        tokio::select! {
            _ = ended => {}
            // The builder's own limit begins with the first bytes, by which it tells HTTP/1 from HTTP/2.
            () = newcomer.outstays(head_within) => {}
            () = aborting.cancelled() => {}
        }
    }

    async fn stop(self, end_within: Duration) {
        self.ending.cancel();
        self.connections.close();
        if tokio::time::timeout(end_within, self.connections.wait()).await.is_err() {
            tracing::warn!(left = self.connections.len(), "breaking off connections that did not end");
            self.aborting.cancel();
            self.connections.wait().await;
        }
    }
}
