import type { Database } from './database.ts';
import { KickedWorker } from './kicked-worker.ts';
import { takeOutbox } from './lookups.ts';

/** Carries `<organization id>:<version>` to every replica. */
export const directoryChannel = 'linefinder:directory';

export type RelayPorts = {
  readonly database: Database;
  /** Sends one message to `directoryChannel`; undefined without Redis. */
  readonly publish: ((message: string) => Promise<void>) | undefined;
  /** False: Redis is away, and rows wait until it is back. */
  readonly isReady: () => boolean;
  readonly onError: (error: unknown) => void;
};

const everyMs = 1_000;
const mostAtOnce = 500;

/**
 * Tells the other replicas through Redis what the outbox says, in the order of nothing: a version that is older than
 * the one in hand is refused anyway. Any number of relays may run at the same time.
 *
 * A row is deleted in a transaction that commits after the publish, so a crash or a Redis that is away leaves it to the
 * next attempt: a message is sent once or more. One that Redis took and lost (a subscriber that was cut off at that
 * moment) is covered by the version poll, as is a relay that cannot reach Postgres: within a second.
 * Without Redis the trigger on the outbox is the bus (NOTIFY), and the relay only deletes.
 */
export function buildRelay({ database, publish, isReady, onError }: RelayPorts): KickedWorker {
  return new KickedWorker({
    everyMs,
    onError,
    async run() {
      if (publish !== undefined && !isReady()) return false;
      return (await relayOnce(database, publish)) > 0;
    },
  });
}

/** How many organizations were told about. */
function relayOnce(database: Database, publish: RelayPorts['publish']): Promise<number> {
  return database.kysely.transaction().execute(async (trx) => {
    const changes = await takeOutbox(trx, mostAtOnce);
    if (publish !== undefined) {
      await Promise.all(
        changes.map(({ organizationId, version }) => publish(`${organizationId}:${version}`)),
      );
    }
    return changes.length;
  });
}
