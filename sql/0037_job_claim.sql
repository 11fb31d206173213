-- Rows of a job that ask somebody outside are done before they are marked: one replica at a time does them.

-- up
-- Until when the next rows are somebody's. Whoever dies with them keeps the others waiting no longer than this.
alter table job add column claimed_until timestamptz;

-- down
alter table job drop column claimed_until;
