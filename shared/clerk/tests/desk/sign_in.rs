//! Who may register.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use dengwen_model::Role;
use futures::{StreamExt, stream};

use crate::{IMPORT, NOTES, desk};

const NOTE: &str = r#"{"text":"反映某局长卖官"}"#;

#[tokio::test]
async fn only_clerks_register() {
    let (rig, token) = desk().await;
    for role in [Role::Officer, Role::Admin, Role::Custodian] {
        for path in [NOTES, IMPORT] {
            assert_eq!(rig.post(path, &rig.token(role), NOTE).await.0, StatusCode::FORBIDDEN);
        }
    }
    for nobody in ["", "nonsense", &format!("{token}x")] {
        assert_eq!(rig.post(NOTES, nobody, NOTE).await.0, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(rig.waiting().await, 0);
    assert_eq!(rig.post(NOTES, &token, NOTE).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_withdrawn_token_opens_nothing_any_more() {
    let (rig, token) = desk().await;
    assert_eq!(rig.post(NOTES, &token, NOTE).await.0, StatusCode::CREATED);
    rig.withdraw(&token);
    rig.clock.advance_seconds(1);
    for path in [NOTES, IMPORT] {
        assert_eq!(rig.post(path, &token, NOTE).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(
        rig.post(NOTES, &rig.token(Role::Intake), NOTE).await.0,
        StatusCode::CREATED,
        "another's holds"
    );
}

#[tokio::test]
async fn a_token_that_is_withdrawn_while_a_table_comes_in_takes_nothing() {
    let (rig, token) = desk().await;
    let rig = Arc::new(rig);
    let (seen, held) = (rig.clone(), token.clone());
    // The head is checked while the token still holds; the last piece comes when it no longer does.
    let late = stream::once(async move {
        seen.withdraw(&held);
        seen.clock.advance_seconds(1);
        "2,y\n"
    });
    let body = stream::iter(["编号,反映内容\n", "1,x\n"]).chain(late);
    let body = Body::from_stream(body.map(|piece| Ok::<_, Infallible>(Bytes::from(piece))));
    assert_eq!(rig.post(IMPORT, &token, body).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(rig.waiting().await, 0);
}
