-- People, their hours and their extensions.

-- up
create table "user" (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  -- What one logs in with: the e-mail address or the user name. Compared without regard to case.
  login text not null,
  email text,
  first_name text not null,
  last_name text not null,
  role text not null default 'agent',
  status text not null,
  -- null: the organization's zone, also when that changes later.
  time_zone text,
  parent_user_id uuid,
  fallback_user_id uuid,
  reassigned_to_user_id uuid,
  if_unavailable jsonb not null default '{"action": "voicemail"}',
  ring_seconds integer,
  call_limit integer,
  dnd_on boolean not null default false,
  dnd_until timestamptz,
  forward_all jsonb,
  devices jsonb not null default '[]',
  mobile jsonb not null default '{"ringApp": true, "pushMissed": true, "quietHours": null}',
  -- true: `weekly` is null in the API, so always available whatever the days say.
  always_available boolean not null default true,
  -- What logins, addresses and the list of names are compared and sorted by. Columns and not indexes on lower(…):
  -- lower() is not leakproof, so under row-level security such an index cannot be searched.
  login_key text collate "C" not null generated always as (lower(login)) stored,
  email_key text collate "C" generated always as (lower(email)) stored,
  name_key text collate "C" not null generated always as (lower(last_name) || ' ' || lower(first_name)) stored,
  -- argon2id; null: no password yet (invited), so no login.
  password_hash text,
  must_change_password boolean not null default false,
  last_login_at timestamptz,
  deleted_at timestamptz,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint user_pkey primary key (organization_id, id),
  constraint user_organization_fkey foreign key (organization_id) references organization (id),
  constraint user_parent_fkey foreign key (organization_id, parent_user_id) references "user" (organization_id, id),
  constraint user_fallback_fkey foreign key (organization_id, fallback_user_id) references "user" (organization_id, id),
  constraint user_reassigned_to_fkey foreign key (organization_id, reassigned_to_user_id) references "user" (organization_id, id),
  constraint user_kind_check check (kind in ('email', 'username')),
  constraint user_role_check check (role in ('administrator', 'manager', 'agent')),
  constraint user_status_check check (status in ('active', 'inactive', 'pending', 'deleted')),
  constraint user_fallback_self_check check (fallback_user_id <> id),
  constraint user_ring_seconds_check check (ring_seconds between 5 and 300),
  constraint user_call_limit_check check (call_limit between 1 and 20),
  constraint user_email_check check (kind <> 'email' or email is not null)
);
-- A deleted user frees login and address at once.
create unique index user_login_key on "user" (organization_id, login_key) where status <> 'deleted';
create unique index user_email_key on "user" (organization_id, email_key) where status <> 'deleted' and email_key is not null;
-- The list in the order of names, a page at a time.
create index user_name_idx on "user" (organization_id, name_key, id);
create index user_fallback_idx on "user" (organization_id, fallback_user_id) where fallback_user_id is not null;
create index user_reassigned_to_idx on "user" (organization_id, reassigned_to_user_id) where reassigned_to_user_id is not null;
create index user_parent_idx on "user" (organization_id, parent_user_id) where parent_user_id is not null;

-- Words by which a user is found: names, login, e-mail and extension, lower case. LIKE and trigrams are not leakproof,
-- so under row-level security their indexes are not used; a range over words (>= and < in collation C) is.
create table user_word (
  organization_id uuid not null,
  user_id uuid not null,
  word text collate "C" not null,
  constraint user_word_pkey primary key (organization_id, word, user_id),
  constraint user_word_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade
);
create index user_word_user_idx on user_word (organization_id, user_id);

-- A weekday that has no row is left out: available all day.
create table availability_day (
  organization_id uuid not null,
  user_id uuid not null,
  -- ISO: Monday is 1.
  weekday smallint not null,
  available boolean not null,
  -- Pairs of minutes of the local day, [from, to), as sent: {540,780,840,1080}. to <= from ends on the next day.
  windows smallint[] not null default '{}',
  fallback_user_id uuid,
  constraint availability_day_pkey primary key (organization_id, user_id, weekday),
  constraint availability_day_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint availability_day_fallback_fkey foreign key (organization_id, fallback_user_id) references "user" (organization_id, id),
  constraint availability_day_weekday_check check (weekday between 1 and 7),
  constraint availability_day_windows_check check (cardinality(windows) % 2 = 0 and (available or cardinality(windows) = 0)),
  constraint availability_day_fallback_check check (fallback_user_id is null or not available),
  constraint availability_day_fallback_self_check check (fallback_user_id <> user_id)
);
create index availability_day_fallback_idx on availability_day (organization_id, fallback_user_id) where fallback_user_id is not null;

-- A date or a range of dates that replaces the weekly windows of those days, in the user's own zone.
create table availability_override (
  organization_id uuid not null,
  user_id uuid not null,
  -- UUIDv7, so the order of ids is the order of creation: among equals the later one wins.
  id uuid not null,
  from_date date not null,
  to_date date not null,
  available boolean not null,
  windows smallint[] not null default '{}',
  fallback_user_id uuid,
  note text not null default '',
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint availability_override_pkey primary key (organization_id, user_id, id),
  constraint availability_override_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint availability_override_fallback_fkey foreign key (organization_id, fallback_user_id) references "user" (organization_id, id),
  constraint availability_override_dates_check check (from_date <= to_date),
  constraint availability_override_windows_check check (cardinality(windows) % 2 = 0 and (available or cardinality(windows) = 0)),
  constraint availability_override_fallback_check check (fallback_user_id is null or not available),
  constraint availability_override_fallback_self_check check (fallback_user_id <> user_id)
);
create index availability_override_fallback_idx on availability_override (organization_id, fallback_user_id) where fallback_user_id is not null;

do $$
declare name text;
begin
  foreach name in array array['user', 'user_word', 'availability_day', 'availability_override'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop table availability_override;
drop table availability_day;
drop table user_word;
drop table "user";
