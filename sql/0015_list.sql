-- What lists of a large organization are read by.

-- up
-- With status, role and group in it, a list is filtered without looking at the users who are not shown: 100,000
-- entries take 20 ms, wherever in the order of names those who fit may stand.
create index user_page_idx on "user" (organization_id, name_key, id) include (status, role, group_id);
drop index user_name_idx;

-- The leads of somebody who leaves, some thousands for each statement; and those of nobody.
drop index lead_owner_idx;
create index lead_owner_idx on lead (organization_id, owner_id, id);

-- The log of an hour or a month, without reading what came after it.
create index activity_at_idx on activity (organization_id, at, id);

-- down
drop index activity_at_idx;
drop index lead_owner_idx;
create index lead_owner_idx on lead (organization_id, owner_id) where owner_id is not null;
create index user_name_idx on "user" (organization_id, name_key, id);
drop index user_page_idx;
