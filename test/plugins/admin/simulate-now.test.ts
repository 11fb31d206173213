import { test } from 'tap';
import { demoNumbers } from '../../../services/routing/demo-data.ts';
import { buildTestApp } from '../../support/app.ts';

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
