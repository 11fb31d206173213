-- What is told to whoever watches: one stream of numbered events per organization, kept for an hour.

-- up
create table live_stream (
  organization_id uuid not null,
  -- Another epoch: the numbers have begun anew, and what a client holds is worth nothing.
  epoch text not null default replace(gen_random_uuid()::text, '-', ''),
  seq bigint not null default 0,
  constraint live_stream_pkey primary key (organization_id),
  constraint live_stream_organization_fkey foreign key (organization_id) references organization (id)
);

-- The number is given at the end of the transaction that writes the event, under the lock of the stream's row, so that
-- events are seen in the order of their numbers and none comes late into a gap.
create table live_event (
  organization_id uuid not null,
  seq bigint not null,
  at timestamptz not null,
  topic text not null,
  name text not null,
  data jsonb not null,
  -- Whom it is about: an agent sees only these. Empty: those who may see everybody's.
  user_ids uuid[] not null default '{}',
  queue_ids uuid[] not null default '{}',
  created_at timestamptz not null default now(),
  constraint live_event_pkey primary key (organization_id, seq),
  constraint live_event_organization_fkey foreign key (organization_id) references organization (id),
  constraint live_event_topic_check check (topic in ('presence', 'calls', 'activity', 'jobs', 'coverage'))
);
create index live_event_created_idx on live_event (created_at);
-- Only wakes the readers; they read the rows. Sent at commit.
create function notify_live() returns trigger language plpgsql as $$
begin
  perform pg_notify('linefinder_live', new.organization_id || ':' || new.seq);
  return null;
end $$;
create trigger live_stream_notify after insert or update on live_stream for each row execute function notify_live();

-- What storage/live-events.ts does, for what a row's trigger tells. Runs at the commit, when nothing is locked after it.
create function append_live_event(wanted_organization uuid, topic text, name text, data jsonb, user_ids uuid[]) returns void
  language plpgsql as $$
declare given bigint;
begin
  insert into live_stream (organization_id, seq) values (wanted_organization, 1)
    on conflict (organization_id) do update set seq = live_stream.seq + 1 returning seq into given;
  insert into live_event (organization_id, seq, at, topic, name, data, user_ids)
    values (wanted_organization, given, now(), topic, name, data, user_ids);
end $$;

-- How a job goes on: to whoever began it, and to those who see everybody's.
create function tell_job() returns trigger language plpgsql as $$
begin
  perform append_live_event(new.organization_id, 'jobs', 'job.changed',
    jsonb_build_object('id', new.id, 'kind', new.kind, 'state', new.state, 'total', new.total, 'done', new.done,
      'failed', new.failed, 'actor', jsonb_build_object('type', new.actor_type, 'id', new.actor_id)),
    case when new.actor_id is null then '{}' else array[new.actor_id] end);
  return null;
end $$;
create constraint trigger job_tell after insert or update of state, done, failed on job
  deferrable initially deferred for each row execute function tell_job();

-- Another version of the directory: hours, people and numbers may be covered otherwise.
create function tell_version() returns trigger language plpgsql as $$
begin
  perform append_live_event(new.organization_id, 'coverage', 'coverage.changed',
    jsonb_build_object('version', new.version), '{}');
  return null;
end $$;
create constraint trigger outbox_tell after insert on outbox
  deferrable initially deferred for each row execute function tell_version();

do $$
declare name text;
begin
  foreach name in array array['live_stream', 'live_event'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- Where each stream stands: what a process reads when it begins, and once a second in case nobody woke it.
create function list_live_streams() returns table (organization_id uuid, epoch text, seq bigint)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select s.organization_id, s.epoch, s.seq from live_stream s;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- Events of more than an hour ago: whoever was away for longer begins anew. A part of what may be a lot.
create function sweep_live_events() returns void
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from live_event where (organization_id, seq) in (
      select e.organization_id, e.seq from live_event e
        where e.created_at < now() - interval '1 hour' order by e.created_at limit 20000 for update skip locked);
    perform set_config('linefinder.lookup', '', true);
  end $$;

revoke all on function list_live_streams(), sweep_live_events(), append_live_event(uuid, text, text, jsonb, uuid[]) from public;

-- down
drop function sweep_live_events();
drop function list_live_streams();
drop trigger outbox_tell on outbox;
drop trigger job_tell on job;
drop function tell_version();
drop function tell_job();
drop function append_live_event(uuid, text, text, jsonb, uuid[]);
drop table live_event;
drop table live_stream;
drop function notify_live();
