import type { Call, Dialled } from '../../services/routing/domain/call.ts';
import type { Directory } from '../../services/routing/domain/directory.ts';
import { parseCaller, parseDialled } from '../../services/routing/domain/e164.ts';
import { type FieldError, problem } from '../../services/routing/errors.ts';
import type { ResultBody, RouteBody } from './schema.ts';

/** The call that a PBX asks about. Throws where it names both `to` and `extension`, or neither. */
export function toCall(body: RouteBody, directory: Directory): Call {
  return { callId: body.callId, from: parseCaller(body.from, directory), to: toDialled(body, directory) };
}

function toDialled(body: RouteBody, directory: Directory): Dialled {
  const { to, extension } = body;
  if (extension === undefined && to !== undefined) return parseDialled(to, directory);
  if (extension !== undefined && to === undefined) return { kind: 'extension', extension };
  throw refused({
    pointer: '/to',
    code: 'required',
    message: 'Send exactly one of `to` and `extension`.',
  });
}

/** What the schema cannot say about a result. */
export function checkResult(body: ResultBody): void {
  if (body.outcome === 'digits' && body.digits === undefined) {
    throw refused({ pointer: '/digits', code: 'required', message: 'Add what was dialled.' });
  }
  if (body.outcome !== 'digits' && body.digits !== undefined) {
    throw refused({
      pointer: '/digits',
      code: 'unknown',
      message: 'Leave this out: it goes with the outcome `digits`.',
    });
  }
}

/** Nothing is recorded where people ring. */
export function refusedRecording(): Error {
  return refused({
    pointer: '/recording',
    code: 'unknown',
    message: 'Leave this out: it goes with a voicemail step.',
  });
}

function refused(error: FieldError): Error {
  return problem('body.invalid', { detail: `${error.pointer}: ${error.message}`, errors: [error] });
}

/** One spelling of a question: the same call in another spelling of its numbers is the same question. */
export function fingerprintOfCall(call: Call): string {
  return JSON.stringify([call.from, call.to]);
}

/** One spelling of a result. When it happened is no part of it: a PBX that repeats itself may look at its clock again. */
export function fingerprintOfResult(body: ResultBody): string {
  const { outcome, digits = null, answeredBy = null, recording } = body;
  const left = recording === undefined ? [] : [recording.id, recording.durationSeconds];
  return JSON.stringify([outcome, digits, answeredBy, ...left]);
}
