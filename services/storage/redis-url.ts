/**
 * Where Redis is, from REDIS_URL:
 * - `redis://[user:password@]host:port[/db]`, `rediss://…` with TLS: one server;
 * - `redis+sentinel://[user:password@]host:port,host:port/name[/db]`: the sentinels, and the name of the master that
 *   they watch; user and password are the master's;
 * - `redis+cluster://[user:password@]host:port,host:port`: some nodes of a cluster.
 * `rediss+sentinel` and `rediss+cluster` are the same with TLS.
 */
export type RedisAddress = {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
  /** Only with sentinels. */
  readonly masterName: string | undefined;
  readonly db: number;
};

const form =
  /^(?<scheme>rediss?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/?#]+)(?:\/(?<path>[^?#]*))?$/;

/** Throws with a sentence for the administrator, which does not show the password. */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = form.exec(url)?.groups;
  if (parts === undefined) throw new Error(`REDIS_URL: ${expected}`);
  const kind = parts.kind === 'sentinel' || parts.kind === 'cluster' ? parts.kind : 'single';
  const path = (parts.path ?? '').split('/').filter((part) => part !== '');
  const masterName = kind === 'sentinel' ? path.shift() : undefined;
  if (kind === 'sentinel' && masterName === undefined) {
    throw new Error(
      'REDIS_URL: the name of the master is missing: redis+sentinel://host:port,host:port/NAME',
    );
  }
  const db = path[0] ?? '0';
  if (path.length > 1 || !/^\d{1,4}$/.test(db)) throw new Error(`REDIS_URL: ${expected}`);
  if (kind === 'cluster' && db !== '0') throw new Error('REDIS_URL: a cluster has no database but 0');
  const hosts = (parts.hosts ?? '')
    .split(',')
    .map((host) => parseHost(host, kind === 'sentinel' ? 26_379 : 6_379));
  if (kind === 'single' && hosts.length > 1) throw new Error(`REDIS_URL: ${expected}`);
  return {
    kind,
    hosts,
    username: decode(parts.user),
    password: decode(parts.password),
    tls: parts.scheme === 'rediss',
    masterName,
    db: Number(db),
  };
}

const expected =
  'redis://host:port, rediss://host:port, redis+sentinel://host:port,host:port/name or redis+cluster://host:port,host:port is expected';

function parseHost(text: string, defaultPort: number): { readonly host: string; readonly port: number } {
  const parts = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups;
  const host = parts?.six ?? parts?.host;
  const port = Number(parts?.port ?? defaultPort);
  if (host === undefined || port < 1 || port > 65_535) throw new Error(`REDIS_URL: ${expected}`);
  return { host, port };
}

function decode(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : decodeURIComponent(text);
}
