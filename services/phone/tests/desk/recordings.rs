//! Calls that were recorded while nobody was there.

use axum::http::{StatusCode, header};
use dengwen_model::Role;
use dengwen_testkit::DeskRig;

use crate::day::draft_of;
use crate::rig;

const RECORDINGS: &str = "/desk/phone/recordings";
const WORDS: &str = "the voice of a caller, which is as good as a name";

/// A recording in each of the forms that exchanges write.
fn wav() -> Vec<u8> {
    [b"RIFF\x40\0\0\0WAVEfmt ".as_slice(), WORDS.as_bytes()].concat()
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
        ("readback_confirmed", "1"),
    ];
    let (head, page) = rig.fill("/desk/phone", &token, "same-origin", &call).await;
    assert_eq!(head.status, StatusCode::CREATED, "{page}");
    let tip = rig.next_tip().await;
    assert_eq!(tip.attachments.len(), 1);
    assert_eq!(tip.attachments[0].media_type, "audio/x-wav");
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
    assert_eq!(send("", "1.wav", &wav()).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(rig.look(RECORDINGS, &token).await.1.matches("<audio").count(), 3);
}
