-- Why: tips that came after a conclusion are looked for without opening every concluded case. Until now they
-- were counted from the sealed course; the audit log tells when a case was concluded.

ALTER TABLE cases ADD COLUMN late_tips INTEGER NOT NULL DEFAULT 0;
UPDATE cases SET late_tips = (
    SELECT count(*) FROM tips WHERE tips.case_id = cases.id AND tips.registered_at > (
        SELECT max(at) FROM audit
        WHERE audit.object = 'case_' || lower(hex(cases.id)) AND audit.action = 'case.concluded'
    )
) WHERE stage IN ('concluded', 'fed_back');
UPDATE cases SET body = json_set(body, '$.late_tips', late_tips) WHERE late_tips > 0;
CREATE INDEX cases_late ON cases (opened_at, id) WHERE late_tips > 0;
