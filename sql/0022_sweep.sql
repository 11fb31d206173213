-- What is past its time and was kept for ever: links of mails, and mails that were sent or given up.

-- up
-- Without them each sweep would read the whole table.
create index mail_message_ended_idx on mail_message (created_at) where status <> 'waiting';
create index one_time_token_created_idx on one_time_token (created_at);

-- Sessions and kept answers past their time, mails and links of a month ago. A link lives a day longer than its mail,
-- because an erasure learns from the link to which other address a mail went. A part of what may be a lot: the next
-- sweep takes the rest.
create or replace function sweep_expired() returns void
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from session where expires_at < now();
    delete from idempotency_key where created_at < now() - interval '24 hours';
    delete from mail_message where (organization_id, id) in (
      select m.organization_id, m.id from mail_message m
        where m.status <> 'waiting' and m.created_at < now() - interval '30 days' order by m.created_at limit 10000);
    delete from one_time_token where (organization_id, id) in (
      select t.organization_id, t.id from one_time_token t
        where t.created_at < now() - interval '31 days' and (t.used_at is not null or t.expires_at < now())
        order by t.created_at limit 10000);
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- down
create or replace function sweep_expired() returns void
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from session where expires_at < now();
    delete from idempotency_key where created_at < now() - interval '24 hours';
    perform set_config('linefinder.lookup', '', true);
  end $$;
drop index one_time_token_created_idx;
drop index mail_message_ended_idx;
