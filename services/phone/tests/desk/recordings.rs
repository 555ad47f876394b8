//! Calls that were recorded while nobody was there.

use axum::http::{StatusCode, header};
use dengwen_model::{ChannelDetails, Role};
use dengwen_testkit::{DeskRig, holds};

use crate::day::draft_of;
use crate::rig;

const RECORDINGS: &str = "/desk/phone/recordings";
const LONG: std::time::Duration = std::time::Duration::from_secs(240);
const WORDS: &str = "the voice of a caller, which is as good as a name";

/// What stands before the sound: one channel of eight bits, 8000 samples a second.
const WAV_HEAD: &[u8] = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0";

/// A recording in each of the forms that exchanges write. The WAV is one whose length was not yet known.
fn wav() -> Vec<u8> {
    [WAV_HEAD, b"data\0\0\0\0", WORDS.as_bytes()].concat()
}

/// The same as it is played: with the lengths that it has, without which few players begin.
fn played() -> Vec<u8> {
    let mut bytes = wav();
    let data = u32::try_from(WORDS.len()).unwrap();
    let riff = data + u32::try_from(WAV_HEAD.len()).unwrap();
    bytes[4..8].copy_from_slice(&riff.to_le_bytes());
    bytes[WAV_HEAD.len() + 4..WAV_HEAD.len() + 8].copy_from_slice(&data.to_le_bytes());
    bytes
}

/// Two frames of 8 kbit/s at 8 kHz, which have 72 bytes each.
fn mp3() -> Vec<u8> {
    let mut frame = [b"\xff\xe3\x18\xc0".as_slice(), WORDS.as_bytes()].concat();
    frame.resize(72, 0);
    frame.repeat(2)
}

/// A frame of speech with 31 bytes, and one of comfort noise.
fn amr() -> Vec<u8> {
    [b"#!AMR\n\x3c".as_slice(), &WORDS.as_bytes()[..31], b"\x44noise"].concat()
}

