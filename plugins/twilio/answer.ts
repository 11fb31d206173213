import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CallLogEntry } from '../../services/routing/calls/call-log.ts';
import type { Directory } from '../../services/routing/domain/directory.ts';
import { spokenText } from '../../services/routing/domain/texts.ts';
import { Problem } from '../../services/routing/errors.ts';
import type { TwilioPorts } from './ports.ts';
import { renderResponse, renderSay } from './render.ts';
import type { SignedRequest } from './signed-request.ts';

/** How a signed request gets its answer: the one it got before, else one made now, else one that is always there. */
export type Made = {
  /** Empty: 204. */
  readonly twiml: string;
  readonly entry: CallLogEntry | null;
  /** Something else that the same request told. */
  readonly also?: CallLogEntry;
};

export type Exchange = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signed: SignedRequest;
};

/** What a page has to say. */
export type Asked = {
  /** Which answers are the same: made of what was verified, never of a header. Null: made anew each time. */
  readonly key: string | null;
  readonly make: (directory: Directory, now: number) => Made;
  /** Where `make` fails, or nobody has a directory (undefined). Never fails itself. Left out: the safe answer. */
  readonly rescue?: (directory: Directory | undefined, now: number) => Made;
};

/** (organization, call, page, token, status): what a repeat has in common with its first, and nobody else. */
export function answerKey(signed: SignedRequest, page: string, token: string): string {
  const digest = token === '' ? '' : hash('sha256', token, 'base64url');
  return `twilio:${signed.organizationId}:${signed.callId}:${page}:${digest}:${signed.fields.CallStatus ?? ''}`;
}

/** Answers at once where memory has all it takes, which is the rule; else after 50 ms for Redis and 250 ms in all. */
export function answerOnce(
  ports: TwilioPorts,
  exchange: Exchange,
  asked: Asked,
): FastifyReply | Promise<FastifyReply> {
  const kept = asked.key === null ? undefined : ports.answers.get(asked.key);
  if (kept !== undefined) return send(exchange.reply, kept);
  const known = ports.directories.get(exchange.signed.organizationId);
  if (known === undefined || isRepeat(exchange.request)) return answerLater(ports, exchange, asked);
  return answerNow(ports, exchange, asked, known.directory);
}

/** Unsigned, so a hint and no more: it is worth a look whether another process has answered before. */
function isRepeat(request: FastifyRequest): boolean {
  return request.headers['i-twilio-idempotency-token'] !== undefined;
}

async function answerLater(ports: TwilioPorts, exchange: Exchange, asked: Asked): Promise<FastifyReply> {
  const { request, reply, signed } = exchange;
  const { key } = asked;
  const recalled = key !== null && isRepeat(request) ? await ports.answers.recall(key) : undefined;
  if (recalled !== undefined) return send(reply, recalled);
  const { organizationId, callId } = signed;
  const entry = ports.directories.get(organizationId) ?? (await ports.directories.load(organizationId));
  if (entry === undefined) {
    request.log.error({ organizationId, callId }, 'no directory: the safe answer');
  }
  return answerNow(ports, exchange, asked, entry?.directory);
}

function answerNow(
  ports: TwilioPorts,
  exchange: Exchange,
  asked: Asked,
  directory: Directory | undefined,
): FastifyReply {
  const { twiml, entry, also } = makeOrRescue(ports, exchange, asked, directory);
  const sent = send(exchange.reply, twiml);
  if (entry !== null) ports.callLog.append(entry);
  if (also !== undefined) ports.callLog.append(also);
  return sent;
}

/** A fault of ours must not be the caller's: an error would be silence. What was not made right is not remembered. */
function makeOrRescue(
  ports: TwilioPorts,
  { request, signed }: Exchange,
  { key, make, rescue = safeAnswer }: Asked,
  directory: Directory | undefined,
): Made {
  const now = ports.clock.now();
  if (directory === undefined) return rescue(directory, now);
  try {
    const made = make(directory, now);
    if (key !== null) ports.answers.remember(key, made.twiml);
    return made;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { organizationId, callId } = signed;
    request.log.error({ err: error, organizationId, callId }, 'not decided: the safe answer');
    return rescue(directory, now);
  }
}

/** What a caller hears when nothing else can be said. */
export function safeAnswer(directory: Directory | undefined): Made {
  const organization = directory?.organization ?? { language: 'en' as const, texts: {} };
  const said = renderSay(spokenText(organization, 'unavailable'), organization);
  return { twiml: renderResponse(`${said}<Hangup/>`), entry: null };
}

/** Empty: 204, for callbacks that play nothing. */
export function send(reply: FastifyReply, twiml: string): FastifyReply {
  if (twiml === '') return reply.code(204).send();
  return reply.header('content-type', 'text/xml; charset=utf-8').send(twiml);
}
