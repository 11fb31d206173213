-- Messages that callers left, and what a box says before the tone.

-- up
-- One row per recording. A message that is deleted stays as a row without its content, so that a late report of the
-- same recording does not bring it back, and until the carrier has deleted the sound as well.
create table voicemail (
  organization_id uuid not null,
  id uuid not null,
  carrier text not null,
  -- The carrier's id of the recording: whatever is told twice about it is kept once.
  recording_id text not null,
  call_id text not null,
  -- user or queue. Without a foreign key: the box may be erased before the carrier has deleted the sound.
  mailbox_type text not null,
  mailbox_id uuid not null,
  -- As in call: number, extension, anonymous, short, address; null: nobody could say, or forgotten.
  from_kind text,
  from_value text,
  -- The account at Twilio that the sound is fetched from; null: it is not at Twilio.
  account_sid text,
  -- Where a PBX keeps the sound; null: nowhere that we could fetch it from.
  sound_url text,
  duration_seconds integer not null,
  received_at timestamptz not null,
  read_at timestamptz,
  read_by uuid,
  archived_at timestamptz,
  deleted_at timestamptz,
  -- When the carrier has deleted the sound, or there is nothing to delete.
  sound_deleted_at timestamptz,
  delete_attempts integer not null default 0,
  next_delete_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  constraint voicemail_pkey primary key (organization_id, id),
  constraint voicemail_recording_key unique (organization_id, carrier, recording_id),
  constraint voicemail_organization_fkey foreign key (organization_id) references organization (id),
  constraint voicemail_carrier_check check (carrier in ('twilio', 'pbx')),
  constraint voicemail_mailbox_type_check check (mailbox_type in ('user', 'queue')),
  constraint voicemail_duration_check check (duration_seconds > 0)
);
create index voicemail_page_idx on voicemail (organization_id, received_at desc, id desc) where deleted_at is null;
create index voicemail_mailbox_idx on voicemail (organization_id, mailbox_id, received_at desc) where deleted_at is null;
create index voicemail_call_idx on voicemail (organization_id, call_id);
-- What the worker looks for: the oldest that are kept, and deleted ones whose sound is not.
create index voicemail_kept_idx on voicemail (received_at) where deleted_at is null;
create index voicemail_deleted_idx on voicemail (next_delete_at) where deleted_at is not null and sound_deleted_at is null;
create index voicemail_gone_idx on voicemail (deleted_at) where deleted_at is not null;

-- What a user's or a queue's box says: a text, a sound, or both (the text is spoken where the sound cannot be played).
create table greeting (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid,
  queue_id uuid,
  text text,
  sound_id uuid,
  updated_at timestamptz not null default now(),
  constraint greeting_pkey primary key (organization_id, id),
  constraint greeting_user_key unique (organization_id, user_id),
  constraint greeting_queue_key unique (organization_id, queue_id),
  constraint greeting_user_fkey foreign key (organization_id, user_id) references "user" (organization_id, id) on delete cascade,
  constraint greeting_queue_fkey foreign key (organization_id, queue_id) references queue (organization_id, id) on delete cascade,
  constraint greeting_owner_check check ((user_id is null) <> (queue_id is null)),
  constraint greeting_content_check check (text is not null or sound_id is not null)
);

-- Apart, so that loading the directory never reads it. Another upload is another id: a sound never changes.
create table greeting_sound (
  organization_id uuid not null,
  id uuid not null,
  greeting_id uuid not null,
  type text not null,
  content bytea not null,
  created_at timestamptz not null default now(),
  constraint greeting_sound_pkey primary key (organization_id, id),
  constraint greeting_sound_greeting_fkey foreign key (organization_id, greeting_id) references greeting (organization_id, id) on delete cascade,
  constraint greeting_sound_type_check check (type in ('audio/mpeg', 'audio/wav', 'audio/aiff')),
  constraint greeting_sound_content_check check (length(content) between 1 and 5242880)
);
create index greeting_sound_greeting_idx on greeting_sound (organization_id, greeting_id);

do $$
declare name text;
begin
  foreach name in array array['voicemail', 'greeting', 'greeting_sound'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I using (organization_id = (select nullif(current_setting(''app.organization_id'', true), '''')::uuid))', name || '_context', name);
    execute format('create policy %I on %I using ((select current_setting(''linefinder.lookup'', true)) = ''on'')', name || '_lookup', name);
  end loop;
end $$;

-- The voicemail worker: messages past their organization's retention become deleted ones, rows that were deleted a
-- month ago go, and what is given back has a sound that the carrier still keeps. Nobody else gets it before `again`,
-- and a carrier that refuses is asked less and less often, for some two weeks.
create function take_due_voicemails(most integer, at timestamptz, again timestamptz) returns table (organization_id uuid, id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    update voicemail v set deleted_at = at, from_kind = null, from_value = null
      from (select k.organization_id, k.id from voicemail k join organization o on o.id = k.organization_id
        where k.deleted_at is null
          and k.received_at < at - make_interval(days => coalesce((o.policies->>'voicemailRetentionDays')::integer, 90))
        order by k.received_at limit most for update of k skip locked) expired
      where v.organization_id = expired.organization_id and v.id = expired.id;
    delete from voicemail v where v.deleted_at < at - interval '30 days'
      and (v.sound_deleted_at is not null or v.delete_attempts >= 40);
    return query
      update voicemail v set delete_attempts = v.delete_attempts + 1,
          next_delete_at = greatest(again, at + make_interval(mins => 30 * v.delete_attempts))
        from (select d.organization_id, d.id from voicemail d
          where d.deleted_at is not null and d.sound_deleted_at is null and d.next_delete_at <= at and d.delete_attempts < 40
          order by d.next_delete_at limit most for update skip locked) due
        where v.organization_id = due.organization_id and v.id = due.id
        returning v.organization_id, v.id;
    perform set_config('linefinder.lookup', '', true);
  end $$;

revoke all on function take_due_voicemails(integer, timestamptz, timestamptz) from public;

-- down
drop function take_due_voicemails(integer, timestamptz, timestamptz);
drop table greeting_sound;
drop table greeting;
drop table voicemail;
