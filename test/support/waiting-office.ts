import type { Test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { buildTestApp, type TestApp } from './app.ts';
import { client } from './factories.ts';
import { type Caller, eventually, type MembersTwin, membersTwin } from './twilio-members.ts';
import { intoApp } from './twilio-webhook.ts';

const account = {
  accountSid: `AC${'c'.repeat(32)}`,
  authToken: '0123456789abcdef0123456789abcdef',
  publicUrl: 'https://linefinder.example',
};

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

type OpenOffice = (waiting?: object, queue?: object) => Promise<WaitingOffice>;

/** One service for offices that know nothing of each other: people, queue, numbers and callers of their own. */
export async function openWaitingService(t: Test): Promise<OpenOffice> {
  const twin = await membersTwin(t, account);
  const made = await buildTestApp(t, {
    environment: {
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      LINEFINDER_TWILIO_API_URL: twin.url,
    },
  });
  twin.use(intoApp(made.app));
  let offices = 0;
  return (waiting = {}, queue = {}) => {
    offices += 1;
    return openOffice(made, twin, offices, { waiting, queue });
  };
}

/** Ana and Bo, rung one after the other, in a queue whose callers wait. */
async function openOffice(
  made: TestApp,
  twin: MembersTwin,
  place: number,
  { waiting, queue }: { readonly waiting: object; readonly queue: object },
): Promise<WaitingOffice> {
  const admin = client(made.app, made.apiKey);
  const hire = async (firstName: string): Promise<string> => {
    const address = firstName.toLowerCase();
    const { body } = await admin.post('/users', {
      ...{ kind: 'username', login: `${address}${place}`, password: 'a good long password' },
      ...{ firstName, lastName: 'Ruiz', role: 'agent' },
      devices: [{ kind: 'app', address, enabled: true }],
    });
    if (body.id === undefined) throw new Error(JSON.stringify(body));
    return body.id;
  };
  const [ana, bo] = [await hire('Ana'), await hire('Bo')];
  const settings = {
    ...{ name: `Hotline ${place}`, strategy: 'sequential', ringSeconds: 15 },
    waiting: { maxWaitSeconds: 300, ...waiting },
    ...queue,
  };
  const { body } = await admin.post('/queues', settings);
  const members = [{ userId: ana }, { userId: bo }];
  await admin.put(`/queues/${body.id}/members`, { members });
  const target = { type: 'queue', id: body.id };
  const [number, vip] = [`+1415555${2_000 + place}`, `+1415555${3_000 + place}`];
  for (const [own, priority] of [
    [number, null],
    [vip, 1],
  ]) {
    const reply = await admin.post('/numbers', { number: own, target, waitingPriority: priority });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  }
  const { database, organizationId } = made;
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
