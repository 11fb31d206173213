-- What must be read before the organization is known. Named functions are the only way past the organization's
-- context; each gives away the least that its caller needs. sql/README.md lists them, and a test fails on one more.
--
-- The setting is switched on and off inside the function, because only a superuser may write `set linefinder.lookup`
-- into a function's definition. An error between the two rolls the setting back with the rest.

-- up
-- Ids and versions of all organizations: the version poll, and what to load at start.
create function list_organization_versions() returns table (id uuid, slug text, version bigint)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select o.id, o.slug, o.version from organization o order by o.created_at, o.id;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- For POST /v1/session: the organization by slug; with null, the only one there is.
create function find_organization_for_login(wanted text) returns table (id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    if wanted is not null then
      return query select o.id from organization o where o.slug = wanted;
    elsif (select count(*) from organization) = 1 then
      return query select o.id from organization o;
    end if;
    perform set_config('linefinder.lookup', '', true);
  end $$;

create function find_session(wanted_hash text) returns table (organization_id uuid, id uuid)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query select s.organization_id, s.id from session s where s.hash = wanted_hash;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- The relay takes what is to be published: organization and highest version, and forgets the rows.
create function take_outbox(most integer) returns table (organization_id uuid, version bigint)
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    return query
      with taken as (
        delete from outbox where outbox.id in (select o.id from outbox o order by o.id limit most for update skip locked)
        returning outbox.organization_id, outbox.version)
      select t.organization_id, max(t.version) from taken t group by t.organization_id;
    perform set_config('linefinder.lookup', '', true);
  end $$;

-- Sessions and kept answers past their time.
create function sweep_expired() returns void
  language plpgsql security definer set search_path = pg_catalog, public
  as $$ begin
    perform set_config('linefinder.lookup', 'on', true);
    delete from session where expires_at < now();
    delete from idempotency_key where created_at < now() - interval '24 hours';
    perform set_config('linefinder.lookup', '', true);
  end $$;

revoke all on function list_organization_versions(), find_organization_for_login(text), find_session(text), take_outbox(integer), sweep_expired() from public;

-- down
drop function sweep_expired();
drop function take_outbox(integer);
drop function find_session(text);
drop function find_organization_for_login(text);
drop function list_organization_versions();
