import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import type { Doc } from '../../support/factories.ts';
import { sharedApp } from '../../support/shared-admin.ts';

type Node = {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly subject: { readonly id: string } | null;
  readonly step: { readonly action: string } | null;
  readonly mark: string | null;
};
type Picture = Doc & {
  readonly nodes: readonly Node[];
  readonly edges: readonly {
    readonly from: string;
    readonly to: string;
    readonly when: readonly string[] | null;
    readonly isLoop: boolean;
  }[];
  readonly loops: readonly string[];
  readonly deadEnds: readonly string[];
};

test(
  'C7 the flow of a user is a graph, now and at any chosen time',
  covers('C7', async (t) => {
    const { newOffice } = await sharedApp(t);
    const office = await newOffice('acme', { timeZone: 'Europe/Madrid' });
    const person = async (firstName: string, changes: object = {}) => {
      const made = await office.admin.post('/users', {
        kind: 'email',
        email: `${firstName.toLowerCase()}@acme.example`,
        firstName,
        lastName: 'Test',
        ...changes,
      });
      t.equal(made.status, 201, JSON.stringify(made.body));
      return made.body.id;
    };
    const root = office.administrator.id;
    // Pending users are replaced by their fallback, so the chain ends at somebody who is active.
    const ana = await person('Ana', { fallbackUserId: root, ifUnavailable: { action: 'voicemail' } });
    const draw = async (path: string) => {
      const drawn = await office.admin.get<Picture>(path);
      t.equal(drawn.status, 200, JSON.stringify(drawn.body));
      return drawn.body;
    };

    await t.test('whom it comes to, what rings, and on which condition it goes on', async (t) => {
      const picture = await draw(`/users/${ana}/flow?at=2026-12-01T10:00:00Z`);
      t.match(picture, { at: '2026-12-01T10:00:00Z', answeredBy: { id: root }, loops: [], deadEnds: [] });
      const visited = picture.nodes.filter((node) => node.type === 'user').map((node) => node.subject?.id);
      t.same(visited, [ana, root]);
      const actions = picture.nodes.flatMap((node) => node.step?.action ?? []);
      t.same(actions, ['ring', 'voicemail']);
      t.match(
        picture.edges.find((edge) => edge.to === 's2'),
        { when: ['busy', 'declined', 'no-answer', 'unreachable'] },
      );
      const ids = new Set(picture.nodes.map((node) => node.id));
      t.equal(ids.size, picture.nodes.length, 'every node has an id of its own');
      t.ok(picture.edges.every((edge) => ids.has(edge.from) && ids.has(edge.to)));
      const reached = new Set(picture.edges.map((edge) => edge.to));
      t.ok(
        picture.nodes.every((node) => node.id === 'call' || reached.has(node.id)),
        'nothing hangs in the air',
      );
    });

    await t.test('another moment gives another picture, the same as the simulator answers', async (t) => {
      const saved = await office.admin.put(`/users/${root}/availability`, {
        weekly: { tuesday: { available: true, windows: [{ from: '09:00', to: '17:00' }] } },
      });
      t.equal(saved.status, 200);
      for (const at of ['2026-12-01T10:00:00Z', '2026-12-01T20:00:00Z']) {
        const picture = await draw(`/users/${root}/flow?at=${at}`);
        const user = await office.admin.get<Doc & { extension: string }>(`/users/${root}`);
        const simulated = await office.admin.post<Doc & { steps: readonly { id: string }[] }>('/simulate', {
          extension: user.body.extension,
          at,
        });
        const drawn = picture.nodes.flatMap((node) => (node.step === null ? [] : [node.step]));
        t.same(drawn, simulated.body.steps);
      }
      const open = await draw(`/users/${root}/flow?at=2026-12-01T10:00:00Z`);
      const shut = await draw(`/users/${root}/flow?at=2026-12-01T20:00:00Z`);
      t.ok(open.nodes.some((node) => node.step?.action === 'ring'));
      t.notOk(shut.nodes.some((node) => node.step?.action === 'ring'));
    });

    await t.test('loops and dead ends are marked', async (t) => {
      const bo = await person('Bo', { fallbackUserId: ana, ifUnavailable: { action: 'none' } });
      t.equal((await office.admin.patch(`/users/${bo}`, { fallbackUserId: root })).status, 200);
      const off = { from: '2026-12-24', available: false };
      await office.admin.post(`/users/${root}/overrides`, { ...off, fallbackUserId: ana });
      const round = await draw(`/users/${root}/flow?at=2026-12-24T10:00:00Z`);
      t.equal(round.loops.length, 1);
      const back = round.edges.filter((edge) => edge.isLoop);
      t.match(back, [{ from: round.loops[0] }], 'an edge leads back to where the call has been');
      t.equal(round.nodes.find((node) => node.id === back[0]?.to)?.subject?.id, root);

      await office.admin.patch(`/users/${root}`, { ifUnavailable: { action: 'none' } });
      const silent = await draw(`/users/${bo}/flow?at=2026-12-01T20:00:00Z`);
      t.ok(silent.deadEnds.length > 0, 'an announcement and the end of the call is a dead end');
      t.match(
        silent.nodes.filter((node) => node.mark === 'dead-end'),
        [{ step: { action: 'hangup' } }],
      );
    });

    await t.test(
      'a number has one too; members that a queue passes over are no way of the call',
      async (t) => {
        const queue = await office.admin.post('/queues', { name: 'Sales' });
        await office.admin.put(`/queues/${queue.body.id}/members`, {
          members: [
            { userId: root, priority: 1 },
            { userId: ana, priority: 1 },
          ],
        });
        const target = { type: 'queue', id: queue.body.id };
        const number = await office.admin.post('/numbers', { number: '+14155550100', target });
        const picture = await draw(`/numbers/${number.body.id}/flow?at=2026-12-01T10:00:00Z`);
        t.same(
          picture.nodes.filter(({ type }) => type === 'user' || type === 'queue').map(({ name }) => name),
          ['Sales'],
        );
        t.match(picture.nodes[0], { id: 'call', name: 'A call to +14155550100' });
      },
    );

    await t.test('what cannot be drawn says why', async (t) => {
      t.match(await office.admin.get(`/users/${ana}/flow?at=yesterday`), {
        status: 400,
        body: { code: 'query.invalid', errors: [{ pointer: '/at' }] },
      });
      const other = await newOffice('other');
      t.match(await other.admin.get(`/users/${ana}/flow`), { status: 404, body: { code: 'user.not-found' } });
    });
  }),
);
