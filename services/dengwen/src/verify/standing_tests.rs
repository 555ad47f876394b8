//! Accounts, sessions, tokens, the register, corrections, steps and next looks that were changed behind the ledger's
//! back are found.

use dengwen_ledger::{Correction, LadderStep, Session, StaffRecord, UnitOfWork, UnitRecord};
use dengwen_model::{
    CaseId, Deadline, DeadlineId, DeadlineOwner, DeadlineState, Role, SystemClock, SystemEntropy, TipId,
    UserId,
};
use dengwen_service::{
    SESSION_ENDED, SESSION_OPENED, TIP_LABELLED, UNITS_IMPORTED, account_evidence, append_audit,
    correction_evidence, register_evidence, session_evidence, step_evidence, withdrawal_entry,
};
use jiff::SignedDuration;

use super::tests::{Bench, bench, entry};
use super::*;

fn account() -> StaffRecord {
    StaffRecord {
        id: UserId::new(&SystemClock, &SystemEntropy),
        name: "wang".to_owned(),
        role: Role::Intake,
        unit: None,
        password_hash: "$argon2id$x".to_owned(),
        must_change: true,
        disabled: false,
    }
}

fn correction() -> Correction {
    Correction {
        tip: TipId::new(&SystemClock, &SystemEntropy),
        leaf: "A02".parse().unwrap(),
        before: "X13".parse().unwrap(),
        decided_by: "rules 1".to_owned(),
        by: UserId::new(&SystemClock, &SystemEntropy),
        at: SystemClock.now(),
    }
}

/// A limit of this year that ran out long ago or is yet to come.
fn limit(days: i64, state: DeadlineState) -> Deadline {
    let now = SystemClock.now();
    let due = (now + SignedDuration::from_hours(24 * days)).to_zoned(jiff::tz::TimeZone::UTC).date();
    Deadline {
        id: DeadlineId::new(&SystemClock, &SystemEntropy),
        case: CaseId::new(&SystemClock, &SystemEntropy),
        assignment: None,
        rule: "DL-SCR".parse().unwrap(),
        owner: DeadlineOwner::Receiving("990000-ZZB".parse().unwrap()),
        start: now - SignedDuration::from_hours(24),
        due,
        provisional: false,
        extensions: 0,
        state,
    }
}

fn step(limit: &Deadline) -> LadderStep {
    LadderStep {
        deadline: limit.id,
        case: limit.case,
        extension: 0,
        level: 1,
        nth: 0,
        due_at: SystemClock.now(),
        taken_at: SystemClock.now(),
        action: "催办".to_owned(),
    }
}

