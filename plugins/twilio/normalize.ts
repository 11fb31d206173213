import type { Call } from '../../services/routing/domain/call.ts';
import { type OwnNumbers, parseCaller, parseDialled } from '../../services/routing/domain/e164.ts';
import type { Fields } from './form.ts';

/** Twilio's parameters as a call. Pure; nothing in it is a proof of who calls. */
export function normalizeCall(fields: Fields, own: OwnNumbers): Call {
  return {
    callId: fields.CallSid ?? '',
    from: parseCaller(fields.From ?? '', own),
    to: parseDialled(fields.To ?? '', own),
  };
}
