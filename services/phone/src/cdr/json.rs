//! FreeSWITCH's mod_json_cdr: one call, an object of JSON. It is read as a tree, for older versions write a
//! member `callflow` twice and newer ones a list of them.

use std::borrow::Cow;

use dengwen_http::FieldError;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{CallRecord, Ended, id, number, records};

/// Most transfers of a call that are looked at.
const MAX_TRANSFERS: usize = 50;

/// The call; nothing where it did not come in, but went out or is the other leg.
///
/// # Errors
/// What is missing or cannot be read.
pub(crate) fn from_json(record: &Value) -> Result<Option<CallRecord>, Vec<FieldError>> {
    let variable = |name: &str| decoded(record["variables"][name].as_str().unwrap_or_default());
    if !matches!(&*variable("direction"), "inbound" | "") {
        return Ok(None);
    }
    let began = variable("start_epoch").parse().ok().and_then(|epoch| Timestamp::from_second(epoch).ok());
    let (Some(id), Some(began)) = (id(&variable("uuid")), began) else {
        let missing = |name, there: bool| (!there).then(|| FieldError::new(name, "invalid"));
        let uuid = missing("variables.uuid", super::id(&variable("uuid")).is_some());
        return Err(uuid.into_iter().chain(missing("variables.start_epoch", began.is_some())).collect());
    };
    let profiles = profiles(record);
    let of = |name: &'static str| profiles.iter().filter_map(move |profile| profile[name].as_str());
    Ok(Some(CallRecord {
        id,
        called: of("destination_number").map(str::to_owned).collect(),
        caller: of("caller_id_number").next_back().and_then(number),
        began,
        lasted: variable("duration").parse().unwrap_or_default(),
        ended: ended(&variable),
    }))
}

/// A variable's value: unless `encode-values` is off, they are written as in a URL, and the profiles are not.
fn decoded(value: &str) -> Cow<'_, str> {
    percent_decode_str(value).decode_utf8_lossy()
}

/// Who called whom, the last transfer first.
fn profiles(record: &Value) -> Vec<&Value> {
    let flows = match &record["callflow"] {
        Value::Array(flows) => flows.as_slice(),
        one => std::slice::from_ref(one),
    };
    flows.iter().take(MAX_TRANSFERS).map(|flow| &flow["caller_profile"]).collect()
}

fn ended<'a>(variable: &impl Fn(&str) -> Cow<'a, str>) -> Ended {
    let at = |name: &str| variable(name).parse::<u64>().unwrap_or_default() > 0;
    // The sample dialplan reaches its voicemail by a bridge to a loopback.
    let voicemail = records(&variable("last_app")) || variable("last_arg").contains("app=voicemail");
    if at("answer_epoch") && voicemail {
        Ended::Voicemail
    } else if at("bridge_epoch") || variable("cc_cause") == "answered" {
        Ended::Taken
    } else {
        Ended::Missed
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(changes: Value) -> Value {
        let mut record = json!({
            "core-uuid": "3c1f", "switchname": "pbx",
            "variables": {
                "direction": "inbound", "uuid": "86cfd6e2-dbda-45a3-b59d-f683ec368e8b",
                "start_epoch": "1791596100", "answer_epoch": "0", "bridge_epoch": "0",
                "end_epoch": "1791596130", "duration": "30", "billsec": "0", "hangup_cause": "ORIGINATOR_CANCEL",
                "last_app": "bridge", "last_arg": "user/03@pbx.example",
            },
            "callflow": [
                {"profile_index": "2", "caller_profile": {"caller_id_number": "01055550123", "destination_number": "03"}},
                {"profile_index": "1", "caller_profile": {"caller_id_number": "01055550123", "destination_number": "12380"}},
            ],
        });
        for (name, value) in changes.as_object().unwrap() {
            record["variables"][name] = value.clone();
        }
        record
    }

    fn read(changes: Value) -> CallRecord {
        from_json(&record(changes)).unwrap().unwrap()
    }

    #[test]
    fn who_spoke_with_nobody_is_told_from_who_did() {
        assert_eq!(read(json!({})).ended, Ended::Missed, "rang and given up");
        let answered = json!({"answer_epoch": "1791596104", "last_app": "playback"});
        assert_eq!(read(answered).ended, Ended::Missed, "heard a message");
        let taken = json!({"answer_epoch": "1791596104", "bridge_epoch": "1791596104"});
        assert_eq!(read(taken).ended, Ended::Taken);
        let queue = json!({"answer_epoch": "1791596104", "last_app": "callcenter", "cc_cause": "answered"});
        assert_eq!(read(queue).ended, Ended::Taken);
        for (app, argument) in [
            ("voicemail", "default pbx.example 12380"),
            ("record", "/r/1.wav"),
            ("bridge", "loopback/app=voicemail:default pbx.example 12380"),
            // As mod_json_cdr writes values unless it is told not to.
            ("bridge", "loopback/app%3Dvoicemail%3Adefault%20pbx.example%2012380"),
        ] {
            let voicemail = json!({"answer_epoch": "1791596104", "bridge_epoch": "1791596104", "last_app": app, "last_arg": argument});
            assert_eq!(read(voicemail).ended, Ended::Voicemail, "{app}");
        }
    }

    #[test]
    fn a_call_is_known_by_its_first_number_and_its_id_in_both_forms() {
        let call = read(json!({}));
        assert_eq!(call.called, ["03", "12380"]);
        assert_eq!((call.caller.as_deref(), call.lasted), (Some("01055550123"), 30));
        assert_eq!(call.began.as_second(), 1_791_596_100);
        // Older versions: one inside the other's name, the first transfer last.
        let mut text = record(json!({})).to_string();
        let (start, end) = (text.find("\"callflow\"").unwrap(), text.find("]").unwrap() + 1);
        let of = |number: &str| {
            format!(
                r#""callflow":{{"caller_profile":{{"caller_id_number":"01055550123","destination_number":"{number}"}}}}"#
            )
        };
        text.replace_range(start..end, &format!("{},{}", of("03"), of("12380")));
        let call = from_json(&serde_json::from_str(&text).unwrap()).unwrap().unwrap();
        assert_eq!(call.called, ["12380"]);
        assert_eq!(from_json(&record(json!({"direction": "outbound"}))).unwrap(), None);
    }

    #[test]
    fn what_is_no_record_says_what_is_missing() {
        let wrong = |value: Value| -> Vec<String> {
            from_json(&value).unwrap_err().into_iter().map(|error| error.field).collect()
        };
        for value in
            [json!({}), json!([]), json!(null), json!({"variables": [1]}), json!({"variables": {"uuid": 7}})]
        {
            assert_eq!(wrong(value), ["variables.uuid", "variables.start_epoch"]);
        }
        assert_eq!(wrong(record(json!({"start_epoch": "99999999999999999999"}))), ["variables.start_epoch"]);
        assert_eq!(wrong(record(json!({"uuid": "a b"}))), ["variables.uuid"]);
        let nobody = json!({"variables": {"uuid": "u", "start_epoch": "1791596100"}, "callflow": [7, {"caller_profile": []}]});
        assert_eq!(from_json(&nobody).unwrap().unwrap().called, Vec::<String>::new());
    }
}
