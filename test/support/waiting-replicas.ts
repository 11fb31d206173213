import type { Test } from 'tap';
import type { Doc } from './factories.ts';
import type { TestService } from './processes.ts';
import { ask, nextNumber } from './replicas.ts';
import { type Caller, eventually, type MembersTwin } from './twilio-members.ts';

/** A queue of one test's own, at processes that several tests use. */
export type WaitingQueue = {
  readonly id: string;
  /** That leads to it. */
  readonly number: string;
  /** Of its only member. */
  readonly device: string;
  caller(index: number): Caller;
  /** The live figures that a process shows, once that many wait of those who have come. */
  waiting(t: Test, service: TestService, count: number, entered: number): Promise<Doc>;
};

export async function openQueue(
  service: TestService,
  twin: MembersTwin,
  waiting: object = {},
): Promise<WaitingQueue> {
  const number = nextNumber();
  const mark = number.slice(-3);
  const address = `ana-${mark}`;
  const { id: ana } = await ask(service, 'POST', '/users', {
    ...{ kind: 'username', login: address, password: 'a good long password' },
    ...{ firstName: 'Ana', lastName: 'Ruiz', role: 'agent' },
    devices: [{ kind: 'app', address, enabled: true }],
  });
  const { id } = await ask(service, 'POST', '/queues', {
    ...{ name: `Hotline ${mark}`, ringSeconds: 15, waiting: { maxWaitSeconds: 600, ...waiting } },
  });
  await ask(service, 'PUT', `/queues/${id}/members`, { members: [{ userId: ana }] });
  await ask(service, 'POST', '/numbers', { number, target: { type: 'queue', id } });
  return {
    ...{ id, number, device: `client:${address}` },
    caller: (index) =>
      twin.caller(`CA${mark}${String(index).padStart(29, '0')}`, `+3491123${4000 + index}`, number),
    waiting: (t, from, count, entered) => liveFigures(t, from, id, count, entered),
  };
}

async function liveFigures(
  t: Test,
  service: TestService,
  queueId: string,
  count: number,
  entered: number,
): Promise<Doc> {
  try {
    return await eventually(`${count} of ${entered} wait`, async () => {
      const live = await ask(service, 'GET', `/queues/${queueId}/live`);
      const today = Object(live.today);
      return live.waiting === count && today.entered === entered ? live : undefined;
    });
  } catch (error) {
    t.comment(service.output().slice(-3_000));
    throw error;
  }
}
