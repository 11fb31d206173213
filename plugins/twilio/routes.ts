import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Directory } from '../../services/routing/domain/directory.ts';
import { withFacts } from '../../services/routing/domain/facts.ts';
import { resolve } from '../../services/routing/domain/resolve.ts';
import { spokenText } from '../../services/routing/domain/texts.ts';
import { problem } from '../../services/routing/errors.ts';
import type { Standing } from '../../services/routing/live/waiting-board.ts';
import { type Asked, answerKey, answerOnce } from './answer.ts';
import { normalizeCall } from './normalize.ts';
import { dialSeconds } from './outcome.ts';
import type { TwilioPorts } from './ports.ts';
import { registerQueuePages } from './queue-routes.ts';
import { buildRefusalLog, type RefusalLog } from './refusal-log.ts';
import { renderConfirm, renderResponse, renderScene } from './render.ts';
import {
  type ReportPage,
  readLeftMessage,
  readLeg,
  readRecording,
  readResult,
  readStatus,
} from './reports.ts';
import { nextScene, openScene } from './scene.ts';
import {
  buildRequestCheck,
  type CheckRequest,
  type RawRequest,
  type SignedRequest,
} from './signed-request.ts';
import { openToken, stagingOf } from './staging.ts';

const NOTHING = Buffer.alloc(0);

type Answer = FastifyReply | Promise<FastifyReply>;
type Handler = (request: FastifyRequest, reply: FastifyReply) => Answer;
/** What one page does with a signed request; `token` is empty where the address has none. */
type Page = (signed: SignedRequest, token: string) => Asked;

/** Every address that Twilio calls: what is verified here is answered in answer.ts with what the pages below make. */
export function registerRoutes(scope: FastifyInstance, ports: TwilioPorts): void {
  const check = buildRequestCheck(ports.accounts, ports.publicUrl);
  const refusals = buildRefusalLog(ports.clock);
  const handle =
    (kind: RawRequest['kind'], page: Page): Handler =>
    (request, reply) => {
      const signed = verify(check, refusals, request, kind);
      const asked = page(signed, tokenIn(request.raw.url ?? ''));
      return answerOnce(ports, { request, reply, signed }, asked);
    };
  const isRecordingStatus = (request: FastifyRequest) => /[?&]c=1(&|$)/.test(request.raw.url ?? '');
  const recorded = handle('call', reportPage(ports, 'recording'));
  const recordingStatus = handle('recording-status', recordingStatusPage(ports));

  scope.post('/twilio/voice', handle('call', voicePage(ports)));
  scope.post('/twilio/dial-result', handle('call', reportPage(ports, 'dial-result')));
  scope.post('/twilio/gather', handle('call', reportPage(ports, 'gather')));
  scope.post('/twilio/queue-result', handle('call', reportPage(ports, 'queue-result')));
  scope.post('/twilio/recording', (request, reply) =>
    isRecordingStatus(request) ? recordingStatus(request, reply) : recorded(request, reply),
  );
  scope.post('/twilio/confirm', handle('call', confirmPage(ports)));
  registerQueuePages(scope, ports, handle);
  scope.post('/twilio/status', handle('call', statusPage()));
  scope.post('/twilio/leg', (request, reply) => {
    const userId = userOfLeg(request.raw.url ?? '');
    return handle('leg', legPage(userId))(request, reply);
  });
}

/** What stands behind `t=` in the query; the first, should there be two. */
function tokenIn(url: string): string {
  // The first address of a call has no query at all.
  return url.includes('?') ? (/[?&]t=([^&]*)/.exec(url)?.[1] ?? '') : '';
}

function verify(
  check: CheckRequest,
  refusals: RefusalLog,
  request: FastifyRequest,
  kind: RawRequest['kind'],
): SignedRequest {
  const signature = request.headers['x-twilio-signature'];
  const checked = check({
    rawUrl: request.raw.url ?? '',
    body: request.body instanceof Buffer ? request.body : NOTHING,
    signature: typeof signature === 'string' ? signature : '',
    kind,
  });
  if (checked.ok) return checked.request;
  refusals.note(request.log, checked.because);
  if (checked.status === 403) throw problem('signature.invalid');
  throw problem('body.malformed', { detail: 'Send at most 64 parameters as a form, percent-encoded.' });
}

/** A call begins: normalize, resolve, render; then the record. */
function voicePage(ports: TwilioPorts): Page {
  return (signed) => ({
    key: answerKey(signed, 'voice', ''),
    make(directory, now) {
      const call = withFacts(normalizeCall(signed.fields, directory), directory, now, ports.factsOf);
      const decision = resolve(directory, call, now);
      const scene = openScene(directory, call, decision, now);
      const twiml = renderScene(scene.steps, stagingOf(ports, directory, call, scene.pending));
      const { organizationId, callId } = signed;
      const entry = {
        carrier: 'twilio',
        organizationId,
        callId,
        at: now,
        type: 'decided',
        call,
        decision,
        directory,
      } as const;
      return { twiml, entry };
    },
  });
}

