-- With two-step verification a password of 8 characters is enough, without it 15 are wanted.

-- up
-- Noted when the password is set, because its hash does not say: who turns two-step verification off and has a short
-- password is asked for a longer one.
alter table "user" add column password_is_short boolean not null default false;

-- down
alter table "user" drop column password_is_short;
