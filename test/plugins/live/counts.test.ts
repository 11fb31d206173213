import { test } from 'tap';
import { watch } from '../../support/live-client.ts';
import { bearer, callChanged } from '../../support/live-events.ts';
import { openLiveOffice } from '../../support/live-office.ts';

test('the metrics say how many watch, what they got, and how sockets ended', async (t) => {
  const office = await openLiveOffice(t);
  const { app, address, headers, admin } = office;
  const read = async (name: string, label = ''): Promise<number> => {
    const lines = (await app.inject('/metrics')).body.split('\n');
    return Number(
      lines.find((line) => line.startsWith(`linefinder_live_${name}${label} `))?.split(' ')[1] ?? 0,
    );
  };
  const counted = async (name: string, label: string, wanted: number): Promise<number> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const now = await read(name, label);
      if (now >= wanted) return now;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return read(name, label);
  };
  t.equal(await read('sockets'), 0);
  const clients = await Promise.all([1, 2, 3].map(() => watch(t, address, headers)));
  await Promise.all(clients.map((client) => client.subscribe(['calls'])));
  t.equal(await read('sockets'), 3);
  const before = await read('events_sent_total');
  const last = await office.tell(callChanged('one'), callChanged('two'));
  await Promise.all(
    clients.map((client) => client.find(({ seq, type }) => type === 'event' && seq === last)),
  );
  t.equal((await read('events_sent_total')) - before, 6, 'two events for three sockets');

  t.equal(await read('resyncs_total'), 0);
  await clients[0]?.subscribe(['calls'], { epoch: 'another life', seq: 1 });
  t.equal(await read('resyncs_total'), 1);

  const user = await office.hire('Ana');
  const own = await watch(t, address, bearer(await office.logIn('ana')));
  await own.subscribe(['calls']);
  await admin.post(`/users/${user.id}/deactivate`, {});
  await own.closed();
  clients[0]?.socket.close(1000);
  clients[1]?.socket.close(4999);
  clients[2]?.socket.send('nonsense');
  for (const code of ['4401', '1000', 'other', '1007']) {
    t.equal(await counted('closes_total', `{code="${code}"}`, 1), 1, code);
  }
  t.equal(await read('sockets'), 0);
});
