//! Jasmin SMS gateway (docs.jasminsms.com: HTTP API, "Receiving SMS-MO", "Receiving DLR"; parameters as in its
//! throwers). It joins parts with an 8-bit reference itself; others keep their header in front of the text.

use jiff::Timestamp;

use crate::coding::{Alphabet, Body, length, udh};
use crate::gateway::{
    Answer, CannotSend, DeliveryStatus, FORM_LIMIT, Kind, Message, Outgoing, Parsed, Reject, Reply, Report,
    Request, Secret, Sent, Settings, SettingsError, Signature, Signing, Vendor, Verdict,
};
use crate::wire::form::Form;
use crate::wire::number::Plan;
use crate::wire::time;

pub(super) const KIND: Kind = Kind {
    name: "jasmin",
    signed: Signature::Never,
    body_limit: FORM_LIMIT,
    signs_url: false,
    chinese: false,
    open,
};

struct Jasmin {
    default_alphabet: Alphabet,
    plan: Plan,
    user: Option<String>,
    password: Option<Secret>,
    from: Option<String>,
    api: String,
}

fn open(settings: &mut Settings) -> Result<Box<dyn Vendor>, SettingsError> {
    let default_alphabet = settings.text("coding0")?.unwrap_or_else(|| "gsm7".into());
    Ok(Box::new(Jasmin {
        default_alphabet: Alphabet::of_label(&default_alphabet)
            .ok_or(SettingsError::Wrong("coding0", "gsm7 or the name of a charset"))?,
        plan: super::plan(settings)?,
        user: settings.text("username")?,
        password: settings.secret("password")?,
        from: settings.text("from")?,
        api: settings.text("api_url")?.unwrap_or_else(|| "http://127.0.0.1:1401".into()),
    }))
}

/// A field by its documented name or with a capital letter, as older throwers wrote it.
fn field<'a>(form: &'a Form, name: &'static str, capital: &'static str) -> Result<Option<&'a str>, Reject> {
    match form.optional(name)? {
        Some(value) => Ok(Some(value)),
        None => form.optional(capital),
    }
}

impl Vendor for Jasmin {
    /// Nothing is signed: the common checks are all there is.
    fn verify(&self, _request: &Request, _now: Timestamp) -> Result<(), Reject> {
        Ok(())
    }

    fn messages(&self, request: &Request) -> Result<Parsed<Message>, Reject> {
        let form = request.fields()?;
        let id = form.required("id")?;
        let from = field(&form, "from", "From")?.ok_or(Reject::MissingField("from"))?;
        let from = self.plan.sender(from).ok_or(Reject::BadField("from"))?;
        let to = field(&form, "to", "To")?.ok_or(Reject::MissingField("to"))?;
        // `binary` is the same bytes as `content`, but cannot be spoilt by a charset on the way; where it is spoilt
        // by something else, `content` is there.
        let binary = form.optional("binary")?;
        let content = match (binary.map(hex::decode), form.only("content")?) {
            (Some(Ok(bytes)), _) => bytes,
            (_, Some(content)) => content.to_vec(),
            (Some(Err(_)), None) => return Err(Reject::BadField("binary")),
            (None, None) => return Err(Reject::MissingField("content")),
        };
        let (part, text) = udh::strip_concatenation(&content);
        let alphabet = self.alphabet(form.only("coding")?.and_then(coding));
        let mut message = Message::new(id, from, Body { bytes: text.to_vec(), alphabet }).to(Some(to));
        message.part = part;
        Ok(Parsed::One(message))
    }

    fn reports(&self, request: &Request) -> Result<Parsed<Report>, Reject> {
        let form = request.fields()?;
        let id = form.required("id")?;
        let by_word = form.optional("message_status")?.and_then(DeliveryStatus::of_smpp);
        let counted =
            |name| Ok::<_, Reject>(form.optional(name)?.is_some_and(|text| text.parse() == Ok(1u32)));
        let status = match by_word {
            Some(status) => status,
            None if counted("dlvrd")? => DeliveryStatus::Delivered,
            None if counted("err")? => DeliveryStatus::Failed,
            None => return Ok(Parsed::Nothing),
        };
        let mut report = Report::new(Some(id), status);
        report.error_code =
            form.optional("err")?.filter(|code| code.bytes().any(|digit| digit != b'0')).map(str::to_owned);
        report.at = form.optional("donedate")?.and_then(|text| time::digits(text, "%y%m%d%H%M"));
        Ok(Parsed::One(report))
    }

    /// Anything but this body is repeated three times; 404 is final, so it is never answered.
    fn answer(&self, verdict: &Verdict) -> Answer {
        let body = match verdict {
            Verdict::Taken => "ACK/Jasmin".to_owned(),
            Verdict::Refused(reject) => reject.to_string(),
            Verdict::Unavailable => "try again later".to_owned(),
        };
        Answer::new(Answer::status_of(verdict), "text/plain", body)
    }

