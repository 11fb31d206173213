-- Calls are written with two statements for a batch, and each thing about them once: what was told stands in the
-- call's row alone, and the index of open calls no longer moves with every event.

-- up
-- An index over updated_at, or one whose condition reads the state, put a new entry of each change into all the others.
drop index call_open_idx;
create index call_open_idx on call (organization_id, started_at desc) where ended_at is null;
-- Room beside each row for what a call becomes while it goes on.
alter table call set (fillfactor = 70);
alter table call_user set (fillfactor = 70);

create or replace function list_stuck_calls(p_most integer) returns table (organization_id uuid, id text, at timestamptz)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select c.organization_id, c.id, c.updated_at from call c
      where c.ended_at is null and c.updated_at < now() - interval '15 minutes'
        and ((c.answered_at is null and c.state <> 'waiting') or c.updated_at < now() - interval '250 minutes')
      order by c.updated_at limit p_most;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- Until the commit the records of the organization are written by one process at a time. Gives the calls that stand
-- otherwise than whoever asks believes: version is the row's xmin, which every change of the row makes another; 0 there is
-- no row, -1 not known. call_event holds what was told of calls of which nobody has said how they began. Planned anew each
-- time, and call by call: a plan that was made over empty tables, or without statistics, reads all that an organization has.
create function find_stale_calls(p_organization uuid, p_ids text[], p_versions bigint[])
  returns table (id text, version bigint, started_at bigint, decided jsonb, timeline jsonb, figures jsonb, pending jsonb)
  language plpgsql set plan_cache_mode = force_custom_plan as $$
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
end $$;

-- A table as one text: columns end with \x1d, cells with \x1f, and \x1e is null. JSON has none of them.
create function record_cells(p_column text) returns text[] language sql immutable
  as $$ select case p_column when '' then array[''] else string_to_array(p_column, E'\x1f', E'\x1e') end $$;

-- All that a batch comes to, and the version that its rows have from now on. Each table may be null: nothing of it.
create function write_call_records(p_organization uuid, p_calls text, p_gone text, p_users text, p_days text,
    p_pending text, p_absorbed text, p_events text) returns bigint
  language plpgsql as $$
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
end $$;
revoke all on function find_stale_calls(uuid, text[], bigint[]), record_cells(text),
  write_call_records(uuid, text, text, text, text, text, text, text) from public;

-- down
drop function write_call_records(uuid, text, text, text, text, text, text, text);
drop function record_cells(text);
drop function find_stale_calls(uuid, text[], bigint[]);
-- The release before reads what was told from its own table.
select set_config('linefinder.lookup', 'on', true);
insert into call_event (organization_id, call_id, key, at, type, data)
  select c.organization_id, c.id, 'decided', c.started_at, 'decided',
      jsonb_build_object('carrier', c.carrier, 'from', jsonb_build_object('kind', c.from_kind, 'value', c.from_value),
        'to', jsonb_build_object('kind', c.to_kind, 'value', c.to_value), 'numberId', c.number_id, 'userId', c.user_id,
        'queueId', c.queue_id, 'day', coalesce(c.figures->0->'day', to_jsonb(c.started_at::date::text)),
        'directoryVersion', c.directory_version) || (c.decision - 'trace' - 'callId')
    from call c where c.started_at > now() - interval '7 days'
  union all
  select c.organization_id, c.id, case t->>'type'
        when 'step-ended' then 'step:' || (t->>'stepId')
        when 'status' then 'status:' || (t->>'status')
        when 'leg' then concat_ws(':', 'leg', t->>'userId', t->>'legId', t->>'state')
        when 'waiting' then concat_ws(':', 'waiting', t->>'queueId', t->>'state', coalesce(t->>'userId', ''))
        when 'recorded' then concat_ws(':', 'recorded', t->>'recordingSid', t->>'status')
        else t->>'type' end,
      to_timestamp((t->>'at')::bigint / 1000.0), t->>'type', t - 'at' - 'type'
    from call c, jsonb_array_elements(c.timeline) as t where c.started_at > now() - interval '7 days'
  on conflict do nothing;
select set_config('linefinder.lookup', '', true);
create or replace function list_stuck_calls(p_most integer) returns table (organization_id uuid, id text, at timestamptz)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select c.organization_id, c.id, c.updated_at from call c
      where c.state <> 'ended' and c.updated_at < now() - interval '15 minutes'
        and ((c.answered_at is null and c.state <> 'waiting') or c.updated_at < now() - interval '250 minutes')
      order by c.updated_at limit p_most;
    perform set_config('linefinder.lookup', '', true);
  end $$;
alter table call_user reset (fillfactor);
alter table call reset (fillfactor);
drop index call_open_idx;
create index call_open_idx on call (updated_at) where state <> 'ended';
