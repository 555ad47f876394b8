//! A kind of gateway that exists nowhere.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

use dengwen_sms::coding::Body;
use dengwen_sms::gateway::{
    Answer, CannotSend, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report, Request, Secret,
    Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use dengwen_sms::wire::mac::same;
use dengwen_sms::wire::number::Plan;
use jiff::Timestamp;

pub(crate) const KIND: Kind = Kind {
    name: "carrier-pigeon",
    signed: Signature::Always,
    body_limit: FORM_LIMIT,
    signs_url: false,
    chinese: true,
    open,
};

struct Pigeon {
    ring: Secret,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    Ok(Box::new(Pigeon { ring: settings.required_secret("ring")? }))
}

impl Vendor for Pigeon {
    fn verify(&self, request: &Request, _now: Timestamp) -> Result<(), Reject> {
        let ring = request.header("x-ring").ok_or(Reject::MissingSignature)?;
        if same(ring.as_bytes(), self.ring.bytes()) { Ok(()) } else { Err(Reject::BadSignature) }
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let text = std::str::from_utf8(request.posted()?).map_err(|_| Reject::BadEncoding)?;
        let mut words = text.splitn(3, ' ');
        let mut next = |name| words.next().filter(|word| !word.is_empty()).ok_or(Reject::MissingField(name));
        let (id, from, text) = (next("id")?, next("from")?, next("text")?);
        let from = Plan::International.sender(from).ok_or(Reject::BadField("from"))?;
        Ok(Parsed::One(Message::new(id, from, Body::text(text))))
    }

    fn reports(&self, _request: &Request) -> Result<Parsed<Report>, Reject> {
        Ok(Parsed::Nothing)
    }

    fn answer(&self, verdict: &Verdict) -> Answer {
        Answer::or_problem(verdict, Answer::new(200, "text/plain", "coo"))
    }

    fn send(&self, _reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        Err(CannotSend::NotSetUp("loft"))
    }

    fn sent(&self, status: u16, _body: &[u8]) -> Sent {
        Sent::of_failure(status)
    }
}