/** A step has ended: the next one, or the end of the call. */
function reportPage(ports: TwilioPorts, page: ReportPage): Page {
  return (signed, token) => ({
    key: answerKey(signed, page, token),
    make(directory, now) {
      const pending = openToken(ports, directory, signed, token, now);
      const { declined, leaving } = standingOf(ports, signed, page);
      const told = readResult(page, signed.fields, pending, leaving);
      const result = declined.length === 0 ? told : { ...told, declined };
      const { factsOf } = ports;
      const facts = factsOf && (() => factsOf(directory, pending.callId, now));
      const scene = nextScene(directory, pending, result, now, facts);
      const twiml = renderScene(scene.steps, stagingOf(ports, directory, pending, scene.pending));
      const next = scene.steps[0] ?? null;
      const entry = {
        ...placeOf(signed, now),
        type: 'step-ended',
        ...result,
        talkSeconds: dialSeconds(signed.fields.DialCallDuration),
        next,
        trace: scene.trace,
        ...(scene.turnedAway === undefined ? {} : { turnedAway: scene.turnedAway }),
        directory,
      } as const;
      const left = page === 'recording' ? readLeftMessage(signed.fields, pending) : undefined;
      if (left === undefined) return { twiml, entry };
      return { twiml, entry, also: { ...placeOf(signed, now), ...left } };
    },
  });
}

/** On the leg of the person who was called: 1 accepts (an empty document, so the legs are joined), all else hangs up. */
function confirmPage(ports: TwilioPorts): Page {
  return (signed, token) => ({
    key: null,
    make(directory, now) {
      const pending = openToken(ports, directory, signed, token, now, 'callee');
      const { Digits: digits } = signed.fields;
      if (digits === '1') return { twiml: renderResponse(''), entry: null };
      if (digits !== undefined) return { twiml: renderResponse('<Hangup/>'), entry: null };
      const staging = { ...stagingOf(ports, directory, pending, null), token };
      const text = spokenText(directory.organization, 'confirm');
      return { twiml: renderResponse(renderConfirm(text, staging)), entry: null };
    },
  });
}

/** The recording is ready; possibly long after the call. */
function recordingStatusPage(ports: TwilioPorts): Page {
  return (signed, token) => {
    const { RecordingSid: sid = '', RecordingStatus: status = '' } = signed.fields;
    return {
      key: answerKey(signed, `recording-status:${sid}:${status}`, token),
      make(directory, now) {
        const pending = openToken(ports, directory, signed, token, now);
        return { twiml: '', entry: { ...placeOf(signed, now), ...readRecording(signed.fields, pending) } };
      },
      // The log keeps where the recording is, though nobody can say whose box it is for.
      rescue: (_directory, now) => ({
        twiml: '',
        entry: { ...placeOf(signed, now), ...readRecording(signed.fields, null) },
      }),
    };
  };
}

/** Asynchronous: late, doubled and out of order. The log sorts it out. */
function statusPage(): Page {
  return (signed) => ({
    key: answerKey(signed, 'status', ''),
    make: (_directory, now) => ({
      twiml: '',
      entry: { ...placeOf(signed, now), ...readStatus(signed.fields) },
    }),
    rescue: (_directory, now) => ({
      twiml: '',
      entry: { ...placeOf(signed, now), ...readStatus(signed.fields) },
    }),
  });
}

/** A telephone of somebody who is called. The call is that of the caller, the leg the one that Twilio tells about. */
function legPage(userId: string): Page {
  return (signed) => {
    const make = (_directory: Directory | undefined, now: number) => {
      if (userId === '') throw problem('signature.invalid', { detail: 'The address is not one of ours.' });
      const { ParentCallSid: callId = '' } = signed.fields;
      return {
        twiml: '',
        entry: { ...placeOf({ ...signed, callId }, now), ...readLeg(signed, userId, now) },
      };
    };
    return { key: answerKey(signed, `leg:${userId}`, ''), make, rescue: make };
  };
}

/** The whole query must be as it was made: what a re-cut has moved into it, or out of it, is not of this form. */
function userOfLeg(url: string): string {
  return /\?s=s[0-9]{1,4}&u=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(url)?.[1] ?? '';
}

/** What came of the wait that is over. Declined is final, also while the caller waited. */
function standingOf(
  { waiting }: TwilioPorts,
  { organizationId, callId }: SignedRequest,
  page: ReportPage,
): Standing {
  const known = page === 'queue-result' ? waiting?.standing(organizationId, callId) : undefined;
  return known ?? { declined: [], leaving: null };
}

function placeOf({ organizationId, callId }: SignedRequest, at: number) {
  return { carrier: 'twilio', organizationId, callId, at } as const;
}
