-- Calls as they happened: what was told about each, what it adds up to, and the figures of days.

-- up
-- One row per call: the sum of its events, made anew whenever one of them comes.
create table call (
  organization_id uuid not null,
  -- As the carrier calls it.
  id text not null,
  carrier text not null,
  -- number, extension, anonymous, short, address.
  from_kind text not null,
  -- E.164, extension or address; null: withheld.
  from_value text,
  -- number, extension, user, queue, unparsable.
  to_kind text not null,
  to_value text not null,
  -- What was dialled led there when the call began; kept when the number, user or queue is gone.
  number_id uuid,
  user_id uuid,
  queue_id uuid,
  -- waiting: in a queue that waits.
  state text not null,
  -- null: not over yet.
  outcome text,
  answered_by uuid,
  started_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  -- The version of the directory that decided.
  directory_version bigint not null,
  -- Steps, and the sentences that say why, without names and numbers of people (services/routing/domain/history.ts).
  decision jsonb not null,
  -- What happened after the decision: outcomes of steps, legs, recordings, in their order.
  timeline jsonb not null default '[]',
  -- What the call has added to call_day so far; taken off again when it comes to add something else.
  figures jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint call_pkey primary key (organization_id, id),
  constraint call_organization_fkey foreign key (organization_id) references organization (id),
  constraint call_state_check check (state in ('ringing', 'waiting', 'in-progress', 'ended')),
  constraint call_outcome_check check (outcome in ('answered', 'missed', 'voicemail', 'abandoned', 'forwarded', 'announced', 'rejected')),
  constraint call_ended_check check ((state = 'ended') = (outcome is not null) and (state = 'ended') = (ended_at is not null))
);
create index call_started_idx on call (organization_id, started_at desc, id);
create index call_from_idx on call (organization_id, from_value, started_at desc) where from_value is not null;
create index call_to_idx on call (organization_id, to_value, started_at desc);
create index call_queue_idx on call (organization_id, queue_id, started_at desc) where queue_id is not null;
create index call_outcome_idx on call (organization_id, outcome, started_at desc, id) where outcome is not null;
-- What the sweeper of stuck calls and a starting process look for.
create index call_open_idx on call (updated_at) where state <> 'ended';

-- What was told about a call, once: the key is made of the content, so a repetition meets its first.
create table call_event (
  organization_id uuid not null,
  call_id text not null,
  key text not null,
  at timestamptz not null,
  -- decided, step-ended, status, leg, recorded, waiting.
  type text not null,
  data jsonb not null,
  constraint call_event_pkey primary key (organization_id, call_id, key),
  constraint call_event_organization_fkey foreign key (organization_id) references organization (id)
);
-- Rows come nearly in the order of time, and are deleted by it.
create index call_event_at_idx on call_event using brin (at);

-- Who had to do with a call: called from here, rung, talked, or owns the box it ended in. An agent sees these calls.
create table call_user (
  organization_id uuid not null,
  call_id text not null,
  user_id uuid not null,
  queue_id uuid,
  started_at timestamptz not null,
  rung_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  -- Rung, and nobody at all took the call: told to the user by their mobile settings.
  missed boolean not null default false,
  constraint call_user_pkey primary key (organization_id, call_id, user_id),
  constraint call_user_call_fkey foreign key (organization_id, call_id) references call (organization_id, id) on update cascade on delete cascade
);
create index call_user_user_idx on call_user (organization_id, user_id, started_at desc);
create index call_user_queue_idx on call_user (organization_id, queue_id, started_at desc) where queue_id is not null;

-- Figures of a day in the organization's time zone. Each call adds what it adds up to now less what it added before,
-- in the transaction that writes the call, so they are exact after late and repeated events too.
create table call_day (
  organization_id uuid not null,
  subject_type text not null,
  subject_id uuid not null,
  day date not null,
  -- Calls that were offered, answered, missed, and given up by the caller before an answer.
  offered integer not null default 0,
  handled integer not null default 0,
  missed integer not null default 0,
  abandoned integer not null default 0,
  -- Answered within 20 seconds, the usual service level.
  handled_in_time integer not null default 0,
  talk_seconds bigint not null default 0,
  constraint call_day_pkey primary key (organization_id, subject_type, subject_id, day),
  constraint call_day_organization_fkey foreign key (organization_id) references organization (id),
  constraint call_day_subject_type_check check (subject_type in ('user', 'queue', 'organization'))
);

do $$
declare name text;
begin
  foreach name in array array['call', 'call_event', 'call_user', 'call_day'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- Calls of which nothing was heard for too long: 4 h 10 min while somebody talks or waits (a carrier ends a call after
-- four hours), else 15 minutes. `at`: the last sign of life.
create function list_stuck_calls(p_most integer) returns table (organization_id uuid, id text, at timestamptz)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select c.organization_id, c.id, c.updated_at from call c
      where c.state <> 'ended' and c.updated_at < now() - interval '15 minutes'
        and ((c.answered_at is null and c.state <> 'waiting') or c.updated_at < now() - interval '250 minutes')
      order by c.updated_at limit p_most;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- Calls are kept for as long as the organization says. Their events are kept for a week, in which late ones may come;
-- after that the call's row is what there is. A part of what may be a lot: says whether something may be left.
create function sweep_calls(p_most integer) returns boolean
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ declare calls integer; events integer; begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from call where (call.organization_id, call.id) in (
      select old.organization_id, old.id from organization o cross join lateral (
        select c.organization_id, c.id from call c where c.organization_id = o.id
          and c.started_at < now() - make_interval(days => coalesce((o.policies->>'callRetentionDays')::integer, 365))
        order by c.started_at limit p_most) old
      limit p_most);
    get diagnostics calls = row_count;
    delete from call_event where ctid = any(array(
      select e.ctid from call_event e where e.at < now() - interval '7 days' limit p_most));
    get diagnostics events = row_count;
    perform set_config('linefinder.lookup', '', true);
    return calls >= p_most or events >= p_most;
  end $$;
revoke all on function list_stuck_calls(integer), sweep_calls(integer) from public;

-- down
drop function sweep_calls(integer);
drop function list_stuck_calls(integer);
drop table call_day;
drop table call_user;
drop table call_event;
drop table call;
