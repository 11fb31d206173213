import type { NewLiveEvent } from '../../services/routing/live/event.ts';
import { buildTestApp, type TestApp, type TestAppOptions } from './app.ts';
import type { Teardown } from './database.ts';
import { type Client, client, type Doc, password, send } from './factories.ts';
import { tell } from './live-events.ts';
import { ownOrganization } from './shared-service.ts';

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

/** A service of the test's own, with the demo organization. */
export async function openLiveOffice(t: Teardown, options: TestAppOptions = {}): Promise<LiveOffice> {
  const made = await buildTestApp(t, options);
  const address = await made.app.listen({ host: '127.0.0.1', port: 0 });
  return furnish({ ...made, address, admin: client(made.app, made.apiKey) }, {});
}

/** An organization of the test's own in the service that all tests of the process share. */
export async function newLiveOffice(): Promise<LiveOffice> {
  const made = await ownOrganization();
  return furnish(made, { organization: made.slug });
}

function furnish(made: Omit<LiveOffice, 'hire' | 'logIn' | 'tell'>, where: object): LiveOffice {
  return {
    ...made,
    async hire(firstName, changes = {}) {
      const login = firstName.toLowerCase();
      const person = { kind: 'username', login, password, firstName, lastName: 'Test', ...changes };
      const { status, body } = await made.admin.post('/users', person);
      if (status !== 201) throw new Error(JSON.stringify(body));
      return body;
    },
    async logIn(login) {
      const opened = await send<{ readonly token: string }>(made.app, 'POST', '/session', {
        ...{ login, password },
        ...where,
      });
      if (opened.status !== 201) throw new Error(`no session: ${opened.status}`);
      return opened.body.token;
    },
    tell: (...events) => tell(made.database, made.organizationId, ...events),
  };
}
