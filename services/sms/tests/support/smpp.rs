//! A message centre that speaks as much SMPP 3.4 as one gateway needs: bind, deliver, submit, enquire.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SUBMIT: u32 = 0x04;
const DELIVER: u32 = 0x05;
const BIND: u32 = 0x09;
const ENQUIRE: u32 = 0x15;
const RESPONSE: u32 = 0x8000_0000;
/// `esm_class`: a user data header is there.
const WITH_HEADER: u8 = 0x40;
const UCS2: u8 = 8;

/// One that nobody is bound to yet.
pub(crate) struct Centre(TcpListener);

/// One with a gateway bound to it.
pub(crate) struct Bound {
    stream: TcpStream,
    sequence: u32,
}

/// A message that the gateway wants delivered.
pub(crate) struct Submitted {
    pub(crate) to: String,
    pub(crate) text: String,
}

struct Pdu {
    command: u32,
    sequence: u32,
    body: Vec<u8>,
}

impl Centre {
    pub(crate) async fn open() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    /// Waits until a gateway has bound itself.
    pub(crate) async fn bound(self, limit: Duration) -> Bound {
        let bind = async {
            let (stream, _) = self.0.accept().await.unwrap();
            let mut bound = Bound { stream, sequence: 0 };
            let pdu = bound.read().await;
            assert_eq!(pdu.command, BIND, "as transceiver");
            bound.write(BIND | RESPONSE, pdu.sequence, b"centre\0").await;
            bound
        };
        tokio::time::timeout(limit, bind).await.expect("the gateway binds itself")
    }
}

impl Bound {
    async fn read(&mut self) -> Pdu {
        let mut head = [0; 16];
        self.stream.read_exact(&mut head).await.unwrap();
        let word = |index: usize| u32::from_be_bytes(head[index * 4..index * 4 + 4].try_into().unwrap());
        let mut body = vec![0; usize::try_from(word(0)).unwrap() - head.len()];
        self.stream.read_exact(&mut body).await.unwrap();
        Pdu { command: word(1), sequence: word(3), body }
    }

    async fn write(&mut self, command: u32, sequence: u32, body: &[u8]) {
        let length = u32::try_from(16 + body.len()).unwrap();
        let head = [length, command, 0, sequence].map(u32::to_be_bytes).concat();
        self.stream.write_all(&[&head, body].concat()).await.unwrap();
    }

    async fn deliver(&mut self, from: &str, to: &str, class: u8, coding: u8, message: &[u8]) {
        let mut body = b"\0\x01\x01".to_vec();
        body.extend([from.as_bytes(), b"\0\0\x01", to.as_bytes(), b"\0"].concat());
        body.extend([class, 0, 0, 0, 0, 0, 0, coding, 0, u8::try_from(message.len()).unwrap()]);
        body.extend(message);
        self.sequence += 1;
        self.write(DELIVER, self.sequence, &body).await;
    }

    /// A long message in UCS-2, in so many parts under an 8-bit reference (3GPP TS 23.040, 9.2.3.24.1).
    pub(crate) async fn deliver_parts(&mut self, from: &str, to: &str, text: &str, parts: u8) {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let size = bytes.len().div_ceil(usize::from(parts)).next_multiple_of(2);
        for (part, piece) in (1..).zip(bytes.chunks(size)) {
            let message = [&[5, 0, 3, 7, parts, part], piece].concat();
            self.deliver(from, to, WITH_HEADER, UCS2, &message).await;
        }
    }

    /// The next message that the gateway wants delivered; what else it says is answered.
    pub(crate) async fn submitted(&mut self, limit: Duration) -> Submitted {
        let submit = async {
            loop {
                let pdu = self.read().await;
                match pdu.command {
                    SUBMIT => {
                        let id = format!("{:08X}\0", pdu.sequence);
                        self.write(SUBMIT | RESPONSE, pdu.sequence, id.as_bytes()).await;
                        return Submitted::read(&pdu.body);
                    }
                    ENQUIRE => self.write(ENQUIRE | RESPONSE, pdu.sequence, b"").await,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(limit, submit).await.expect("a message is submitted")
    }
}

impl Submitted {
    fn read(body: &[u8]) -> Self {
        // service_type, then source and destination, each with its type and plan before it.
        let mut rest = body;
        let mut text = |skip: usize| {
            rest = &rest[skip..];
            let end = rest.iter().position(|byte| *byte == 0).unwrap();
            let (text, after) = rest.split_at(end);
            rest = &after[1..];
            String::from_utf8(text.to_vec()).unwrap()
        };
        let (_, _, to) = (text(0), text(2), text(2));
        // esm_class, protocol_id, priority_flag; two times; registered_delivery, replace_if_present.
        let _ = (text(3), text(0));
        let (coding, length, message) = (rest[2], usize::from(rest[4]), &rest[5..]);
        let message = &message[..length];
        let text = match coding {
            UCS2 => char::decode_utf16(message.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])))
                .map(|letter| letter.unwrap())
                .collect(),
            _ => String::from_utf8_lossy(message).into_owned(),
        };
        Self { to, text }
    }
}
