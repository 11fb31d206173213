-- Mail that waits to be sent, links that are used once, two-step codes, and the accounts that mail is sent from.

-- up
-- A mail is written in the transaction that wants it sent, and sent by a worker after the commit: so a mail exists if
-- and only if the change does, and a restart loses none.
create table mail_message (
  organization_id uuid not null,
  id uuid not null,
  -- invitation, password-reset, email-confirm, email-told, test, personal
  kind text not null,
  recipient text not null,
  -- Subject and texts, sealed with LINEFINDER_SECRET_KEY because they hold one-time links. null: sent or given up, and forgotten.
  content text,
  -- Whose mail it is: it leaves from the account of the campaign, else of the user, else of the organization.
  sender_user_id uuid,
  sender_campaign_id uuid,
  status text not null default 'waiting',
  attempts integer not null default 0,
  next_attempt_at timestamptz not null,
  -- What the server said last; no content.
  last_error text,
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  constraint mail_message_pkey primary key (organization_id, id),
  constraint mail_message_organization_fkey foreign key (organization_id) references organization (id),
  constraint mail_message_sender_fkey foreign key (organization_id, sender_user_id) references "user" (organization_id, id) on delete cascade,
  constraint mail_message_status_check check (status in ('waiting', 'sent', 'failed')),
  constraint mail_message_content_check check (status <> 'waiting' or content is not null)
);
create index mail_message_due_idx on mail_message (next_attempt_at) where status = 'waiting';
create index mail_message_sender_idx on mail_message (organization_id, sender_user_id) where sender_user_id is not null;

create table one_time_token (
  organization_id uuid not null,
  id uuid not null,
  -- SHA-256 of the token, base64url. The token has 256 bits and is in the mail alone.
  hash text not null,
  purpose text not null,
  user_id uuid not null,
  -- With email-change: the address that is proved by it.
  email text,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  constraint one_time_token_pkey primary key (organization_id, id),
  constraint one_time_token_hash_key unique (hash),
  constraint one_time_token_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint one_time_token_purpose_check check (purpose in ('invitation', 'password-reset', 'email-change')),
  constraint one_time_token_email_check check ((purpose = 'email-change') = (email is not null))
);
create index one_time_token_user_idx on one_time_token (organization_id, user_id);

-- TOTP (RFC 6238). The secrets are sealed with LINEFINDER_SECRET_KEY.
create table two_step (
  organization_id uuid not null,
  user_id uuid not null,
  -- null: not on.
  secret text,
  -- Shown for enrolling, and not yet proved by a code.
  pending_secret text,
  -- The last time step whose code was taken: each is taken once.
  last_step bigint not null default 0,
  enabled_at timestamptz,
  constraint two_step_pkey primary key (organization_id, user_id),
  constraint two_step_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade
);

-- Deleted when used.
create table backup_code (
  organization_id uuid not null,
  user_id uuid not null,
  hash text not null,
  constraint backup_code_pkey primary key (organization_id, user_id, hash),
  constraint backup_code_user_fkey foreign key (organization_id, user_id) references two_step (organization_id, user_id) on delete cascade
);

-- The organization's mail server. Without a row: the one of SMTP_URL.
create table organization_mail (
  organization_id uuid not null,
  host text not null,
  port integer not null,
  security text not null,
  domain text not null,
  login text not null,
  -- Sealed.
  password text not null,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organization_mail_pkey primary key (organization_id),
  constraint organization_mail_organization_fkey foreign key (organization_id) references organization (id),
  constraint organization_mail_port_check check (port between 1 and 65535),
  constraint organization_mail_security_check check (security in ('none', 'starttls', 'tls'))
);

create table campaign (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text collate "C" not null generated always as (lower(name)) stored,
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint campaign_pkey primary key (organization_id, id),
  constraint campaign_organization_fkey foreign key (organization_id) references organization (id),
  constraint campaign_name_key unique (organization_id, name_key)
);

-- A user's own address at the organization's server, for one campaign or (campaign_id null) for the rest.
create table mail_account (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  campaign_id uuid,
  -- What stands before the @; the domain is the organization's.
  local_part text not null,
  -- Sealed.
  password text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint mail_account_pkey primary key (organization_id, id),
  constraint mail_account_campaign_key unique nulls not distinct (organization_id, user_id, campaign_id),
  constraint mail_account_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint mail_account_campaign_fkey foreign key (organization_id, campaign_id) references campaign (organization_id, id) on delete cascade
);
create index mail_account_campaign_idx on mail_account (organization_id, campaign_id) where campaign_id is not null;

do $$
declare name text;
begin
  foreach name in array array['mail_message', 'one_time_token', 'two_step', 'backup_code', 'organization_mail', 'campaign', 'mail_account'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- The mail worker takes what is due, of all organizations, and nobody else gets it before `again`: a worker that dies
-- between taking and sending leaves it to the next attempt.
create function take_due_mail(most integer, at timestamptz, again timestamptz) returns table (organization_id uuid, id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query
      update mail_message m set attempts = m.attempts + 1, next_attempt_at = again
        from (select d.organization_id, d.id from mail_message d where d.status = 'waiting' and d.next_attempt_at <= at
          order by d.next_attempt_at limit most for update skip locked) due
        where m.organization_id = due.organization_id and m.id = due.id
        returning m.organization_id, m.id;
    perform set_config('linefinder.lookup', '', true);
  end $$;

create function find_one_time_token(wanted_hash text) returns table (organization_id uuid, id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select t.organization_id, t.id from one_time_token t where t.hash = wanted_hash;
    perform set_config('linefinder.lookup', '', true);
  end $$;

revoke all on function take_due_mail(integer, timestamptz, timestamptz), find_one_time_token(text) from public;

-- down
drop function find_one_time_token(text);
drop function take_due_mail(integer, timestamptz, timestamptz);
drop table mail_account;
drop table campaign;
drop table organization_mail;
drop table backup_code;
drop table two_step;
drop table one_time_token;
drop table mail_message;
