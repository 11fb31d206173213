-- Where in the file a row of an import stands, so that what is wrong with it can be shown there.

-- up
alter table job_row add column line integer;
-- The name of the column that is wrong.
alter table job_row add column cell text;

-- down
alter table job_row drop column cell;
alter table job_row drop column line;
