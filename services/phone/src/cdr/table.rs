//! Call records in a table: Asterisk's cdr_csv, cdr_custom and exports of its databases, FreeSWITCH's
//! mod_cdr_csv. An exchange writes a row for each telephone that rang, so that rows of one id are one call.

use std::collections::HashMap;

use dengwen_clerk::{Row, TableError, read_table};
use dengwen_http::FieldError;

use super::{CallRecord, Ended, id, number, records};

const ID: &[&str] = &["uniqueid", "uuid", "linkedid"];
const BEGAN: &[&str] = &["start", "start_stamp", "calldate"];
const CALLED: &[&str] = &["dst", "destination_number"];
const CALLER: &[&str] = &["src", "caller_id_number"];
const LASTED: &[&str] = &["duration"];
/// Asterisk says so in words, FreeSWITCH gives the cause of hanging up.
const ENDING: &[&str] = &["disposition", "hangup_cause"];
const ANSWERED: &[&str] = &["answer", "answer_stamp"];
const OTHER_LEG: &[&str] = &["dstchannel", "bridge_channel", "bleg_uuid"];
const LAST_APPLICATION: &[&str] = &["lastapp", "last_app"];

/// The calls of a table.
#[derive(Debug, Default)]
pub(crate) struct CallRecords {
    pub(crate) calls: Vec<CallRecord>,
    /// Rows without an id or a time that can be read.
    pub(crate) unread: usize,
}

/// Reads a table of call records; nothing where it is another table.
///
/// # Errors
/// Where it is none.
pub(crate) fn from_table(bytes: &[u8]) -> Result<Option<CallRecords>, TableError> {
    let (mut calls, mut unread, mut other) = (HashMap::<String, CallRecord>::new(), 0, false);
    read_table(bytes, &mut |row| {
        other |= !is_record(&row);
        match (!other && row.is_whole()).then(|| record(&row)).flatten() {
            None => unread += 1,
            Some(call) => match calls.get_mut(&call.id) {
                None => drop(calls.insert(call.id.clone(), call)),
                Some(there) => there.join(call),
            },
        }
    })?;
    Ok((!other).then(|| CallRecords { calls: calls.into_values().collect(), unread }))
}

/// Whether the table has the columns without which nothing can be told of a call.
fn is_record(row: &Row) -> bool {
    [ID, BEGAN, CALLED, ENDING].iter().all(|names| row.has(names))
}

fn record(row: &Row) -> Option<CallRecord> {
    let mut errors: Vec<FieldError> = Vec::new();
    let began = row.instant("began", BEGAN, &mut errors)?;
    Some(CallRecord {
        id: id(row.get(ID)?)?,
        called: row.text(CALLED).into_iter().collect(),
        caller: row.get(CALLER).and_then(number),
        began,
        lasted: row.seconds("lasted", LASTED, &mut errors).unwrap_or_default(),
        ended: ended(row),
    })
}

fn ended(row: &Row) -> Ended {
    let ending = row.get(ENDING).unwrap_or_default();
    // FreeSWITCH's causes do not tell whether it was answered, Asterisk's `ANSWERED` does.
    let refused = matches!(ending, "NO ANSWER" | "BUSY" | "FAILED" | "CONGESTION");
    let answered = ending == "ANSWERED" || (!refused && row.get(ANSWERED).is_some());
    if answered && row.get(LAST_APPLICATION).is_some_and(records) {
        Ended::Voicemail
    } else if answered && row.get(OTHER_LEG).is_some() {
        Ended::Taken
    } else {
        Ended::Missed
    }
}

