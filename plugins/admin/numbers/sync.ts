import { openAuthToken } from '../../../services/routing/calls/carrier-accounts.ts';
import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { Problem, problem } from '../../../services/routing/errors.ts';
import {
  type CarrierCredentials,
  CarrierFailure,
  type CarrierNumber,
  type CarrierPorts,
  type CarrierWebhooks,
} from '../../../services/routing/ports.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { rehearsedIn } from '../rehearsal.ts';
import type { SyncReport } from './sync-schema.ts';
import { insertFoundNumber, listNumberIds, listSealedAccounts } from './sync-store.ts';

type Found = { readonly credentials: CarrierCredentials; readonly number: CarrierNumber };
/** Webhooks that are set at the same time. */
const atOnce = 5;

/** A job of this kind points numbers at the carrier to this service, a row each. */
export const webhookKind = 'numbers.webhooks';

/** More than these take too long to wait for. */
const mostAtOnce = 50;

type Row = SyncReport['numbers'][number];
type Open = { readonly row: Row; readonly one: Found };

/** Handed over by the jobs' resource in admin/index.ts. */
export type SyncPorts = {
  readonly storeJob: (
    trx: Transaction,
    context: Pick<AdminContext, 'newId'>,
    request: AdminRequest,
    job: {
      readonly kind: string;
      readonly input: { readonly action: string };
      readonly rows: readonly { readonly userId: null; readonly input: unknown }[];
    },
  ) => Promise<{ readonly id: string | null; readonly total: number }>;
  /** The worker need not wait for its timer. */
  readonly kickJobs: () => void;
};

/**
 * Takes over what the carrier has. The carrier is asked before the transaction and told after it: nothing waits for it
 * while the organization's row is held. Nothing is taken away here, and no number is pointed at anything.
 */
export async function syncNumbers(
  context: AdminContext,
  request: AdminRequest,
  setWebhooks: boolean,
  ports: SyncPorts,
): Promise<Answer<SyncReport>> {
  const { carrier } = context;
  // A rehearsal has no side effects, and asks nobody outside.
  if (carrier === null || rehearsedIn() !== undefined) throw problem('carrier.not-configured');
  const accounts = await listCredentials(context, carrier, request.actor.organizationId);
  if (accounts.length === 0) throw problem('carrier.not-configured');
  const { found, refused } = await askAccounts(carrier, accounts);
  const { body: taken } = await takeOver(context, request, found, setWebhooks);
  // Whether a number is missing is not known while an account says nothing.
  const body = { ...taken, missing: refused.length === 0 ? taken.missing : [], refused };
  const wanted = webhooksOf(context);
  // By name and not by place: a repeat with the same Idempotency-Key has the first answer and today's numbers.
  const byName = new Map(found.map((one) => [`${one.credentials.accountSid} ${one.number.number}`, one]));
  const seen = body.numbers.map((row) => {
    const one = byName.get(`${row.accountSid} ${row.number}`);
    return one === undefined ? { row } : { row: compareWebhook(one, row, wanted), one };
  });
  const open = seen.flatMap(({ row, one }) =>
    setWebhooks && one !== undefined && row.webhook === 'elsewhere' ? [{ row, one }] : [],
  );
  const job = open.length > mostAtOnce ? await queueWebhooks(context, request, ports, open) : null;
  const set = job === null ? await setAtOnce(carrier, open, wanted) : new Map<Row, Row>();
  const queued = new Set(job === null ? [] : open.map(({ row }) => row));
  const numbers = seen.map(({ row }) => {
    return queued.has(row) ? { ...row, webhook: 'queued' as const } : (set.get(row) ?? row);
  });
  numbers.sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  return { body: { ...body, numbers, job } };
}

/** One account that refuses, with a token that was changed, does not stand in the way of the others. */
async function askAccounts(
  { api }: CarrierPorts,
  accounts: readonly CarrierCredentials[],
): Promise<{ readonly found: readonly Found[]; readonly refused: SyncReport['refused'] }> {
  const found: Found[] = [];
  const failures: { readonly accountSid: string; readonly problem: Problem }[] = [];
  for (const credentials of accounts) {
    try {
      const numbers = await asking(() => api.listNumbers(credentials));
      found.push(...numbers.map((number) => ({ credentials, number })));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failures.push({ accountSid: credentials.accountSid, problem: error });
    }
  }
  const [first] = failures;
  if (first !== undefined && failures.length === accounts.length) throw first.problem;
  const refused = failures.map(({ accountSid, problem: { detail } }) => ({ accountSid, detail }));
  return { found, refused };
}

/** A few are set while one waits for the answer. */
async function setAtOnce(
  { api }: CarrierPorts,
  open: readonly Open[],
  wanted: CarrierWebhooks,
): Promise<ReadonlyMap<Row, Row>> {
  const set = new Map<Row, Row>();
  for (let from = 0; from < open.length; from += atOnce) {
    const some = open.slice(from, from + atOnce);
    const rows = await Promise.all(some.map(({ one, row }) => setWebhook(api, one, row, wanted)));
    for (const [index, { row }] of some.entries()) set.set(row, rows[index] ?? row);
  }
  return set;
}

