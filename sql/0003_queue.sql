-- Queues and departments, and who rings in them.

-- up
create table queue (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  kind text not null default 'queue',
  parent_queue_id uuid,
  strategy text not null default 'all',
  ring_seconds integer not null default 20,
  no_agent_target jsonb,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint queue_pkey primary key (organization_id, id),
  constraint queue_organization_fkey foreign key (organization_id) references organization (id),
  constraint queue_parent_fkey foreign key (organization_id, parent_queue_id) references queue (organization_id, id),
  constraint queue_kind_check check (kind in ('queue', 'department')),
  constraint queue_parent_check check (parent_queue_id is null or (kind = 'department' and parent_queue_id <> id)),
  constraint queue_strategy_check check (strategy in ('all', 'sequential', 'round-robin', 'least-recent', 'fewest-calls', 'random')),
  constraint queue_ring_seconds_check check (ring_seconds between 5 and 300)
);
create unique index queue_name_key on queue (organization_id, lower(name));
create index queue_parent_idx on queue (organization_id, parent_queue_id) where parent_queue_id is not null;

create table queue_member (
  organization_id uuid not null,
  queue_id uuid not null,
  user_id uuid not null,
  -- 1 is rung first.
  priority integer not null default 1,
  -- The place in the list as it was sent: the order among equals.
  position integer not null,
  constraint queue_member_pkey primary key (organization_id, queue_id, user_id),
  constraint queue_member_queue_fkey foreign key (organization_id, queue_id) references queue (organization_id, id) on delete cascade,
  constraint queue_member_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint queue_member_priority_check check (priority between 1 and 100)
);
create index queue_member_user_idx on queue_member (organization_id, user_id);

-- One table for users and queues, so that Postgres itself keeps an extension unique in the organization.
create table extension (
  organization_id uuid not null,
  extension text not null,
  user_id uuid,
  queue_id uuid,
  constraint extension_pkey primary key (organization_id, extension),
  constraint extension_user_key unique (organization_id, user_id),
  constraint extension_queue_key unique (organization_id, queue_id),
  constraint extension_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint extension_queue_fkey foreign key (organization_id, queue_id) references queue (organization_id, id) on delete cascade,
  constraint extension_form_check check (extension ~ '^[0-9]{2,8}$'),
  constraint extension_owner_check check (num_nonnulls(user_id, queue_id) = 1)
);

do $$
declare name text;
begin
  foreach name in array array['queue', 'queue_member', 'extension'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop table extension;
drop table queue_member;
drop table queue;