fn recordings() -> [(&'static str, Vec<u8>); 4] {
    let tagged = [b"ID3\x03\0\0\0\0\0\0".as_slice(), &mp3()].concat();
    [("1.wav", wav()), ("2.mp3", mp3()), ("3.mp3", tagged), ("4.amr", amr())]
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
    assert_eq!(bytes, played());
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
    assert_eq!(rig.file(&tip.attachments[0]).await, wav(), "it goes along as it came");
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
    let (_, page) = rig.look(RECORDINGS, &token).await;
    assert_eq!(page.matches("<audio").count(), 4);
    assert_eq!(page.matches("浏览器不能播放此格式").count(), 1, "AMR: {page}");
    // What came and cannot be played waits for somebody: an ELF, a PDF, something empty, and four that are cut.
    assert_eq!(page.matches("value=\"unplayable\"").count(), 7, "{page}");
}

/// What cannot be played, as exchanges and people send it.
fn unplayable() -> [(&'static str, Vec<u8>, &'static str); 6] {
    let whole = wav();
    [
        ("page.mp3", b"<html><body>404 no such recording</body></html>".to_vec(), "file_kind"),
        ("tag.mp3", [b"ID3\x03\0\0\0\0\0\x2f".as_slice(), &[0; 47]].concat(), "broken"),
        ("cut.mp3", mp3()[..40].to_vec(), "broken"),
        ("cut.wav", whole[..WAV_HEAD.len() + 8].to_vec(), "broken"),
        ("cut.amr", amr()[..20].to_vec(), "broken"),
        ("empty.wav", Vec::new(), "empty"),
    ]
}

/// Where what cannot be played is saved from.
fn saved(page: &str) -> Vec<String> {
    page.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.ends_with("/file"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn what_an_exchange_sends_and_nobody_can_play_is_told_kept_sealed_and_seen_by_a_clerk() {
    let (rig, token) = rig().await;
    let mut body = Vec::new();
    let whole = wav();
    let files = unplayable();
    let good = [("good.wav", whole.clone(), "")];
    for (name, bytes, _) in files.iter().chain(&good) {
        body.extend(
            format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n")
                .as_bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n");
    }
    body.extend(b"--b--\r\n");
    for _ in 0..2 {
        let (status, answer) = rig
            .post_as("multipart/form-data; boundary=b", "/api/v1/phone/recordings", &token, body.clone())
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        let codes: Vec<_> = answer["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["code"].as_str().unwrap())
            .collect();
        assert_eq!(codes, files.each_ref().map(|(_, _, code)| *code), "each by itself: {answer}");
    }
    let (_, page) = rig.look(RECORDINGS, &token).await;
    assert_eq!(page.matches("<audio").count(), 1, "the one behind them is taken");
    for (name, _, _) in &files {
        assert_eq!(page.matches(name).count(), 1, "{name}, sent twice, waits once: {page}");
    }
    let html = files[0].1.as_slice();
    assert!(
        !rig.on_disk().iter().any(|(_, bytes)| bytes.windows(html.len()).any(|part| part == html)),
        "sealed"
    );
    let request = axum::http::Request::get(&saved(&page)[0])
        .header(header::COOKIE, format!("__Secure-dengwen-clerk={token}"))
        .body(axum::body::Body::empty());
    let (head, bytes) = rig.send(request.unwrap()).await;
    assert_eq!(
        (head.status, head.headers["content-type"].to_str().unwrap()),
        (StatusCode::OK, "application/octet-stream")
    );
    assert!(head.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(files.iter().any(|(_, file, _)| file == &bytes[..]));
    assert_eq!(rig.next_act().await.action, "recording.opened");
    for _ in 0..files.len() {
        let (_, page) = rig.look(RECORDINGS, &token).await;
        let at = page
            .split("action=\"")
            .filter_map(|part| part.split('"').next())
            .filter(|at| at.ends_with("/discard"));
        let at: Vec<_> = at.collect();
        let (head, _) = rig.fill(at[1], &token, "same-origin", &[("reason", "unplayable")]).await;
        assert_eq!(head.status, StatusCode::SEE_OTHER);
        assert_eq!(rig.next_act().await.reason, "unplayable");
    }
    assert!(saved(&rig.look(RECORDINGS, &token).await.1).is_empty(), "settled");
}

#[tokio::test]
async fn a_clerk_who_uploads_what_cannot_be_played_is_told_and_nothing_of_it_is_kept() {
    let (rig, token) = rig().await;
    for (name, bytes, _) in unplayable() {
        let (head, page) = rig.upload(RECORDINGS, &token, name, &bytes).await;
        assert_eq!(head.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: {page}");
    }
    assert!(!rig.look(RECORDINGS, &token).await.1.contains("value=\"unplayable\""));
}

#[tokio::test]
async fn a_recording_with_another_length_than_it_says_is_played_as_far_as_it_came_and_the_clerk_is_told() {
    let (rig, token) = rig().await;
    let of = |declared: u32| [WAV_HEAD, b"data", &declared.to_le_bytes(), WORDS.as_bytes()].concat();
    let length = u32::try_from(WORDS.len()).unwrap();
    for (declared, told) in [(length, None), (9_000, Some("录音不完整")), (4, Some("按实际长度播放"))]
    {
        let (rig, token) = crate::rig().await;
        rig.upload(RECORDINGS, &token, "call.wav", &of(declared)).await;
        let (_, page) = rig.look(RECORDINGS, &token).await;
        for note in ["录音不完整", "按实际长度播放"] {
            assert_eq!(page.contains(note), told == Some(note), "{declared}: {page}");
        }
    }
    rig.upload(RECORDINGS, &token, "call.wav", &of(9_000)).await;
    let id = first(&rig, &token).await.unwrap();
    let request = axum::http::Request::get(format!("{RECORDINGS}/{id}"))
        .header(header::COOKIE, format!("__Secure-dengwen-clerk={token}"))
        .body(axum::body::Body::empty());
    let (_, bytes) = rig.send(request.unwrap()).await;
    assert_eq!(bytes[WAV_HEAD.len()..], of(length)[WAV_HEAD.len()..], "as a player can play it");
    let entry = format!(r#"{{"text":"录音反映某局长卖官","recordings":["{id}"]}}"#);
    let (status, answer) = rig.post(crate::CALLS, &token, entry.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(rig.file(&rig.next_tip().await.attachments[0]).await, of(9_000), "and goes along as it came");
    let (_, again) = rig.post(crate::CALLS, &token, entry).await;
    assert_eq!(
        (&again["errors"][0]["field"], &again["errors"][0]["code"]),
        (&"recordings[0]".into(), &"used".into())
    );
}

#[tokio::test]
async fn the_folder_gives_recordings_once_they_are_whole_and_what_cannot_be_played_to_a_clerk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let set = |settings: &mut dengwen_service::Settings| {
        settings.phone.insert("recording_folder".to_owned(), path.display().to_string().into());
        settings.phone.insert("recording_folder_seconds".to_owned(), 1.into());
    };
    let rig = DeskRig::open_with("phone", set, dengwen_phone::start).await;
    let token = rig.token(Role::Intake);
    let put = |name: &str, bytes: &[u8], age: u64| {
        let file = std::fs::File::create(path.join(name)).unwrap();
        std::io::Write::write_all(&mut &file, bytes).unwrap();
        let now = std::time::SystemTime::from(dengwen_model::Clock::now(&*rig.clock));
        file.set_modified(now - std::time::Duration::from_secs(age)).unwrap();
    };
    // The call goes on: how long it will be is not written yet.
    put("now.wav", &wav(), 0);
    put("empty-now.wav", b"", 0);
    put("old.wav", &[wav().as_slice(), b"more"].concat(), 3600);
    put("page.mp3", &unplayable()[0].1, 3600);
    put("empty.wav", b"", 3600);
    put("名.amr", &amr(), 0);
    holds("what is whole, or as whole as it will be, is at the desk", LONG, || async {
        let (_, page) = rig.look(RECORDINGS, &token).await;
        page.matches("<audio").count() == 2 && page.matches("value=\"unplayable\"").count() == 2
    })
    .await;
    holds("and no more in the folder", LONG, || async {
        !["old.wav", "page.mp3", "empty.wav", "名.amr"].iter().any(|name| path.join(name).exists())
    })
    .await;
    assert!(path.join("now.wav").exists() && path.join("empty-now.wav").exists());
    assert!(!path.join("refused").exists(), "nothing lies there in the clear");
    put("now.wav", &[wav().as_slice(), b"the end of it"].concat(), 120);
    holds("the rest of the call is there", LONG, || async { !path.join("now.wav").exists() }).await;
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
    assert_eq!(bytes, played()[4..8]);
    let (status, _, bytes) = ask("bytes=-5", any).await;
    assert_eq!((status, &bytes[..]), (StatusCode::PARTIAL_CONTENT, &played()[length - 5..]));
    let (status, place, bytes) = ask(&format!("bytes={length}-"), any).await;
    assert_eq!((status, place), (StatusCode::RANGE_NOT_SATISFIABLE, Some(format!("bytes */{length}"))));
    assert!(bytes.is_empty());
    assert_eq!(
        ask("bytes=4-7", ("if-range", "\"another\"")).await.0,
        StatusCode::OK,
        "of another file: whole"
    );
    assert_eq!(ask("bytes=0-1,3-4", any).await.2, played(), "several parts at once are not served");

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
