-- What an organization adds to the onboarding checklist, and who has done it. The rest of the list is computed.

-- up
create table checklist_item (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  description text not null default '',
  created_at timestamptz not null default now(),
  constraint checklist_item_pkey primary key (organization_id, id),
  constraint checklist_item_organization_fkey foreign key (organization_id) references organization (id)
);

create table checklist_tick (
  organization_id uuid not null,
  item_id uuid not null,
  user_id uuid not null,
  -- null: by an API key.
  ticked_by uuid,
  ticked_at timestamptz not null,
  constraint checklist_tick_pkey primary key (organization_id, user_id, item_id),
  constraint checklist_tick_item_fkey foreign key (organization_id, item_id) references checklist_item (organization_id, id) on delete cascade,
  constraint checklist_tick_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade
);
create index checklist_tick_item_idx on checklist_tick (organization_id, item_id);

-- Searching the log by what was done, the newest first.
create index activity_action_idx on activity (organization_id, action, id);

do $$
declare name text;
begin
  foreach name in array array['checklist_item', 'checklist_tick'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop index activity_action_idx;
drop table checklist_tick;
drop table checklist_item;