impl Bench {
    /// Writes rows under these entries.
    async fn write(
        &self,
        rows: impl AsyncFnOnce(&mut dyn UnitOfWork),
        entries: Vec<dengwen_ledger::NewAuditRecord>,
    ) {
        let mut work = self.ledger.begin().await.unwrap();
        rows(work.as_mut()).await;
        append_audit(work.as_mut(), entries).await.unwrap();
        work.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_account_that_is_not_what_the_log_says_is_found() {
    let bench = bench().await;
    let mut written = account();
    let noted = |account: &StaffRecord| {
        let reason = account_evidence(account).after("intake");
        vec![entry("account.added", account.id.to_string(), reason)]
    };
    bench.write(async |work| assert!(work.insert_staff(&written).await.unwrap()), noted(&written)).await;
    assert_eq!(bench.found().await, [""; 0]);

    written.role = Role::Leader;
    bench.write(async |work| work.update_staff(&written).await.unwrap(), Vec::new()).await;
    assert_eq!(bench.found().await, ["account-changed"]);
    // The last entry of an account decides.
    bench.write(async |_| {}, noted(&written)).await;
    assert_eq!(bench.found().await, [""; 0]);

    let slipped_in = StaffRecord { name: "li".to_owned(), ..account() };
    bench.write(async |work| assert!(work.insert_staff(&slipped_in).await.unwrap()), noted(&account())).await;
    assert_eq!(bench.found().await, ["account-without-audit-entry", "account-missing"]);

    let older = entry("account.added", slipped_in.id.to_string(), "intake".to_owned());
    bench.write(async |_| {}, vec![older]).await;
    assert_eq!(bench.inspect(Vec::new()).await.unproven.accounts, 1);
    assert_eq!(bench.found().await, ["account-missing"]);
}

#[tokio::test]
async fn a_session_that_nobody_opened_is_found() {
    let bench = bench().await;
    let session = |token: u8| Session {
        token_hash: vec![token; 32],
        user: UserId::new(&SystemClock, &SystemEntropy),
        expires_at: SystemClock.now() + SignedDuration::from_hours(1),
    };
    let opened = session(1);
    let noted = entry(SESSION_OPENED, opened.user.to_string(), session_evidence(&opened).after(""));
    bench.write(async |work| work.insert_session(&opened).await.unwrap(), vec![noted]).await;
    assert_eq!(bench.found().await, [""; 0]);
    bench.write(async |work| work.insert_session(&session(2)).await.unwrap(), Vec::new()).await;
    assert_eq!(bench.found().await, ["session-without-audit-entry"]);
}

#[tokio::test]
async fn a_withdrawal_that_was_taken_out_is_found_until_it_would_be_forgotten() {
    let bench = bench().await;
    let now = SystemClock.now();
    let withdrawn = |hours: i64| {
        let (token, until) =
            (UserId::new(&SystemClock, &SystemEntropy), now + SignedDuration::from_hours(hours));
        let by = ("wang", "intake".to_owned());
        (token, until, vec![withdrawal_entry(by, SESSION_ENDED, token, now, until)])
    };
    let (token, until, noted) = withdrawn(1);
    bench.write(async |work| work.withdraw_token(token, now, until).await.unwrap(), noted).await;
    let (_, _, run_out) = withdrawn(-1);
    bench.write(async |_| {}, run_out).await;
    assert_eq!(bench.found().await, [""; 0]);
    let (_, _, noted) = withdrawn(1);
    bench.write(async |_| {}, noted).await;
    assert_eq!(bench.found().await, ["withdrawn-token-missing"]);
}

#[tokio::test]
async fn a_register_that_was_not_imported_is_found() {
    let bench = bench().await;
    let unit = |name: &str| UnitRecord {
        code: "990100-ZZB".parse().unwrap(),
        body: serde_json::json!({"name": name, "leaders": [{"title": "部长", "name": "某"}], "code": "990100-ZZB"}),
    };
    let (written, other) = ([unit("one")], [unit("other")]);
    let reason = register_evidence(&written).after("");
    let noted = vec![entry(UNITS_IMPORTED, "1".to_owned(), reason)];
    bench.write(async |work| assert!(work.replace_units(&written).await.unwrap() > 0), noted).await;
    assert_eq!(bench.found().await, [""; 0]);
    bench.write(async |work| assert!(work.replace_units(&other).await.unwrap() > 0), Vec::new()).await;
    assert_eq!(bench.found().await, ["units-register-changed"]);
    // Older than digests.
    bench.write(async |_| {}, vec![entry(UNITS_IMPORTED, "2".to_owned(), String::new())]).await;
    assert_eq!(bench.inspect(Vec::new()).await.unproven.registers, 1);
}

#[tokio::test]
async fn a_correction_that_nobody_made_is_found() {
    let bench = bench().await;
    let written = correction();
    let noted =
        |of: &Correction| vec![entry(TIP_LABELLED, of.tip.to_string(), correction_evidence(of).after("A02"))];
    let keep = async |kept: &Correction, entries| {
        let kept = [kept.clone()];
        bench.write(async |work| work.keep_corrections(&kept).await.unwrap(), entries).await;
    };
    keep(&written, noted(&written)).await;
    assert_eq!(bench.found().await, [""; 0]);
    keep(&Correction { leaf: "A03".parse().unwrap(), ..written.clone() }, Vec::new()).await;
    assert_eq!(bench.found().await, ["correction-changed"]);
    keep(&written, noted(&correction())).await;
    keep(&correction(), Vec::new()).await;
    assert_eq!(bench.found().await, ["correction-without-audit-entry", "correction-missing"]);
}

#[tokio::test]
async fn a_step_that_nobody_took_and_one_that_is_gone_are_found() {
    let bench = bench().await;
    let over = limit(5, DeadlineState::Cancelled);
    let (taken, other) = (step(&over), step(&limit(5, DeadlineState::Open)));
    let noted = |of: &LadderStep| {
        vec![entry("deadline.step.1", of.case.to_string(), step_evidence(of).after("DL-SCR 1"))]
    };
    let rows = async |work: &mut dyn UnitOfWork| {
        assert!(work.insert_deadline(&over, None).await.unwrap());
        assert!(work.record_step(&taken).await.unwrap());
    };
    bench.write(rows, noted(&taken)).await;
    assert_eq!(bench.found().await, [""; 0]);
    bench.write(async |_| {}, noted(&other)).await;
    assert_eq!(bench.found().await, ["ladder-step-missing"]);
    let slipped_in = LadderStep { extension: 1, ..taken.clone() };
    bench.write(async |work| assert!(work.record_step(&slipped_in).await.unwrap()), Vec::new()).await;
    assert_eq!(bench.found().await, ["ladder-step-missing", "ladder-step-without-audit-entry"]);
    // It may be one of those before digests.
    let older = vec![entry("deadline.step.1", taken.case.to_string(), "DL-SCR 1".to_owned())];
    bench.write(async |_| {}, older).await;
    assert_eq!(bench.inspect(Vec::new()).await.unproven.steps, 1);
}

#[tokio::test]
async fn a_limit_that_the_clock_would_miss_is_found() {
    let now = SystemClock.now();
    let in_days = |days: i64| Some(now + SignedDuration::from_hours(24 * days));
    let overdue = |level| DeadlineState::Overdue { level };
    for (limit, next, in_time) in [
        (limit(40, DeadlineState::Open), in_days(1), true),
        (limit(40, DeadlineState::Open), in_days(50), false),
        (limit(40, DeadlineState::Open), None, false),
        // Whatever the rules have before: level 1 is taken, the next rung is due two weeks from now at the latest.
        (limit(-1, overdue(1)), in_days(1), true),
        (limit(-1, overdue(1)), in_days(60), false),
        (limit(-1, overdue(1)), None, false),
        (limit(-1, overdue(4)), None, true),
        (limit(40, DeadlineState::Cancelled), None, true),
    ] {
        let bench = bench().await;
        bench
            .write(async |work| assert!(work.insert_deadline(&limit, next).await.unwrap()), Vec::new())
            .await;
        let found = bench.found().await;
        assert_eq!(found.is_empty(), in_time, "{found:?} for {:?} looked at {next:?}", limit.state);
        assert!(in_time || found == ["deadline-looked-at-too-late"], "{found:?}");
    }
}
