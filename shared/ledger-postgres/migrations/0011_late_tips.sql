-- Why: tips that came after a conclusion are looked for without opening every concluded case. Until now they
-- were counted from the sealed course; the audit log tells when a case was concluded.

ALTER TABLE cases ADD COLUMN late_tips bigint NOT NULL DEFAULT 0;
UPDATE cases SET late_tips = (
    SELECT count(*) FROM tips WHERE tips.case_id = cases.id AND tips.registered_at > (
        SELECT max(at) FROM audit
        WHERE audit.object = 'case_' || replace(cases.id::text, '-', '') AND audit.action = 'case.concluded'
    )
) WHERE stage IN ('concluded', 'fed_back');
UPDATE cases SET body = jsonb_set(body, '{late_tips}', to_jsonb(late_tips)) WHERE late_tips > 0;
CREATE INDEX cases_late ON cases (opened_at, id) WHERE late_tips > 0;
