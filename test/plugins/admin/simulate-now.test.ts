import { test } from 'tap';
import { demoNumbers } from '../../../services/routing/demo-data.ts';
import { buildTestApp } from '../../support/app.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

/** A Tuesday, 10:00 in New York: the office is open. */
const now = '2026-11-24T15:00:00Z';

test('a simulation of this moment knows who is on a call, as a call would; one of another moment does not', async (t) => {
  const { app, headers } = await buildTestApp(t, { clock: { now: () => Date.parse(now) } });
  const post = async (url: string, payload: object) => {
    const reply = await app.inject({ method: 'POST', url, payload, headers });
    return reply.body === '' ? {} : reply.json();
  };
  const dialled = { from: '+16465550100', to: demoNumbers.ana };
  const actions = ({ steps }: { steps: readonly { action: string }[] }) => steps.map(({ action }) => action);
  const call = async (callId: string) => actions(await post('/v1/route', { callId, ...dialled }));
  const simulate = (more: object = {}) => post('/v1/simulate', { ...dialled, ...more });

  const free = await simulate();
  t.strictSame(actions(free), ['ring', 'voicemail']);
  const ana = free.answeredBy.id;
  t.match(free.facts, { live: true });

  // Two calls at most at a time.
  for (const callId of ['a', 'b']) {
    t.strictSame(await call(callId), ['ring', 'voicemail']);
    await post(`/v1/route/${callId}/status`, { state: 'answered', extension: '214' });
  }
  const [real, simulated] = [await call('c'), await simulate()];
  t.strictSame(real, ['voicemail']);
  t.strictSame(actions(simulated), real, 'why would a call now go there?');
  t.match(simulated.facts, { live: true, callsInProgress: { [ana]: 2 } });
  t.ok(
    simulated.trace.some(({ rule, outcome }: { rule: string; outcome: string }) => {
      return rule === 'user.busy' && outcome === 'applied';
    }),
  );

  const later = await simulate({ at: now });
  t.strictSame(actions(later), ['ring', 'voicemail'], 'a chosen moment, were it this one');
  t.match(later.facts, { live: false });
  t.notOk(later.facts.callsInProgress);
  const supposed = await simulate({ assume: { facts: { callsInProgress: { [ana]: 0 } } } });
  t.strictSame(actions(supposed), ['ring', 'voicemail'], 'what is assumed is in the place of what is known');
  const changed = { method: 'PATCH', path: `/users/${ana}`, body: { callLimit: 3 } };
  const edited = await simulate({ assume: { changes: [changed] } });
  t.strictSame(actions(edited), ['ring', 'voicemail'], 'would another limit help right now?');
  t.match(edited.facts, { live: true, callsInProgress: { [ana]: 2 } });
  t.strictSame(await call('d'), ['voicemail'], 'nothing of it is kept');
});

test('what is assumed of nobody is refused, not passed over', async (t) => {
  const { app, headers } = await sharedLiveOffice();
  const simulate = async (assume: object) =>
    (
      await app.inject({
        method: 'POST',
        url: '/v1/simulate',
        headers,
        payload: { extension: '214', assume },
      })
    ).statusCode;
  const id = '0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f';
  t.equal(await simulate({ presence: { [`user:${id}`]: 'on-call' } }), 200);
  t.equal(await simulate({ outcomes: { [`user:${id}`]: 'busy', 'number:+14155550100': 'no-answer' } }), 200);
  t.equal(await simulate({ facts: { callsInProgress: { [id]: 2 }, lastRung: { [id]: id } } }), 200);
  for (const wrong of [
    { presence: { 'user:zzz': 'online' } },
    { presence: { [id]: 'online' } },
    { outcomes: { ana: 'busy' } },
    { facts: { callsInProgress: { ana: 2 } } },
    { facts: { lastAnswered: { ana: '2026-11-24T15:00:00Z' } } },
    { facts: { lastRung: { sales: id } } },
  ]) {
    t.equal(await simulate(wrong), 422, JSON.stringify(wrong));
  }
});
