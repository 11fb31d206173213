import type { NewLiveEvent } from '../../services/routing/live/event.ts';
import { type Database, inOrganization } from '../../services/storage/database.ts';
import { appendLiveEvents } from '../../services/storage/live-events.ts';
import { buildTestApp, type TestApp, type TestAppOptions } from './app.ts';
import type { Teardown } from './database.ts';
import { type Client, client, type Doc, password, send } from './factories.ts';

/** The whole service, listening, with people who can log in and watch. */
export type LiveOffice = TestApp & {
  /** http://127.0.0.1:port */
  readonly address: string;
  readonly admin: Client;
  hire(firstName: string, changes?: object): Promise<Doc>;
  /** The token of a new session. */
  logIn(login: string): Promise<string>;
  /** Writes events to the stream, as those who write calls do. */
  tell(...events: readonly NewLiveEvent[]): Promise<number>;
};

export async function openLiveOffice(t: Teardown, options: TestAppOptions = {}): Promise<LiveOffice> {
  const made = await buildTestApp(t, options);
  const address = await made.app.listen({ host: '127.0.0.1', port: 0 });
  const admin = client(made.app, made.apiKey);
  return {
    ...made,
    address,
    admin,
    async hire(firstName, changes = {}) {
      const login = firstName.toLowerCase();
      const person = { kind: 'username', login, password, firstName, lastName: 'Test', ...changes };
      const { status, body } = await admin.post('/users', person);
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body;
    },
    async logIn(login) {
      const opened = await send<{ readonly token: string }>(made.app, 'POST', '/session', {
        login,
        password,
      });
      if (opened.status !== 201) throw new Error(`no session: ${opened.status}`);
      return opened.body.token;
    },
    tell: (...events) => tell(made.database, made.organizationId, ...events),
  };
}

export function tell(
  database: Database,
  organizationId: string,
  ...events: readonly NewLiveEvent[]
): Promise<number> {
  return inOrganization(database, organizationId, (trx) => appendLiveEvents(trx, organizationId, events));
}

/** A call that changed, of these users. */
export function callChanged(id: string, userIds: readonly string[] = [], more: object = {}): NewLiveEvent {
  const from = { kind: 'number', value: '+12125550142' };
  const to = { kind: 'number', value: '+12125550100' };
  return {
    topic: 'calls',
    name: 'call.changed',
    at: 1_800_000_000_000,
    data: { id, from, to, state: 'ringing', ...more },
    userIds,
    queueIds: [],
  };
}

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}
