import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { demoWaitingQueue } from '../../../services/routing/demo-data.ts';
import { demoWaitRows, demoWaits } from '../../../services/routing/demo-waits.ts';
import { buildNewId } from '../../../services/routing/ids.ts';
import { client, type Doc } from '../../support/factories.ts';
import { demoWithCalls } from './demo-with-calls.ts';

type CallDoc = Doc & {
  readonly outcome: string;
  readonly state: string;
  readonly users: readonly { readonly userId: string; readonly answeredAt: string | null }[];
  readonly steps: readonly Doc[];
  readonly trace: readonly { readonly because: string }[];
  readonly timeline: readonly Doc[];
  readonly to: unknown;
};

test('the demo has two weeks of calls, each with its reasons and its end', async (t) => {
  const { app, apiKey, organizationId, directory, now } = await demoWithCalls();
  const admin = client(app, apiKey);

  const calls: CallDoc[] = [];
  let after = '';
  do {
    const { body } = await admin.get<{ data: CallDoc[]; nextCursor: string | null }>(
      `/calls?limit=40${after}`,
    );
    calls.push(...body.data);
    after = body.nextCursor === null ? '' : `&after=${body.nextCursor}`;
  } while (after !== '');
  t.ok(calls.length > 80, `${calls.length} calls`);
  t.equal(new Set(calls.map((call) => call.id)).size, calls.length);
  t.ok(calls.every((call) => call.state === 'ended' && Date.parse(String(call.endedAt)) < now));
  const outcomes = new Set(calls.map((call) => call.outcome));
  for (const outcome of ['answered', 'voicemail', 'abandoned', 'rejected'])
    t.ok(outcomes.has(outcome), outcome);

  for (const { id } of calls.slice(0, 12)) {
    const { status, body } = await admin.get<CallDoc>(`/calls/${id}`);
    t.equal(status, 200);
    t.ok(body.steps.length > 0 && body.trace.length > 0 && body.timeline.length > 0, id);
    t.notMatch(JSON.stringify(body), /\{(user|lead|caller)/, 'sentences have names');
  }

  const group = directory.extensions.get(demoWaitingQueue.extension);
  const { body: live } = await admin.get<{ today: Readonly<Record<string, number>> }>(
    `/queues/${group?.id}/live`,
  );
  const { since, entered = 0, answered = 0, abandoned = 0, overflowed = 0 } = live.today;
  const came = calls.filter(
    ({ to, startedAt }) =>
      Object(to).value === demoWaitingQueue.extension &&
      Date.parse(String(startedAt)) >= Date.parse(String(since)),
  );
  t.equal(entered, came.length, `${entered} came to the queue that waits today`);
  t.equal(answered + abandoned + overflowed, entered, 'and nobody is left of them');

  const waitsAt = (instant: string) => {
    const at = Date.parse(instant);
    const waits = demoWaits(directory, at, buildNewId({ now: () => at }, randomBytes));
    return new Set(
      demoWaitRows(organizationId, waits).map(({ state, reason }) => `${state} ${reason ?? ''}`),
    );
  };
  t.same(
    waitsAt('2026-11-24T16:00:00Z'),
    new Set(['answered ', 'abandoned ', 'overflowed time', 'overflowed length']),
  );
  t.same(waitsAt('2026-11-22T06:00:00Z'), new Set(['overflowed no-agent']), 'in a night when nobody works');

  for (const user of directory.users.values()) {
    const { body } = await admin.get<{ last30Days: Readonly<Record<string, number>> }>(
      `/users/${user.data.id}/statistics`,
    );
    const rung = calls.flatMap((call) => call.users.filter(({ userId }) => userId === user.data.id));
    const handled = rung.filter(({ answeredAt }) => answeredAt !== null).length;
    t.equal(body.last30Days.handled, handled, `${user.data.name} handled ${handled}`);
  }
});