    fn send(&self, reply: &Reply, _signing: &Signing) -> Result<Outgoing, CannotSend> {
        let user = self.user.as_deref().ok_or(CannotSend::NotSetUp("username"))?;
        let password = self.password.as_ref().ok_or(CannotSend::NotSetUp("password"))?;
        let from = self.from.as_deref().ok_or(CannotSend::NotSetUp("from"))?;
        let ucs2: String = reply.text.encode_utf16().map(|unit| format!("{unit:04x}")).collect();
        let content = if length::needs_ucs2(&reply.text) {
            [("coding", "8"), ("hex-content", ucs2.as_str())]
        } else {
            [("coding", "0"), ("content", reply.text.as_str())]
        };
        let mut pairs = vec![
            ("username", user),
            ("password", password.text()),
            ("from", from),
            ("to", reply.to.trim_start_matches('+')),
        ];
        pairs.extend(content);
        if let Some(url) = &reply.status_url {
            pairs.extend([("dlr", "yes"), ("dlr-level", "2"), ("dlr-method", "POST"), ("dlr-url", url)]);
        }
        Ok(Outgoing::form(format!("{}/send", self.api), &pairs))
    }

    /// `Success "<id>"`, or `Error "<why>"` with 400, 403, 412 or 500.
    fn sent(&self, status: u16, body: &[u8]) -> Sent {
        let id = std::str::from_utf8(body)
            .ok()
            .and_then(|text| text.strip_prefix("Success \"")?.split('"').next());
        match (status, id) {
            (200, Some(id)) => Sent::Accepted(Some(id.to_owned())),
            (200, None) => Sent::Unknown { code: "bad_answer".into() },
            // Throughput exceeded has the same status as a wrong password; the words differ.
            (403, _) if body.windows(10).any(|word| word == b"throughput") => Sent::later("throughput"),
            _ => Sent::of_failure(status),
        }
    }
}

impl Jasmin {
    /// Data coding scheme: the values of SMPP 3.4 (5.2.19), and the groups of 3GPP TS 23.038 (4) that it points to.
    fn alphabet(&self, coding: Option<u8>) -> Alphabet {
        let named = |name: &str| Alphabet::Named(name.to_owned());
        match coding {
            Some(1) => Alphabet::Utf8,
            Some(2 | 4 | 9 | 10) => Alphabet::Binary,
            Some(3) => named("windows-1252"),
            Some(5) => named("shift_jis"),
            Some(6) => named("iso-8859-5"),
            Some(7) => named("iso-8859-8"),
            Some(8) => Alphabet::Utf16Be,
            Some(13) => named("euc-jp"),
            Some(14) => named("euc-kr"),
            // General data coding, with a message class: bits 3 and 2 are the alphabet.
            Some(group @ 0x10..0x40) => match (group >> 2) & 3 {
                1 => Alphabet::Binary,
                2 => Alphabet::Utf16Be,
                _ => self.default_alphabet.clone(),
            },
            // Data coding and message class: bit 2 alone.
            Some(group @ 0xF0..) if group & 4 != 0 => Alphabet::Binary,
            _ => self.default_alphabet.clone(),
        }
    }
}

/// `coding` as documented, in decimal, or as Jasmin 0.11 sends it: the octet itself.
fn coding(value: &[u8]) -> Option<u8> {
    match value {
        [octet] if !octet.is_ascii_digit() => Some(*octet),
        digits => std::str::from_utf8(digits).ok()?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_a_number_or_an_octet() {
        for (value, expected) in [
            (&b"8"[..], Some(8)),
            (b"\x08", Some(8)),
            (b"0", Some(0)),
            (b"\0", Some(0)),
            (b"\xF5", Some(0xF5)),
        ] {
            assert_eq!(coding(value), expected, "{value:?}");
        }
        assert_eq!((coding(b""), coding(b"x8"), coding(b"256")), (None, None, None));
    }

    #[test]
    fn codings_with_a_message_class_keep_their_alphabet() {
        let jasmin = Jasmin {
            default_alphabet: Alphabet::Gsm7,
            plan: Plan::International,
            user: None,
            password: None,
            from: None,
            api: String::new(),
        };
        for (coding, alphabet) in [
            (0x10, Alphabet::Gsm7),
            (0x18, Alphabet::Utf16Be),
            (0x15, Alphabet::Binary),
            (0xF1, Alphabet::Gsm7),
            (0xF5, Alphabet::Binary),
        ] {
            assert_eq!(jasmin.alphabet(Some(coding)), alphabet, "{coding:#x}");
        }
    }
}
