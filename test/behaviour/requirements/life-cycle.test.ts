import { test } from 'tap';
import { covers } from '../../support/covers.ts';
import { password, send } from '../../support/factories.ts';
import { asOffice, hire, newLead, ownerOf } from '../../support/people.ts';
import { sharedLiveOffice } from '../../support/shared-admin.ts';

/** Deactivation, as administrators ask for it and as callers feel it, on the whole service. */

test('the life cycle of a user', async (suite) => {
  const office = asOffice(await sharedLiveOffice());
  const { admin } = office;

  await suite.test(
    'A5 deactivating reassigns the leads, numbers and fallback duties of a user',
    covers('A5', async (t) => {
      const ana = await hire(office, 'Ana');
      const bo = await hire(office, 'Bo');
      const carla = await hire(office, 'Carla', { fallbackUserId: ana.id });
      const lead = await newLead(office, 'Dana', ana.id, '+16465550111');
      const number = await admin.post('/numbers', {
        number: '+12025550811',
        target: { type: 'user', id: ana.id },
      });
      const queue = await admin.post('/queues', { name: 'A5' });
      await admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: ana.id, priority: 3 }] });
      await admin.put(`/users/${carla.id}/availability`, {
        weekly: { sunday: { available: false, fallbackUserId: ana.id } },
      });
      await admin.put(`/users/${bo.id}/availability`, {
        weekly: { sunday: { available: false, fallbackUserId: ana.id } },
      });
      t.equal(await office.ring('+12025550811'), ana.id);

      const path = `/users/${ana.id}/deactivate`;
      const supposed = await admin.post(`${path}?dryRun=true`, { reassignTo: bo.id });
      t.match(supposed, {
        status: 200,
        body: {
          dryRun: true,
          status: 'inactive',
          effects: {
            reassignedTo: { id: bo.id, name: 'Bo Test' },
            leads: { count: 1, items: [{ id: lead.id, name: 'Dana' }] },
            numbers: { count: 1, items: [{ name: '+12025550811' }] },
            fallbackDuties: { count: 3 },
            queues: { count: 1, items: [{ name: 'A5' }] },
            sessions: 0,
            canBePulledBack: false,
          },
        },
      });
      t.equal((await admin.get(`/users/${ana.id}`)).body.status, 'active', 'a dry run changes nothing');
      t.equal(await office.ring('+12025550811'), ana.id);

      const done = await admin.post(path, { reassignTo: bo.id });
      t.match(done, { status: 200, body: { status: 'inactive', reassignedToUserId: bo.id } });
      t.same(done.body.effects, supposed.body.effects, 'what was foretold');
      t.equal(await ownerOf(office, lead.id), bo.id);
      t.same((await admin.get(`/numbers/${number.body.id}`)).body.target, { type: 'user', id: bo.id });
      t.equal((await admin.get(`/users/${carla.id}`)).body.fallbackUserId, bo.id);
      t.match((await admin.get(`/users/${carla.id}/availability`)).body, {
        weekly: { sunday: { fallbackUserId: bo.id } },
      });
      t.same(
        (await admin.get(`/users/${bo.id}/availability`)).body.weekly,
        { sunday: { available: false } },
        'nobody stands in for oneself',
      );
      t.same((await admin.get(`/queues/${queue.body.id}/members`)).body, { members: [] });
      t.not(await office.ring('+12025550811'), ana.id);
      t.not(await office.ring(String(ana.extension)), ana.id, 'the very next call');
      t.match(await admin.post(`/users/${ana.id}/reactivate`, { pullBack: true }), {
        status: 409,
        body: { code: 'user.nothing-to-pull-back' },
      });
    }),
  );

  await suite.test('A5 the replacement must be somebody who is there', async (t) => {
    const ana = await hire(office, 'Ana');
    const gone = await hire(office, 'Gone');
    await admin.post(`/users/${gone.id}/deactivate`, {});
    for (const [reassignTo, code] of [
      [gone.id, 'user.not-active'],
      [ana.id, 'oneself'],
      ['0199e0c4-5a3b-7c1d-9f00-3b5a7c9d1e2f', 'user.not-found'],
    ]) {
      t.match(await admin.post(`/users/${ana.id}/deactivate`, { reassignTo }), {
        status: 422,
        body: { errors: [{ pointer: '/reassignTo', code }] },
      });
    }
  });

  await suite.test(
    'A6 a temporary deactivation is pulled back exactly, and lists what has moved on',
    covers('A6', async (t) => {
      const ana = await hire(office, 'Ana');
      const bo = await hire(office, 'Bo');
      const carla = await hire(office, 'Carla', { fallbackUserId: ana.id });
      const stays = await newLead(office, 'Stays', ana.id, '+16465550121');
      const wanders = await newLead(office, 'Wanders', ana.id, '+16465550122');
      const vanishes = await newLead(office, 'Vanishes', ana.id, '+16465550123');
      const own = await newLead(office, 'Own', bo.id, '+16465550124');
      const number = await admin.post('/numbers', {
        number: '+12025550821',
        target: { type: 'user', id: ana.id },
      });
      const queue = await admin.post('/queues', { name: 'A6' });
      const members = { members: [{ userId: ana.id, priority: 2 }] };
      await admin.put(`/queues/${queue.body.id}/members`, members);

      const away = await admin.post(`/users/${ana.id}/deactivate`, { reassignTo: bo.id, temporary: true });
      t.match(away, { status: 200, body: { effects: { leads: { count: 3 }, canBePulledBack: true } } });
      t.equal(await office.ring('+12025550821'), bo.id, 'calls go to the replacement');
      await admin.patch(`/leads/${wanders.id}`, { ownerId: carla.id });
      t.equal((await admin.delete(`/leads/${vanishes.id}`)).status, 204);

      const back = await admin.post(`/users/${ana.id}/reactivate`, { pullBack: true });
      t.match(back, {
        status: 200,
        body: {
          status: 'active',
          warnings: [{ code: 'user.moved-on' }],
          effects: {
            pulledBack: {
              leads: { count: 1, items: [{ id: stays.id }] },
              numbers: { count: 1 },
              fallbackDuties: { count: 1, items: [{ id: carla.id }] },
              queues: { count: 1 },
            },
            left: {
              count: 2,
              items: [
                { type: 'lead', id: wanders.id, now: { id: carla.id, name: 'Carla Test' }, reason: 'moved' },
                { type: 'lead', id: vanishes.id, now: null, reason: 'gone' },
              ],
            },
          },
        },
      });
      t.equal(await ownerOf(office, stays.id), ana.id);
      t.equal(await ownerOf(office, wanders.id), carla.id, 'what has moved on is left');
      t.equal(await ownerOf(office, own.id), bo.id, 'what was never moved stays');
      t.equal((await admin.get(`/users/${carla.id}`)).body.fallbackUserId, ana.id);
      t.same((await admin.get(`/queues/${queue.body.id}/members`)).body, members, 'at the former place');
      t.same((await admin.get(`/numbers/${number.body.id}`)).body.target, { type: 'user', id: ana.id });
      t.equal(await office.ring('+12025550821'), ana.id, 'and the very next call rings again');
      t.match(await admin.post(`/users/${ana.id}/deactivate`, {}), { status: 200 });
      t.match(
        await admin.post(`/users/${ana.id}/reactivate`, { pullBack: true }),
        { status: 409 },
        'pulled back once',
      );
    }),
  );

  await suite.test('A6 what went on from hand to hand comes back hand by hand', async (t) => {
    const ana = await hire(office, 'Ana');
    const bo = await hire(office, 'Bo');
    const carla = await hire(office, 'Carla');
    const lead = await newLead(office, 'Dana', ana.id, '+16465550125');
    const away = (id: string, reassignTo: string) =>
      admin.post(`/users/${id}/deactivate`, { reassignTo, temporary: true });
    const back = (id: string) => admin.post(`/users/${id}/reactivate`, { pullBack: true });
    t.equal((await away(ana.id, bo.id)).status, 200);
    t.equal((await away(bo.id, carla.id)).status, 200);
    t.equal(await ownerOf(office, lead.id), carla.id);
    t.match((await back(bo.id)).body, { effects: { pulledBack: { leads: { count: 1 } } } });
    t.equal(await ownerOf(office, lead.id), bo.id);
    t.match((await back(ana.id)).body, { effects: { pulledBack: { leads: { count: 1 } } } });
    t.equal(await ownerOf(office, lead.id), ana.id);
  });

  await suite.test('A6 a deletion in between forgets nothing', async (t) => {
    const ana = await hire(office, 'Ana');
    const bo = await hire(office, 'Bo');
    const lead = await newLead(office, 'Dana', ana.id, '+16465550126');
    await admin.post(`/users/${ana.id}/deactivate`, { reassignTo: bo.id, temporary: true });
    t.equal((await admin.delete(`/users/${ana.id}`)).status, 204);
    t.match(await admin.post(`/users/${ana.id}/undelete`), {
      body: { status: 'inactive', reassignedToUserId: bo.id },
    });
    t.equal(await ownerOf(office, lead.id), bo.id);
    t.equal((await admin.post(`/users/${ana.id}/reactivate`, { pullBack: true })).status, 200);
    t.equal(await ownerOf(office, lead.id), ana.id);
  });

  await suite.test('A5 two who hand over to each other at the same moment: one stays', async (t) => {
    const ana = await hire(office, 'Ana');
    const bo = await hire(office, 'Bo');
    const lead = await newLead(office, 'Dana', ana.id, '+16465550127');
    const replies = await Promise.all([
      admin.post(`/users/${ana.id}/deactivate`, { reassignTo: bo.id }),
      admin.post(`/users/${bo.id}/deactivate`, { reassignTo: ana.id }),
    ]);
    t.same(replies.map((reply) => reply.status).toSorted(), [200, 422]);
    const owner = await ownerOf(office, lead.id);
    t.equal((await admin.get(`/users/${String(owner)}`)).body.status, 'active', 'and no lead waits');
  });

  await suite.test('A5 a deactivation can be tried out in the simulator', async (t) => {
    const ana = await hire(office, 'Ana');
    const bo = await hire(office, 'Bo');
    const extension = String(ana.extension);
    const change = {
      method: 'POST',
      path: `/v1/users/${ana.id}/deactivate`,
      body: { reassignTo: bo.id, temporary: true },
    };
    const supposed = await admin.post('/simulate', { extension, assume: { changes: [change] } });
    t.match(supposed, { status: 200, body: { answeredBy: { id: bo.id } } });
    t.equal(await office.ring(extension), ana.id, 'nothing has changed');
  });

  await suite.test(
    'A7 a reactivated user is as before',
    covers('A7', async (t) => {
      const ana = await hire(office, 'Ana', { callLimit: 3, firstName: 'Anna' });
      const before = (await admin.get(`/users/${ana.id}`)).body;
      await admin.post(`/users/${ana.id}/deactivate`, {});
      const after = await admin.post(`/users/${ana.id}/reactivate`, {});
      t.equal(after.status, 200);
      t.same((await admin.get(`/users/${ana.id}`)).body, before);
      t.equal(await office.ring(String(ana.extension)), ana.id);
    }),
  );

  await suite.test(
    'B7 who is deactivated is in no queue, is never rung, and can come back',
    covers('B7', async (t) => {
      const ana = await hire(office, 'Ana');
      const queue = await admin.post('/queues', { name: 'B7' });
      await admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: ana.id }] });
      const extension = String(queue.body.extension);
      t.equal(await office.ring(extension), ana.id);
      await admin.post(`/users/${ana.id}/deactivate`, {});
      t.not(await office.ring(extension), ana.id);
      t.not(await office.ring(String(ana.extension)), ana.id);
      t.same((await admin.get(`/users/${ana.id}`)).body.queues, []);
      t.same((await admin.get(`/queues/${queue.body.id}/members`)).body.members, []);
      t.match(await admin.post(`/users/${ana.id}/deactivate`, {}), {
        status: 409,
        body: { code: 'user.status' },
      });
      t.equal((await admin.post(`/users/${ana.id}/reactivate`, {})).status, 200);
      t.equal(await office.ring(String(ana.extension)), ana.id);
    }),
  );

  await suite.test(
    'B8 the old credentials work again; queues are assigned anew',
    covers('B8', async (t) => {
      const login = 'hal';
      const user = { kind: 'username', login, password, firstName: 'Hal', lastName: 'Test' };
      const hal = (await admin.post('/users', user)).body;
      const queue = await admin.post('/queues', { name: 'B8' });
      await admin.put(`/queues/${queue.body.id}/members`, { members: [{ userId: hal.id }] });
      await admin.post(`/users/${hal.id}/deactivate`, {});
      const logIn = () => send(office.app, 'POST', '/session', { login, password });
      t.equal((await logIn()).status, 401);
      t.equal((await admin.post(`/users/${hal.id}/reactivate`, {})).status, 200);
      t.equal((await logIn()).status, 201);
      t.same((await admin.get(`/users/${hal.id}`)).body.queues, []);
      t.same((await admin.get(`/queues/${queue.body.id}/members`)).body, { members: [] });
    }),
  );

  await suite.test(
    'A10 after a reassignment a lead reaches the new owner',
    covers('A10', async (t) => {
      const ana = await hire(office, 'Ana');
      const bo = await hire(office, 'Bo');
      await admin.post('/numbers', {
        number: '+12025550831',
        stickyRouting: true,
        target: { type: 'announcement', text: 'Nobody' },
      });
      const first = await newLead(office, 'First', ana.id, '+16465550131');
      const second = await newLead(office, 'Second', ana.id, '+16465550132');
      t.equal(await office.ring('+12025550831', '+16465550131'), ana.id);
      const one = await admin.post('/leads/reassign', { from: ana.id, to: bo.id, ids: [first.id] });
      t.match(one, { status: 200, body: { leads: { count: 1, items: [{ id: first.id, name: 'First' }] } } });
      t.equal(await office.ring('+12025550831', '+16465550131'), bo.id);
      t.equal(await office.ring('+12025550831', '+16465550132'), ana.id);
      t.match(await admin.post('/leads/reassign', { from: ana.id, to: bo.id, ids: [second.id, first.id] }), {
        status: 422,
        body: { errors: [{ pointer: '/ids/1', code: 'lead.other-owner' }] },
      });
      t.equal((await admin.post('/leads/reassign', { from: ana.id, to: bo.id })).status, 200);
      t.equal(await office.ring('+12025550831', '+16465550132'), bo.id);
      await admin.post(`/users/${bo.id}/deactivate`, { reassignTo: ana.id });
      t.equal(await office.ring('+12025550831', '+16465550132'), ana.id, 'also by a deactivation');
      t.equal((await admin.delete(`/leads/${second.id}`)).status, 204);
      t.equal(await office.ring('+12025550831', '+16465550132'), 'announce', 'a deleted lead is a stranger');
      t.equal((await admin.delete(`/leads/${second.id}`)).body.code, 'lead.not-found');
    }),
  );
});
