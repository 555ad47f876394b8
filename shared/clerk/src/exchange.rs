//! Call records that telephone exchanges write without a header. They are known by their shape, so that nobody
//! has to say which column is which, and the first call is not taken for the header.

use jiff::civil::DateTime;

use crate::table::Cell;

/// The columns of a kind of call record, in their order.
struct Shape {
    columns: &'static [&'static str],
    /// Columns that every row has; an exchange may leave out those after them, or have nothing to put there.
    least: usize,
    /// Those with a date and time.
    moments: [usize; 2],
    /// Those with whole seconds.
    seconds: [usize; 2],
    /// The one that says how the call ended, as `NO ANSWER` or `NORMAL_CLEARING`.
    ending: usize,
}

/// Asterisk's cdr_csv (`Master.csv`), the last two where `loguniqueid` and `loguserfield` are set; and the
/// template `asterisk` of FreeSWITCH's mod_cdr_csv.
const CDR_CSV: Shape = Shape {
    columns: &[
        "accountcode",
        "src",
        "dst",
        "dcontext",
        "clid",
        "channel",
        "dstchannel",
        "lastapp",
        "lastdata",
        "start",
        "answer",
        "end",
        "duration",
        "billsec",
        "disposition",
        "amaflags",
        "uniqueid",
        "userfield",
    ],
    least: 15,
    moments: [9, 11],
    seconds: [12, 13],
    ending: 14,
};

/// Asterisk's cdr_custom as its sample configuration maps it.
const CDR_CUSTOM: Shape = Shape {
    columns: &[
        "clid",
        "src",
        "dst",
        "dcontext",
        "channel",
        "dstchannel",
        "lastapp",
        "lastdata",
        "start",
        "answer",
        "end",
        "duration",
        "billsec",
        "disposition",
        "amaflags",
        "accountcode",
        "uniqueid",
        "userfield",
        "sequence",
    ],
    least: 14,
    moments: [8, 10],
    seconds: [11, 12],
    ending: 13,
};

/// The template `example` of FreeSWITCH's mod_cdr_csv, which is its default.
const MOD_CDR_CSV: Shape = Shape {
    columns: &[
        "caller_id_name",
        "caller_id_number",
        "destination_number",
        "context",
        "start_stamp",
        "answer_stamp",
        "end_stamp",
        "duration",
        "billsec",
        "hangup_cause",
        "uuid",
        "bleg_uuid",
        "accountcode",
        "read_codec",
        "write_codec",
    ],
    least: 10,
    moments: [4, 6],
    seconds: [7, 8],
    ending: 9,
};

impl Shape {
    fn fits(&self, cells: &[Cell]) -> bool {
        let text = |column: &usize| cells[*column].text();
        (self.least..=self.columns.len()).contains(&cells.len())
            && self.moments.iter().all(|column| is_moment(text(column)))
            && self.seconds.iter().all(|column| is_number(text(column)))
            && is_ending(text(&self.ending))
    }
}

/// What the columns are, where the first row of a table is a call record; nothing where it names the columns
/// itself.
pub(crate) fn columns_of(first: &[Cell]) -> Option<Vec<String>> {
    let shape = [CDR_CSV, CDR_CUSTOM, MOD_CDR_CSV].into_iter().find(|shape| shape.fits(first))?;
    Some(shape.columns.iter().map(|name| (*name).to_owned()).collect())
}

fn is_moment(text: &str) -> bool {
    text.len() == "2026-10-10 09:35:00".len() && text.parse::<DateTime>().is_ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_ending(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b' ' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(line: &str) -> Option<Vec<String>> {
        let mut cells: Vec<_> =
            line.split(',').map(|cell| Cell::Text(cell.trim_matches('"').to_owned())).collect();
        while cells.last().is_some_and(Cell::is_empty) {
            cells.pop();
        }
        columns_of(&cells)
    }

    #[test]
    fn records_without_a_header_are_known_by_their_shape() {
        let (start, end) = ("2026-10-10 09:35:00", "2026-10-10 09:36:10");
        for (line, columns_there, first) in [
            (
                format!(
                    r#""","01055550123","12380","in","","SIP/t-1","","VoiceMail","u1","{start}","{start}","{end}",70,60,"ANSWERED","DOCUMENTATION","1791596100.7",""#
                ),
                18,
                "accountcode",
            ),
            (
                format!(
                    r#""","01055550123","12380","in","","SIP/t-1","","Queue","q","{start}","","{end}",70,0,"NO ANSWER","DOCUMENTATION""#
                ),
                18,
                "accountcode",
            ),
            (
                format!(
                    r#""x","01055550123","12380","in","SIP/t-1","","Dial","d","{start}","","{end}","70","0","BUSY","DOCUMENTATION","","1791596100.7","",3"#
                ),
                19,
                "clid",
            ),
            (
                format!(
                    r#""x","01055550123","12380","public","{start}","","{end}","70","0","NO_ANSWER","5d0b…","","","","""#
                ),
                15,
                "caller_id_name",
            ),
        ] {
            let found = columns(&line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.len(), found[0].as_str()), (columns_there, first));
        }
    }

    #[test]
    fn what_clerks_write_is_no_such_record() {
        for line in [
            "",
            ",,,,,,,,,,,,,,",
            "编号,来电时间,通话时长,接听员,复述确认,反映内容",
            "calldate,clid,src,dst,dcontext,channel,dstchannel,lastapp,lastdata,duration,billsec,disposition,amaflags,accountcode,uniqueid",
            "a,b,c,d,e,f,g,h,i,2026-13-10 09:35:00,,2026-10-10 09:36:10,70,60,ANSWERED",
            "a,b,c,d,e,f,g,h,i,2026-10-10 09:35:00,,2026-10-10 09:36:10,x,60,ANSWERED",
            "a,b,c,d,e,f,g,h,i,2026-10-10 09:35:00,,2026-10-10 09:36:10,70,60,反映某局长",
        ] {
            assert_eq!(columns(line), None, "{line}");
        }
    }
}
