-- Who may come in: API keys, sessions, and the carriers' accounts.

-- up
create table api_key (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  -- SHA-256 of the whole key, base64url. The key itself is shown once and kept nowhere.
  hash text not null,
  permissions text[] not null,
  expires_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint api_key_pkey primary key (organization_id, id),
  constraint api_key_organization_fkey foreign key (organization_id) references organization (id),
  constraint api_key_hash_key unique (hash)
);

create table session (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  -- SHA-256 of the token, base64url.
  hash text not null,
  -- When the password was last typed: sensitive acts want it to be fresh.
  confirmed_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  -- Client address and browser, for the list of sessions.
  address text not null default '',
  agent text not null default '',
  created_at timestamptz not null default now(),
  constraint session_pkey primary key (organization_id, id),
  constraint session_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint session_hash_key unique (hash)
);
create index session_user_idx on session (organization_id, user_id);
create index session_expires_idx on session (expires_at);

-- Credentials at a carrier. The tokens are encrypted with LINEFINDER_SECRET_KEY; two while they are rotated.
create table carrier_account (
  organization_id uuid not null,
  carrier text not null,
  account_sid text not null,
  auth_tokens text[] not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint carrier_account_pkey primary key (organization_id, carrier, account_sid),
  constraint carrier_account_organization_fkey foreign key (organization_id) references organization (id),
  constraint carrier_account_sid_key unique (carrier, account_sid),
  constraint carrier_account_carrier_check check (carrier in ('twilio')),
  constraint carrier_account_tokens_check check (cardinality(auth_tokens) between 1 and 2)
);

do $$
declare name text;
begin
  foreach name in array array['api_key', 'session', 'carrier_account'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop table carrier_account;
drop table session;
drop table api_key;
