import { randomUUID } from 'node:crypto';
import { inOrganization } from '../../services/storage/database.ts';
import type { TestApp } from './app.ts';
import { client } from './factories.ts';
import { insertPeople, type WrittenPerson, writeRows } from './past-the-routes.ts';
import { sharedService } from './shared-service.ts';
import { type Caller, eventually, type MembersTwin } from './twilio-members.ts';

export type WaitingOffice = TestApp & {
  /** Of this office alone: what rings for its callers. */
  readonly twin: MembersTwin;
  readonly queueId: string;
  readonly ana: string;
  readonly bo: string;
  /** Leads to the queue, as does the next one, whose callers are served first. */
  readonly number: string;
  readonly vip: string;
  caller(index: number, to?: string): Caller;
  wait(callSid: string): Promise<Readonly<Record<string, unknown>> | undefined>;
};

let offices = 0;

/**
 * Ana and Bo, rung one after the other, in a queue whose callers wait. The offices of a process share a service and
 * know nothing of each other: people, queue, numbers and callers of their own.
 */
export async function openWaitingOffice(waiting: object = {}, queue: object = {}): Promise<WaitingOffice> {
  const made = await sharedService();
  offices += 1;
  const place = offices;
  const { body } = await client(made.app, made.apiKey).post('/queues', {
    ...{ name: `Hotline ${place}`, strategy: 'sequential', ringSeconds: 15 },
    waiting: { maxWaitSeconds: 300, ...waiting },
    ...queue,
  });
  const [number, vip] = [`+1415555${2_000 + place}`, `+1415555${3_000 + place}`];
  const [ana, bo] = await fillOffice(made, body.id, place, { number, vip });
  const { database, organizationId, twin } = made;
  const sidOf = (index: number) => `CA${String(place * 100 + index).padStart(32, '0')}`;
  return {
    ...made,
    twin: ofOffice(twin, [number, vip], (queueSid) => Math.trunc(Number(queueSid.slice(2)) / 100) === place),
    ...{ queueId: body.id, ana, bo, number, vip },
    caller: (index, to = number) => twin.caller(sidOf(index), `+3491123${4_000 + place * 10 + index}`, to),
    wait: (callSid) =>
      inOrganization(database, organizationId, (trx) =>
        trx.selectFrom('queue_wait').selectAll().where('call_id', '=', callSid).executeTakeFirst(),
      ),
  };
}

type Numbers = { readonly number: string; readonly vip: string };

async function fillOffice(
  made: TestApp,
  queueId: string,
  place: number,
  { number, vip }: Numbers,
): Promise<readonly [ana: string, bo: string]> {
  const [ana, bo] = [randomUUID(), randomUUID()];
  const organization_id = made.organizationId;
  const person = (id: string, firstName: string, line: number): WrittenPerson => {
    const address = firstName.toLowerCase();
    const login = `${address}${place}`;
    return { id, firstName, login, extension: String(line), device: { kind: 'app', address } };
  };
  const member = { organization_id, queue_id: queueId };
  const target = JSON.stringify({ type: 'queue', id: queueId });
  await writeRows(made, async (trx) => {
    await insertPeople(trx, organization_id, [
      person(ana, 'Ana', 7_000 + place),
      person(bo, 'Bo', 8_000 + place),
    ]);
    await trx
      .insertInto('queue_member')
      .values([ana, bo].map((user_id, position) => ({ ...member, user_id, position })))
      .execute();
    await trx
      .insertInto('number')
      .values([
        { organization_id, id: randomUUID(), number, target },
        { organization_id, id: randomUUID(), number: vip, target, waiting_priority: 1 },
      ])
      .execute();
  });
  return [ana, bo];
}

/** What the twin has of one office: telephones ring with the number that was called. */
function ofOffice(
  twin: MembersTwin,
  numbers: readonly string[],
  isOwnQueue: (queueSid: string) => boolean,
): MembersTwin {
  const ownLegs = () => twin.legs.filter(({ from }) => numbers.includes(from));
  return {
    ...twin,
    get legs() {
      return ownLegs();
    },
    get removed() {
      return twin.removed.filter(isOwnQueue);
    },
    leg: (to, known = 0) =>
      eventually(`a leg to ${to}`, () => ownLegs().filter((leg) => leg.to === to)[known]),
  };
}

export function offersOf(office: WaitingOffice, { sid }: Caller) {
  return inOrganization(office.database, office.organizationId, (trx) =>
    trx
      .selectFrom('queue_offer')
      .selectAll()
      .where('call_id', '=', sid)
      .orderBy('offered_at')
      .orderBy('id')
      .execute(),
  );
}

/** Calls, and hears music. */
export async function enter(caller: Caller): Promise<string> {
  await caller.call();
  await caller.hold(0);
  return caller.hold(2);
}

export const over = (office: WaitingOffice, caller: Caller, state: string) =>
  eventually(`${caller.sid} is ${state}`, async () => {
    const wait = await office.wait(caller.sid);
    return wait?.state === state ? wait : undefined;
  });
