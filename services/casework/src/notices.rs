//! `GET /internal/v1/notices`: what doors have to know and cannot look up, for they hold no ledger.

use async_trait::async_trait;
use axum::Json;
use axum::extract::State;
use dengwen_door::{DeskAway, NoticeDesk, Notices};
use dengwen_model::UserId;
use dengwen_service::Chain;

use crate::LocalDesk;
use crate::desk::Desk;
use crate::receipts::door_key::FromDoor;
use crate::refusal::{DeskError, Failure};

/// Tell a door whose tokens no longer hold, and where the register's units lie.
#[utoipa::path(
    get, path = "/internal/v1/notices", tag = "internal", operation_id = "notices",
    responses((status = 200, body = Object, description = "`withdrawn`: ids of tokens and accounts; `regions`: division codes")),
    security(("door" = []))
)]
pub(crate) async fn handler(State(desk): State<Desk>, _: FromDoor) -> Result<Json<Notices>, Failure> {
    Ok(Json(work(&desk).await?))
}

async fn work(desk: &Desk) -> Result<Notices, DeskError> {
    desk.runtime().load_units().await?;
    let withdrawn = desk.read().await?.all_withdrawn().await?;
    Ok(Notices::new(&desk.runtime().units(), withdrawn))
}

/// Casework within this process tells the doors beside it.
#[async_trait]
impl NoticeDesk for LocalDesk {
    async fn notices(&self) -> Result<Notices, DeskAway> {
        work(self.desk()).await.map_err(|error| {
            tracing::warn!(error = %Chain(&error), "the doors are told nothing new");
            DeskAway
        })
    }

    async fn is_withdrawn(&self, id: UserId) -> Result<Option<bool>, DeskAway> {
        let looked_up = async {
            let mut work = self.desk().read().await?;
            let disabled = work.staff(id).await?.is_some_and(|account| account.disabled);
            Ok::<_, DeskError>(disabled || work.is_withdrawn(id).await?)
        };
        looked_up.await.map(Some).map_err(|_| DeskAway)
    }
}
