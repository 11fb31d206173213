import type { DeviceTarget } from '../domain/decision.ts';
import type { CarrierCalls, CarrierCredentials, Clock } from '../ports.ts';
import type { Effects, Ring } from './waiting-effects.ts';
import type { WaitingEvent } from './waiting-events.ts';

/** The carrier's side of a queue: rings members, stops telephones, clears up. Nothing here waits for the carrier. */
export type MemberCalls = {
  carryOut(effects: Pick<Effects, 'rings' | 'hangUps' | 'removals'>): void;
  /** Waits for requests that are under way; each has its deadline. */
  close(): Promise<void>;
};

export type MemberCallPorts = {
  readonly calls: CarrierCalls;
  readonly credentialsOf: (accountSid: string) => CarrierCredentials | undefined;
  readonly publicUrl: string;
  readonly clock: Clock;
  /** Told how it went. */
  readonly note: (event: WaitingEvent) => void;
  readonly onError: (error: unknown, what: string) => void;
};

export function buildMemberCalls(ports: MemberCallPorts): MemberCalls {
  const running = new Set<Promise<void>>();
  const run = (asked: Promise<void>, what: string): void => {
    const watched = asked
      .catch((error: unknown) => ports.onError(error, what))
      .finally(() => running.delete(watched));
    running.add(watched);
  };
  return {
    carryOut({ rings, hangUps, removals }) {
      for (const ring of rings) {
        ring.target.devices.forEach((device, index) => {
          run(ringDevice(ports, ring, device, index), 'a member could not be rung');
        });
      }
      for (const { accountSid, legId } of hangUps) {
        const credentials = ports.credentialsOf(accountSid);
        if (credentials !== undefined)
          run(ports.calls.hangUp(credentials, legId), 'a telephone could not be stopped');
      }
      for (const { accountSid, queueSid } of removals) {
        const credentials = ports.credentialsOf(accountSid);
        if (credentials !== undefined)
          run(ports.calls.removeQueue(credentials, queueSid), 'an empty queue was left at the carrier');
      }
    },
    async close() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

async function ringDevice(
  ports: MemberCallPorts,
  ring: Ring,
  device: DeviceTarget,
  index: number,
): Promise<void> {
  const { organizationId, offerId, callId, target, from, timeoutSeconds } = ring;
  const ordered = (legId: string, outcome: 'unreachable' | null): void => {
    const leg = {
      legId,
      state: outcome === null ? 'ringing' : 'ended',
      outcome,
      at: ports.clock.now(),
    } as const;
    ports.note({ organizationId, callId, kind: 'leg', offerId, leg });
  };
  const credentials = ports.credentialsOf(ring.accountSid);
  if (credentials === undefined) return ordered(`failed-${index}`, 'unreachable');
  const asks = ring.confirm && device.kind === 'phone';
  // The id of the offer stands last: an address that was cut is none of ours.
  const query = `${asks ? 'p=1&' : ''}c=${callId}&u=${target.userId}&o=${offerId}`;
  try {
    const legId = await ports.calls.start(credentials, {
      to: addressOf(device),
      from,
      answerUrl: `${ports.publicUrl}/twilio/member?${query}`,
      statusUrl: `${ports.publicUrl}/twilio/member-status?${query}`,
      timeoutSeconds,
    });
    ordered(legId, null);
  } catch (error) {
    ordered(`failed-${index}`, 'unreachable');
    throw error;
  }
}

function addressOf({ kind, address }: DeviceTarget): string {
  switch (kind) {
    case 'sip':
      return /^sips?:/i.test(address) ? address : `sip:${address}`;
    case 'app':
      return /^client:/i.test(address) ? address : `client:${address}`;
    case 'phone':
      return address.replace(/^tel:/i, '');
  }
}
