-- Why: names that differ only in case or width (Admin, ＡＤＭＩＮ) are one name to whoever reads them. The key is made by the
-- program from now on. Of older accounts whose names were alike the first keeps the plain key; the others go on as they are.

ALTER TABLE staff ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE staff SET name_key = lower(name);
UPDATE staff SET name_key = name_key || ' ' || hex(id)
WHERE EXISTS (SELECT 1 FROM staff AS other WHERE other.name_key = staff.name_key AND other.id < staff.id);
CREATE UNIQUE INDEX staff_name_key ON staff (name_key);
