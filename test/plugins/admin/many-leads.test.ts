import { sql } from 'kysely';
import { test } from 'tap';
import { leadsAtOnce } from '../../../plugins/admin/lead-owners.ts';
import { inOrganization } from '../../../services/storage/database.ts';
import { type Doc, newUser } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Things = { readonly count: number; readonly items: readonly unknown[] };
type Effects = {
  readonly effects: {
    readonly leads: Things;
    readonly pulledBack: { readonly leads: Things };
    readonly left: { readonly count: number };
  };
};

test('somebody with thousands of leads leaves and comes back: each lead moves, none twice', async (t) => {
  const { database, newOffice } = await sharedApp(t);
  const office = await newOffice('sales');
  const { id: organizationId, admin } = office;
  const [ana, bo] = [await newUser(office, 'Ana'), await newUser(office, 'Bo')];
  const many = leadsAtOnce * 2 + 7;
  await inOrganization(database, organizationId, (trx) =>
    sql`insert into lead (organization_id, id, name, owner_id)
      select ${organizationId}::uuid, ('019aa000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'Lead ' || i,
        ${ana.id}::uuid from generate_series(1, ${many}::integer) as i`.execute(trx),
  );
  const owned = async (userId: string | null) =>
    inOrganization(database, organizationId, async (trx) => {
      const { rows } = await sql<{ leads: number; revisions: number }>`
        select count(*)::integer as leads, count(distinct revision)::integer as revisions from lead
          where owner_id is not distinct from ${userId}`.execute(trx);
      return rows[0];
    });

  const away = await admin.post<Effects>(`/users/${ana.id}/deactivate`, {
    reassignTo: bo.id,
    temporary: true,
  });
  t.equal(away.body.effects.leads.count, many);
  t.same(await owned(bo.id), { leads: many, revisions: 1 }, 'each once');
  const moved = '019aa000-0000-7000-8000-000000000003';
  t.equal((await admin.patch<Doc>(`/leads/${moved}`, { ownerId: null })).status, 200);
  const back = await admin.post<Effects>(`/users/${ana.id}/reactivate`, { pullBack: true });
  t.equal(back.body.effects.pulledBack.leads.count, many - 1);
  t.equal(back.body.effects.left.count, 1, 'what moved on since');
  t.same(await owned(ana.id), { leads: many - 1, revisions: 1 });

  t.equal((await admin.delete(`/users/${ana.id}`)).status, 204);
  t.equal((await owned(null))?.leads, many);
  t.equal(
    (await admin.post<Effects>(`/users/${ana.id}/undelete`, {})).body.effects.pulledBack.leads.count,
    many - 1,
  );

  const all = await admin.post<{ readonly leads: Things }>('/leads/reassign', { from: ana.id, to: bo.id });
  t.equal(all.body.leads.count, many - 1);
  const rows = await inOrganization(database, organizationId, (trx) =>
    sql<{
      count: number;
    }>`select count(*)::integer as count from activity where action = 'leads.reassign'`.execute(trx),
  );
  t.equal(rows.rows[0]?.count, many - 1, 'each in the log');
});
