-- The tenant. Everything else belongs to exactly one, and its id comes first in every key.

-- up
create table organization (
  id uuid not null,
  slug text not null,
  name text not null,
  time_zone text not null,
  default_country text not null,
  language text not null default 'en',
  texts jsonb not null default '{}',
  sip_domain text not null,
  forwarding jsonb not null default '{"countries": [], "kinds": ["fixed", "mobile"], "confirm": true}',
  anonymous_callers text not null default 'allow',
  block_list text[] not null default '{}',
  holidays jsonb not null default '[]',
  last_resort jsonb,
  ring_seconds integer not null default 20,
  policies jsonb not null default '{}',
  -- Raised by every change that routing can see; what caches and replicas compare.
  version bigint not null default 1,
  -- Raised by every change of this row; the ETag.
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organization_pkey primary key (id),
  constraint organization_slug_key unique (slug),
  constraint organization_slug_check check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  constraint organization_anonymous_callers_check check (anonymous_callers in ('allow', 'reject')),
  constraint organization_language_check check (language in ('en', 'es', 'fr', 'de')),
  constraint organization_ring_seconds_check check (ring_seconds between 5 and 300)
);

-- Row-level security: the second wall between organizations. `force` because the service's role owns the tables.
-- Two policies: the organization of the transaction's context, and the look-up functions of 0007, which are the
-- only place where `linefinder.lookup` is set.
alter table organization enable row level security;
alter table organization force row level security;
create policy organization_context on organization
  using (id = (select nullif(current_setting('app.organization_id', true), '')::uuid));
create policy organization_lookup on organization
  using ((select current_setting('linefinder.lookup', true)) = 'on');

-- down
drop table organization;
