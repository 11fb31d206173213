-- Numbers (DIDs) with their targets, and leads with their owners.

-- up
create table number (
  organization_id uuid not null,
  id uuid not null,
  -- E.164.
  number text not null,
  name text not null default '',
  -- null: the organization's zone.
  time_zone text,
  target jsonb,
  -- The manual switch: {target, until: epoch ms or null}.
  override jsonb,
  caller_rules jsonb not null default '[]',
  sticky_routing boolean not null default false,
  calendar jsonb,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint number_pkey primary key (organization_id, id),
  constraint number_organization_fkey foreign key (organization_id) references organization (id),
  -- In the installation, not only in the organization: a carrier delivers a number to one place.
  constraint number_number_key unique (number),
  constraint number_form_check check (number ~ '^\+[1-9][0-9]{4,14}$')
);
create index number_page_idx on number (organization_id, number);

-- The number that is shown when a user calls out. At most one for each user.
create table caller_id (
  organization_id uuid not null,
  user_id uuid not null,
  number_id uuid not null,
  constraint caller_id_pkey primary key (organization_id, user_id),
  constraint caller_id_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint caller_id_number_fkey foreign key (organization_id, number_id) references number (organization_id, id) on delete cascade
);
create index caller_id_number_idx on caller_id (organization_id, number_id);

create table lead (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  owner_id uuid,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lead_pkey primary key (organization_id, id),
  constraint lead_organization_fkey foreign key (organization_id) references organization (id),
  constraint lead_owner_fkey foreign key (organization_id, owner_id) references "user" (organization_id, id)
);
create index lead_owner_idx on lead (organization_id, owner_id) where owner_id is not null;

create table lead_number (
  organization_id uuid not null,
  -- E.164; a caller is at most one lead.
  number text not null,
  lead_id uuid not null,
  constraint lead_number_pkey primary key (organization_id, number),
  constraint lead_number_lead_fkey foreign key (organization_id, lead_id) references lead (organization_id, id) on delete cascade,
  constraint lead_number_form_check check (number ~ '^\+[1-9][0-9]{4,14}$')
);
create index lead_number_lead_idx on lead_number (organization_id, lead_id);

do $$
declare name text;
begin
  foreach name in array array['number', 'caller_id', 'lead', 'lead_number'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop table lead_number;
drop table lead;
drop table caller_id;
drop table number;
