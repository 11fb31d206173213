-- What a deactivation or a deletion moved, the dates of deletions, and the personal side of the activity log.

-- up
-- A user who is deactivated for a time, or deleted and not yet erased: what is needed to take it back.
create table life_cycle (
  organization_id uuid not null,
  user_id uuid not null,
  -- deactivation: kept only where it is temporary. deletion: until it is undone or the user is erased.
  cause text not null,
  -- Whom the user's things went to; null: to nobody.
  reassigned_to_user_id uuid,
  -- Of a deletion: the status to go back to, the extension that was freed, and when the user is erased.
  former_status text,
  former_extension text,
  erases_at timestamptz,
  created_at timestamptz not null,
  constraint life_cycle_pkey primary key (organization_id, user_id, cause),
  constraint life_cycle_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint life_cycle_cause_check check (cause in ('deactivation', 'deletion')),
  constraint life_cycle_deletion_check check ((cause = 'deletion') = (erases_at is not null)),
  constraint life_cycle_former_status_check check (former_status in ('active', 'inactive', 'pending'))
);
-- What the erasing worker looks for, over all organizations.
create index life_cycle_erases_at_idx on life_cycle (erases_at) where erases_at is not null;

-- Each thing that moved, so that exactly these can be given back. No foreign keys to the things: one that is gone by
-- then is reported as such.
create table life_cycle_move (
  organization_id uuid not null,
  user_id uuid not null,
  cause text not null,
  -- lead, number, queue; fallback (of a user), fallback-day, fallback-override.
  kind text not null,
  -- The lead, number or queue; for fallbacks the user whose fallback it was.
  item_id uuid not null,
  -- fallback-day: the weekday; fallback-override: the id of the override; else empty.
  place text not null default '',
  -- Who has it now; null: nobody.
  to_user_id uuid,
  -- Of a queue: where in the list the user was.
  priority integer,
  position integer,
  constraint life_cycle_move_pkey primary key (organization_id, user_id, cause, kind, item_id, place),
  constraint life_cycle_move_fkey foreign key (organization_id, user_id, cause) references life_cycle (organization_id, user_id, cause) on delete cascade,
  constraint life_cycle_move_kind_check check (kind in ('lead', 'number', 'queue', 'fallback', 'fallback-day', 'fallback-override'))
);

-- Names, logins, addresses and telephone numbers out of activity rows. The rows of `activity` are never changed or
-- deleted; what is personal in them lies here and goes when the person is erased. No foreign key to "user": activity
-- is also written about users who are not there any more.
create table activity_personal (
  organization_id uuid not null,
  activity_id uuid not null,
  -- Whose values these are: what an erasure looks for.
  subject_id uuid not null,
  -- The members of `before` and `after` that are missing in the activity row.
  before jsonb,
  after jsonb,
  constraint activity_personal_pkey primary key (organization_id, activity_id),
  constraint activity_personal_activity_fkey foreign key (organization_id, activity_id) references activity (organization_id, id)
);
create index activity_personal_subject_idx on activity_personal (organization_id, subject_id);

do $$
declare name text;
begin
  foreach name in array array['life_cycle', 'life_cycle_move', 'activity_personal'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- For the erasing worker: who is due, the longest waiting first. It checks each one again in the organization's own transaction.
create function list_due_erasures(due timestamptz, most integer) returns table (organization_id uuid, user_id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select l.organization_id, l.user_id from life_cycle l where l.erases_at <= due order by l.erases_at limit most;
    perform set_config('linefinder.lookup', '', true);
  end $$;
revoke all on function list_due_erasures(timestamptz, integer) from public;

-- down
drop function list_due_erasures(timestamptz, integer);
drop table activity_personal;
drop table life_cycle_move;
drop table life_cycle;
