import type { Call } from '../../services/routing/domain/call.ts';
import type { Directory } from '../../services/routing/domain/directory.ts';
import type { PendingCall } from '../../services/routing/domain/pending-call.ts';
import { problem } from '../../services/routing/errors.ts';
import type { TwilioPorts } from './ports.ts';
import type { Staging } from './render.ts';
import type { SignedRequest } from './signed-request.ts';
import { escapeXml } from './xml.ts';

/** The call of a token. Damaged, expired or of another call: 403, because Twilio sends back what it was given. */
export function openToken(
  ports: TwilioPorts,
  directory: Directory,
  { callId, fields }: SignedRequest,
  token: string,
  now: number,
  leg: 'caller' | 'callee' = 'caller',
): PendingCall {
  const directoryOf = (id: string) => (id === directory.organizationId ? directory : undefined);
  const opened = ports.tokens.decode(directoryOf, token, now);
  if (!opened.ok) throw refusal(opened.failure === 'expired' ? 'is too old' : 'is not one of ours');
  const { pending } = opened;
  // The person who is called has a leg of their own, which names the caller's as its parent.
  const isOurs = pending.callId === callId || (leg === 'callee' && pending.callId === fields.ParentCallSid);
  if (!isOurs) throw refusal('is of another call');
  return pending;
}

function refusal(why: string) {
  return problem('signature.invalid', { detail: `The token of the call ${why}.` });
}

/** How a document is staged: the organization's voice, and the token if Twilio is to report anything. */
export function stagingOf(
  ports: TwilioPorts,
  directory: Directory,
  call: Pick<Call, 'callId' | 'from' | 'to'>,
  pending: PendingCall | null,
): Staging {
  return {
    callId: call.callId,
    language: directory.organization.language,
    basePath: escapeXml(basePathOf(ports.publicUrl)),
    token: pending === null ? '' : ports.tokens.encode(pending),
    callerId: callerIdOf(directory, call),
    soundAddress: (soundId) => ports.greetings?.addressOf(directory.organizationId, soundId),
  };
}

export function basePathOf(publicUrl: string): string {
  const path = publicUrl.indexOf('/', publicUrl.indexOf('://') + 3);
  return path === -1 ? '' : publicUrl.slice(path);
}

/** Who calls from an extension shows the number that is theirs; who has no number at all, the one that was dialled. */
function callerIdOf(directory: Directory, { from, to }: Pick<Call, 'from' | 'to'>): string | null {
  if (from.kind === 'number') return null;
  const owner = from.kind === 'extension' ? directory.extensions.get(from.extension) : undefined;
  const own = owner === undefined ? null : (directory.users.get(owner.id)?.callerId ?? null);
  return own ?? (to.kind === 'number' ? to.number : null);
}
