import { openAuthToken } from '../../../services/routing/calls/carrier-accounts.ts';
import { parseNumber } from '../../../services/routing/domain/e164.ts';
import { problem } from '../../../services/routing/errors.ts';
import {
  type CarrierCredentials,
  CarrierFailure,
  type CarrierNumber,
  type CarrierPorts,
  type CarrierWebhooks,
} from '../../../services/routing/ports.ts';
import { change, read } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { rehearsedIn } from '../rehearsal.ts';
import type { SyncReport } from './sync-schema.ts';
import { insertFoundNumber, listNumberIds, listSealedAccounts } from './sync-store.ts';

type Found = { readonly credentials: CarrierCredentials; readonly number: CarrierNumber };
/** Webhooks that are set at the same time. */
const atOnce = 5;

type Row = SyncReport['numbers'][number];

/**
 * Takes over what the carrier has. The carrier is asked before the transaction and told after it: nothing waits for it
 * while the organization's row is held. Nothing is taken away here, and no number is pointed at anything.
 */
export async function syncNumbers(
  context: AdminContext,
  request: AdminRequest,
  setWebhooks: boolean,
): Promise<Answer<SyncReport>> {
  const { carrier } = context;
  // A rehearsal has no side effects, and asks nobody outside.
  if (carrier === null || rehearsedIn() !== undefined) throw problem('carrier.not-configured');
  const accounts = await listCredentials(context, carrier, request);
  if (accounts.length === 0) throw problem('carrier.not-configured');
  const found: Found[] = [];
  for (const credentials of accounts) {
    const numbers = await asking(() => carrier.api.listNumbers(credentials));
    found.push(...numbers.map((number) => ({ credentials, number })));
  }
  const { body } = await takeOver(context, request, found, setWebhooks);
  const wanted = webhooksOf(context);
  // By name and not by place: a repeat with the same Idempotency-Key has the first answer and today's numbers.
  const byName = new Map(found.map((one) => [`${one.credentials.accountSid} ${one.number.number}`, one]));
  const numbers: Row[] = [];
  for (let from = 0; from < body.numbers.length; from += atOnce) {
    const some = body.numbers.slice(from, from + atOnce).map((row) => {
      const one = byName.get(`${row.accountSid} ${row.number}`);
      return one === undefined ? row : withWebhook(carrier, one, row, wanted, setWebhooks);
    });
    numbers.push(...(await Promise.all(some)));
  }
  numbers.sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  return { body: { ...body, numbers } };
}

/** The account of the installation's settings first, then the organization's own. */
async function listCredentials(
  context: AdminContext,
  { configured, firstOrganizationId }: CarrierPorts,
  request: AdminRequest,
): Promise<readonly CarrierCredentials[]> {
  const { organizationId } = request.actor;
  const [token] = configured?.authTokens ?? [];
  const own =
    configured !== null && token !== undefined && firstOrganizationId() === organizationId
      ? [{ accountSid: configured.accountSid, authToken: token }]
      : [];
  const rows = await read(context, request, (trx) => listSealedAccounts(trx, organizationId));
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
): Promise<Answer<SyncReport>> {
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

function webhooksOf({ publicUrl }: AdminContext): CarrierWebhooks {
  return { voice: `${publicUrl}/twilio/voice`, status: `${publicUrl}/twilio/status` };
}

async function withWebhook(
  carrier: CarrierPorts,
  { credentials, number }: Found,
  row: Row,
  wanted: CarrierWebhooks,
  setWebhooks: boolean,
): Promise<Row> {
  if (row.id === null) return row;
  if (number.isOnTrunk) return { ...row, webhook: 'on-trunk' };
  const { voice, status } = number.webhooks;
  if (voice === wanted.voice && status === wanted.status) return { ...row, webhook: 'already-set' };
  if (!setWebhooks) return { ...row, webhook: 'elsewhere' };
  try {
    await carrier.api.setWebhooks(credentials, number.sid, wanted);
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
