//! Files of tips and messages: for whoever may read the case, and on record.

use dengwen_casework::{Desk, LocalDesk};
use dengwen_door::{Files, ReceiptDesk};
use dengwen_model::{AssignmentTask, Attachment, MessageContent, Role};
use serde_json::json;

use crate::bench::{Bench, COUNTY, OTHER_COUNTY};
use crate::seed::Seed;

async fn keep(bench: &Bench, bytes: &[u8]) -> Attachment {
    let files = Files::new(bench.runtime.objects().clone(), 1000);
    files.keep("丁戊己的证据.txt", bytes, bench.runtime.entropy()).await.unwrap()
}

#[tokio::test]
async fn an_officer_reads_the_files_that_were_released_and_leaves_a_record() {
    let bench = Bench::new().await;
    let files = vec![keep(&bench, "转账记录".as_bytes()).await];
    let seeded = bench.seed(Seed { files, ..Seed::default() }).await;
    let attachments = vec![keep(&bench, "会议记录".as_bytes()).await];
    let content = MessageContent { attachments, ..MessageContent::words("补充") };
    let receipts = LocalDesk::new(Desk::new(bench.runtime.clone()));
    assert!(receipts.write(&bench.message(&seeded.receipts[0], content)).await.unwrap());

    let officer = bench.officer();
    let case = bench.get(&seeded.at_case(""), &officer).await.ok();
    assert!(!case.to_string().contains("丁戊己的证据"), "people name files after themselves");
    let of_tip = case["tips"][0]["files"][0]["file"].as_str().unwrap().to_owned();
    let of_message = case["tips"][0]["messages"][0]["files"][0]["file"].as_str().unwrap().to_owned();
    for (file, words) in [(&of_tip, "转账记录"), (&of_message, "会议记录")] {
        let path = seeded.at_case(&format!("/files/{file}"));
        bench.get(&path, &officer).await.refused(403, "not-released");
        assert_eq!(bench.get(&path, &bench.supervisor()).await.text, words, "who took it in may look");
        let release = format!("{path}/release");
        bench.post(&release, &bench.supervisor(), json!({"reason": "核对账目需要原件"})).await.ok();
        let read = bench.get(&seeded.at_case(&format!("/files/{file}")), &officer).await;
        assert_eq!((read.status.as_u16(), read.text.as_str()), (200, words));
        let header = |name: &str| read.headers[name].to_str().unwrap().to_owned();
        assert!(header("content-disposition").starts_with("attachment; filename=\"990000-ZZB-2026-WEB-"));
        assert_eq!(header("content-type"), "text/plain");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
    let mut work = bench.runtime.ledger().read().await.unwrap();
    let audit = work.audit_of(&seeded.case.to_string()).await.unwrap();
    let read: Vec<_> = audit.iter().filter(|record| record.entry.action == "file.read").collect();
    let who: Vec<_> = read.iter().map(|record| record.entry.actor.as_str()).collect();
    assert_eq!(who, ["supervisor", "officer", "supervisor", "officer"]);
    assert_eq!(read[0].entry.reason, of_tip);
}

#[tokio::test]
async fn a_file_is_no_one_elses_and_only_its_own_cases() {
    let bench = Bench::new().await;
    let files = vec![keep(&bench, b"notes").await];
    let file = files[0].object.rsplit('/').next().unwrap().to_owned();
    let seeded = bench.seed(Seed { files: files.clone(), ..Seed::default() }).await;
    let other = bench.seed(Seed::default()).await;
    let sealed = bench.seed(Seed { files, task: AssignmentTask::PassUp, ..Seed::default() }).await;
    let path = format!("/files/{file}");
    let elsewhere = bench.token(Role::Officer, Some(OTHER_COUNTY), "somebody");
    bench.get(&seeded.at_case(&path), &elsewhere).await.refused(404, "not-found");
    bench.get(&other.at_case(&path), &bench.officer()).await.refused(404, "not-found");
    bench.get(&sealed.at_case(&path), &bench.officer()).await.refused(404, "not-found");
    bench.get(&seeded.at_case("/files/00"), &bench.officer()).await.refused(404, "not-found");
    for role in [Role::Admin, Role::Auditor, Role::Custodian, Role::Analyst, Role::Intake] {
        let token = bench.token(role, None, "somebody");
        bench.get(&seeded.at_case(&path), &token).await.refused(403, "forbidden");
    }
}

#[tokio::test]
async fn a_reviewer_gives_the_unit_an_original_by_the_page_and_an_officer_cannot() {
    let bench = Bench::new().await;
    let files = vec![keep(&bench, b"notes").await];
    let file = files[0].object.rsplit('/').next().unwrap().to_owned();
    let seeded = bench.seed(Seed { files, ..Seed::default() }).await;
    let page = format!("/desk/cases/{}", seeded.case);
    let officer = bench.browser(Role::Officer, Some(COUNTY), "officer").await;
    let supervisor = bench.browser(Role::Supervisor, None, "supervisor").await;
    let form = format!("{page}/release-file");
    assert!(supervisor.page(&page).await.contains(&form) && !officer.page(&page).await.contains(&form));
    let sent = format!("file={file}&reason=x");
    assert_eq!(officer.form(&form, &sent).await, 404);
    assert_eq!(supervisor.form(&form, &sent).await, 303);
    assert!(!supervisor.page(&page).await.contains(&form), "nothing is left to release");
    assert!(officer.page(&page).await.contains("向承办单位提供原件"), "it is on record");
}
