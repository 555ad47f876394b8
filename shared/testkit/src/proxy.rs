//! A TCP proxy on loopback that spoils the connections through it, for the faults that killing a
//! server does not make: slow, silent, torn, refused, and the answer lost after the work was done.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::JoinHandle,
};

/// What happens to the connections through a [`FaultProxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: bytes go through.
    None,
    /// Each piece arrives this much later, either way.
    Delay(Duration),
    /// Connections stay open and nothing goes through, as when a cable is cut.
    Silence,
    /// Live connections are reset, and new ones as soon as they are made.
    Reset,
    /// Live connections are reset and new ones refused, as when the server is not started.
    Refuse,
    /// Requests go through; the first piece of an answer resets the connection instead. The
    /// server did the work and the client cannot know: the case that makes duplicates.
    LoseAnswers,
}

/// The proxy; it goes, with its connections, when this value goes.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// Listens on a free port of loopback, and passes connections on to `upstream`
    /// (`127.0.0.1:PORT`).
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start(upstream: impl Into<String>) -> Self {
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, crate::free_port()))).await;
        let address = listener.local_addr().expect("a bound listener has an address");
        let (fault, seen) = watch::channel(Fault::None);
        let accepting = tokio::spawn(accept(listener, address, upstream.into(), seen));
        Self { address, fault, accepting }
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `url` with its `127.0.0.1:PORT` replaced by this proxy's.
    ///
    /// # Panics
    /// When there is none in it.
    #[must_use]
    pub fn instead_in(&self, url: &str) -> String {
        let start = url.find("127.0.0.1:").expect("a loopback address in the URL");
        let end = url[start..].find('/').map_or(url.len(), |slash| start + slash);
        format!("{}{}{}", &url[..start], self.address, &url[end..])
    }

    /// From now on, for live and new connections alike.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.fault.send_replace(Fault::Reset);
    }
}

async fn listen(address: SocketAddr) -> TcpListener {
    TcpListener::bind(address).await.expect("the proxy's port is free")
}

async fn accept(
    first: TcpListener,
    address: SocketAddr,
    upstream: String,
    mut fault: watch::Receiver<Fault>,
) {
    let mut listener = Some(first);
    loop {
        let now = *fault.borrow_and_update();
        if now == Fault::Refuse {
            listener = None;
        } else if listener.is_none() {
            listener = Some(listen(address).await);
        }
        let arrival = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            changed = fault.changed() => if changed.is_err() { return },
            accepted = arrival => if let Ok((client, _)) = accepted {
                tokio::spawn(carry(client, upstream.clone(), fault.clone()));
            },
        }
    }
}

/// One connection, until either side or a fault ends it.
async fn carry(client: TcpStream, upstream: String, mut fault: watch::Receiver<Fault>) {
    let now = *fault.borrow_and_update();
    let Ok(server) = TcpStream::connect(&upstream).await else { return reset(&client) };
    if now == Fault::Reset {
        return reset(&client);
    }
    for stream in [&client, &server] {
        let _ = stream.set_nodelay(true);
        let _ = stream.set_zero_linger(); // so that dropping the halves resets the connection
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut torn = fault.clone();
    tokio::select! {
        () = pump(from_client, to_server, fault.clone(), Way::Up) => {}
        () = pump(from_server, to_client, fault, Way::Down) => {}
        _ = torn.wait_for(|fault| matches!(fault, Fault::Reset | Fault::Refuse)) => {}
    }
}

fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Copies one direction until it ends.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut fault: watch::Receiver<Fault>, way: Way) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut piece).await {
        let now = *fault.borrow_and_update();
        match now {
            Fault::Delay(pause) => tokio::time::sleep(pause).await,
            Fault::LoseAnswers if way == Way::Down => return,
            _ => {}
        }
        // What a silence holds back goes on when it ends, as TCP would send it again.
        if fault.wait_for(|fault| *fault != Fault::Silence).await.is_err() {
            return;
        }
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    /// A server that answers each byte with the number of bytes it ever got, over all connections.
    async fn counting_server() -> SocketAddr {
        use std::sync::atomic::{AtomicU8, Ordering};
        static SEEN: AtomicU8 = AtomicU8::new(0);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    while stream.read_u8().await.is_ok() {
                        let seen = SEEN.fetch_add(1, Ordering::SeqCst) + 1;
                        if stream.write_u8(seen).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        address
    }

    async fn ask(stream: &mut TcpStream) -> std::io::Result<u8> {
        stream.write_u8(0).await?;
        stream.read_u8().await
    }

    #[tokio::test]
    async fn each_fault_does_what_it_says_and_heals() {
        let proxy = FaultProxy::start(counting_server().await.to_string()).await;
        let connect = || TcpStream::connect(proxy.address());
        let mut stream = connect().await.expect("connected");
        let first = ask(&mut stream).await.expect("an answer");

        proxy.set(Fault::Silence);
        let silent = tokio::time::timeout(Duration::from_millis(50), ask(&mut stream)).await;
        assert!(silent.is_err(), "an answer came through the silence");
        proxy.set(Fault::None);
        assert_eq!(stream.read_u8().await.expect("what was held back"), first + 1);

        proxy.set(Fault::LoseAnswers);
        ask(&mut stream).await.expect_err("the answer is lost");
        proxy.set(Fault::None);
        let mut stream = connect().await.expect("connected");
        let seen = ask(&mut stream).await.expect("an answer");
        assert_eq!(seen, first + 3, "the server did the work whose answer was lost");

        proxy.set(Fault::Reset);
        let torn = ask(&mut stream).await.expect_err("the connection is torn");
        assert!(matches!(
            torn.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof
        ));

        proxy.set(Fault::Refuse);
        crate::holds("connections are refused", Duration::from_secs(10), || async {
            connect().await.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
        })
        .await;

        proxy.set(Fault::Delay(Duration::from_millis(30)));
        let mut stream = crate::until("the proxy listens again", Duration::from_secs(10), || async {
            connect().await.ok()
        })
        .await;
        let asked = std::time::Instant::now();
        ask(&mut stream).await.expect("a late answer");
        assert!(asked.elapsed() >= Duration::from_millis(60), "both ways are delayed");
    }
}
