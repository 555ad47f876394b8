//! The addresses that a vendor was given. What a signature covers is built from these and the raw path and
//! query, never from `Host`, `X-Forwarded-Host` or anything else that a stranger can write.

use super::{Kind, Settings, SettingsError};

/// What a vendor calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Messages.
    Inbound,
    /// Delivery reports.
    Status,
}

impl Endpoint {
    /// The last word of the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Status => "status",
        }
    }
}

/// A gateway's public addresses.
#[derive(Debug, Clone, Default)]
pub struct PublicUrl {
    base: Option<String>,
    inbound: Option<String>,
    status: Option<String>,
}

impl PublicUrl {
    /// Reads `public_url` (up to the path), and `inbound_url` and `status_url` for a proxy that rewrites paths.
    pub(super) fn open(kind: &Kind, settings: &mut Settings) -> Result<Self, SettingsError> {
        let mut read = |key: &'static str| match settings.text(key)? {
            Some(url) if is_plain(&url) => Ok(Some(url)),
            Some(_) => Err(SettingsError::Wrong(key, "an http or https address without query")),
            None => Ok(None),
        };
        let (base, inbound, status) = (read("public_url")?, read("inbound_url")?, read("status_url")?);
        if kind.signs_url && base.is_none() && inbound.is_none() {
            return Err(SettingsError::Missing("public_url"));
        }
        let base = base.map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self { base, inbound, status })
    }

    /// The URL as the vendor saw it.
    pub fn seen(&self, endpoint: Endpoint, raw_path: &str, raw_query: Option<&str>) -> String {
        let whole = match endpoint {
            Endpoint::Inbound => &self.inbound,
            Endpoint::Status => &self.status,
        };
        let mut url = match whole {
            Some(url) => url.clone(),
            // Without an address nothing that signs it is set up; the path still makes a URL.
            None => format!("{}{raw_path}", self.base.as_deref().unwrap_or("https://unset.invalid")),
        };
        if let Some(query) = raw_query {
            url.push('?');
            url.push_str(query);
        }
        url
    }

    /// Where a vendor is asked to send delivery reports, if it can be told.
    pub fn status_callback(&self, gateway: &str, path_secret: Option<&str>) -> Option<String> {
        if let Some(url) = &self.status {
            return Some(url.clone());
        }
        let base = self.base.as_deref()?;
        let secret = path_secret.map(|secret| format!("/{secret}")).unwrap_or_default();
        Some(format!("{base}/sms/{gateway}/status{secret}"))
    }
}

fn is_plain(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|parsed| {
        matches!(parsed.scheme(), "http" | "https")
            && parsed.has_host()
            && parsed.query().is_none()
            && parsed.fragment().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::KINDS;

    fn open(kind: &str, pairs: &[(&str, &str)]) -> Result<PublicUrl, SettingsError> {
        let kind = KINDS.iter().find(|known| known.name == kind).unwrap();
        PublicUrl::open(kind, &mut Settings::from_pairs(pairs.iter().copied()))
    }

    #[test]
    fn the_url_is_the_configured_one_with_the_raw_path_and_query() {
        let url = open("twilio", &[("public_url", "https://tips.example.org/")]).unwrap();
        let seen = url.seen(Endpoint::Inbound, "/sms/main/inbound", Some("a=b%20c"));
        assert_eq!(seen, "https://tips.example.org/sms/main/inbound?a=b%20c");
        assert_eq!(
            url.status_callback("main", Some("s3")).as_deref(),
            Some("https://tips.example.org/sms/main/status/s3")
        );
    }

    #[test]
    fn a_proxy_may_rewrite_paths() {
        let url = open("twilio", &[("inbound_url", "https://hooks.example.org/in/1")]).unwrap();
        assert_eq!(url.seen(Endpoint::Inbound, "/sms/main/inbound", None), "https://hooks.example.org/in/1");
        assert_eq!(url.status_callback("main", None), None);
    }

    #[test]
    fn a_kind_that_signs_its_url_needs_one() {
        assert_eq!(open("twilio", &[]).unwrap_err(), SettingsError::Missing("public_url"));
        assert!(open("vonage", &[]).is_ok());
        for wrong in ["tips.example.org", "ftp://tips.example.org", "https://h.example/?a=b"] {
            assert!(open("twilio", &[("public_url", wrong)]).is_err(), "{wrong}");
        }
    }
}
