import type { CallLog } from '../services/routing/calls/call-log.ts';
import { ACCOUNT_SID } from './webhook-requests.ts';

/**
 * Callers who hang up some time after they have called. Noted in bytes: as objects that live for seconds they would be
 * work for the collector that no service has.
 */
export type HangUps = {
  readonly calls: CallLog;
  /** Tells of every call that ends until then. */
  endUntil(now: number): void;
};

/** A call's id is as long as an account's. */
const ID_BYTES = ACCOUNT_SID.length;
/** More than begin in that time. */
const MOST = 2 ** 17;

export function buildHangUps(callMs: number, hangUp: (callId: string, at: number) => void): HangUps {
  const ids = Buffer.alloc(MOST * ID_BYTES);
  const ends = new Float64Array(MOST);
  let [begun, ended] = [0, 0];
  return {
    calls: {
      append({ callId, at }) {
        const place = begun % MOST;
        if (callId.length !== ID_BYTES || begun - ended === MOST) throw new Error(`${callId} finds no place`);
        ids.write(callId, place * ID_BYTES, 'latin1');
        ends[place] = at + callMs;
        begun += 1;
      },
    },
    endUntil(now) {
      for (; ended < begun; ended += 1) {
        const place = ended % MOST;
        const at = ends[place] ?? 0;
        if (at > now) return;
        hangUp(ids.toString('latin1', place * ID_BYTES, (place + 1) * ID_BYTES), at);
      }
    },
  };
}
