//! The traffic: ten short messages after ten others make six texts each, in every alphabet that handsets and
//! gateways use. Numbers, persons and places are invented.

use std::fmt::Write;

/// Short messages of one unit of traffic, and the texts that they make.
const UNIT: usize = 10;
const TEXTS: usize = 6;
/// Of these, so many come in one piece; the other two in three parts each.
const WHOLE: usize = 4;
const PARTS: usize = 3;
/// UTF-16 units in each part of a long message (3GPP TS 23.040, 9.2.3.24.1).
const PART: usize = 67;
/// Requests that are shuffled among each other: parts come far from each other, yet not hours later.
const WINDOW: usize = 660;

const FAMILY: [char; 8] = ['钱', '孙', '李', '周', '吴', '郑', '王', '冯'];
const GIVEN: [char; 20] = [
    '守', '问', '怀', '砚', '望', '知', '疏', '观', '拙', '渠', '瑾', '秋', '舒', '微', '桐', '棋', '远',
    '宁', '川', '岳',
];
const COURSE: &str = "在干部推荐期间私下打电话拉票，收了下属的现金，事后把人调到重要岗位，没有经过民主推荐和集体研究，\
                      由他一个人说了算。这件事局里的人都知道，请组织核实，并查一查当时的会议记录和公示材料。";

/// Which messages are sent, in which order.
pub(crate) struct Traffic {
    distinct: usize,
    requests: Vec<usize>,
}

impl Traffic {
    /// So many short messages, every tenth of them twice, shuffled.
    pub(crate) fn of(sms: usize) -> Self {
        let distinct = sms.div_ceil(UNIT) * UNIT;
        let twice = (0..distinct / UNIT).map(|unit| unit * UNIT + unit % UNIT);
        let mut requests: Vec<usize> = (0..distinct).chain(twice).collect();
        requests.sort_unstable();
        let mut state = 1;
        requests.chunks_mut(WINDOW).for_each(|window| shuffle(window, &mut state));
        Self { distinct, requests }
    }

    /// Short messages without their repetitions.
    pub(crate) fn distinct(&self) -> usize {
        self.distinct
    }

    /// The numbers of the short messages, in the order in which they are sent.
    pub(crate) fn requests(&self) -> &[usize] {
        &self.requests
    }

    /// What the ledger must hold afterwards.
    pub(crate) fn texts(&self) -> impl Iterator<Item = String> {
        (0..self.distinct / UNIT * TEXTS).map(text)
    }

    /// The `number`th short message as Kannel brings it.
    pub(crate) fn query(&self, number: usize) -> String {
        let (unit, place) = (number / UNIT, number % UNIT);
        let (index, part) = match place.checked_sub(WHOLE) {
            None => (place, None),
            Some(of_parts) => (WHOLE + of_parts / PARTS, Some(of_parts % PARTS)),
        };
        let message = unit * TEXTS + index;
        let (coding, charset, bytes) = encoded(index, &text(message));
        let mut query = format!("from=%2B86139{message:08}&to=12380&id=id-{number}&ts=1790000000");
        let sent = match part {
            None => bytes.as_slice(),
            Some(part) => {
                let reference = u8::try_from(message % 256).expect("below 256");
                let header = [
                    5,
                    0,
                    3,
                    reference,
                    u8::try_from(PARTS).expect("3"),
                    u8::try_from(part).expect("below 3") + 1,
                ];
                query.push_str("&udh=");
                escape(&mut query, &header);
                bytes.chunks(PART * 2).nth(part).expect("a text of three parts")
            }
        };
        write!(query, "&coding={coding}&charset={charset}&text=").expect("a String takes all");
        escape(&mut query, sent);
        query
    }
}

/// The text of a message: in the Latin alphabet, with an emoji, or long with an emoji cut in two between its parts.
fn text(message: usize) -> String {
    let name: String =
        [FAMILY[message % 8], GIVEN[message / 8 % 20], GIVEN[message / 160 % 20]].iter().collect();
    match message % TEXTS {
        0 => format!("Jubao di {message} hao: juzhang zai café shou le 5 wan yuan, qing heshi"),
        index @ 1..WHOLE => {
            let end = if index == 1 { "" } else { "😡" };
            format!("举报清岚县第{message}号单位局长{name}，提拔之前请客拉票，请核实{end}")
        }
        _ => {
            let opening = format!("反映石桥乡第{message}号站所负责人{name}的问题：{COURSE}");
            let head: String = opening.chars().take(PART - 1).collect();
            let rest: String = COURSE.chars().take(PART + 13).collect();
            format!("{head}😡{rest}")
        }
    }
}

/// `%c`, `%C` and the bytes, by the text's place in its unit.
fn encoded(index: usize, text: &str) -> (u8, &'static str, Vec<u8>) {
    match index {
        // GSM 03.38: like ASCII but for some letters.
        0 => (0, "GSM", text.chars().map(gsm7).collect()),
        1 => (0, "GBK", encoding_rs::GBK.encode(text).0.into_owned()),
        2 => (0, "UTF-8", text.as_bytes().to_vec()),
        _ => (2, "UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    }
}

fn gsm7(letter: char) -> u8 {
    if letter == 'é' { 5 } else { u8::try_from(letter).expect("an ASCII letter") }
}

fn escape(query: &mut String, bytes: &[u8]) {
    for byte in bytes {
        write!(query, "%{byte:02X}").expect("a String takes all");
    }
}

/// Fisher and Yates, with the generator of Knuth (TAOCP 3.3.4): the same order in every run.
fn shuffle(window: &mut [usize], state: &mut u64) {
    for last in (1..window.len()).rev() {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let below = u64::try_from(last + 1).expect("a small window");
        window.swap(last, usize::try_from((*state >> 33) % below).expect("within the window"));
    }
}
