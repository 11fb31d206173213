import type { MailBox } from '../mail/queue.ts';
import type { Caller } from '../routing/domain/call.ts';
import type { Mailbox } from '../routing/domain/decision.ts';
import type { Recorded } from '../routing/live/call-record.ts';

export type RecordingPorts = {
  readonly newId: () => string;
  readonly box: MailBox;
  /** PUBLIC_URL, for the link in the mail. */
  readonly publicUrl: string;
};

/** A recording on its way into a box. */
export type Message = {
  readonly id: string;
  readonly organizationId: string;
  readonly mailbox: Mailbox;
  readonly entry: Recorded;
};

/** As in the records of calls; null: withheld. */
export function callerValue(from: Caller): string | null {
  switch (from.kind) {
    case 'number':
    case 'short':
      return from.number;
    case 'extension':
      return from.extension;
    case 'address':
      return from.address;
    case 'anonymous':
      return null;
  }
}
