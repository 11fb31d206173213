import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Teardown } from './database.ts';

/**
 * Twilio's REST API as its OpenAPI description says, as far as numbers go: lists in pages, changes of one number, Basic
 * authentication, and errors of Twilio's form. Tests compare its answers with that description.
 */

export type TwinNumber = Readonly<Record<string, unknown>> & { readonly sid: string };

export type TwilioTwin = {
  readonly url: string;
  readonly numbers: Map<string, TwinNumber>;
  /** Method, path, status and body of everything that was answered. */
  readonly answered: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly body: unknown;
  }[];
  /** What the next requests get: nothing at all, or an error. */
  behave(how: 'well' | 'silent' | 'broken'): void;
  /** After so many more changes of numbers the next ones are not answered, until `behave`. */
  silentAfter(changes: number): void;
};

export type TwinAccount = { readonly accountSid: string; readonly authToken: string };

const pageSize = 2;

export async function twilioTwin(t: Teardown, accounts: readonly TwinAccount[]): Promise<TwilioTwin> {
  const numbers = new Map<string, TwinNumber>();
  const answered: TwilioTwin['answered'][number][] = [];
  let behaviour: 'well' | 'silent' | 'broken' = 'well';
  let changesLeft = Number.POSITIVE_INFINITY;
  const server = createServer((request, response) => {
    if (behaviour === 'silent') return;
    if (request.method === 'POST') {
      if (changesLeft === 0) return;
      changesLeft -= 1;
    }
    void answer(request).then(({ status, body }) => {
      answered.push({ method: request.method ?? '', path: request.url ?? '', status, body });
      reply(response, status, body);
    });
  });
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: unknown }> => {
    const form = new URLSearchParams(await readBody(request));
    if (behaviour === 'broken') return problem(500, 20500, 'Internal Server Error');
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://twin');
    const match = /^\/2010-04-01\/Accounts\/(AC\w{32})\/IncomingPhoneNumbers(?:\/(PN\w{32}))?\.json$/.exec(
      pathname,
    );
    if (match === null) return problem(404, 20404, `The requested resource ${pathname} was not found`);
    const [, accountSid = '', sid] = match;
    const account = accounts.find((one) => one.accountSid === accountSid);
    const basic = `Basic ${Buffer.from(`${accountSid}:${account?.authToken}`).toString('base64')}`;
    if (account === undefined || request.headers.authorization !== basic)
      return problem(401, 20003, 'Authenticate');
    if (sid !== undefined) return change(sid, form);
    return list(accountSid, Number(searchParams.get('Page') ?? 0));
  };
  const list = (accountSid: string, page: number) => {
    const own = [...numbers.values()].filter((number) => number.account_sid === accountSid);
    const path = (at: number) =>
      `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers.json?PageSize=${pageSize}&Page=${at}`;
    const start = page * pageSize;
    const isLast = start + pageSize >= own.length;
    const body = {
      incoming_phone_numbers: own.slice(start, start + pageSize),
      first_page_uri: path(0),
      next_page_uri: isLast ? null : `${path(page + 1)}&PageToken=PA${page}`,
      previous_page_uri: page === 0 ? null : path(page - 1),
      uri: path(page),
      page,
      page_size: pageSize,
      start,
      end: Math.max(0, Math.min(own.length, start + pageSize) - 1),
    };
    return { status: 200, body };
  };
  const change = (sid: string, form: URLSearchParams) => {
    const number = numbers.get(sid);
    if (number === undefined) return problem(404, 20404, `The requested resource ${sid} was not found`);
    const changed = Object.fromEntries(
      [...form].map(([name, value]) => [toSnake(name), value === '' ? null : value]),
    );
    const now = { ...number, ...changed };
    numbers.set(sid, now);
    return { status: 200, body: now };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the twin has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    numbers,
    answered,
    behave: (how) => {
      behaviour = how;
      changesLeft = Number.POSITIVE_INFINITY;
    },
    silentAfter: (changes) => {
      changesLeft = changes;
    },
  };
}

/** A number as Twilio shows it, with every member of its description. */
export function twinNumber(
  accountSid: string,
  index: number,
  phoneNumber: string,
  changes: object = {},
): TwinNumber {
  const sid = `PN${String(index).padStart(32, '0')}`;
  return {
    sid,
    account_sid: accountSid,
    phone_number: phoneNumber,
    friendly_name: phoneNumber,
    address_requirements: 'none',
    address_sid: null,
    api_version: '2010-04-01',
    beta: false,
    bundle_sid: null,
    capabilities: { voice: true, sms: true, mms: false, fax: false },
    date_created: 'Thu, 30 Jul 2015 23:19:04 +0000',
    date_updated: 'Thu, 30 Jul 2015 23:19:04 +0000',
    emergency_address_sid: null,
    emergency_address_status: 'unregistered',
    emergency_status: 'Inactive',
    identity_sid: null,
    origin: 'twilio',
    sms_application_sid: null,
    sms_fallback_method: 'POST',
    sms_fallback_url: null,
    sms_method: 'POST',
    sms_url: null,
    status: 'in-use',
    status_callback: null,
    status_callback_method: 'POST',
    trunk_sid: null,
    uri: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
    voice_application_sid: null,
    voice_caller_id_lookup: false,
    voice_fallback_method: 'POST',
    voice_fallback_url: null,
    voice_method: 'POST',
    voice_receive_mode: 'voice',
    voice_url: 'https://demo.twilio.com/welcome/voice/',
    ...changes,
  };
}

function problem(status: number, code: number, message: string): { status: number; body: unknown } {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

function toSnake(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** How often each number was changed at the carrier, by its path. */
export function countChanges(twin: TwilioTwin): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { method, path } of twin.answered) {
    if (method === 'POST') counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return counts;
}
