import { randomBytes } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import twilio from '../../plugins/twilio/index.ts';
import { buildAnswers } from '../../services/routing/calls/answers.ts';
import type { CallLogEntry } from '../../services/routing/calls/call-log.ts';
import { buildCallTokens } from '../../services/routing/calls/call-token.ts';
import { buildSecretBox } from '../../services/routing/calls/secret-box.ts';
import { compileDirectory, type Directory } from '../../services/routing/domain/directory.ts';
import type { DirectoryData } from '../../services/routing/domain/directory-data.ts';
import { registerErrorAnswers } from '../../services/routing/error-answers.ts';
import type { DirectoryEntry } from '../../services/routing/ports.ts';
import { buildCarrierTwin } from './carrier-twin.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from './twilio-office.ts';
import { intoApp } from './twilio-webhook.ts';

/**
 * The Twilio scope over a compiled directory, with real tokens and kept answers and without a store: one process of
 * the service, as far as calls can tell. Two of the same key are two replicas.
 */
export const PUBLIC_URL = 'https://calls.example.com';
export const SECRET_KEY = 'the secret key of the house, 32 characters';

export type TwilioService = {
  readonly app: FastifyInstance;
  readonly twin: ReturnType<typeof buildCarrierTwin>;
  readonly log: CallLogEntry[];
  /** Set to move the clock. */
  readonly clock: { instant: number };
  /** Another directory from now on; undefined: none to be had. */
  use(data: DirectoryData | undefined): void;
  /** How often a store would have been asked. */
  loads(): number;
};

type Options = {
  readonly data: DirectoryData | undefined;
  readonly at?: string;
  readonly publicUrl?: string;
  readonly authTokens?: readonly string[];
  /** Answers that another process shares through Redis. */
  readonly recall?: (key: string) => Promise<string | undefined>;
};

type Test = { teardown(end: () => Promise<unknown>): void };

export async function startTwilio(t: Test, options: Options): Promise<TwilioService> {
  const box = buildSecretBox([SECRET_KEY], randomBytes);
  const clock = { instant: Date.parse(options.at ?? '2026-11-24T10:00:00Z') };
  const log: CallLogEntry[] = [];
  let directory = compiled(options.data);
  let loads = 0;
  const get = (id: string) => (directory?.organizationId === id ? entryOf(directory) : undefined);
  const publicUrl = options.publicUrl ?? PUBLIC_URL;
  const organizationId = options.data?.organization.id ?? '019aa000-0001-7000-8000-000100000001';
  const account = { organizationId, authTokens: options.authTokens ?? [AUTH_TOKEN] };
  const answers = buildAnswers(null, box, { now: () => Date.now() });
  const app = Fastify();
  registerErrorAnswers(app);
  await app.register(twilio, {
    clock: { now: () => clock.instant },
    directories: {
      get,
      load: async (id) => {
        loads += 1;
        return get(id);
      },
    },
    accounts: { find: (accountSid) => (accountSid === ACCOUNT_SID ? account : undefined) },
    tokens: buildCallTokens(box),
    answers: { ...answers, recall: options.recall ?? answers.recall },
    callLog: { append: (entry) => void log.push(entry) },
    publicUrl,
  });
  t.teardown(() => app.close());
  const signer = { publicUrl, authToken: account.authTokens.at(-1) ?? '', accountSid: ACCOUNT_SID };
  return {
    app,
    twin: buildCarrierTwin({ ...signer, transport: intoApp(app) }),
    log,
    clock,
    use: (data) => {
      directory = compiled(data);
    },
    loads: () => loads,
  };
}

function compiled(data: DirectoryData | undefined): Directory | undefined {
  return data === undefined ? undefined : compileDirectory(data);
}

function entryOf(directory: Directory): DirectoryEntry {
  return { directory, source: 'postgres', confirmedAt: 0 };
}
