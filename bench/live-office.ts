import { createHmac, randomBytes } from 'node:crypto';
import { hashToken } from '../plugins/admin/session-lookup.ts';
import { buildNewId } from '../services/routing/ids.ts';
import { type Database, inOrganization } from '../services/storage/database.ts';
import { voiceParameters } from '../test/support/twilio-webhook.ts';
import { formRequest } from './load.ts';
import { ACCOUNT_SID, AUTH_TOKEN, PUBLIC_URL } from './webhook-requests.ts';

/** So many sockets has one person at most. */
const socketsOfOne = 20;

/** Agents and their sessions, written past the routes: a token for each socket. */
export async function insertAgents(
  database: Database,
  organizationId: string,
  sockets: number,
): Promise<readonly string[]> {
  const newId = buildNewId({ now: Date.now }, randomBytes);
  const userIds = Array.from({ length: Math.ceil(sockets / socketsOfOne) }, newId);
  const tokens = Array.from({ length: sockets }, () => `lfs_${randomBytes(32).toString('base64url')}`);
  const now = new Date();
  const end = new Date(now.getTime() + 3_600_000);
  await inOrganization(database, organizationId, async (trx) => {
    const person = { organization_id: organizationId, kind: 'username', status: 'active' } as const;
    const people = userIds.map((id, index) => ({
      ...person,
      id,
      login: `bench${index}`,
      first_name: 'Bench',
      last_name: String(index),
    }));
    await trx.insertInto('user').values(people).execute();
    for (let from = 0; from < tokens.length; from += 1_000) {
      const sessions = tokens.slice(from, from + 1_000).map((token, index) => ({
        organization_id: organizationId,
        id: newId(),
        user_id: userIds[Math.floor((from + index) / socketsOfOne)] ?? '',
        hash: hashToken(token),
        confirmed_at: now,
        last_seen_at: now,
        expires_at: end,
        address: '127.0.0.1',
        agent: 'bench',
        created_at: now,
      }));
      await trx.insertInto('session').values(sessions).execute();
    }
  });
  return tokens;
}

/** Calls begin and end in turn: each second request ends the call that began some hundred requests before. */
export function callRequests(to: string, onBegun: (callSid: string) => void): () => Buffer {
  const stay = 50;
  const run = randomBytes(6).toString('hex');
  let count = 0;
  const sidOf = (index: number): string => `CA${run}${index.toString(16).padStart(20, '0')}`;
  return () => {
    const index = Math.floor(count / 2);
    const isOdd = count % 2 === 1;
    const ends = isOdd && index >= stay;
    count += 1;
    // Until there is something to end, both begin a call.
    const callSid = sidOf(ends ? index - stay : isOdd ? index + 1_000_000 : index);
    const from = `+1415555${String(index % 10_000).padStart(4, '0')}`;
    const call = voiceParameters({ accountSid: ACCOUNT_SID, callSid, from, to });
    if (!ends) onBegun(callSid);
    return ends
      ? signed('/twilio/status', { ...call, CallStatus: 'completed', CallDuration: '7' })
      : signed('/twilio/voice', call);
  };
}

function signed(path: string, parameters: Readonly<Record<string, string>>): Buffer {
  const content = Object.keys(parameters)
    .toSorted()
    .map((name) => name + parameters[name])
    .join('');
  const signature = createHmac('sha1', AUTH_TOKEN).update(`${PUBLIC_URL}${path}${content}`).digest('base64');
  return formRequest(path, new URLSearchParams(parameters).toString(), { 'X-Twilio-Signature': signature });
}
