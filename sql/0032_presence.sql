-- Who is there, rings or talks: what every process knows of it, for the others.

-- up
-- One row per organization: its lock puts the writers of presence in a row, and its number tells the readers what is new.
create table presence_stream (
  organization_id uuid not null,
  seq bigint not null default 0,
  constraint presence_stream_pkey primary key (organization_id),
  constraint presence_stream_organization_fkey foreign key (organization_id) references organization (id)
);

-- Why somebody is there, rings or talks. It ends by itself, so a process that dies leaves no ghosts.
create table presence_lease (
  organization_id uuid not null,
  -- call:<id of the call>, socket:<id of the process>, device (the word of a PBX about a telephone).
  source text not null,
  user_id uuid not null,
  -- offline: it has ended, and is kept a while so that the others hear of it and late news does not bring it back.
  state text not null,
  -- Counts towards the user's limit of calls.
  counts boolean not null,
  -- Whose call it is.
  queue_id uuid,
  at timestamptz not null,
  answered_at timestamptz,
  expires_at timestamptz not null,
  -- Of the stream, when it was written.
  seq bigint not null,
  constraint presence_lease_pkey primary key (organization_id, source, user_id),
  constraint presence_lease_organization_fkey foreign key (organization_id) references organization (id),
  constraint presence_lease_state_check check (state in ('offline', 'online', 'ringing', 'on-call', 'do-not-disturb'))
);
create index presence_lease_user_idx on presence_lease (organization_id, user_id);
create index presence_lease_seq_idx on presence_lease (organization_id, seq);
create index presence_lease_expires_idx on presence_lease (expires_at);

-- What was told last about a user, and the history that the order of a queue goes by.
create table presence_user (
  organization_id uuid not null,
  user_id uuid not null,
  state text not null default 'offline',
  calls integer not null default 0,
  since timestamptz not null default now(),
  -- When the user's own do-not-disturb ends; null: it does not by itself, or is not on.
  dnd_until timestamptz,
  -- Calls of queues.
  last_answered_at timestamptz,
  -- The organization's local day that `answered` is about.
  answered_day date,
  answered integer not null default 0,
  constraint presence_user_pkey primary key (organization_id, user_id),
  constraint presence_user_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint presence_user_state_check check (state in ('offline', 'online', 'ringing', 'on-call', 'do-not-disturb'))
);
create index presence_user_dnd_idx on presence_user (dnd_until) where dnd_until is not null;

-- Who was rung first when the queue rang last.
create table presence_queue (
  organization_id uuid not null,
  queue_id uuid not null,
  user_id uuid not null,
  rung_at timestamptz not null,
  seq bigint not null,
  constraint presence_queue_pkey primary key (organization_id, queue_id),
  constraint presence_queue_queue_fkey foreign key (organization_id, queue_id) references queue (organization_id, id) on delete cascade
);

do $$
declare name text;
begin
  foreach name in array array['presence_stream', 'presence_lease', 'presence_user', 'presence_queue'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- Where each organization's presence stands: a process reads what is new where it stands elsewhere.
create function list_presence_streams() returns table (organization_id uuid, seq bigint)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select s.organization_id, s.seq from presence_stream s;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- Organizations in which something has run out: a lease, or somebody's do-not-disturb. What was over already is deleted.
create function list_due_presence(due timestamptz) returns table (organization_id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from presence_lease l where l.expires_at <= due and l.state = 'offline';
    return query
      select l.organization_id from presence_lease l where l.expires_at <= due
      union select u.organization_id from presence_user u where u.dnd_until <= due;
    perform set_config('linefinder.lookup', '', true);
  end $$;

revoke all on function list_presence_streams(), list_due_presence(timestamptz) from public;

-- down
drop function list_due_presence(timestamptz);
drop function list_presence_streams();
drop table presence_queue;
drop table presence_user;
drop table presence_lease;
drop table presence_stream;
