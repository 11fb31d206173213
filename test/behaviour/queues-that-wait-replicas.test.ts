import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import type { Doc } from '../support/factories.ts';
import type { TestService } from '../support/processes.ts';
import { apiKey, ask, twoReplicas } from '../support/replicas.ts';
import { eventually } from '../support/twilio-members.ts';
import { overHttp, type Transport } from '../support/twilio-webhook.ts';
import { openQueue } from '../support/waiting-replicas.ts';

/** More than one process lets callers in: as many as may, and nobody more. */

/** What each of these calls of a PBX is told, by the other replica than the one that let it in. */
async function placesOf(
  replicas: readonly TestService[],
  callIds: readonly string[],
): Promise<readonly Doc[]> {
  return Promise.all(
    callIds.map(async (callId, index) => {
      const service = replicas[(index + 1) % replicas.length];
      const headers = { authorization: `Bearer ${apiKey}` };
      const reply = await fetch(`${service?.url}/v1/route/${callId}/waiting`, { headers });
      const place: Doc = JSON.parse(await reply.text());
      return place;
    }),
  );
}

test('as many wait with a PBX as may, and whoever is one too many is told to leave', async (t) => {
  const { here, there, twin } = await twoReplicas();
  const queue = await openQueue(here, twin, { maxWaiting: 2 });
  const route = (service: TestService, callId: string) =>
    ask(service, 'POST', '/route', { callId, from: '+34911234567', to: queue.number });
  const stepOf = (decision: Doc): unknown => Object(decision).steps?.[0]?.action;
  await eventually('the other knows the number', async () =>
    stepOf(await route(there, `probe-${performance.now()}`)) === 'queue' ? true : undefined,
  );
  // The probe waits too, and is to be the first of them.
  await queue.waiting(t, here, 1, 1);
  const callIds = Array.from({ length: 8 }, (_, index) => `p-${index}`);
  await Promise.all(callIds.map((callId, index) => route(index % 2 === 0 ? here : there, callId)));
  // Those that came in last are written down by then.
  await sleep(1_500);
  // On a busy machine one may have to be asked again: the service does not let anybody wait for its database.
  const isTold = ({ leave, code }: Doc) => leave === null || leave === 'busy' || code === 'call.not-waiting';
  const placesNow = async () => {
    const found = await placesOf([here, there], callIds);
    return found.every(isTold) ? found : undefined;
  };
  const staysIn = (places: readonly Doc[]) => places.map(({ leave }) => leave === null);
  const places = await eventually('all is settled', async () => {
    const found = await placesNow();
    return found !== undefined && staysIn(found).filter(Boolean).length === 1 ? found : undefined;
  });
  await sleep(1_000);
  t.strictSame(staysIn(await eventually('all are told', placesNow)), staysIn(places), 'and it stays so');
  t.comment(`${places.filter(({ leave }) => leave === 'busy').length} were told to leave`);
});

function isIn(document: string | undefined): boolean {
  return document?.includes('<Enqueue') === true || document?.includes('hold.wav') === true;
}

/** One request to each in turn, so that no replica hears all of any call. */
function inTurns(services: readonly TestService[]): Transport {
  const transports = services.map((service) => overHttp(service.url));
  let turn = 0;
  return (request) => {
    turn += 1;
    const transport = transports[turn % transports.length];
    if (transport === undefined) throw new Error('no replica');
    return transport(request);
  };
}

test('as many wait as may, and nobody more, wherever they come in at the same moment', async (t) => {
  const { here, there, twin } = await twoReplicas();
  const overflow = { type: 'announcement', text: 'Too many callers.' };
  const queue = await openQueue(here, twin, { maxWaiting: 3, overflow });
  twin.use(inTurns([here, there]));
  let probes = 1_000;
  /** Who calls and says no more is in no queue. The first answer to a call is kept, so each probe is another. */
  const letsIn = (what: string) =>
    eventually(what, async () => {
      probes += 2;
      const asked = [probes, probes + 1].map((index) => queue.caller(index).call());
      return (await Promise.all(asked)).every((document) => document.includes('<Enqueue')) ? true : undefined;
    });
  await letsIn('both know the number');

  const callers = Array.from({ length: 16 }, (_, index) => queue.caller(index + 1));
  const came = await Promise.all(
    callers.map(async (caller) => {
      const document = await caller.call();
      if (document.includes('<Enqueue')) await caller.hold(0);
      return { caller, document };
    }),
  );
  const heard = new Map(came.map(({ caller, document }) => [caller, document]));
  // What the carrier asks for when the one sentence is over; on a busy machine once more.
  await eventually(
    'those who are too many have left',
    async () => {
      await sleep(1_000);
      for (const caller of callers.filter((one) => isIn(heard.get(one)))) {
        const document = await caller.hold(4);
        heard.set(caller, document.includes('<Leave/>') ? await caller.leave('leave', 4) : document);
      }
      return callers.filter((one) => isIn(heard.get(one))).length <= 3 ? true : undefined;
    },
    30_000,
  );
  const staying = callers.filter((caller) => heard.get(caller)?.includes('hold.wav'));
  t.equal(staying.length, 3);
  t.equal(callers.filter((caller) => heard.get(caller)?.includes('Too many callers.')).length, 13);
  const live = await eventually('all that happened is written down', async () => {
    const shown = await queue.waiting(t, here, 3, 16);
    return Object(shown.today).overflowed === 13 ? shown : undefined;
  });
  t.match(live.today, { overflowedBy: { time: 0, length: 13, noAgent: 0 }, answered: 0 });
  t.comment(`${came.filter(({ document }) => !document.includes('<Enqueue')).length} at the door`);

  // A place comes free, and one of two more gets it.
  await staying[0]?.leave('hangup', 5);
  await queue.waiting(t, here, 2, 16);
  const [one, two] = [queue.caller(17), queue.caller(18)];
  await letsIn('both let callers in');
  for (const caller of [one, two]) t.match(await caller.call(), /<Enqueue/);
  await Promise.all([one.hold(0), two.hold(0)]);
  await eventually('one of them is to leave', async () => {
    await sleep(1_000);
    const documents = [await one.hold(4), await two.hold(4)];
    return documents.filter((document) => document.includes('<Leave/>')).length === 1 ? true : undefined;
  });
});
