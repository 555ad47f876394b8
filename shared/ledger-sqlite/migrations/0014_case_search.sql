-- Why: a case is found by the end of its number, and whoever oversees some units is listed what these were given,
-- without opening every case of the line.

CREATE INDEX cases_number_end ON cases ((substr(number, length(number) - 5)));
CREATE INDEX assignments_unit ON assignments (unit, case_id);