/** Many are a job, with a result for each number. */
async function queueWebhooks(
  context: AdminContext,
  request: AdminRequest,
  { storeJob, kickJobs }: SyncPorts,
  open: readonly Open[],
): Promise<string | null> {
  // Not a repeat of the request, whose key belongs to the first half of it.
  const { body } = await change(context, { ...request, idempotency: undefined }, async (trx, log) => {
    log.skip();
    const rows = open.map(({ one: { credentials, number } }) => ({
      userId: null,
      input: { accountSid: credentials.accountSid, sid: number.sid, number: number.number },
    }));
    const job = await storeJob(trx, context, request, {
      kind: webhookKind,
      input: { action: 'setWebhooks' },
      rows,
    });
    const after = { total: job.total };
    log.record({ action: 'numbers.webhooks.set', subjectType: 'job', subjectId: job.id, after });
    return { body: job.id };
  });
  kickJobs();
  return body;
}

/** The account of the installation's settings first, then the organization's own. */
export async function listCredentials(
  context: AdminContext,
  { configured, firstOrganizationId }: CarrierPorts,
  organizationId: string,
): Promise<readonly CarrierCredentials[]> {
  const [token] = configured?.authTokens ?? [];
  const own =
    configured !== null && token !== undefined && firstOrganizationId() === organizationId
      ? [{ accountSid: configured.accountSid, authToken: token }]
      : [];
  const rows = await read(context, { actor: { organizationId } }, (trx) =>
    listSealedAccounts(trx, organizationId),
  );
  const stored = rows
    .filter((row) => row.account_sid !== configured?.accountSid)
    .flatMap((row) => {
      // The first one is the new one while they are rotated.
      const opened = row.auth_tokens
        .map((sealed) => openAuthToken(context.box, row.account_sid, sealed))
        .find((one) => one !== undefined);
      return opened === undefined ? [] : [{ accountSid: row.account_sid, authToken: opened }];
    });
  return [...own, ...stored];
}

/** In the order of `found`. */
function takeOver(
  context: AdminContext,
  request: AdminRequest,
  found: readonly Found[],
  setWebhooks: boolean,
): Promise<Answer<Omit<SyncReport, 'refused' | 'job'>>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const known = new Map((await listNumberIds(trx, organizationId)).map((row) => [row.number, row.id]));
    const missing = new Map(known);
    const numbers: Row[] = [];
    for (const { credentials, number: one } of found) {
      const number = parseNumber(one.number, '');
      const shown = { number: number ?? one.number, name: one.name, accountSid: credentials.accountSid };
      const unusable = number === undefined || !one.takesCalls;
      if (number !== undefined) missing.delete(number);
      const id = number === undefined ? undefined : known.get(number);
      if (id !== undefined) numbers.push({ ...shown, id, state: 'known', webhook: null });
      else if (unusable) numbers.push({ ...shown, id: null, state: 'unusable', webhook: null });
      else {
        const made = { id: context.newId(), number, name: nameOf(one) };
        const isNew = await insertFoundNumber(trx, organizationId, made);
        if (isNew) {
          known.set(number, made.id);
          log.record({ action: 'numbers.create', subjectType: 'number', subjectId: made.id, after: made });
        }
        numbers.push({
          ...shown,
          id: isNew ? made.id : null,
          state: isNew ? 'added' : 'taken',
          webhook: null,
        });
      }
    }
    const added = numbers.filter((row) => row.state === 'added').length;
    if (added === 0) log.skip();
    if (added > 0 || setWebhooks) {
      const after = { added, setWebhooks };
      log.record({ action: 'numbers.sync', subjectType: 'organization', subjectId: null, after });
    }
    return {
      body: {
        added,
        known: numbers.filter((row) => row.state === 'known').length,
        numbers,
        missing: [...missing].map(([number, id]) => ({ id, number })),
      },
    };
  });
}

/** Twilio calls a number by its digits until somebody names it. */
function nameOf({ name, number }: CarrierNumber): string {
  const isOnlyDigits = name.replace(/\D/g, '') !== '' && /^[\d\s().+-]*$/.test(name);
  return isOnlyDigits || name === number ? '' : name.trim().slice(0, 100);
}

export function webhooksOf({ publicUrl }: AdminContext): CarrierWebhooks {
  return { voice: `${publicUrl}/twilio/voice`, status: `${publicUrl}/twilio/status` };
}

function compareWebhook({ number }: Found, row: Row, wanted: CarrierWebhooks): Row {
  if (row.id === null) return row;
  if (number.isOnTrunk) return { ...row, webhook: 'on-trunk' };
  const { voice, status } = number.webhooks;
  const isSet = voice === wanted.voice && status === wanted.status;
  return { ...row, webhook: isSet ? 'already-set' : 'elsewhere' };
}

async function setWebhook(
  api: CarrierPorts['api'],
  { credentials, number }: Found,
  row: Row,
  wanted: CarrierWebhooks,
): Promise<Row> {
  try {
    await api.setWebhooks(credentials, number.sid, wanted);
    return { ...row, webhook: 'set' };
  } catch (error) {
    if (!(error instanceof CarrierFailure)) throw error;
    return { ...row, webhook: 'failed', detail: error.message };
  }
}

async function asking<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CarrierFailure)) throw error;
    const code = error.kind === 'unreachable' ? 'carrier.unreachable' : 'carrier.refused';
    throw problem(code, { detail: error.message, cause: error });
  }
}
