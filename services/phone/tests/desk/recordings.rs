//! Calls that were recorded while nobody was there.

use axum::http::{StatusCode, header};
use dengwen_model::{ChannelDetails, Role};
use dengwen_testkit::DeskRig;

use crate::day::draft_of;
use crate::rig;

const RECORDINGS: &str = "/desk/phone/recordings";
const WORDS: &str = "the voice of a caller, which is as good as a name";

/// What stands before the sound: one channel of eight bits, 8000 samples a second.
const WAV_HEAD: &[u8] = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0";

/// A recording in each of the forms that exchanges write. The WAV is one whose length was not yet known.
fn wav() -> Vec<u8> {
    [WAV_HEAD, b"data\0\0\0\0", WORDS.as_bytes()].concat()
}

fn recordings() -> [(&'static str, Vec<u8>); 3] {
    [
        ("1.wav", wav()),
        ("2.mp3", [b"ID3\x03\0\0\0\0\0\0".as_slice(), WORDS.as_bytes()].concat()),
        ("3.amr", [b"#!AMR\n".as_slice(), WORDS.as_bytes()].concat()),
    ]
}

/// The first recording on the page.
async fn first(rig: &DeskRig, token: &str) -> Option<String> {
    let (_, page) = rig.look(RECORDINGS, token).await;
    let (_, rest) = page.split_once("src=\"/desk/phone/recordings/")?;
    Some(rest.split('"').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_recorded_call_waits_sealed_is_heard_written_up_and_goes_with_its_tip() {
    let (rig, token) = rig().await;
    let (head, page) = rig.upload(RECORDINGS, &token, "call.wav", &wav()).await;
    assert_eq!(head.status, StatusCode::SEE_OTHER, "{page}");
    rig.upload(RECORDINGS, &token, "again.wav", &wav()).await;
    let plain = |bytes: &[u8]| bytes.windows(WORDS.len()).any(|part| part == WORDS.as_bytes());
    assert!(!rig.on_disk().iter().any(|(_, bytes)| plain(bytes)), "never plain on the disk");

    let (_, page) = rig.look(RECORDINGS, &token).await;
    assert_eq!(page.matches("<audio").count(), 1, "the same recording twice is one");
    assert!(page.contains("2026-11-03") && !page.contains("day overdue"), "due on the next working day");
    rig.clock.advance_seconds(2 * 86_400);
    let token = rig.token_of(&token);
    assert!(rig.look(RECORDINGS, &token).await.1.contains("day overdue"));

    let id = first(&rig, &token).await.unwrap();
    let sound = format!("{RECORDINGS}/{id}");
    let request = axum::http::Request::get(&sound)
        .header(header::COOKIE, format!("__Secure-dengwen-clerk={token}"))
        .body(axum::body::Body::empty());
    let (head, bytes) = rig.send(request.unwrap()).await;
    assert_eq!(
        (head.status, head.headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "audio/x-wav")
    );
    assert_eq!(bytes, wav());
    assert_eq!(rig.look(&sound, &rig.token(Role::Officer)).await.0.status, StatusCode::FORBIDDEN);

    let (head, _) = rig.fill(&format!("{sound}/write-up"), &token, "same-origin", &[]).await;
    let at = head.headers["location"].to_str().unwrap().to_owned();
    let (_, page) = rig.look(&at, &token).await;
    assert!(page.contains(&sound) && page.contains("value=\"2026-11-02T09:00\""), "played beside the form");
    let (draft, id) = (draft_of(&page), id.as_str());
    let call = [
        ("draft", draft.as_str()),
        ("waiting", id),
        ("text", "录音反映某局长卖官"),
        // Nobody is there to hear it.
        ("readback_confirmed", "0"),
    ];
    let (head, page) = rig.fill("/desk/phone", &token, "same-origin", &call).await;
    assert_eq!(head.status, StatusCode::CREATED, "{page}");
    let tip = rig.next_tip().await;
    assert_eq!(tip.attachments.len(), 1);
    assert_eq!(tip.attachments[0].media_type, "audio/x-wav");
    assert!(matches!(tip.details, ChannelDetails::Phone { readback_confirmed: false, .. }));
    assert_eq!(first(&rig, &token).await, None, "it waits no more");
}

#[tokio::test]
async fn an_exchange_sends_recordings_with_a_token_and_nothing_else() {
    let (rig, token) = rig().await;
    let send = async |token: &str, name: &str, bytes: &[u8]| {
        let body = [
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .as_bytes(),
            bytes,
            b"\r\n--b--\r\n",
        ]
        .concat();
        rig.post_as("multipart/form-data; boundary=b", "/api/v1/phone/recordings", token, body).await
    };
    for (name, bytes) in recordings() {
        let (status, answer) = send(&token, name, &bytes).await;
        assert_eq!(status, StatusCode::CREATED, "{name}: {answer}");
        assert_eq!(answer["recordings"].as_array().unwrap().len(), 1);
    }
    for (name, bytes) in
        [("x.wav", b"\x7fELF\x02\x01\x01\0".as_slice()), ("x.wav", b"%PDF-1.7"), ("x.wav", b"")]
    {
        assert_eq!(DeskRig::wrong(&send(&token, name, bytes).await), ["files[0]"]);
    }
    let whole = wav();
    for broken in [&whole[..12], &whole[..20], WAV_HEAD, &whole[..WAV_HEAD.len() + 8]] {
        let answer = send(&token, "cut.wav", broken).await;
        assert_eq!(DeskRig::wrong(&answer), ["files[0]"]);
        assert_eq!(answer.1["errors"][0]["code"], "broken");
    }
    assert_eq!(send("", "1.wav", &whole).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(rig.look(RECORDINGS, &token).await.1.matches("<audio").count(), 3);
}

#[tokio::test]
async fn a_player_seeks_and_the_audit_log_knows_who_opened_what_before_it_sounds() {
    let (rig, token) = rig().await;
    rig.upload(RECORDINGS, &token, "call.wav", &wav()).await;
    let id = first(&rig, &token).await.unwrap();
    let length = wav().len();
    let ask = async |range: &str, more: (&str, &str)| {
        let request = axum::http::Request::get(format!("{RECORDINGS}/{id}"))
            .header(header::COOKIE, format!("__Secure-dengwen-clerk={token}"))
            .header(header::RANGE, range)
            .header(more.0, more.1)
            .body(axum::body::Body::empty());
        let (head, bytes) = rig.send(request.unwrap()).await;
        let place = head.headers.get(header::CONTENT_RANGE).map(|place| place.to_str().unwrap().to_owned());
        (head.status, place, bytes)
    };
    let any = ("accept", "*/*");
    let (status, place, bytes) = ask("bytes=4-7", any).await;
    assert_eq!((status, place), (StatusCode::PARTIAL_CONTENT, Some(format!("bytes 4-7/{length}"))));
    assert_eq!(bytes, wav()[4..8]);
    let (status, _, bytes) = ask("bytes=-5", any).await;
    assert_eq!((status, &bytes[..]), (StatusCode::PARTIAL_CONTENT, &wav()[length - 5..]));
    let (status, place, bytes) = ask(&format!("bytes={length}-"), any).await;
    assert_eq!((status, place), (StatusCode::RANGE_NOT_SATISFIABLE, Some(format!("bytes */{length}"))));
    assert!(bytes.is_empty());
    assert_eq!(
        ask("bytes=4-7", ("if-range", "\"another\"")).await.0,
        StatusCode::OK,
        "of another file: whole"
    );
    assert_eq!(ask("bytes=0-1,3-4", any).await.2, wav(), "several parts at once are not served");

    let act = rig.next_act().await;
    assert_eq!((act.action.as_str(), act.actor.as_str()), ("recording.opened", "clerk"));
    assert_eq!(act.object, format!("recording {id}"));
    assert_eq!(rig.acts().await, 0, "many parts are one opening");
    rig.clock.advance_seconds(3600);
    let token = rig.token_of(&token);
    rig.look(&format!("{RECORDINGS}/{id}"), &token).await;
    assert_eq!(rig.acts().await, 1, "an hour later it is another");
}

#[tokio::test]
async fn what_is_no_report_is_discarded_for_a_reason_that_is_kept() {
    let (rig, token) = rig().await;
    rig.upload(RECORDINGS, &token, "call.wav", &wav()).await;
    let id = first(&rig, &token).await.unwrap();
    let at = format!("/desk/phone/waiting/{id}/discard");
    let (head, _) = rig.fill(&at, &token, "same-origin", &[("reason", "because")]).await;
    assert_eq!(head.status, StatusCode::UNPROCESSABLE_ENTITY, "not without one of the reasons");
    assert_eq!(
        rig.fill(&at, &token, "cross-site", &[("reason", "blank")]).await.0.status,
        StatusCode::FORBIDDEN
    );
    assert!(first(&rig, &token).await.is_some());
    let (head, _) = rig.fill(&at, &token, "same-origin", &[("reason", "blank")]).await;
    assert_eq!(head.headers["location"], format!("{RECORDINGS}?done=discarded"));
    let act = rig.next_act().await;
    assert_eq!((act.action.as_str(), act.reason.as_str()), ("recording.discarded", "blank"));
    assert_eq!(act.object, format!("recording {id}"));
    assert_eq!(first(&rig, &token).await, None);
    let api = format!("/api/v1/phone/recordings/{id}/discard");
    assert_eq!(rig.post(&api, &token, r#"{"reason":"blank"}"#).await.0, StatusCode::NOT_FOUND, "it is gone");
    assert_eq!(rig.acts().await, 0);
}
