//! One file a kind. A new kind is one more file here and one more line below.

use super::{Kind, Settings, SettingsError};
use crate::wire::number::{Country, Plan};

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        $(mod $kind;)*

        /// Every kind that the settings can name.
        pub const KINDS: &[Kind] = &[$($kind::KIND),*];
    };
}

kinds! {
    aliyun,
    android_sms_gateway,
    bird,
    huawei,
    infobip,
    jasmin,
    kannel,
    messagebird,
    plivo,
    standard_webhooks,
    tencent,
    twilio,
    vonage,
    vonage_messages,
}

/// How senders' numbers are written: `default_region` where the gateway drops the country code.
fn plan(settings: &mut Settings) -> Result<Plan, SettingsError> {
    match settings.text("default_region")? {
        None => Ok(Plan::International),
        Some(region) => Country::of_region(&region)
            .map(Plan::National)
            .ok_or(SettingsError::Wrong("default_region", "a known two-letter region")),
    }
}
