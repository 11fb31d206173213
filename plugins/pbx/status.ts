import type { Directory } from '../../services/routing/domain/directory.ts';
import { type FieldError, problem } from '../../services/routing/errors.ts';
import type { Presence } from '../../services/routing/live/presence.ts';
import type { PbxPorts } from './answers.ts';
import type { PresenceBody, StatusBody } from './status-schema.ts';

/** What a PBX tells about its telephones: who rings and talks, and when a call is over. Nothing is answered to it. */

export type StatusPorts = PbxPorts & { readonly presence?: Pick<Presence, 'report'> };

/** Telling it again changes nothing. */
export async function takeStatus(
  ports: StatusPorts,
  organizationId: string,
  callId: string,
  body: StatusBody,
): Promise<void> {
  const directory = directoryOf(ports, organizationId);
  const userId = checkStatus(directory, body);
  const known = await ports.calls.find(organizationId, callId);
  if (known === undefined) throw problem('call.unknown');
  const now = ports.clock.now();
  const at = instantOf(body.at, now);
  const place = { carrier: 'pbx', organizationId, callId, at } as const;
  const { state, legId, outcome = null, durationSeconds = null } = body;
  if (userId === undefined) {
    return ports.callLog.append({ ...place, type: 'status', status: 'completed', durationSeconds });
  }
  ports.callLog.append({ ...place, type: 'leg', userId, legId: legId ?? userId, state, outcome });
}

/** What the PBX' clock says may be late, but neither to come nor of another day. */
function instantOf(told: string | undefined, now: number): number {
  // A leap second is a date-time, and nothing that Date knows.
  const at = told === undefined ? now : Date.parse(told) || now;
  return Math.max(now - dayMs, Math.min(now, at));
}

const dayMs = 86_400_000;

function checkStatus(directory: Directory, body: StatusBody): string | undefined {
  const names = body.userId !== undefined || body.extension !== undefined;
  if (names) {
    if (body.durationSeconds !== undefined)
      throw refused('/durationSeconds', 'Leave this out: it is of the whole call.');
    if (body.outcome !== undefined && body.state !== 'ended') {
      throw refused('/outcome', 'Leave this out: it goes with the state `ended`.');
    }
    return userOf(directory, body, '');
  }
  if (body.state !== 'ended')
    throw refused('/userId', 'Say whose telephone it is, by `userId` or `extension`.');
  if (body.outcome !== undefined) throw refused('/outcome', 'Leave this out: it is of one telephone.');
  return undefined;
}

const legStates = { ringing: 'ringing', 'on-call': 'answered' } as const;

/** All of it or nothing: one telephone that nobody has, and none is taken. */
export async function takePresence(
  ports: StatusPorts,
  organizationId: string,
  { devices, expiresSeconds = 120 }: PresenceBody,
): Promise<void> {
  const directory = directoryOf(ports, organizationId);
  const at = ports.clock.now();
  const named = devices.map((device, index) => ({
    ...device,
    userId: userOf(directory, device, `/devices/${index}`),
  }));
  const reports: { readonly userId: string; readonly state: (typeof named)[number]['state'] }[] = [];
  for (const { userId, state, callId } of named) {
    const isOfCall = callId !== undefined && (state === 'ringing' || state === 'on-call');
    // A call that we know is counted as that call, not once more as a telephone that is busy.
    if (isOfCall && (await ports.calls.find(organizationId, callId)) !== undefined) {
      const place = { carrier: 'pbx', organizationId, callId, at } as const;
      const leg = { userId, legId: userId, state: legStates[state], outcome: null };
      ports.callLog.append({ ...place, type: 'leg', ...leg });
      reports.push({ userId, state: 'online' });
    } else {
      reports.push({ userId, state });
    }
  }
  ports.presence?.report(organizationId, reports, at + expiresSeconds * 1000);
}

function directoryOf(ports: StatusPorts, organizationId: string): Directory {
  const entry = ports.directories.get(organizationId);
  if (entry === undefined) throw problem('credential.invalid');
  return entry.directory;
}

type Named = { readonly userId?: string; readonly extension?: string };

function userOf(directory: Directory, { userId, extension }: Named, pointer: string): string {
  if (userId !== undefined && extension === undefined) {
    if (directory.users.has(userId)) return userId;
    throw refused(`${pointer}/userId`, 'There is no user with this id.');
  }
  if (userId === undefined && extension !== undefined) {
    const owner = directory.extensions.get(extension);
    if (owner?.type === 'user') return owner.id;
    throw refused(`${pointer}/extension`, 'No user has this extension.');
  }
  throw refused(`${pointer}/userId`, 'Send exactly one of `userId` and `extension`.');
}

function refused(pointer: string, message: string): Error {
  const error: FieldError = { pointer, code: 'invalid', message };
  return problem('body.invalid', { detail: `${pointer}: ${message}`, errors: [error] });
}
