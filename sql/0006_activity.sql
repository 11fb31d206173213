-- What was done, what must be told to the other replicas, and answers kept for repeated requests.

-- up
create table activity (
  organization_id uuid not null,
  id uuid not null,
  at timestamptz not null default now(),
  -- user, api-key, operator or system.
  actor_type text not null,
  actor_id uuid,
  -- users.create, numbers.target.set, session.refused …
  action text not null,
  subject_type text not null,
  subject_id uuid,
  -- Changed fields only; secrets are masked before they come here.
  before jsonb,
  after jsonb,
  request_id text not null default '',
  constraint activity_pkey primary key (organization_id, id),
  constraint activity_organization_fkey foreign key (organization_id) references organization (id),
  constraint activity_actor_type_check check (actor_type in ('user', 'api-key', 'operator', 'system'))
);
create index activity_subject_idx on activity (organization_id, subject_id, id);
create index activity_actor_idx on activity (organization_id, actor_id, id);
-- Append-only, for the service too. A trigger and not only a revoke: an owner could grant the right back to itself by mistake.
create function refuse_activity_change() returns trigger language plpgsql as $$
begin
  raise exception 'activity is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger activity_append_only before update or delete on activity
  for each row execute function refuse_activity_change();
create trigger activity_keep before truncate on activity
  for each statement execute function refuse_activity_change();

-- Written in the transaction of the change; the relay publishes it and deletes it. A crash between commit and
-- publish loses nothing: the row is still there.
create table outbox (
  organization_id uuid not null,
  id bigint generated always as identity,
  -- The organization's version after the change.
  version bigint not null,
  created_at timestamptz not null default now(),
  constraint outbox_pkey primary key (organization_id, id),
  constraint outbox_organization_fkey foreign key (organization_id) references organization (id)
);
create index outbox_id_idx on outbox (id);
-- Sent by Postgres at commit, so never before the change can be read.
create function notify_directory() returns trigger language plpgsql as $$
begin
  perform pg_notify('linefinder_directory', new.organization_id || ':' || new.version);
  return null;
end $$;
create trigger outbox_notify after insert on outbox for each row execute function notify_directory();

create table idempotency_key (
  organization_id uuid not null,
  -- Who sent it and what they called it: two keys' requests never meet.
  actor text not null,
  key text not null,
  -- SHA-256 of method, path and body: another request under the same key is refused.
  request_hash text not null,
  status integer not null,
  -- null: the answer showed a secret, which is not kept.
  body text,
  created_at timestamptz not null default now(),
  constraint idempotency_key_pkey primary key (organization_id, actor, key),
  constraint idempotency_key_organization_fkey foreign key (organization_id) references organization (id)
);
create index idempotency_key_created_idx on idempotency_key (created_at);

do $$
declare name text;
begin
  foreach name in array array['activity', 'outbox', 'idempotency_key'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop table idempotency_key;
drop table outbox;
drop function notify_directory();
drop table activity;
drop function refuse_activity_change();
