import { inOrganization } from '../../services/storage/database.ts';
import { raiseVersion } from '../../services/storage/unit-of-work.ts';
import { buildTestApp, type TestApp, type TestAppOptions } from './app.ts';
import { noteSeen } from './covers.ts';
import type { Teardown } from './database.ts';
import { type Client, client, type Doc } from './factories.ts';

/** The whole service as administrators and callers know it at the same time, for stories about people who come and go. */

export type Office = TestApp & {
  readonly admin: Client;
  /** Whom a call to this number, from this caller, rings first. */
  ring(to: string, from?: string): Promise<string | null>;
};

let calls = 0;

export async function openOffice(t: Teardown, options: TestAppOptions = {}): Promise<Office> {
  const made = await buildTestApp(t, options);
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

/** By e-mail, so that no password is hashed; active as if the invitation had been accepted. */
export async function hire(office: Office, firstName: string, changes: object = {}): Promise<Doc> {
  people += 1;
  const email = `${firstName.toLowerCase()}.${people}@example.com`;
  const made = await office.admin.post('/users', {
    kind: 'email',
    email,
    firstName,
    lastName: 'Test',
    ...changes,
  });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  await activate(office, made.body.id);
  return { ...made.body, status: 'active' };
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
