import { test } from 'tap';
import type { Doc } from '../support/factories.ts';
import type { TestService } from '../support/processes.ts';
import { ask, twoReplicas } from '../support/replicas.ts';
import { eventually } from '../support/twilio-members.ts';

/** Who is there, and who may be rung: on one replica, and on the others. */

const person = { kind: 'username', password: 'a good long password', lastName: 'Test', role: 'agent' };

type Decided = {
  readonly steps: readonly { readonly action: string; readonly targets?: readonly Target[] }[];
};
type Target = { readonly userId: string };

let calls = 0;

/** Who is rung first by a call to the extension; undefined: nobody. */
async function call(service: TestService, extension: unknown) {
  calls += 1;
  const callId = `presence-${calls}`;
  const asked = await ask(service, 'POST', '/route', { callId, from: '+12125550142', extension });
  const { steps }: Decided = JSON.parse(JSON.stringify(asked));
  return { callId, rung: steps[0]?.targets?.[0]?.userId };
}

test('rule 14 and the order of queues hold across replicas', async (suite) => {
  const { here, there } = await twoReplicas();
  const hire = (firstName: string) =>
    ask(here, 'POST', '/users', { ...person, login: `rule14-${firstName}`, firstName, callLimit: 1 });
  const people = [await hire('Ana'), await hire('Bo'), await hire('Cleo')];
  const [ana, bo, cleo] = people;
  await eventually('the other replica knows them', async () => {
    return (await call(there, cleo?.extension)).rung;
  });

  const answer = (callId: string, userId: unknown) =>
    ask(here, 'POST', `/route/${callId}/status`, { state: 'answered', userId });
  const end = (callId: string) => ask(here, 'POST', `/route/${callId}/status`, { state: 'ended' });

  await suite.test('who talks on one replica is not rung by the other, until the call is over', async (t) => {
    const { callId, rung } = await call(here, ana?.extension);
    t.equal(rung, ana?.id);
    await answer(callId, ana?.id);
    t.equal((await call(here, ana?.extension)).rung, undefined, 'at once where it was told');
    const began = performance.now();
    await eventually(
      'busy there',
      async () => (await call(there, ana?.extension)).rung === undefined || undefined,
    );
    t.ok(performance.now() - began < 2_000, 'within two seconds');
    await end(callId);
    t.equal((await call(here, ana?.extension)).rung, ana?.id);
    await eventually('free there', async () => (await call(there, ana?.extension)).rung);
  });

  const makeQueue = async (strategy: string): Promise<Doc> => {
    const queue = await ask(here, 'POST', '/queues', { name: strategy, strategy, ringSeconds: 15 });
    const members = people.map(({ id }) => ({ userId: id, priority: 1 }));
    await ask(here, 'PUT', `/queues/${queue.id}/members`, { members });
    const ringsThere = () => call(there, queue.extension).catch(() => undefined);
    await eventually('the other replica knows the queue', async () => (await ringsThere())?.rung);
    return queue;
  };
  const first = (service: TestService, queue: Doc, wanted: unknown) =>
    eventually('the next', async () => {
      const asked = await call(service, queue.extension);
      return asked.rung === wanted ? asked : undefined;
    });

  await suite.test('round-robin goes on behind the one whom the other replica rang', async (t) => {
    const queue = await makeQueue('round-robin');
    // Whoever is first on one is followed by the next on the other: asked again and again they go round together.
    const { rung } = await call(here, queue.extension);
    const order = people.map(({ id }) => id);
    const next = order[(order.indexOf(String(rung)) + 1) % order.length];
    await first(there, queue, next);
    t.pass('the next one');
  });

  for (const strategy of ['fewest-calls', 'least-recent']) {
    await suite.test(
      `${strategy}: an answer on one replica moves the member back on the other`,
      async (t) => {
        const queue = await makeQueue(strategy);
        for (let turn = 0; turn < 3; turn += 1) {
          const { callId, rung } = await call(here, queue.extension);
          await answer(callId, rung);
          await end(callId);
          const expected = (await call(here, queue.extension)).rung;
          t.not(expected, rung, 'somebody else is next');
          await first(there, queue, expected);
        }
        const third = await call(here, queue.extension);
        t.ok([ana?.id, bo?.id, cleo?.id].includes(String(third.rung)));
      },
    );
  }
});
