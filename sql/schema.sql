-- Made by `npm run schema` from the files beside it: change those, never this one.

create table activity (
  organization_id uuid not null,
  id uuid not null,
  at timestamp with time zone not null default now(),
  actor_type text not null,
  actor_id uuid,
  action text not null,
  subject_type text not null,
  subject_id uuid,
  before jsonb,
  after jsonb,
  request_id text not null default ''::text,
  constraint activity_pkey PRIMARY KEY (organization_id, id),
  constraint activity_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint activity_actor_type_check CHECK (actor_type = ANY (ARRAY['user'::text, 'api-key'::text, 'operator'::text, 'system'::text]))
);
CREATE INDEX activity_action_idx ON public.activity USING btree (organization_id, action, id);
CREATE INDEX activity_actor_idx ON public.activity USING btree (organization_id, actor_id, id);
CREATE INDEX activity_at_idx ON public.activity USING btree (organization_id, at, id);
CREATE INDEX activity_subject_idx ON public.activity USING btree (organization_id, subject_id, id);
alter table activity enable row level security;
alter table activity force row level security;
create policy activity_context on activity using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy activity_lookup on activity using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table activity_personal (
  organization_id uuid not null,
  activity_id uuid not null,
  subject_id uuid not null,
  before jsonb,
  after jsonb,
  constraint activity_personal_pkey PRIMARY KEY (organization_id, activity_id),
  constraint activity_personal_activity_fkey FOREIGN KEY (organization_id, activity_id) REFERENCES activity(organization_id, id)
);
CREATE INDEX activity_personal_subject_idx ON public.activity_personal USING btree (organization_id, subject_id);
alter table activity_personal enable row level security;
alter table activity_personal force row level security;
create policy activity_personal_context on activity_personal using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy activity_personal_lookup on activity_personal using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table api_key (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  hash text not null,
  permissions text[] not null,
  expires_at timestamp with time zone,
  created_by uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint api_key_pkey PRIMARY KEY (organization_id, id),
  constraint api_key_hash_key UNIQUE (hash),
  constraint api_key_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
alter table api_key enable row level security;
alter table api_key force row level security;
create policy api_key_context on api_key using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy api_key_lookup on api_key using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table availability_day (
  organization_id uuid not null,
  user_id uuid not null,
  weekday smallint not null,
  available boolean not null,
  windows smallint[] not null default '{}'::smallint[],
  fallback_user_id uuid,
  constraint availability_day_pkey PRIMARY KEY (organization_id, user_id, weekday),
  constraint availability_day_fallback_fkey FOREIGN KEY (organization_id, fallback_user_id) REFERENCES "user"(organization_id, id),
  constraint availability_day_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint availability_day_fallback_check CHECK (fallback_user_id IS NULL OR NOT available),
  constraint availability_day_fallback_self_check CHECK (fallback_user_id <> user_id),
  constraint availability_day_weekday_check CHECK (weekday >= 1 AND weekday <= 7),
  constraint availability_day_windows_check CHECK ((cardinality(windows) % 2) = 0 AND (available OR cardinality(windows) = 0))
);
CREATE INDEX availability_day_fallback_idx ON public.availability_day USING btree (organization_id, fallback_user_id) WHERE (fallback_user_id IS NOT NULL);
alter table availability_day enable row level security;
alter table availability_day force row level security;
create policy availability_day_context on availability_day using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy availability_day_lookup on availability_day using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table availability_override (
  organization_id uuid not null,
  user_id uuid not null,
  id uuid not null,
  from_date date not null,
  to_date date not null,
  available boolean not null,
  windows smallint[] not null default '{}'::smallint[],
  fallback_user_id uuid,
  note text not null default ''::text,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint availability_override_pkey PRIMARY KEY (organization_id, user_id, id),
  constraint availability_override_fallback_fkey FOREIGN KEY (organization_id, fallback_user_id) REFERENCES "user"(organization_id, id),
  constraint availability_override_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint availability_override_dates_check CHECK (from_date <= to_date),
  constraint availability_override_fallback_check CHECK (fallback_user_id IS NULL OR NOT available),
  constraint availability_override_fallback_self_check CHECK (fallback_user_id <> user_id),
  constraint availability_override_windows_check CHECK ((cardinality(windows) % 2) = 0 AND (available OR cardinality(windows) = 0))
);
CREATE INDEX availability_override_fallback_idx ON public.availability_override USING btree (organization_id, fallback_user_id) WHERE (fallback_user_id IS NOT NULL);
alter table availability_override enable row level security;
alter table availability_override force row level security;
create policy availability_override_context on availability_override using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy availability_override_lookup on availability_override using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table backup_code (
  organization_id uuid not null,
  user_id uuid not null,
  hash text not null,
  constraint backup_code_pkey PRIMARY KEY (organization_id, user_id, hash),
  constraint backup_code_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES two_step(organization_id, user_id) ON DELETE CASCADE
);
alter table backup_code enable row level security;
alter table backup_code force row level security;
create policy backup_code_context on backup_code using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy backup_code_lookup on backup_code using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table call (
  organization_id uuid not null,
  id text not null,
  carrier text not null,
  from_kind text not null,
  from_value text,
  to_kind text not null,
  to_value text not null,
  number_id uuid,
  user_id uuid,
  queue_id uuid,
  state text not null,
  outcome text,
  answered_by uuid,
  started_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  ended_at timestamp with time zone,
  directory_version bigint not null,
  decision jsonb not null,
  timeline jsonb not null default '[]'::jsonb,
  figures jsonb not null default '[]'::jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint call_pkey PRIMARY KEY (organization_id, id),
  constraint call_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint call_ended_check CHECK ((state = 'ended'::text) = (outcome IS NOT NULL) AND (state = 'ended'::text) = (ended_at IS NOT NULL)),
  constraint call_outcome_check CHECK (outcome = ANY (ARRAY['answered'::text, 'missed'::text, 'voicemail'::text, 'abandoned'::text, 'forwarded'::text, 'announced'::text, 'rejected'::text])),
  constraint call_state_check CHECK (state = ANY (ARRAY['ringing'::text, 'waiting'::text, 'in-progress'::text, 'ended'::text]))
);
CREATE INDEX call_from_idx ON public.call USING btree (organization_id, from_value, started_at DESC, id) INCLUDE (outcome) WHERE (from_value IS NOT NULL);
CREATE INDEX call_open_idx ON public.call USING btree (organization_id, started_at DESC) WHERE (ended_at IS NULL);
CREATE INDEX call_outcome_idx ON public.call USING btree (organization_id, outcome, started_at DESC, id) WHERE (outcome IS NOT NULL);
CREATE INDEX call_queue_idx ON public.call USING btree (organization_id, queue_id, started_at DESC, id) INCLUDE (outcome) WHERE (queue_id IS NOT NULL);
CREATE INDEX call_started_idx ON public.call USING btree (organization_id, started_at DESC, id);
CREATE INDEX call_to_idx ON public.call USING btree (organization_id, to_value, started_at DESC, id) INCLUDE (outcome);
alter table call enable row level security;
alter table call force row level security;
create policy call_context on call using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy call_lookup on call using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table call_day (
  organization_id uuid not null,
  subject_type text not null,
  subject_id uuid not null,
  day date not null,
  offered integer not null default 0,
  handled integer not null default 0,
  missed integer not null default 0,
  abandoned integer not null default 0,
  handled_in_time integer not null default 0,
  talk_seconds bigint not null default 0,
  constraint call_day_pkey PRIMARY KEY (organization_id, subject_type, subject_id, day),
  constraint call_day_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint call_day_subject_type_check CHECK (subject_type = ANY (ARRAY['user'::text, 'queue'::text, 'organization'::text]))
);
alter table call_day enable row level security;
alter table call_day force row level security;
create policy call_day_context on call_day using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy call_day_lookup on call_day using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table call_event (
  organization_id uuid not null,
  call_id text not null,
  key text not null,
  at timestamp with time zone not null,
  type text not null,
  data jsonb not null,
  constraint call_event_pkey PRIMARY KEY (organization_id, call_id, key),
  constraint call_event_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
CREATE INDEX call_event_at_idx ON public.call_event USING brin (at);
alter table call_event enable row level security;
alter table call_event force row level security;
create policy call_event_context on call_event using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy call_event_lookup on call_event using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table call_user (
  organization_id uuid not null,
  call_id text not null,
  user_id uuid not null,
  queue_id uuid,
  started_at timestamp with time zone not null,
  rung_at timestamp with time zone,
  answered_at timestamp with time zone,
  ended_at timestamp with time zone,
  missed boolean not null default false,
  outcome text,
  constraint call_user_pkey PRIMARY KEY (organization_id, call_id, user_id),
  constraint call_user_call_fkey FOREIGN KEY (organization_id, call_id) REFERENCES call(organization_id, id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX call_user_queue_idx ON public.call_user USING btree (organization_id, queue_id, started_at DESC, call_id) INCLUDE (outcome) WHERE (queue_id IS NOT NULL);
CREATE INDEX call_user_user_idx ON public.call_user USING btree (organization_id, user_id, started_at DESC, call_id) INCLUDE (outcome);
alter table call_user enable row level security;
alter table call_user force row level security;
create policy call_user_context on call_user using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy call_user_lookup on call_user using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table caller_id (
  organization_id uuid not null,
  user_id uuid not null,
  number_id uuid not null,
  constraint caller_id_pkey PRIMARY KEY (organization_id, user_id),
  constraint caller_id_number_fkey FOREIGN KEY (organization_id, number_id) REFERENCES number(organization_id, id) ON DELETE CASCADE,
  constraint caller_id_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX caller_id_number_idx ON public.caller_id USING btree (organization_id, number_id);
alter table caller_id enable row level security;
alter table caller_id force row level security;
create policy caller_id_context on caller_id using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy caller_id_lookup on caller_id using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table campaign (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  name_key text collate "C" not null generated always as lower(name) stored,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint campaign_pkey PRIMARY KEY (organization_id, id),
  constraint campaign_name_key UNIQUE (organization_id, name_key),
  constraint campaign_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
alter table campaign enable row level security;
alter table campaign force row level security;
create policy campaign_context on campaign using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy campaign_lookup on campaign using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table carrier_account (
  organization_id uuid not null,
  carrier text not null,
  account_sid text not null,
  auth_tokens text[] not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint carrier_account_pkey PRIMARY KEY (organization_id, carrier, account_sid),
  constraint carrier_account_sid_key UNIQUE (carrier, account_sid),
  constraint carrier_account_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint carrier_account_carrier_check CHECK (carrier = 'twilio'::text),
  constraint carrier_account_tokens_check CHECK (cardinality(auth_tokens) >= 1 AND cardinality(auth_tokens) <= 2)
);
alter table carrier_account enable row level security;
alter table carrier_account force row level security;
create policy carrier_account_context on carrier_account using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy carrier_account_lookup on carrier_account using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table checklist_item (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  description text not null default ''::text,
  created_at timestamp with time zone not null default now(),
  constraint checklist_item_pkey PRIMARY KEY (organization_id, id),
  constraint checklist_item_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
alter table checklist_item enable row level security;
alter table checklist_item force row level security;
create policy checklist_item_context on checklist_item using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy checklist_item_lookup on checklist_item using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table checklist_tick (
  organization_id uuid not null,
  item_id uuid not null,
  user_id uuid not null,
  ticked_by uuid,
  ticked_at timestamp with time zone not null,
  constraint checklist_tick_pkey PRIMARY KEY (organization_id, user_id, item_id),
  constraint checklist_tick_item_fkey FOREIGN KEY (organization_id, item_id) REFERENCES checklist_item(organization_id, id) ON DELETE CASCADE,
  constraint checklist_tick_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX checklist_tick_item_idx ON public.checklist_tick USING btree (organization_id, item_id);
alter table checklist_tick enable row level security;
alter table checklist_tick force row level security;
create policy checklist_tick_context on checklist_tick using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy checklist_tick_lookup on checklist_tick using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table extension (
  organization_id uuid not null,
  extension text not null,
  user_id uuid,
  queue_id uuid,
  constraint extension_pkey PRIMARY KEY (organization_id, extension),
  constraint extension_queue_key UNIQUE (organization_id, queue_id),
  constraint extension_user_key UNIQUE (organization_id, user_id),
  constraint extension_queue_fkey FOREIGN KEY (organization_id, queue_id) REFERENCES queue(organization_id, id) ON DELETE CASCADE,
  constraint extension_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint extension_form_check CHECK (extension ~ '^[0-9]{2,8}$'::text),
  constraint extension_owner_check CHECK (num_nonnulls(user_id, queue_id) = 1)
);
alter table extension enable row level security;
alter table extension force row level security;
create policy extension_context on extension using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy extension_lookup on extension using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table greeting (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid,
  queue_id uuid,
  text text,
  sound_id uuid,
  updated_at timestamp with time zone not null default now(),
  constraint greeting_pkey PRIMARY KEY (organization_id, id),
  constraint greeting_queue_key UNIQUE (organization_id, queue_id),
  constraint greeting_user_key UNIQUE (organization_id, user_id),
  constraint greeting_queue_fkey FOREIGN KEY (organization_id, queue_id) REFERENCES queue(organization_id, id) ON DELETE CASCADE,
  constraint greeting_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint greeting_content_check CHECK (text IS NOT NULL OR sound_id IS NOT NULL),
  constraint greeting_owner_check CHECK ((user_id IS NULL) <> (queue_id IS NULL))
);
alter table greeting enable row level security;
alter table greeting force row level security;
create policy greeting_context on greeting using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy greeting_lookup on greeting using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table greeting_sound (
  organization_id uuid not null,
  id uuid not null,
  greeting_id uuid not null,
  type text not null,
  content bytea not null,
  created_at timestamp with time zone not null default now(),
  constraint greeting_sound_pkey PRIMARY KEY (organization_id, id),
  constraint greeting_sound_greeting_fkey FOREIGN KEY (organization_id, greeting_id) REFERENCES greeting(organization_id, id) ON DELETE CASCADE,
  constraint greeting_sound_content_check CHECK (length(content) >= 1 AND length(content) <= 5242880),
  constraint greeting_sound_type_check CHECK (type = ANY (ARRAY['audio/mpeg'::text, 'audio/wav'::text, 'audio/aiff'::text]))
);
CREATE INDEX greeting_sound_greeting_idx ON public.greeting_sound USING btree (organization_id, greeting_id);
alter table greeting_sound enable row level security;
alter table greeting_sound force row level security;
create policy greeting_sound_context on greeting_sound using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy greeting_sound_lookup on greeting_sound using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table idempotency_key (
  organization_id uuid not null,
  actor text not null,
  key text not null,
  request_hash text not null,
  status integer not null,
  body text,
  created_at timestamp with time zone not null default now(),
  constraint idempotency_key_pkey PRIMARY KEY (organization_id, actor, key),
  constraint idempotency_key_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
CREATE INDEX idempotency_key_created_idx ON public.idempotency_key USING btree (created_at);
alter table idempotency_key enable row level security;
alter table idempotency_key force row level security;
create policy idempotency_key_context on idempotency_key using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy idempotency_key_lookup on idempotency_key using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table job (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  state text not null default 'queued'::text,
  input jsonb not null,
  actor_type text not null,
  actor_id uuid not null,
  request_id text not null default ''::text,
  total integer not null,
  done integer not null default 0,
  failed integer not null default 0,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  undone_at timestamp with time zone,
  claimed_until timestamp with time zone,
  constraint job_tell TRIGGER DEFERRABLE INITIALLY DEFERRED,
  constraint job_pkey PRIMARY KEY (organization_id, id),
  constraint job_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint job_actor_type_check CHECK (actor_type = ANY (ARRAY['user'::text, 'api-key'::text])),
  constraint job_counts_check CHECK (done >= 0 AND failed >= 0 AND (done + failed) <= total),
  constraint job_state_check CHECK (state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'canceled'::text]))
);
CREATE INDEX job_ended_idx ON public.job USING btree (organization_id, ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX job_open_idx ON public.job USING btree (created_at) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
alter table job enable row level security;
alter table job force row level security;
create policy job_context on job using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy job_lookup on job using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table job_row (
  organization_id uuid not null,
  job_id uuid not null,
  "position" integer not null,
  user_id uuid,
  state text not null default 'pending'::text,
  input jsonb,
  code text,
  message text,
  undo jsonb,
  line integer,
  cell text,
  constraint job_row_pkey PRIMARY KEY (organization_id, job_id, "position"),
  constraint job_row_job_fkey FOREIGN KEY (organization_id, job_id) REFERENCES job(organization_id, id) ON DELETE CASCADE,
  constraint job_row_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE SET NULL (user_id),
  constraint job_row_state_check CHECK (state = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text]))
);
CREATE INDEX job_row_pending_idx ON public.job_row USING btree (organization_id, job_id, "position") WHERE (state = 'pending'::text);
CREATE INDEX job_row_user_idx ON public.job_row USING btree (organization_id, user_id) WHERE (user_id IS NOT NULL);
alter table job_row enable row level security;
alter table job_row force row level security;
create policy job_row_context on job_row using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy job_row_lookup on job_row using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table label (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  name text not null,
  name_key text collate "C" not null generated always as lower(name) stored,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint label_pkey PRIMARY KEY (organization_id, id),
  constraint label_name_key UNIQUE (organization_id, kind, name_key),
  constraint label_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint label_kind_check CHECK (kind = ANY (ARRAY['skill'::text, 'tag'::text, 'desk'::text]))
);
alter table label enable row level security;
alter table label force row level security;
create policy label_context on label using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy label_lookup on label using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table lead (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  owner_id uuid,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint lead_pkey PRIMARY KEY (organization_id, id),
  constraint lead_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint lead_owner_fkey FOREIGN KEY (organization_id, owner_id) REFERENCES "user"(organization_id, id)
);
CREATE INDEX lead_owner_idx ON public.lead USING btree (organization_id, owner_id, id);
alter table lead enable row level security;
alter table lead force row level security;
create policy lead_context on lead using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy lead_lookup on lead using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table lead_number (
  organization_id uuid not null,
  number text not null,
  lead_id uuid not null,
  constraint lead_number_pkey PRIMARY KEY (organization_id, number),
  constraint lead_number_lead_fkey FOREIGN KEY (organization_id, lead_id) REFERENCES lead(organization_id, id) ON DELETE CASCADE,
  constraint lead_number_form_check CHECK (number ~ '^\+[1-9][0-9]{4,14}$'::text)
);
CREATE INDEX lead_number_lead_idx ON public.lead_number USING btree (organization_id, lead_id);
alter table lead_number enable row level security;
alter table lead_number force row level security;
create policy lead_number_context on lead_number using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy lead_number_lookup on lead_number using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table life_cycle (
  organization_id uuid not null,
  user_id uuid not null,
  cause text not null,
  reassigned_to_user_id uuid,
  former_status text,
  former_extension text,
  erases_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint life_cycle_pkey PRIMARY KEY (organization_id, user_id, cause),
  constraint life_cycle_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint life_cycle_cause_check CHECK (cause = ANY (ARRAY['deactivation'::text, 'deletion'::text])),
  constraint life_cycle_deletion_check CHECK ((cause = 'deletion'::text) = (erases_at IS NOT NULL)),
  constraint life_cycle_former_status_check CHECK (former_status = ANY (ARRAY['active'::text, 'inactive'::text, 'pending'::text]))
);
CREATE INDEX life_cycle_erases_at_idx ON public.life_cycle USING btree (erases_at) WHERE (erases_at IS NOT NULL);
alter table life_cycle enable row level security;
alter table life_cycle force row level security;
create policy life_cycle_context on life_cycle using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy life_cycle_lookup on life_cycle using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table life_cycle_move (
  organization_id uuid not null,
  user_id uuid not null,
  cause text not null,
  kind text not null,
  item_id uuid not null,
  place text not null default ''::text,
  to_user_id uuid,
  priority integer,
  "position" integer,
  constraint life_cycle_move_pkey PRIMARY KEY (organization_id, user_id, cause, kind, item_id, place),
  constraint life_cycle_move_fkey FOREIGN KEY (organization_id, user_id, cause) REFERENCES life_cycle(organization_id, user_id, cause) ON DELETE CASCADE,
  constraint life_cycle_move_kind_check CHECK (kind = ANY (ARRAY['lead'::text, 'number'::text, 'queue'::text, 'fallback'::text, 'fallback-day'::text, 'fallback-override'::text]))
);
alter table life_cycle_move enable row level security;
alter table life_cycle_move force row level security;
create policy life_cycle_move_context on life_cycle_move using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy life_cycle_move_lookup on life_cycle_move using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table live_event (
  organization_id uuid not null,
  seq bigint not null,
  at timestamp with time zone not null,
  topic text not null,
  name text not null,
  data jsonb not null,
  user_ids uuid[] not null default '{}'::uuid[],
  queue_ids uuid[] not null default '{}'::uuid[],
  created_at timestamp with time zone not null default now(),
  constraint live_event_pkey PRIMARY KEY (organization_id, seq),
  constraint live_event_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint live_event_topic_check CHECK (topic = ANY (ARRAY['presence'::text, 'calls'::text, 'activity'::text, 'jobs'::text, 'coverage'::text]))
);
CREATE INDEX live_event_created_idx ON public.live_event USING btree (created_at);
alter table live_event enable row level security;
alter table live_event force row level security;
create policy live_event_context on live_event using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy live_event_lookup on live_event using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table live_stream (
  organization_id uuid not null,
  epoch text not null default replace((gen_random_uuid())::text, '-'::text, ''::text),
  seq bigint not null default 0,
  constraint live_stream_pkey PRIMARY KEY (organization_id),
  constraint live_stream_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
alter table live_stream enable row level security;
alter table live_stream force row level security;
create policy live_stream_context on live_stream using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy live_stream_lookup on live_stream using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table mail_account (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  campaign_id uuid,
  local_part text not null,
  password text not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint mail_account_pkey PRIMARY KEY (organization_id, id),
  constraint mail_account_campaign_key UNIQUE NULLS NOT DISTINCT (organization_id, user_id, campaign_id),
  constraint mail_account_campaign_fkey FOREIGN KEY (organization_id, campaign_id) REFERENCES campaign(organization_id, id) ON DELETE CASCADE,
  constraint mail_account_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX mail_account_campaign_idx ON public.mail_account USING btree (organization_id, campaign_id) WHERE (campaign_id IS NOT NULL);
alter table mail_account enable row level security;
alter table mail_account force row level security;
create policy mail_account_context on mail_account using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy mail_account_lookup on mail_account using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table mail_message (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  recipient text not null,
  content text,
  sender_user_id uuid,
  sender_campaign_id uuid,
  status text not null default 'waiting'::text,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null,
  last_error text,
  sent_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint mail_message_pkey PRIMARY KEY (organization_id, id),
  constraint mail_message_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint mail_message_sender_fkey FOREIGN KEY (organization_id, sender_user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint mail_message_content_check CHECK (status <> 'waiting'::text OR content IS NOT NULL),
  constraint mail_message_status_check CHECK (status = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text]))
);
CREATE INDEX mail_message_due_idx ON public.mail_message USING btree (next_attempt_at) WHERE (status = 'waiting'::text);
CREATE INDEX mail_message_ended_idx ON public.mail_message USING btree (created_at) WHERE (status <> 'waiting'::text);
CREATE INDEX mail_message_sender_idx ON public.mail_message USING btree (organization_id, sender_user_id) WHERE (sender_user_id IS NOT NULL);
alter table mail_message enable row level security;
alter table mail_message force row level security;
create policy mail_message_context on mail_message using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy mail_message_lookup on mail_message using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table number (
  organization_id uuid not null,
  id uuid not null,
  number text not null,
  name text not null default ''::text,
  time_zone text,
  target jsonb,
  override jsonb,
  caller_rules jsonb not null default '[]'::jsonb,
  sticky_routing boolean not null default false,
  calendar jsonb,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  waiting_priority integer,
  constraint number_pkey PRIMARY KEY (organization_id, id),
  constraint number_number_key UNIQUE (number),
  constraint number_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint number_form_check CHECK (number ~ '^\+[1-9][0-9]{4,14}$'::text),
  constraint number_waiting_priority_check CHECK (waiting_priority >= 1 AND waiting_priority <= 100)
);
CREATE INDEX number_page_idx ON public.number USING btree (organization_id, number);
alter table number enable row level security;
alter table number force row level security;
create policy number_context on number using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy number_lookup on number using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table one_time_token (
  organization_id uuid not null,
  id uuid not null,
  hash text not null,
  purpose text not null,
  user_id uuid not null,
  email text,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  constraint one_time_token_pkey PRIMARY KEY (organization_id, id),
  constraint one_time_token_hash_key UNIQUE (hash),
  constraint one_time_token_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint one_time_token_email_check CHECK ((purpose = 'email-change'::text) = (email IS NOT NULL)),
  constraint one_time_token_purpose_check CHECK (purpose = ANY (ARRAY['invitation'::text, 'password-reset'::text, 'email-change'::text]))
);
CREATE INDEX one_time_token_created_idx ON public.one_time_token USING btree (created_at);
CREATE INDEX one_time_token_user_idx ON public.one_time_token USING btree (organization_id, user_id);
alter table one_time_token enable row level security;
alter table one_time_token force row level security;
create policy one_time_token_context on one_time_token using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy one_time_token_lookup on one_time_token using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table organization (
  id uuid not null,
  slug text not null,
  name text not null,
  time_zone text not null,
  default_country text not null,
  language text not null default 'en'::text,
  texts jsonb not null default '{}'::jsonb,
  sip_domain text not null,
  forwarding jsonb not null default '{"kinds": ["fixed", "mobile"], "confirm": true, "countries": []}'::jsonb,
  anonymous_callers text not null default 'allow'::text,
  block_list text[] not null default '{}'::text[],
  holidays jsonb not null default '[]'::jsonb,
  last_resort jsonb,
  ring_seconds integer not null default 20,
  policies jsonb not null default '{}'::jsonb,
  version bigint not null default 1,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint organization_pkey PRIMARY KEY (id),
  constraint organization_slug_key UNIQUE (slug),
  constraint organization_anonymous_callers_check CHECK (anonymous_callers = ANY (ARRAY['allow'::text, 'reject'::text])),
  constraint organization_language_check CHECK (language = ANY (ARRAY['en'::text, 'es'::text, 'fr'::text, 'de'::text])),
  constraint organization_ring_seconds_check CHECK (ring_seconds >= 5 AND ring_seconds <= 300),
  constraint organization_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text)
);
alter table organization enable row level security;
alter table organization force row level security;
create policy organization_context on organization using (id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy organization_lookup on organization using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table organization_mail (
  organization_id uuid not null,
  host text not null,
  port integer not null,
  security text not null,
  domain text not null,
  login text not null,
  password text not null,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint organization_mail_pkey PRIMARY KEY (organization_id),
  constraint organization_mail_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint organization_mail_port_check CHECK (port >= 1 AND port <= 65535),
  constraint organization_mail_security_check CHECK (security = ANY (ARRAY['none'::text, 'starttls'::text, 'tls'::text]))
);
alter table organization_mail enable row level security;
alter table organization_mail force row level security;
create policy organization_mail_context on organization_mail using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy organization_mail_lookup on organization_mail using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table outbox (
  organization_id uuid not null,
  id bigint not null generated always as identity,
  version bigint not null,
  created_at timestamp with time zone not null default now(),
  constraint outbox_tell TRIGGER DEFERRABLE INITIALLY DEFERRED,
  constraint outbox_pkey PRIMARY KEY (organization_id, id),
  constraint outbox_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
CREATE INDEX outbox_id_idx ON public.outbox USING btree (id);
alter table outbox enable row level security;
alter table outbox force row level security;
create policy outbox_context on outbox using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy outbox_lookup on outbox using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table presence_lease (
  organization_id uuid not null,
  source text not null,
  user_id uuid not null,
  state text not null,
  counts boolean not null,
  queue_id uuid,
  at timestamp with time zone not null,
  answered_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  seq bigint not null,
  constraint presence_lease_pkey PRIMARY KEY (organization_id, source, user_id),
  constraint presence_lease_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint presence_lease_state_check CHECK (state = ANY (ARRAY['offline'::text, 'online'::text, 'ringing'::text, 'on-call'::text, 'do-not-disturb'::text]))
);
CREATE INDEX presence_lease_expires_idx ON public.presence_lease USING btree (expires_at);
CREATE INDEX presence_lease_seq_idx ON public.presence_lease USING btree (organization_id, seq);
CREATE INDEX presence_lease_user_idx ON public.presence_lease USING btree (organization_id, user_id);
alter table presence_lease enable row level security;
alter table presence_lease force row level security;
create policy presence_lease_context on presence_lease using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy presence_lease_lookup on presence_lease using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table presence_queue (
  organization_id uuid not null,
  queue_id uuid not null,
  user_id uuid not null,
  rung_at timestamp with time zone not null,
  seq bigint not null,
  constraint presence_queue_pkey PRIMARY KEY (organization_id, queue_id),
  constraint presence_queue_queue_fkey FOREIGN KEY (organization_id, queue_id) REFERENCES queue(organization_id, id) ON DELETE CASCADE
);
alter table presence_queue enable row level security;
alter table presence_queue force row level security;
create policy presence_queue_context on presence_queue using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy presence_queue_lookup on presence_queue using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table presence_stream (
  organization_id uuid not null,
  seq bigint not null default 0,
  constraint presence_stream_pkey PRIMARY KEY (organization_id),
  constraint presence_stream_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id)
);
alter table presence_stream enable row level security;
alter table presence_stream force row level security;
create policy presence_stream_context on presence_stream using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy presence_stream_lookup on presence_stream using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table presence_user (
  organization_id uuid not null,
  user_id uuid not null,
  state text not null default 'offline'::text,
  calls integer not null default 0,
  since timestamp with time zone not null default now(),
  dnd_until timestamp with time zone,
  last_answered_at timestamp with time zone,
  answered_day date,
  answered integer not null default 0,
  constraint presence_user_pkey PRIMARY KEY (organization_id, user_id),
  constraint presence_user_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint presence_user_state_check CHECK (state = ANY (ARRAY['offline'::text, 'online'::text, 'ringing'::text, 'on-call'::text, 'do-not-disturb'::text]))
);
CREATE INDEX presence_user_dnd_idx ON public.presence_user USING btree (dnd_until) WHERE (dnd_until IS NOT NULL);
alter table presence_user enable row level security;
alter table presence_user force row level security;
create policy presence_user_context on presence_user using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy presence_user_lookup on presence_user using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table queue (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  kind text not null default 'queue'::text,
  parent_queue_id uuid,
  strategy text not null default 'all'::text,
  ring_seconds integer not null default 20,
  no_agent_target jsonb,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  waiting jsonb,
  constraint queue_pkey PRIMARY KEY (organization_id, id),
  constraint queue_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint queue_parent_fkey FOREIGN KEY (organization_id, parent_queue_id) REFERENCES queue(organization_id, id),
  constraint queue_kind_check CHECK (kind = ANY (ARRAY['queue'::text, 'department'::text])),
  constraint queue_parent_check CHECK (parent_queue_id IS NULL OR kind = 'department'::text AND parent_queue_id <> id),
  constraint queue_ring_seconds_check CHECK (ring_seconds >= 5 AND ring_seconds <= 300),
  constraint queue_strategy_check CHECK (strategy = ANY (ARRAY['all'::text, 'sequential'::text, 'round-robin'::text, 'least-recent'::text, 'fewest-calls'::text, 'random'::text]))
);
CREATE UNIQUE INDEX queue_name_key ON public.queue USING btree (organization_id, lower(name));
CREATE INDEX queue_parent_idx ON public.queue USING btree (organization_id, parent_queue_id) WHERE (parent_queue_id IS NOT NULL);
alter table queue enable row level security;
alter table queue force row level security;
create policy queue_context on queue using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy queue_lookup on queue using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table queue_member (
  organization_id uuid not null,
  queue_id uuid not null,
  user_id uuid not null,
  priority integer not null default 1,
  "position" integer not null,
  constraint queue_member_pkey PRIMARY KEY (organization_id, queue_id, user_id),
  constraint queue_member_queue_fkey FOREIGN KEY (organization_id, queue_id) REFERENCES queue(organization_id, id) ON DELETE CASCADE,
  constraint queue_member_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE,
  constraint queue_member_priority_check CHECK (priority >= 1 AND priority <= 100)
);
CREATE INDEX queue_member_user_idx ON public.queue_member USING btree (organization_id, user_id);
alter table queue_member enable row level security;
alter table queue_member force row level security;
create policy queue_member_context on queue_member using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy queue_member_lookup on queue_member using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table queue_offer (
  organization_id uuid not null,
  id uuid not null,
  call_id text not null,
  step_id text not null,
  queue_id uuid not null,
  user_id uuid not null,
  state text not null default 'ringing'::text,
  devices integer not null,
  legs jsonb not null default '{}'::jsonb,
  offered_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint queue_offer_pkey PRIMARY KEY (organization_id, id),
  constraint queue_offer_wait_fkey FOREIGN KEY (organization_id, call_id, step_id) REFERENCES queue_wait(organization_id, call_id, step_id) ON DELETE CASCADE,
  constraint queue_offer_ended_check CHECK ((state = 'ringing'::text) = (ended_at IS NULL)),
  constraint queue_offer_state_check CHECK (state = ANY (ARRAY['ringing'::text, 'answered'::text, 'declined'::text, 'no-answer'::text, 'unreachable'::text, 'canceled'::text]))
);
CREATE INDEX queue_offer_call_idx ON public.queue_offer USING btree (organization_id, call_id, step_id);
CREATE INDEX queue_offer_user_idx ON public.queue_offer USING btree (organization_id, user_id, offered_at);
alter table queue_offer enable row level security;
alter table queue_offer force row level security;
create policy queue_offer_context on queue_offer using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy queue_offer_lookup on queue_offer using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table queue_wait (
  organization_id uuid not null,
  call_id text not null,
  step_id text not null,
  queue_id uuid not null,
  carrier text not null,
  account_sid text,
  queue_sid text,
  dialled text,
  priority integer not null,
  rung uuid[] not null default '{}'::uuid[],
  entered_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  state text not null default 'waiting'::text,
  reason text,
  answered_by uuid,
  answered_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint queue_wait_pkey PRIMARY KEY (organization_id, call_id, step_id),
  constraint queue_wait_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint queue_wait_answered_check CHECK ((state = ANY (ARRAY['talking'::text, 'answered'::text])) = (answered_at IS NOT NULL)),
  constraint queue_wait_carrier_check CHECK (carrier = ANY (ARRAY['twilio'::text, 'pbx'::text])),
  constraint queue_wait_ended_check CHECK ((state = ANY (ARRAY['waiting'::text, 'talking'::text])) = (ended_at IS NULL)),
  constraint queue_wait_reason_check CHECK (reason = ANY (ARRAY['time'::text, 'length'::text, 'no-agent'::text, 'hang-up'::text])),
  constraint queue_wait_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'talking'::text, 'answered'::text, 'abandoned'::text, 'overflowed'::text]))
);
CREATE INDEX queue_wait_entered_idx ON public.queue_wait USING btree (entered_at);
CREATE INDEX queue_wait_open_idx ON public.queue_wait USING btree (organization_id) WHERE (state = ANY (ARRAY['waiting'::text, 'talking'::text]));
CREATE INDEX queue_wait_queue_idx ON public.queue_wait USING btree (organization_id, queue_id, entered_at);
alter table queue_wait enable row level security;
alter table queue_wait force row level security;
create policy queue_wait_context on queue_wait using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy queue_wait_lookup on queue_wait using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table session (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  hash text not null,
  confirmed_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  address text not null default ''::text,
  agent text not null default ''::text,
  created_at timestamp with time zone not null default now(),
  constraint session_pkey PRIMARY KEY (organization_id, id),
  constraint session_hash_key UNIQUE (hash),
  constraint session_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX session_expires_idx ON public.session USING btree (expires_at);
CREATE INDEX session_user_idx ON public.session USING btree (organization_id, user_id);
alter table session enable row level security;
alter table session force row level security;
create policy session_context on session using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy session_lookup on session using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table two_step (
  organization_id uuid not null,
  user_id uuid not null,
  secret text,
  pending_secret text,
  last_step bigint not null default 0,
  enabled_at timestamp with time zone,
  constraint two_step_pkey PRIMARY KEY (organization_id, user_id),
  constraint two_step_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
alter table two_step enable row level security;
alter table two_step force row level security;
create policy two_step_context on two_step using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy two_step_lookup on two_step using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table "user" (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  login text not null,
  email text,
  first_name text not null,
  last_name text not null,
  role text not null default 'agent'::text,
  status text not null,
  time_zone text,
  parent_user_id uuid,
  fallback_user_id uuid,
  reassigned_to_user_id uuid,
  if_unavailable jsonb not null default '{"action": "voicemail"}'::jsonb,
  ring_seconds integer,
  call_limit integer,
  dnd_on boolean not null default false,
  dnd_until timestamp with time zone,
  forward_all jsonb,
  devices jsonb not null default '[]'::jsonb,
  mobile jsonb not null default '{"ringApp": true, "pushMissed": true, "quietHours": null}'::jsonb,
  always_available boolean not null default true,
  login_key text collate "C" not null generated always as lower(login) stored,
  email_key text collate "C" generated always as lower(email) stored,
  name_key text collate "C" not null generated always as ((lower(last_name) || ' '::text) || lower(first_name)) stored,
  password_hash text,
  must_change_password boolean not null default false,
  last_login_at timestamp with time zone,
  deleted_at timestamp with time zone,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  group_id uuid,
  password_is_short boolean not null default false,
  constraint user_pkey PRIMARY KEY (organization_id, id),
  constraint user_fallback_fkey FOREIGN KEY (organization_id, fallback_user_id) REFERENCES "user"(organization_id, id),
  constraint user_group_fkey FOREIGN KEY (organization_id, group_id) REFERENCES user_group(organization_id, id),
  constraint user_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint user_parent_fkey FOREIGN KEY (organization_id, parent_user_id) REFERENCES "user"(organization_id, id),
  constraint user_reassigned_to_fkey FOREIGN KEY (organization_id, reassigned_to_user_id) REFERENCES "user"(organization_id, id),
  constraint user_call_limit_check CHECK (call_limit >= 1 AND call_limit <= 20),
  constraint user_email_check CHECK (kind <> 'email'::text OR email IS NOT NULL),
  constraint user_fallback_self_check CHECK (fallback_user_id <> id),
  constraint user_kind_check CHECK (kind = ANY (ARRAY['email'::text, 'username'::text])),
  constraint user_ring_seconds_check CHECK (ring_seconds >= 5 AND ring_seconds <= 300),
  constraint user_role_check CHECK (role = ANY (ARRAY['administrator'::text, 'manager'::text, 'agent'::text])),
  constraint user_status_check CHECK (status = ANY (ARRAY['active'::text, 'inactive'::text, 'pending'::text, 'deleted'::text]))
);
CREATE UNIQUE INDEX user_email_key ON public."user" USING btree (organization_id, email_key) WHERE ((status <> 'deleted'::text) AND (email_key IS NOT NULL));
CREATE INDEX user_fallback_idx ON public."user" USING btree (organization_id, fallback_user_id) WHERE (fallback_user_id IS NOT NULL);
CREATE INDEX user_group_idx ON public."user" USING btree (organization_id, group_id) WHERE (group_id IS NOT NULL);
CREATE UNIQUE INDEX user_login_key ON public."user" USING btree (organization_id, login_key) WHERE (status <> 'deleted'::text);
CREATE INDEX user_page_idx ON public."user" USING btree (organization_id, name_key, id) INCLUDE (status, role, group_id);
CREATE INDEX user_parent_idx ON public."user" USING btree (organization_id, parent_user_id) WHERE (parent_user_id IS NOT NULL);
CREATE INDEX user_reassigned_to_idx ON public."user" USING btree (organization_id, reassigned_to_user_id) WHERE (reassigned_to_user_id IS NOT NULL);
alter table "user" enable row level security;
alter table "user" force row level security;
create policy user_context on "user" using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy user_lookup on "user" using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table user_group (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  parent_group_id uuid,
  permissions text[] not null default '{}'::text[],
  name_key text collate "C" not null generated always as lower(name) stored,
  revision bigint not null default 1,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint user_group_pkey PRIMARY KEY (organization_id, id),
  constraint user_group_name_key UNIQUE NULLS NOT DISTINCT (organization_id, parent_group_id, name_key),
  constraint user_group_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint user_group_parent_fkey FOREIGN KEY (organization_id, parent_group_id) REFERENCES user_group(organization_id, id),
  constraint user_group_parent_self_check CHECK (parent_group_id <> id)
);
CREATE INDEX user_group_page_idx ON public.user_group USING btree (organization_id, name_key, id);
alter table user_group enable row level security;
alter table user_group force row level security;
create policy user_group_context on user_group using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy user_group_lookup on user_group using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table user_label (
  organization_id uuid not null,
  label_id uuid not null,
  user_id uuid not null,
  constraint user_label_pkey PRIMARY KEY (organization_id, label_id, user_id),
  constraint user_label_label_fkey FOREIGN KEY (organization_id, label_id) REFERENCES label(organization_id, id) ON DELETE CASCADE,
  constraint user_label_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX user_label_user_idx ON public.user_label USING btree (organization_id, user_id);
alter table user_label enable row level security;
alter table user_label force row level security;
create policy user_label_context on user_label using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy user_label_lookup on user_label using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table user_word (
  organization_id uuid not null,
  user_id uuid not null,
  word text collate "C" not null,
  constraint user_word_pkey PRIMARY KEY (organization_id, word, user_id),
  constraint user_word_user_fkey FOREIGN KEY (organization_id, user_id) REFERENCES "user"(organization_id, id) ON DELETE CASCADE
);
CREATE INDEX user_word_user_idx ON public.user_word USING btree (organization_id, user_id);
alter table user_word enable row level security;
alter table user_word force row level security;
create policy user_word_context on user_word using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy user_word_lookup on user_word using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

create table voicemail (
  organization_id uuid not null,
  id uuid not null,
  carrier text not null,
  recording_id text not null,
  call_id text not null,
  mailbox_type text not null,
  mailbox_id uuid not null,
  from_kind text,
  from_value text,
  account_sid text,
  sound_url text,
  duration_seconds integer not null,
  received_at timestamp with time zone not null,
  read_at timestamp with time zone,
  read_by uuid,
  archived_at timestamp with time zone,
  deleted_at timestamp with time zone,
  sound_deleted_at timestamp with time zone,
  delete_attempts integer not null default 0,
  next_delete_at timestamp with time zone not null default now(),
  created_at timestamp with time zone not null default now(),
  constraint voicemail_pkey PRIMARY KEY (organization_id, id),
  constraint voicemail_recording_key UNIQUE (organization_id, carrier, recording_id),
  constraint voicemail_organization_fkey FOREIGN KEY (organization_id) REFERENCES organization(id),
  constraint voicemail_carrier_check CHECK (carrier = ANY (ARRAY['twilio'::text, 'pbx'::text])),
  constraint voicemail_duration_check CHECK (duration_seconds > 0),
  constraint voicemail_mailbox_type_check CHECK (mailbox_type = ANY (ARRAY['user'::text, 'queue'::text]))
);
CREATE INDEX voicemail_call_idx ON public.voicemail USING btree (organization_id, call_id);
CREATE INDEX voicemail_deleted_idx ON public.voicemail USING btree (next_delete_at) WHERE ((deleted_at IS NOT NULL) AND (sound_deleted_at IS NULL));
CREATE INDEX voicemail_gone_idx ON public.voicemail USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX voicemail_kept_idx ON public.voicemail USING btree (received_at) WHERE (deleted_at IS NULL);
CREATE INDEX voicemail_mailbox_idx ON public.voicemail USING btree (organization_id, mailbox_id, received_at DESC) WHERE (deleted_at IS NULL);
CREATE INDEX voicemail_page_idx ON public.voicemail USING btree (organization_id, received_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX voicemail_unread_idx ON public.voicemail USING btree (organization_id, mailbox_id, mailbox_type) WHERE ((read_at IS NULL) AND (archived_at IS NULL) AND (deleted_at IS NULL));
alter table voicemail enable row level security;
alter table voicemail force row level security;
create policy voicemail_context on voicemail using (organization_id = ( SELECT (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid AS "nullif"));
create policy voicemail_lookup on voicemail using (( SELECT current_setting('linefinder.lookup'::text, true) AS current_setting) = 'on'::text);

CREATE OR REPLACE FUNCTION public.append_live_event(wanted_organization uuid, topic text, name text, data jsonb, user_ids uuid[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare given bigint;
begin
  insert into live_stream (organization_id, seq) values (wanted_organization, 1)
    on conflict (organization_id) do update set seq = live_stream.seq + 1 returning seq into given;
  insert into live_event (organization_id, seq, at, topic, name, data, user_ids)
    values (wanted_organization, given, now(), topic, name, data, user_ids);
end $function$
;
revoke all on function append_live_event(uuid,text,text,jsonb,uuid[]) from public;

CREATE OR REPLACE FUNCTION public.find_one_time_token(wanted_hash text)
 RETURNS TABLE(organization_id uuid, id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select t.organization_id, t.id from one_time_token t where t.hash = wanted_hash;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function find_one_time_token(text) from public;

CREATE OR REPLACE FUNCTION public.find_organization_for_login(wanted text)
 RETURNS TABLE(id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    if wanted is not null then
      return query select o.id from organization o where o.slug = wanted;
    elsif (select count(*) from organization) = 1 then
      return query select o.id from organization o;
    end if;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function find_organization_for_login(text) from public;

CREATE OR REPLACE FUNCTION public.find_session(wanted_hash text)
 RETURNS TABLE(organization_id uuid, id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select s.organization_id, s.id from session s where s.hash = wanted_hash;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function find_session(text) from public;

CREATE OR REPLACE FUNCTION public.find_stale_calls(p_organization uuid, p_ids text[], p_versions bigint[])
 RETURNS TABLE(id text, version bigint, started_at bigint, decided jsonb, timeline jsonb, figures jsonb, pending jsonb)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
#variable_conflict use_column
begin
  perform pg_advisory_xact_lock(hashtextextended('call records ' || p_organization, 0));
  return query
    select asked.id, coalesce(c.version, 0), (extract(epoch from c.started_at) * 1000)::bigint,
        jsonb_build_object('carrier', c.carrier, 'from', jsonb_build_object('kind', c.from_kind, 'value', c.from_value),
          'to', jsonb_build_object('kind', c.to_kind, 'value', c.to_value), 'numberId', c.number_id, 'userId', c.user_id,
          'queueId', c.queue_id, 'directoryVersion', c.directory_version) || (c.decision - 'trace' - 'callId'),
        c.timeline, c.figures, told.events
      from unnest(p_ids, p_versions) as asked (id, version)
        left join lateral (
          select call.*, call.xmin::text::bigint as version from call
            where call.organization_id = p_organization and call.id = asked.id limit 1) c on true
        left join lateral (
          select jsonb_agg(jsonb_build_object('key', e.key, 'at', (extract(epoch from e.at) * 1000)::bigint,
              'type', e.type, 'data', e.data)) as events
            from call_event e where e.organization_id = p_organization and e.call_id = asked.id) told on true
      where asked.version <> coalesce(c.version, 0) or told.events is not null;
end $function$
;
revoke all on function find_stale_calls(uuid,text[],bigint[]) from public;

CREATE OR REPLACE FUNCTION public.list_due_erasures(due timestamp with time zone, most integer)
 RETURNS TABLE(organization_id uuid, user_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select l.organization_id, l.user_id from life_cycle l where l.erases_at <= due order by l.erases_at limit most;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_due_erasures(timestamp with time zone,integer) from public;

CREATE OR REPLACE FUNCTION public.list_due_presence(due timestamp with time zone)
 RETURNS TABLE(organization_id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from presence_lease l where l.expires_at <= due and l.state = 'offline';
    return query
      select l.organization_id from presence_lease l where l.expires_at <= due
      union select u.organization_id from presence_user u where u.dnd_until <= due;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_due_presence(timestamp with time zone) from public;

CREATE OR REPLACE FUNCTION public.list_live_streams()
 RETURNS TABLE(organization_id uuid, epoch text, seq bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select s.organization_id, s.epoch, s.seq from live_stream s;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_live_streams() from public;

CREATE OR REPLACE FUNCTION public.list_open_jobs(most integer)
 RETURNS TABLE(organization_id uuid, id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select j.organization_id, j.id from job j where j.state in ('queued', 'running') order by j.created_at limit most;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_open_jobs(integer) from public;

CREATE OR REPLACE FUNCTION public.list_organization_versions()
 RETURNS TABLE(id uuid, slug text, version bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select o.id, o.slug, o.version from organization o order by o.created_at, o.id;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_organization_versions() from public;

CREATE OR REPLACE FUNCTION public.list_presence_streams()
 RETURNS TABLE(organization_id uuid, seq bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select s.organization_id, s.seq from presence_stream s;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_presence_streams() from public;

CREATE OR REPLACE FUNCTION public.list_stuck_calls(p_most integer)
 RETURNS TABLE(organization_id uuid, id text, at timestamp with time zone)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select c.organization_id, c.id, c.updated_at from call c
      where c.ended_at is null and c.updated_at < now() - interval '15 minutes'
        and ((c.answered_at is null and c.state <> 'waiting') or c.updated_at < now() - interval '250 minutes')
      order by c.updated_at limit p_most;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function list_stuck_calls(integer) from public;

CREATE OR REPLACE FUNCTION public.list_waiting_organizations()
 RETURNS SETOF uuid
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select distinct w.organization_id from queue_wait w where w.state in ('waiting', 'talking') limit 10000;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;

CREATE OR REPLACE FUNCTION public.mark_call_user()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  select c.outcome into new.outcome from call c
    where c.organization_id = new.organization_id and c.id = new.call_id;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.notify_directory()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('linefinder_directory', new.organization_id || ':' || new.version);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.notify_live()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('linefinder_live', new.organization_id || ':' || new.seq);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.record_cells(p_column text)
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE
AS $function$ select case p_column when '' then array[''] else string_to_array(p_column, E'\x1f', E'\x1e') end $function$
;
revoke all on function record_cells(text) from public;

CREATE OR REPLACE FUNCTION public.refuse_activity_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'activity is append-only' using errcode = 'insufficient_privilege';
end $function$
;

CREATE OR REPLACE FUNCTION public.sweep_calls(p_most integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ declare calls integer; events integer; begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from call where (call.organization_id, call.id) in (
      select old.organization_id, old.id from organization o cross join lateral (
        select c.organization_id, c.id from call c where c.organization_id = o.id
          and c.started_at < now() - make_interval(days => coalesce((o.policies->>'callRetentionDays')::integer, 365))
        order by c.started_at limit p_most) old
      limit p_most);
    get diagnostics calls = row_count;
    delete from call_event where ctid = any(array(
      select e.ctid from call_event e where e.at < now() - interval '7 days' limit p_most));
    get diagnostics events = row_count;
    perform set_config('linefinder.lookup', '', true);
    return calls >= p_most or events >= p_most;
  end $function$
;
revoke all on function sweep_calls(integer) from public;

CREATE OR REPLACE FUNCTION public.sweep_expired()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from session where expires_at < now();
    delete from idempotency_key where created_at < now() - interval '24 hours';
    delete from mail_message where (organization_id, id) in (
      select m.organization_id, m.id from mail_message m
        where m.status <> 'waiting' and m.created_at < now() - interval '30 days' order by m.created_at limit 10000);
    delete from one_time_token where (organization_id, id) in (
      select t.organization_id, t.id from one_time_token t
        where t.created_at < now() - interval '31 days' and (t.used_at is not null or t.expires_at < now())
        order by t.created_at limit 10000);
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function sweep_expired() from public;

CREATE OR REPLACE FUNCTION public.sweep_live_events()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from live_event where (organization_id, seq) in (
      select e.organization_id, e.seq from live_event e
        where e.created_at < now() - interval '1 hour' order by e.created_at limit 20000 for update skip locked);
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function sweep_live_events() from public;

CREATE OR REPLACE FUNCTION public.sweep_queue_waits()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from queue_wait where (organization_id, call_id, step_id) in (
      select w.organization_id, w.call_id, w.step_id from queue_wait w
        join organization o on o.id = w.organization_id
        where w.state not in ('waiting', 'talking')
          and w.entered_at < now() - make_interval(days => coalesce((o.policies->>'callRetentionDays')::integer, 365))
        order by w.entered_at limit 10000);
    perform set_config('linefinder.lookup', '', true);
  end $function$
;

CREATE OR REPLACE FUNCTION public.take_due_mail(most integer, at timestamp with time zone, again timestamp with time zone)
 RETURNS TABLE(organization_id uuid, id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query
      update mail_message m set attempts = m.attempts + 1, next_attempt_at = again
        from (select d.organization_id, d.id from mail_message d where d.status = 'waiting' and d.next_attempt_at <= at
          order by d.next_attempt_at limit most for update skip locked) due
        where m.organization_id = due.organization_id and m.id = due.id
        returning m.organization_id, m.id;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function take_due_mail(integer,timestamp with time zone,timestamp with time zone) from public;

CREATE OR REPLACE FUNCTION public.take_due_voicemails(most integer, at timestamp with time zone, again timestamp with time zone)
 RETURNS TABLE(organization_id uuid, id uuid)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
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
  end $function$
;
revoke all on function take_due_voicemails(integer,timestamp with time zone,timestamp with time zone) from public;

CREATE OR REPLACE FUNCTION public.take_outbox(most integer)
 RETURNS TABLE(organization_id uuid, version bigint)
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query
      with taken as (
        delete from outbox where outbox.id in (select o.id from outbox o order by o.id limit most for update skip locked)
        returning outbox.organization_id, outbox.version)
      select t.organization_id, max(t.version) from taken t group by t.organization_id;
    perform set_config('linefinder.lookup', '', true);
  end $function$
;
revoke all on function take_outbox(integer) from public;

CREATE OR REPLACE FUNCTION public.tell_job()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform append_live_event(new.organization_id, 'jobs', 'job.changed',
    jsonb_build_object('id', new.id, 'kind', new.kind, 'state', new.state, 'total', new.total, 'done', new.done,
      'failed', new.failed, 'actor', jsonb_build_object('type', new.actor_type, 'id', new.actor_id)),
    case when new.actor_id is null then '{}' else array[new.actor_id] end);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.tell_version()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform append_live_event(new.organization_id, 'coverage', 'coverage.changed',
    jsonb_build_object('version', new.version), '{}');
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.write_call_records(p_organization uuid, p_calls text, p_gone text, p_users text, p_days text, p_pending text, p_absorbed text, p_events text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare c text[]; last bigint;
begin
  if p_calls is not null then
    c := string_to_array(p_calls, E'\x1d');
    insert into call (organization_id, id, carrier, from_kind, from_value, to_kind, to_value, number_id, user_id, queue_id,
        state, outcome, answered_by, started_at, answered_at, ended_at, directory_version, decision, timeline, figures)
      select p_organization, r.id, r.carrier, r.from_kind, r.from_value, r.to_kind, r.to_value, r.number_id::uuid,
          r.user_id::uuid, r.queue_id::uuid, r.state, r.outcome, r.answered_by::uuid,
          to_timestamp(r.started_at::bigint / 1000.0), to_timestamp(r.answered_at::bigint / 1000.0),
          to_timestamp(r.ended_at::bigint / 1000.0), r.directory_version::bigint, r.decision::jsonb, r.timeline::jsonb,
          r.figures::jsonb
        from unnest(record_cells(c[1]), record_cells(c[2]), record_cells(c[3]), record_cells(c[4]), record_cells(c[5]),
          record_cells(c[6]), record_cells(c[7]), record_cells(c[8]), record_cells(c[9]), record_cells(c[10]),
          record_cells(c[11]), record_cells(c[12]), record_cells(c[13]), record_cells(c[14]), record_cells(c[15]),
          record_cells(c[16]), record_cells(c[17]), record_cells(c[18]), record_cells(c[19]))
        as r (id, carrier, from_kind, from_value, to_kind, to_value, number_id, user_id, queue_id, state, outcome,
          answered_by, started_at, answered_at, ended_at, directory_version, decision, timeline, figures)
      on conflict (organization_id, id) do update set state = excluded.state, outcome = excluded.outcome,
        answered_by = excluded.answered_by, started_at = excluded.started_at, answered_at = excluded.answered_at,
        ended_at = excluded.ended_at, directory_version = excluded.directory_version,
        decision = case when excluded.decision = '{}' then call.decision else excluded.decision end,
        timeline = excluded.timeline, figures = excluded.figures, updated_at = now();
  end if;
  if p_gone is not null then
    c := string_to_array(p_gone, E'\x1d');
    delete from call_user u using unnest(record_cells(c[1]), record_cells(c[2])) as r (call_id, kept)
      where u.organization_id = p_organization and u.call_id = r.call_id
        and not u.user_id = any(string_to_array(r.kept, ',')::uuid[]);
  end if;
  if p_users is not null then
    c := string_to_array(p_users, E'\x1d');
    insert into call_user (organization_id, call_id, user_id, queue_id, started_at, rung_at, answered_at, ended_at, missed)
      select p_organization, r.call_id, r.user_id::uuid, r.queue_id::uuid, to_timestamp(r.started_at::bigint / 1000.0),
          to_timestamp(r.rung_at::bigint / 1000.0), to_timestamp(r.answered_at::bigint / 1000.0),
          to_timestamp(r.ended_at::bigint / 1000.0), r.missed::boolean
        from unnest(record_cells(c[1]), record_cells(c[2]), record_cells(c[3]), record_cells(c[4]), record_cells(c[5]),
          record_cells(c[6]), record_cells(c[7]), record_cells(c[8]))
        as r (call_id, user_id, queue_id, started_at, rung_at, answered_at, ended_at, missed)
      on conflict (organization_id, call_id, user_id) do update set queue_id = excluded.queue_id,
        started_at = excluded.started_at, rung_at = excluded.rung_at, answered_at = excluded.answered_at,
        ended_at = excluded.ended_at, missed = excluded.missed;
  end if;
  if p_days is not null then
    c := string_to_array(p_days, E'\x1d');
    insert into call_day as d (organization_id, subject_type, subject_id, day, offered, handled, missed, abandoned,
        handled_in_time, talk_seconds)
      select p_organization, r.subject_type, r.subject_id::uuid, r.day::date, r.offered::integer, r.handled::integer,
          r.missed::integer, r.abandoned::integer, r.handled_in_time::integer, r.talk_seconds::bigint
        from unnest(record_cells(c[1]), record_cells(c[2]), record_cells(c[3]), record_cells(c[4]), record_cells(c[5]),
          record_cells(c[6]), record_cells(c[7]), record_cells(c[8]), record_cells(c[9]))
        as r (subject_type, subject_id, day, offered, handled, missed, abandoned, handled_in_time, talk_seconds)
      on conflict (organization_id, subject_type, subject_id, day) do update set offered = d.offered + excluded.offered,
        handled = d.handled + excluded.handled, missed = d.missed + excluded.missed,
        abandoned = d.abandoned + excluded.abandoned, handled_in_time = d.handled_in_time + excluded.handled_in_time,
        talk_seconds = d.talk_seconds + excluded.talk_seconds;
  end if;
  if p_absorbed is not null then
    delete from call_event where organization_id = p_organization and call_id = any(record_cells(p_absorbed));
  end if;
  if p_pending is not null then
    c := string_to_array(p_pending, E'\x1d');
    insert into call_event (organization_id, call_id, key, at, type, data)
      select p_organization, r.call_id, r.key, to_timestamp(r.at::bigint / 1000.0), r.type, r.data::jsonb
        from unnest(record_cells(c[1]), record_cells(c[2]), record_cells(c[3]), record_cells(c[4]), record_cells(c[5]))
        as r (call_id, key, at, type, data)
      on conflict (organization_id, call_id, key) do update set at = excluded.at, data = excluded.data
        where excluded.at < call_event.at;
  end if;
  if p_events is not null then
    -- The stream's row stays locked until the commit: the last thing that is done.
    c := string_to_array(p_events, E'\x1d');
    insert into live_stream (organization_id, seq) values (p_organization, cardinality(record_cells(c[1])))
      on conflict (organization_id) do update set seq = live_stream.seq + excluded.seq returning seq into last;
    insert into live_event (organization_id, seq, at, topic, name, data, user_ids, queue_ids)
      select p_organization, last - cardinality(record_cells(c[1])) + r.place, to_timestamp(r.at::bigint / 1000.0), r.topic,
          r.name, r.data::jsonb, string_to_array(r.user_ids, ',')::uuid[], string_to_array(r.queue_ids, ',')::uuid[]
        from unnest(record_cells(c[1]), record_cells(c[2]), record_cells(c[3]), record_cells(c[4]), record_cells(c[5]),
          record_cells(c[6])) with ordinality as r (at, topic, name, data, user_ids, queue_ids, place);
  end if;
  return pg_current_xact_id()::text::bigint & 4294967295;
end $function$
;
revoke all on function write_call_records(uuid,text,text,text,text,text,text,text) from public;

CREATE TRIGGER activity_append_only BEFORE DELETE OR UPDATE ON activity FOR EACH ROW EXECUTE FUNCTION refuse_activity_change();

CREATE TRIGGER activity_keep BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse_activity_change();

CREATE TRIGGER call_user_mark BEFORE INSERT OR UPDATE ON call_user FOR EACH ROW EXECUTE FUNCTION mark_call_user();

CREATE CONSTRAINT TRIGGER job_tell AFTER INSERT OR UPDATE OF state, done, failed ON job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_job();

CREATE TRIGGER live_stream_notify AFTER INSERT OR UPDATE ON live_stream FOR EACH ROW EXECUTE FUNCTION notify_live();

CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION notify_directory();

CREATE CONSTRAINT TRIGGER outbox_tell AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tell_version();
