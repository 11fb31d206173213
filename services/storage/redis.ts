import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';

export type RedisConnection = {
  /**
   * For commands, which fail within 50 ms: nothing waits for a connection, and nothing is sent twice. While Redis is
   * away a command fails at once.
   */
  readonly commands: Redis | Cluster;
  /** False: a command would fail at once. */
  isReady(): boolean;
  /** Listens until `close`, also over lost connections. One subscription for each channel. */
  subscribe(channel: string, subscription: Subscription): void;
  close(): void;
};

export type Subscription = {
  onMessage(message: string): void;
  /** Each time that listening begins: what was said before that went past us. */
  onConnected(): void;
};

export type RedisConnectionOptions = {
  readonly url: string;
  /** For the log. ioredis goes on trying by itself. */
  readonly onError?: (error: Error) => void;
};

const commandTimeoutMs = 50;
/** How often a subscriber asks whether anybody is still there, and how long it waits for the answer. */
const heartbeatMs = 2_000;

/** Connects in the background: Redis may be down. Throws where the URL makes no sense. */
export function openRedis({ url, onError }: RedisConnectionOptions): RedisConnection {
  const address = parseRedisUrl(url);
  const report = (error: Error): void => onError?.(error);
  const commands = connect(address, {
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: true,
  });
  // Without a listener ioredis writes to the console.
  commands.on('error', report);
  const closers: (() => void)[] = [() => commands.disconnect()];
  return {
    commands,
    isReady: () => commands.status === 'ready',
    subscribe: (channel, subscription) => {
      closers.push(openSubscriber(address, channel, subscription, report));
    },
    close: () => {
      for (const close of closers) close();
    },
  };
}

type ClientOptions = Pick<
  RedisOptions,
  | 'commandTimeout'
  | 'maxRetriesPerRequest'
  | 'autoResendUnfulfilledCommands'
  | 'autoResubscribe'
  | 'enableAutoPipelining'
  | 'protocol'
>;

/** `commandTimeout` would also end a blocking read, so each use has a client of its own. */
function connect(address: RedisAddress, options: ClientOptions): Redis | Cluster {
  const shared = {
    ...options,
    // Credentials that are undefined are no credentials for ioredis either, but its types want them left out.
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    connectTimeout: 1_000,
    keepAlive: 10_000,
  };
  const retry = (attempt: number): number => Math.min(25 * 2 ** Math.min(attempt, 10), 1_000);
  if (address.kind === 'cluster') {
    return new Cluster([...address.hosts], {
      redisOptions: shared,
      enableOfflineQueue: false,
      enableAutoPipelining: options.enableAutoPipelining ?? false,
      clusterRetryStrategy: retry,
      slotsRefreshTimeout: 1_000,
    });
  }
  const single = { ...shared, db: address.db, enableOfflineQueue: false, retryStrategy: retry };
  if (address.masterName === undefined) {
    const [first] = address.hosts;
    return new Redis({ ...single, host: first?.host ?? '127.0.0.1', port: first?.port ?? 6_379 });
  }
  return new Redis({
    ...single,
    sentinels: [...address.hosts],
    name: address.masterName,
    sentinelRetryStrategy: retry,
    enableTLSForSentinelMode: address.tls,
  });
}

/**
 * RESP2, because ioredis drops pushes of RESP3 in silence. It subscribes on every `ready`, since with the offline queue
 * off it cannot do so before, and a new connection knows nothing of the old one's subscription.
 * In a cluster ioredis moves the subscription between nodes without a word; the version poll covers that gap.
 */
function openSubscriber(
  address: RedisAddress,
  channel: string,
  subscription: Subscription,
  report: (error: Error) => void,
): () => void {
  const client = connect(address, { protocol: 2, autoResubscribe: false, maxRetriesPerRequest: null });
  client.on('error', report);
  client.on('message', (from: string, message: string) => {
    if (from === channel) subscription.onMessage(message);
  });
  client.on('ready', () => {
    client.subscribe(channel).then(() => subscription.onConnected(), report);
  });
  const heartbeat = client instanceof Redis ? keepAsking(client) : undefined;
  return () => {
    clearInterval(heartbeat);
    client.disconnect();
  };
}

/** A server that is frozen, or behind a network that is gone, closes nothing: without a question nobody would notice. */
function keepAsking(client: Redis): NodeJS.Timeout {
  let unanswered = false;
  const heartbeat = setInterval(() => {
    if (client.status !== 'ready') {
      unanswered = false;
      return;
    }
    if (unanswered) {
      unanswered = false;
      client.disconnect(true);
      return;
    }
    unanswered = true;
    client.ping().then(
      () => {
        unanswered = false;
      },
      () => undefined,
    );
  }, heartbeatMs);
  return heartbeat.unref();
}
