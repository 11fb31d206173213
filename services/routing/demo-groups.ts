import type { Transaction } from '../storage/database.ts';
import type { LabelKind } from '../storage/tables.ts';

/** The demo's folders, with what their members may do besides their roles; and who has which skill, tag and desk. */
const groups = [
  { name: 'Harbor Travel', parent: null, permissions: [], members: [] },
  { name: 'New York', parent: 'Harbor Travel', permissions: [], members: ['marcus', 'grace'] },
  { name: 'Madrid', parent: 'Harbor Travel', permissions: [], members: ['bo', 'lucia'] },
  { name: 'Singapore', parent: 'Harbor Travel', permissions: [], members: ['wei', 'priya'] },
  {
    name: 'Planners',
    parent: 'Madrid',
    permissions: ['availability.write', 'coverage.read', 'simulate'],
    members: ['ana'],
  },
] as const;

const labels: readonly {
  readonly kind: LabelKind;
  readonly name: string;
  readonly users: readonly string[];
}[] = [
  { kind: 'skill', name: 'Spanish', users: ['ana', 'lucia', 'grace'] },
  { kind: 'skill', name: 'Mandarin', users: ['wei', 'grace'] },
  { kind: 'skill', name: 'Cruises', users: ['marcus', 'priya'] },
  { kind: 'tag', name: 'Works from home', users: ['bo', 'lucia'] },
  { kind: 'tag', name: 'New this year', users: ['priya'] },
  { kind: 'desk', name: 'Bookings', users: ['grace', 'lucia', 'wei'] },
  { kind: 'desk', name: 'Changes and refunds', users: ['bo', 'priya'] },
];

type Demo = {
  readonly organizationId: string;
  readonly newId: () => string;
  readonly idOf: (key: string) => string;
};

export async function insertGroupsAndLabels(trx: Transaction, demo: Demo): Promise<void> {
  const { organizationId: organization_id, newId, idOf } = demo;
  const ids = new Map<string, string>(groups.map(({ name }) => [name, newId()]));
  for (const { name, parent, permissions, members } of groups) {
    const id = ids.get(name) ?? newId();
    const parent_group_id = parent === null ? null : (ids.get(parent) ?? null);
    await trx
      .insertInto('user_group')
      .values({ organization_id, id, name, parent_group_id, permissions: [...permissions] })
      .execute();
    if (members.length === 0) continue;
    await trx
      .updateTable('user')
      .set({ group_id: id })
      .where('organization_id', '=', organization_id)
      .where('id', 'in', members.map(idOf))
      .execute();
  }
  for (const { kind, name, users } of labels) {
    const label_id = newId();
    await trx.insertInto('label').values({ organization_id, id: label_id, kind, name }).execute();
    await trx
      .insertInto('user_label')
      .values(users.map((key) => ({ organization_id, label_id, user_id: idOf(key) })))
      .execute();
  }
}
