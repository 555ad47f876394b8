//! `up --demo`: the sample tips through all four doors, and where each of them went.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dengwen_http::ClientLimits;
use dengwen_ledger::{CaseFilter, UnitOfWork};
use dengwen_model::{
    CaseId, CaseStage, Channel, Clock, Entropy, Principal, Role, SystemClock, SystemEntropy, UserId,
};
use dengwen_seal::AccessClaims;
use dengwen_service::{Runtime, Settings, key_directory};
use dengwen_sms::wire::mac::{Hash, hmac};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::admin::print_line;

const SAMPLES: &str = include_str!("../data/sample_tips.jsonl");
const GATEWAY: &str = "demo";
/// How long the tips may take to arrive.
const ARRIVE_WITHIN: Duration = Duration::from_secs(60);

/// What the demonstration needs: a gateway whose secret it knows.
pub(crate) struct Demo {
    secret: [u8; 32],
    token: String,
}

#[derive(Deserialize)]
struct Sample {
    id: String,
    channel: Channel,
    source_kind: Option<String>,
    text: String,
    #[serde(default)]
    meta: Value,
}

impl Demo {
    /// Adds a gateway for the samples' messages and issues a clerk's token.
    pub(crate) fn prepare(settings: &mut Settings) -> anyhow::Result<Self> {
        let mut secret = [0; 32];
        SystemEntropy.fill(&mut secret);
        let mut gateway = toml::Table::new();
        gateway.insert("kind".to_owned(), "standard-webhooks".into());
        gateway.insert("signing_secret".to_owned(), format!("whsec_{}", STANDARD.encode(secret)).into());
        settings.sms.entry("gateways").or_insert_with(|| toml::Table::new().into());
        match settings.sms.get_mut("gateways") {
            Some(toml::Value::Table(gateways)) => gateways.insert(GATEWAY.to_owned(), gateway.into()),
            _ => bail!("sms.gateways: must be a table"),
        };
        // The samples come from one address; a day's limit of five would stop them.
        settings.limits.tips_per_day = settings.limits.tips_per_day.max(100);
        std::fs::create_dir_all(&settings.data)?;
        let issuer = key_directory(settings, &SystemEntropy)?.issuer()?;
        let now = SystemClock.now();
        let clerk = Principal {
            id: UserId::new(&SystemClock, &SystemEntropy),
            role: Role::Intake,
            unit: None,
            name: "demonstration".to_owned(),
        };
        let claims = AccessClaims::new(clerk, now, now.checked_add(jiff::SignedDuration::from_hours(1))?);
        Ok(Self { secret, token: issuer.tokens.issue(&claims)?.as_str().to_owned() })
    }

    /// Sends the samples and shows them arrive.
    pub(crate) async fn run(self, runtime: Runtime, address: SocketAddr) {
        if let Err(error) = self.send_and_show(&runtime, address).await {
            tracing::error!(%error, "the demonstration stopped");
        }
    }

