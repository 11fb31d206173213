-- The tree of groups (folders that carry permissions), and the labels of users: skills, tags and desks.

-- up
create table user_group (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  parent_group_id uuid,
  -- What the members may do besides what their role says, here and in the groups below.
  permissions text[] not null default '{}',
  name_key text collate "C" not null generated always as (lower(name)) stored,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint user_group_pkey primary key (organization_id, id),
  constraint user_group_organization_fkey foreign key (organization_id) references organization (id),
  constraint user_group_parent_fkey foreign key (organization_id, parent_group_id) references user_group (organization_id, id),
  constraint user_group_parent_self_check check (parent_group_id <> id),
  -- Two folders side by side never have the same name; nulls are one folder, the top.
  constraint user_group_name_key unique nulls not distinct (organization_id, parent_group_id, name_key)
);
-- The list in the order of names, a page at a time.
create index user_group_page_idx on user_group (organization_id, name_key, id);

alter table "user" add column group_id uuid;
alter table "user" add constraint user_group_fkey foreign key (organization_id, group_id) references user_group (organization_id, id);
create index user_group_idx on "user" (organization_id, group_id) where group_id is not null;

create table label (
  organization_id uuid not null,
  id uuid not null,
  -- skill, tag or desk. They differ in what people use them for, and in nothing else; none gives rights.
  kind text not null,
  name text not null,
  name_key text collate "C" not null generated always as (lower(name)) stored,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint label_pkey primary key (organization_id, id),
  constraint label_organization_fkey foreign key (organization_id) references organization (id),
  constraint label_kind_check check (kind in ('skill', 'tag', 'desk')),
  constraint label_name_key unique (organization_id, kind, name_key)
);

create table user_label (
  organization_id uuid not null,
  label_id uuid not null,
  user_id uuid not null,
  -- The label first: "who has this skill?" is asked of 100,000 users.
  constraint user_label_pkey primary key (organization_id, label_id, user_id),
  constraint user_label_label_fkey foreign key (organization_id, label_id) references label (organization_id, id) on delete cascade,
  constraint user_label_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade
);
create index user_label_user_idx on user_label (organization_id, user_id);

do $$
declare name text;
begin
  foreach name in array array['user_group', 'label', 'user_label'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- down
drop table user_label;
drop table label;
drop index user_group_idx;
alter table "user" drop constraint user_group_fkey;
alter table "user" drop column group_id;
drop table user_group;
