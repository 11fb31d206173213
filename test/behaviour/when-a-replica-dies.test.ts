import { test } from 'tap';
import { type Database, inOrganization } from '../../services/storage/database.ts';
import { ask, nextNumber, twoReplicas } from '../support/replicas.ts';
import { eventually } from '../support/twilio-members.ts';
import { overHttp } from '../support/twilio-webhook.ts';
import { openQueue } from '../support/waiting-replicas.ts';

/** As if it had been made some seconds earlier: a carrier has ten to say that it rings. */
async function ageOffers(database: Database, organizationId: string, callId: string): Promise<void> {
  await inOrganization(database, organizationId, async (trx) => {
    const rows = await trx
      .selectFrom('queue_offer')
      .select(['id', 'offered_at'])
      .where('call_id', '=', callId)
      .execute();
    for (const { id, offered_at: offeredAt } of rows) {
      const earlier = new Date(offeredAt.getTime() - 9_000);
      await trx.updateTable('queue_offer').set({ offered_at: earlier }).where('id', '=', id).execute();
    }
  });
}

test('a replica dies, and nobody who waits in a queue loses their place', async (suite) => {
  const { here, there, twin, database } = await twoReplicas();
  const { id: organizationId } = await ask(here, 'GET', '/organization');
  const ringing = await openQueue(here, twin);
  const silent = await openQueue(here, twin);
  const [one, two, three] = [ringing.caller(1), ringing.caller(2), ringing.caller(3)];
  const [first, second] = [silent.caller(1), silent.caller(2)];
  twin.use(overHttp(here.url));
  for (const caller of [one, two, three]) {
    await caller.call();
    await caller.hold(0);
  }
  const leg = await twin.leg(ringing.device);
  await leg.ring();
  await ringing.waiting(suite, there, 3, 3);
  suite.after(() => twin.behave('well'));
  twin.behave('silent');
  await first.call();
  await first.hold(0);
  // The offer is written down, and the carrier was asked to ring: nobody will hear what comes of it.
  await eventually('the carrier is asked', () => (twin.unanswered() > 0 ? true : undefined));
  const late = nextNumber();
  await ask(here, 'POST', '/numbers', { number: late, target: { type: 'queue', id: ringing.id } });
  here.signal('SIGKILL');
  await here.exit();
  twin.behave('well');
  twin.use(overHttp(there.url));

  // Everything that was told before it is known then too: a new caller is let in by the other.
  await suite.test('a change that it acknowledged in its last moment reaches the other', async (t) => {
    const died = performance.now();
    await eventually('the number is known', async () => {
      const { steps } = await ask(there, 'POST', '/simulate', { from: '', to: late });
      return Array.isArray(steps) && steps[0]?.action === 'queue' ? true : undefined;
    });
    t.pass(`after ${Math.round(performance.now() - died)} ms`);
  });

  await suite.test('callers keep their places, and are offered to members by the other', async (t) => {
    await eventually('the place is kept', async () =>
      /You are number 3 in the queue/.test(await three.hold(10)) ? true : undefined,
    );
    t.match(await two.hold(10), /You are number 2 in the queue/);
    await leg.answer();
    await ringing.waiting(t, there, 2, 3);
    t.match(await three.hold(20), /You are number 2 in the queue/);
    await one.leave('bridged', 25);
    await leg.end('completed');
    // The one who is left distributes.
    const next = await twin.leg(ringing.device, 1);
    await next.answer();
    const live = await ringing.waiting(t, there, 1, 3);
    t.match(live.today, { entered: 3, answered: 2, abandoned: 0, overflowed: 0 });
    t.match(live.callers, [{ callId: three.sid, offeredTo: [] }]);
  });

  await suite.test('who was being offered in that moment is offered again by the other', async (t) => {
    await second.call();
    await second.hold(0);
    await eventually('the place is kept', async () =>
      /You are number 2 in the queue/.test(await second.hold(2)) ? true : undefined,
    );
    t.notOk(
      twin.legs.some(({ to }) => to === silent.device),
      'the carrier has its time',
    );
    await ageOffers(database, organizationId, first.sid);
    const again = await twin.leg(silent.device);
    await again.answer();
    const live = await silent.waiting(t, there, 1, 2);
    t.match(live.callers, [{ callId: second.sid }], 'the first one talks');
  });
});
