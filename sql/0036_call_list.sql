-- What lists of calls and messages are read by: a year of calls is found in the indexes alone.

-- up
-- How the call ended, beside everybody who had to do with it: the calls of a desk that were missed are found without a
-- look at all the others. Written with the row, which is written anew whenever its call is.
alter table call_user add column outcome text;
do $$ begin
  perform set_config('linefinder.lookup', 'on', true);
  update call_user u set outcome = c.outcome from call c
    where c.organization_id = u.organization_id and c.id = u.call_id and c.outcome is not null;
  perform set_config('linefinder.lookup', '', true);
end $$;
create function mark_call_user() returns trigger language plpgsql as $$
begin
  select c.outcome into new.outcome from call c
    where c.organization_id = new.organization_id and c.id = new.call_id;
  return new;
end $$;
create trigger call_user_mark before insert or update on call_user for each row execute function mark_call_user();

-- As many indexes as before, each with all that a walk needs to know of a call: its place in the list and its end.
drop index call_user_user_idx;
create index call_user_user_idx on call_user (organization_id, user_id, started_at desc, call_id) include (outcome);
drop index call_user_queue_idx;
create index call_user_queue_idx on call_user (organization_id, queue_id, started_at desc, call_id) include (outcome)
  where queue_id is not null;
drop index call_queue_idx;
create index call_queue_idx on call (organization_id, queue_id, started_at desc, id) include (outcome)
  where queue_id is not null;
drop index call_from_idx;
create index call_from_idx on call (organization_id, from_value, started_at desc, id) include (outcome)
  where from_value is not null;
drop index call_to_idx;
create index call_to_idx on call (organization_id, to_value, started_at desc, id) include (outcome);

-- Unread messages are few: they are counted with every page.
create index voicemail_unread_idx on voicemail (organization_id, mailbox_id, mailbox_type)
  where read_at is null and archived_at is null and deleted_at is null;

-- down
drop index voicemail_unread_idx;
drop index call_to_idx;
create index call_to_idx on call (organization_id, to_value, started_at desc);
drop index call_from_idx;
create index call_from_idx on call (organization_id, from_value, started_at desc) where from_value is not null;
drop index call_queue_idx;
create index call_queue_idx on call (organization_id, queue_id, started_at desc) where queue_id is not null;
drop index call_user_queue_idx;
create index call_user_queue_idx on call_user (organization_id, queue_id, started_at desc) where queue_id is not null;
drop index call_user_user_idx;
create index call_user_user_idx on call_user (organization_id, user_id, started_at desc);
drop trigger call_user_mark on call_user;
drop function mark_call_user();
alter table call_user drop column outcome;
