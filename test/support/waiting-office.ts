import type { Test } from 'tap';
import { inOrganization } from '../../services/storage/database.ts';
import { buildTestApp } from './app.ts';
import { client } from './factories.ts';
import { type Caller, eventually, type MembersTwin, membersTwin } from './twilio-members.ts';
import { intoApp } from './twilio-webhook.ts';

const account = {
  accountSid: `AC${'c'.repeat(32)}`,
  authToken: '0123456789abcdef0123456789abcdef',
  publicUrl: 'https://linefinder.example',
};
/** Leads to the queue, as does the next one, whose callers are served first. */
export const WAITING_NUMBER = '+14155550160';
export const VIP = '+14155550161';

export type WaitingOffice = Awaited<ReturnType<typeof buildTestApp>> & {
  readonly twin: MembersTwin;
  readonly queueId: string;
  readonly ana: string;
  readonly bo: string;
  caller(index: number, to?: string): Caller;
  wait(callSid: string): Promise<Readonly<Record<string, unknown>> | undefined>;
};

/** Ana and Bo, rung one after the other, in a queue whose callers wait. */
export async function openWaitingOffice(
  t: Test,
  waiting: object = {},
  queue: object = {},
): Promise<WaitingOffice> {
  const twin = await membersTwin(t, account);
  const made = await buildTestApp(t, {
    environment: {
      TWILIO_ACCOUNT_SID: account.accountSid,
      TWILIO_AUTH_TOKEN: account.authToken,
      LINEFINDER_TWILIO_API_URL: twin.url,
    },
  });
  twin.use(intoApp(made.app));
  const admin = client(made.app, made.apiKey);
  const hire = async (firstName: string): Promise<string> => {
    const { body } = await admin.post('/users', {
      ...{ kind: 'username', login: firstName.toLowerCase(), password: 'a good long password' },
      ...{ firstName, lastName: 'Ruiz', role: 'agent' },
      devices: [{ kind: 'app', address: firstName.toLowerCase(), enabled: true }],
    });
    if (body.id === undefined) throw new Error(JSON.stringify(body));
    return body.id;
  };
  const [ana, bo] = [await hire('Ana'), await hire('Bo')];
  const settings = {
    ...{ name: 'Hotline', strategy: 'sequential', ringSeconds: 15 },
    waiting: { maxWaitSeconds: 300, ...waiting },
    ...queue,
  };
  const { body } = await admin.post('/queues', settings);
  const members = [{ userId: ana }, { userId: bo }];
  await admin.put(`/queues/${body.id}/members`, { members });
  const target = { type: 'queue', id: body.id };
  for (const [number, priority] of [
    [WAITING_NUMBER, null],
    [VIP, 1],
  ]) {
    const reply = await admin.post('/numbers', { number, target, waitingPriority: priority });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
  }
  const { database, organizationId } = made;
  return {
    ...made,
    ...{ twin, queueId: body.id, ana, bo },
    caller: (index, to = WAITING_NUMBER) =>
      twin.caller(`CA${String(index).padStart(32, '0')}`, `+3491123${4000 + index}`, to),
    wait: (callSid) =>
      inOrganization(database, organizationId, (trx) =>
        trx.selectFrom('queue_wait').selectAll().where('call_id', '=', callSid).executeTakeFirst(),
      ),
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
