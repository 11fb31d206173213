-- Long work: what is to be done, row by row, and what came of it.

-- up
create table job (
  organization_id uuid not null,
  id uuid not null,
  -- users.bulk, users.import …
  kind text not null,
  state text not null default 'queued',
  -- What is to be done with each row.
  input jsonb not null,
  -- Whose rights count; asked again whenever rows are done.
  actor_type text not null,
  actor_id uuid not null,
  request_id text not null default '',
  total integer not null,
  done integer not null default 0,
  failed integer not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  undone_at timestamptz,
  constraint job_pkey primary key (organization_id, id),
  constraint job_organization_fkey foreign key (organization_id) references organization (id),
  constraint job_state_check check (state in ('queued', 'running', 'done', 'canceled')),
  constraint job_actor_type_check check (actor_type in ('user', 'api-key')),
  constraint job_counts_check check (done >= 0 and failed >= 0 and done + failed <= total)
);
-- What the workers look for, over all organizations.
create index job_open_idx on job (created_at) where state in ('queued', 'running');
create index job_ended_idx on job (organization_id, ended_at) where ended_at is not null;

-- Done in the same transaction as its row is marked, so never twice. No names: they are read from the user, so that
-- none outlives an erasure.
create table job_row (
  organization_id uuid not null,
  job_id uuid not null,
  position integer not null,
  user_id uuid,
  state text not null default 'pending',
  -- What the row says, until it is done.
  input jsonb,
  code text,
  message text,
  -- What takes it back.
  undo jsonb,
  constraint job_row_pkey primary key (organization_id, job_id, position),
  constraint job_row_job_fkey foreign key (organization_id, job_id) references job (organization_id, id) on delete cascade,
  constraint job_row_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete set null (user_id),
  constraint job_row_state_check check (state in ('pending', 'done', 'failed'))
);
create index job_row_pending_idx on job_row (organization_id, job_id, position) where state = 'pending';
create index job_row_user_idx on job_row (organization_id, user_id) where user_id is not null;

do $$
declare name text;
begin
  foreach name in array array['job', 'job_row'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- For the workers: jobs that have rows left, the oldest first. Each is taken in its own organization.
create function list_open_jobs(most integer) returns table (organization_id uuid, id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select j.organization_id, j.id from job j where j.state in ('queued', 'running') order by j.created_at limit most;
    perform set_config('linefinder.lookup', '', true);
  end $$;
revoke all on function list_open_jobs(integer) from public;

-- down
drop function list_open_jobs(integer);
drop table job_row;
drop table job;
