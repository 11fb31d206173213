import { test } from 'tap';
import { parseRedisUrl, type RedisAddress } from '../../../services/storage/redis-url.ts';

const plain: RedisAddress = {
  kind: 'single',
  hosts: [{ host: 'cache.example', port: 6379 }],
  username: undefined,
  password: undefined,
  tls: false,
  masterName: undefined,
  db: 0,
};

test('REDIS_URL names one server, sentinels or a cluster', async (t) => {
  const check = (url: string, expected: Partial<RedisAddress>): void => {
    t.same(parseRedisUrl(url), { ...plain, ...expected }, url);
  };
  const two = (port: number) => [
    { host: 'a', port: 26380 },
    { host: 'b', port },
  ];
  check('redis://cache.example', {});
  check('redis://cache.example:7000/3', { hosts: [{ host: 'cache.example', port: 7000 }], db: 3 });
  check('rediss://user:p%40ss@cache.example', { tls: true, username: 'user', password: 'p@ss' });
  check('redis://:secret@cache.example/', { password: 'secret' });
  check('redis://[::1]:6380', { hosts: [{ host: '::1', port: 6380 }] });
  check('redis+sentinel://a:26380,b/main/2', {
    kind: 'sentinel',
    hosts: two(26379),
    masterName: 'main',
    db: 2,
  });
  check('rediss+sentinel://:x@a:26380,b/main', {
    kind: 'sentinel',
    hosts: two(26379),
    masterName: 'main',
    password: 'x',
    tls: true,
  });
  check('redis+cluster://a:26380,b', { kind: 'cluster', hosts: two(6379) });
});

test('a REDIS_URL that makes no sense is refused without showing it', async (t) => {
  const check = (url: string, reason: RegExp): void => {
    t.throws(() => parseRedisUrl(url), { message: reason }, url);
    t.throws(() => parseRedisUrl(url), { message: /^(?!.*secret)REDIS_URL: / }, 'nothing of it is shown');
  };
  check('', /expected/);
  check('http://:secret@a', /expected/);
  check('redis://:secret@a:0', /expected/);
  check('redis://:secret@a:70000', /expected/);
  check('redis://:secret@a,b', /expected/);
  check('redis://:secret@a/x', /expected/);
  check('redis+sentinel://:secret@a:26379', /the name of the master is missing/);
  check('redis+cluster://:secret@a/1', /no database but 0/);
});
