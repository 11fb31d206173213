import { inOrganization } from '../../services/storage/database.ts';
import { raiseVersion } from '../../services/storage/unit-of-work.ts';
import { buildTestApp, type TestApp, type TestAppOptions } from './app.ts';
import { noteSeen } from './covers.ts';
import type { Teardown } from './database.ts';
import { type Client, client, type Doc, password } from './factories.ts';

/** The whole service as administrators and callers know it at the same time, for stories about people who come and go. */

export type Office = TestApp & {
  readonly admin: Client;
  /** Whom a call to this number, from this caller, rings first. */
  ring(to: string, from?: string): Promise<string | null>;
};

let calls = 0;

export async function openOffice(t: Teardown, options: TestAppOptions = {}): Promise<Office> {
  return asOffice(await buildTestApp(t, options));
}

export function asOffice(made: TestApp): Office {
  const ring = async (to: string, from = '+12125550142') => {
    const asked = /^\+/.test(to) ? { to } : { extension: to };
    calls += 1;
    const payload = { callId: `life-${calls}`, from, ...asked };
    const reply = await made.app.inject({ method: 'POST', url: '/v1/route', headers: made.headers, payload });
    const { steps }: { steps: readonly { action: string; targets?: readonly { userId: string }[] }[] } =
      reply.json();
    const [first] = steps;
    noteSeen(`CALL ${to}`);
    return first?.action === 'ring' ? (first.targets?.[0]?.userId ?? null) : (first?.action ?? null);
  };
  return { ...made, admin: client(made.app, made.apiKey), ring };
}

let people = 0;

/** By user name, so active at once. */
export function hire(office: Office, firstName: string, changes: object = {}): Promise<Doc> {
  return add(office, { kind: 'username', login: nextName(firstName), password, firstName, ...changes });
}

/** By e-mail, and active as if the invitation had been accepted. */
export async function hireByMail(office: Office, firstName: string): Promise<Doc> {
  const made = await add(office, { kind: 'email', email: `${nextName(firstName)}@example.com`, firstName });
  await activate(office, made.id);
  return { ...made, status: 'active' };
}

function nextName(firstName: string): string {
  people += 1;
  return `${firstName.toLowerCase()}.${people}`;
}

async function add({ admin }: Office, person: object): Promise<Doc> {
  const { status, body } = await admin.post('/users', { lastName: 'Test', ...person });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

/** As if the invitation had been accepted. */
export async function activate(
  { database, directories, organizationId }: TestApp,
  id: string,
): Promise<void> {
  const version = await inOrganization(database, organizationId, async (trx) => {
    await trx
      .updateTable('user')
      .set({ status: 'active', password_hash: 'none that fits' })
      .where('id', '=', id)
      .execute();
    return raiseVersion(trx, organizationId);
  });
  await directories.advance(organizationId, version);
}

export async function newLead(office: Office, name: string, ownerId: string, number: string): Promise<Doc> {
  const { body } = await office.admin.post('/leads', { name, ownerId, numbers: [number] });
  return body;
}

export async function ownerOf(office: Office, id: string): Promise<unknown> {
  for (let after = ''; ; ) {
    const { body } = await office.admin.get(`/leads?limit=100${after}`);
    const found = body.data.find((lead) => lead.id === id);
    if (found !== undefined || body.nextCursor === null) return found?.ownerId;
    after = `&after=${body.nextCursor}`;
  }
}
