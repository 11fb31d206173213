-- Queues in which callers wait: the settings, who waits, and who was offered to whom.

-- up
-- maxWaitSeconds, maxWaiting, priority, overflow; null: nobody waits, the members are rung at once.
alter table queue add column waiting jsonb;
-- Of this number's callers, instead of the queue's.
alter table number add column waiting_priority integer
  constraint number_waiting_priority_check check (waiting_priority between 1 and 100);

-- A caller's wait in a queue. A call may wait twice, so the step is a part of the key.
create table queue_wait (
  organization_id uuid not null,
  call_id text not null,
  step_id text not null,
  queue_id uuid not null,
  carrier text not null,
  -- Of the carrier: whose call it is, and what it waits in there.
  account_sid text,
  queue_sid text,
  -- Shown to the members who are rung: the number that was dialled.
  dialled text,
  -- 1 is served first.
  priority integer not null,
  -- Users who were rung in this call before, and who calls.
  rung uuid[] not null default '{}',
  entered_at timestamptz not null,
  expires_at timestamptz not null,
  -- When the carrier last said that the caller is still there.
  seen_at timestamptz not null,
  state text not null default 'waiting',
  -- Why the caller is to leave, or has left.
  reason text,
  answered_by uuid,
  answered_at timestamptz,
  -- The end of the wait without an answer, else that of the talk.
  ended_at timestamptz,
  constraint queue_wait_pkey primary key (organization_id, call_id, step_id),
  constraint queue_wait_organization_fkey foreign key (organization_id) references organization (id),
  constraint queue_wait_carrier_check check (carrier in ('twilio', 'pbx')),
  constraint queue_wait_state_check check (state in ('waiting', 'talking', 'answered', 'abandoned', 'overflowed')),
  constraint queue_wait_reason_check check (reason in ('time', 'length', 'no-agent')),
  constraint queue_wait_answered_check check ((state in ('talking', 'answered')) = (answered_at is not null)),
  constraint queue_wait_ended_check check ((state in ('waiting', 'talking')) = (ended_at is null))
);
-- The figures of a queue.
create index queue_wait_queue_idx on queue_wait (organization_id, queue_id, entered_at);
-- What the distributor looks for.
create index queue_wait_open_idx on queue_wait (organization_id) where state in ('waiting', 'talking');
create index queue_wait_entered_idx on queue_wait (entered_at);

-- One member, rung for one caller.
create table queue_offer (
  organization_id uuid not null,
  id uuid not null,
  call_id text not null,
  step_id text not null,
  queue_id uuid not null,
  user_id uuid not null,
  state text not null default 'ringing',
  -- How many devices ring; the carrier's ids of those that do, with how each ended.
  devices integer not null,
  legs jsonb not null default '{}',
  offered_at timestamptz not null,
  -- Nobody hears of it after this: the process that rang is gone.
  expires_at timestamptz not null,
  ended_at timestamptz,
  constraint queue_offer_pkey primary key (organization_id, id),
  constraint queue_offer_wait_fkey foreign key (organization_id, call_id, step_id)
    references queue_wait (organization_id, call_id, step_id) on delete cascade,
  constraint queue_offer_state_check check (state in ('ringing', 'answered', 'declined', 'no-answer', 'unreachable', 'canceled')),
  constraint queue_offer_ended_check check ((state = 'ringing') = (ended_at is null))
);
create index queue_offer_call_idx on queue_offer (organization_id, call_id, step_id);
create index queue_offer_user_idx on queue_offer (organization_id, user_id, offered_at);

do $$
declare name text;
begin
  foreach name in array array['queue_wait', 'queue_offer'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

create function list_waiting_organizations() returns setof uuid
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select distinct w.organization_id from queue_wait w where w.state in ('waiting', 'talking') limit 10000;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- Waits live as long as the calls that they are a part of.
create function sweep_queue_waits() returns void
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from queue_wait where (organization_id, call_id, step_id) in (
      select w.organization_id, w.call_id, w.step_id from queue_wait w
        join organization o on o.id = w.organization_id
        where w.state not in ('waiting', 'talking')
          and w.entered_at < now() - make_interval(days => coalesce((o.policies->>'callRetentionDays')::integer, 365))
        order by w.entered_at limit 10000);
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- down
drop function sweep_queue_waits();
drop function list_waiting_organizations();
drop table queue_offer;
drop table queue_wait;
alter table number drop column waiting_priority;
alter table queue drop column waiting;