impl CallRecord {
    /// Takes another record of the same call along.
    fn join(&mut self, other: Self) {
        self.ended = self.ended.max(other.ended);
        self.began = self.began.min(other.began);
        self.lasted = self.lasted.max(other.lasted);
        self.caller = self.caller.take().or(other.caller);
        self.called.extend(other.called.into_iter().take(1));
        self.called.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Invented calls, as `Master.csv` has them.
    fn master(rows: &[(&str, &str, &str, &str, &str)]) -> String {
        let row = |(id, leg, app, answer, ending): &(&str, &str, &str, &str, &str)| {
            format!(
                r#""","01055550123","12380","line","""Wang"" <01055550123>","PJSIP/trunk-01","{leg}","{app}","","2026-10-10 09:35:00",{answer},"2026-10-10 09:36:10",70,60,"{ending}","DOCUMENTATION","{id}","""#
            ) + "\n"
        };
        rows.iter().map(row).collect()
    }

    const STAMP: &str = "\"2026-10-10 09:35:10\"";

    fn ends(table: &str) -> Vec<(String, Ended)> {
        let mut calls: Vec<_> = from_table(table.as_bytes())
            .unwrap()
            .unwrap()
            .calls
            .into_iter()
            .map(|call| (call.id, call.ended))
            .collect();
        calls.sort();
        calls
    }

    #[test]
    fn rows_of_one_call_are_one_call_and_whoever_spoke_did() {
        let table = master(&[
            ("1791596100.1", "PJSIP/03-1", "Queue", "", "NO ANSWER"),
            ("1791596100.1", "PJSIP/04-1", "Queue", STAMP, "ANSWERED"),
            ("1791596100.2", "", "VoiceMail", STAMP, "ANSWERED"),
            ("1791596100.3", "PJSIP/03-2", "Dial", "", "BUSY"),
            ("1791596100.4", "", "Playback", STAMP, "ANSWERED"),
        ]);
        let expected = [
            ("1791596100.1", Ended::Taken),
            ("1791596100.2", Ended::Voicemail),
            ("1791596100.3", Ended::Missed),
            ("1791596100.4", Ended::Missed),
        ];
        assert_eq!(ends(&table), expected.map(|(id, ended)| (id.to_owned(), ended)));
    }

    #[test]
    fn freeswitchs_rows_and_exports_with_a_header_are_read() {
        let table = r#""Wang","01055550123","12380","public","2026-10-10 09:35:00","","2026-10-10 09:36:10","70","0","ORIGINATOR_CANCEL","86cfd6e2-dbda-45a3-b59d-f683ec368e8b","","","",""
"Wang","01055550123","12380","public","2026-10-10 09:35:00","2026-10-10 09:35:10","2026-10-10 09:36:10","70","60","NORMAL_CLEARING","96cfd6e2-dbda-45a3-b59d-f683ec368e8b","a6cfd6e2-dbda-45a3-b59d-f683ec368e8b","","PCMA","PCMA"
"#;
        let found: Vec<_> = ends(table).into_iter().map(|(_, ended)| ended).collect();
        assert_eq!(found, [Ended::Missed, Ended::Taken]);
        let export = "calldate,src,dst,duration,billsec,disposition,uniqueid,dstchannel,lastapp\n\
            2026-10-10 09:35:00,01055550123,12380,30,0,NO ANSWER,1791596100.9,,Dial\n";
        assert_eq!(ends(export), [("1791596100.9".to_owned(), Ended::Missed)]);
    }

    #[test]
    fn another_table_is_none_and_a_broken_row_is_counted() {
        assert!(from_table("编号,反映内容\n1,反映某局长\n".as_bytes()).unwrap().is_none());
        assert!(from_table(b"{}").is_err() && from_table(b"\0\0").is_err());
        let without_id = master(&[("", "", "Dial", "", "BUSY"), ("1.2", "", "Dial", "", "BUSY")]);
        let read = from_table(without_id.as_bytes()).unwrap().unwrap();
        assert_eq!((read.calls.len(), read.unread), (1, 1));
        let too_long =
            master(&[("1.2", "", "Dial", "", "BUSY"), ("1.3\",\"\",\"surplus", "", "Dial", "", "BUSY")]);
        let read = from_table(too_long.as_bytes()).unwrap().unwrap();
        assert_eq!((read.calls.len(), read.unread), (1, 1), "and stops no other");
    }
}