    async fn send_and_show(&self, runtime: &Runtime, address: SocketAddr) -> anyhow::Result<()> {
        let client = dengwen_http::client(ClientLimits::INSIDE)?;
        let samples: Vec<Sample> = SAMPLES.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        let before = count(runtime).await?;
        for sample in &samples {
            self.send(&client, address, sample).await.with_context(|| format!("sample {}", sample.id))?;
        }
        let wanted = before + u64::try_from(samples.len())?;
        let deadline = tokio::time::Instant::now() + ARRIVE_WITHIN;
        while count(runtime).await? < wanted || !all_dispatched(runtime).await? {
            if tokio::time::Instant::now() > deadline {
                bail!("not every sample arrived in time");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        table(runtime).await
    }

    /// Sends one sample through its door.
    async fn send(
        &self,
        client: &reqwest::Client,
        address: SocketAddr,
        sample: &Sample,
    ) -> anyhow::Result<()> {
        let base = format!("http://{address}");
        let request = match sample.channel {
            Channel::Web => client.post(format!("{base}/api/v1/tips")).json(&json!({ "text": sample.text })),
            Channel::Phone => client.post(format!("{base}/api/v1/phone/calls")).bearer_auth(&self.token).json(&json!({
                "text": sample.text,
                "source_kind": sample.source_kind,
                "duration_s": sample.meta.get("duration_sec"),
                "operator": sample.meta.get("operator"),
                "readback_confirmed": sample.meta.get("readback_confirmed").and_then(Value::as_bool).unwrap_or(false),
            })),
            Channel::Letter => client.post(format!("{base}/api/v1/letters")).bearer_auth(&self.token).json(&json!({
                "text": sample.text,
                "source_kind": sample.source_kind,
                "letter_type": sample.meta.get("letter_type"),
                "postmark": sample.meta.get("postmark"),
                "pages": sample.meta.get("pages"),
                "handwritten": sample.meta.get("handwritten"),
            })),
            Channel::Sms => return self.send_sms(client, &base, sample).await,
        };
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn send_sms(&self, client: &reqwest::Client, base: &str, sample: &Sample) -> anyhow::Result<()> {
        // A number of its own for each sample: several from one would count as one sender's limit.
        let digits: u32 = sample.id.bytes().map(u32::from).fold(0, |sum, byte| sum * 31 + byte) % 1000;
        let mut random = [0; 8];
        SystemEntropy.fill(&mut random);
        let id = format!("demo{}", u64::from_le_bytes(random));
        let body = json!({
            "type": "sms.inbound",
            "timestamp": SystemClock.now().to_string(),
            "data": { "id": id, "from": format!("+86139000{digits:05}"), "to": "12380", "text": sample.text },
        })
        .to_string();
        let at = SystemClock.now().as_second().to_string();
        let mac =
            hmac(Hash::Sha256, &self.secret, &[id.as_bytes(), b".", at.as_bytes(), b".", body.as_bytes()]);
        let request = client
            .post(format!("{base}/sms/{GATEWAY}/inbound"))
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", format!("v1,{}", STANDARD.encode(mac)))
            .body(body);
        request.send().await?.error_for_status()?;
        Ok(())
    }
}

async fn count(runtime: &Runtime) -> anyhow::Result<u64> {
    Ok(runtime.ledger().read().await?.count_tips().await?)
}

async fn all_dispatched(runtime: &Runtime) -> anyhow::Result<bool> {
    let counts = runtime.ledger().read().await?.count_cases().await?;
    Ok(!counts.iter().any(|(stage, count)| stage == CaseStage::Opened.name() && *count > 0))
}

/// Each tip with its case, unit and due dates; a tip that joined a case stands under it.
async fn table(runtime: &Runtime) -> anyhow::Result<()> {
    let mut work = runtime.ledger().read().await?;
    let filter = CaseFilter { limit: 500, ..CaseFilter::default() };
    let mut cases = work.cases(&filter).await?;
    cases.reverse();
    print_line(&format!("\n{:<28} {:<22} {:<4} {:<1} {:<11} due dates", "tip", "case", "leaf", "P", "unit"));
    for record in cases {
        let case = record.case;
        let unit = match &case.stage {
            CaseStage::Dispatched { unit, .. } | CaseStage::Verifying { unit, .. } => unit.to_string(),
            other => other.name().to_owned(),
        };
        let mut dues = due_dates(work.as_mut(), case.id).await?;
        for tip in work.tips_of_case(case.id).await? {
            let (number, leaf, priority) = (&case.number, &case.category, case.priority.get());
            print_line(&format!("{:<28} {number:<22} {leaf:<4} {priority} {unit:<11} {dues}", tip.number));
            dues = "(joined)".to_owned();
        }
    }
    print_line("");
    Ok(())
}

async fn due_dates(work: &mut dyn UnitOfWork, case: CaseId) -> anyhow::Result<String> {
    let limits = work.deadlines_of_case(case).await?;
    let running = limits.iter().filter(|limit| limit.state.is_running());
    let mut shown: Vec<String> = running.map(|limit| format!("{} {}", limit.rule, limit.due)).collect();
    shown.sort();
    Ok(shown.join(", "))
}
