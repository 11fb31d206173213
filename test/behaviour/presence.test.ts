import { test } from 'tap';
import { watch } from '../support/live-client.ts';
import { bearer } from '../support/live-events.ts';
import { newLiveOffice } from '../support/live-office.ts';
import { eventually } from '../support/twilio-members.ts';

test('D2.6 B10 who is online is seen by those who watch, and in the list of users', async (t) => {
  const office = await newLiveOffice();
  const ana = await office.hire('Ana');
  const wall = await watch(t, office.address, office.headers);
  await wall.subscribe(['presence']);
  const states = () =>
    wall.messages.flatMap(({ name, data }) => {
      const { userId, state } = Object(data);
      return name === 'presence.changed' && userId === ana.id ? [String(state)] : [];
    });
  const heard = (...wanted: readonly string[]) =>
    eventually(wanted.join(', '), () => states().join() === wanted.join() || undefined);
  const presence = async () =>
    (await office.admin.get<{ presence: string }>(`/users/${ana.id}`)).body.presence;
  t.equal(await presence(), 'offline');

  const own = await watch(t, office.address, bearer(await office.logIn('ana')));
  await heard('online');
  t.equal(await presence(), 'online');
  await office.admin.patch(`/users/${ana.id}`, { doNotDisturb: { on: true } });
  await heard('online', 'do-not-disturb');
  t.equal(await presence(), 'do-not-disturb');
  const late = await watch(t, office.address, office.headers);
  await late.subscribe(['presence']);
  const snapshot = await late.find(({ type, topic }) => type === 'snapshot' && topic === 'presence');
  t.match(snapshot.data, [{ userId: ana.id, state: 'do-not-disturb', calls: 0 }]);
  const until = new Date(Date.now() + 1_500).toISOString();
  await office.admin.patch(`/users/${ana.id}`, { doNotDisturb: { on: true, until } });
  await heard('online', 'do-not-disturb', 'do-not-disturb', 'online');
  own.socket.terminate();
  await heard('online', 'do-not-disturb', 'do-not-disturb', 'online', 'offline');
  t.equal(await presence(), 'offline');
});
