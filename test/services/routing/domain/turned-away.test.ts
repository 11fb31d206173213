import { test } from 'tap';
import { given } from '../../../../services/routing/domain/facts.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { begin, resume } from '../../../../services/routing/domain/resume.ts';
import {
  callOf,
  directory,
  everyDay,
  id,
  instantOf,
  MAIN,
  number,
  off,
  type Question,
  queue,
  TUESDAY,
  toQueue,
  toUser,
  toVoicemail,
  user,
} from '../../../support/directory.ts';

/** Queues that take nobody more, or where nobody is: who was sent on is counted, where they would have waited. */

const waiting = { maxWaitSeconds: 60, maxWaiting: 2, priority: 50, overflow: toVoicemail('Bo') };
const at = instantOf(TUESDAY);
const full = { waiting: { [id('Sales')]: 2 } };
const people = [user('Ana', { ifUnavailable: { action: 'forward', target: toQueue('Sales') } }), user('Bo')];
const office: Question = {
  users: people,
  queues: [queue('Sales', ['Bo'], { waiting })],
  numbers: [number(MAIN, { target: toQueue('Sales') })],
  facts: full,
};
const sales = (stepId: string, reason = 'length') => [{ stepId, queueId: id('Sales'), reason }];

test('a full queue turns the caller away, and the first step stands in its stead', async (t) => {
  const { steps, turnedAway } = resolve(directory(office), callOf(office), at);
  t.match(steps, [{ id: 's1', action: 'voicemail' }]);
  t.strictSame(turnedAway, sales('s1'));
  const room = { ...office, facts: {} };
  t.equal(resolve(directory(room), callOf(room), at).turnedAway, undefined);
});

test('so does a queue in which nobody is', async (t) => {
  const users = people.map((person) => ({ ...person, weekly: everyDay(off()) }));
  const empty = { ...office, users, facts: {} };
  t.strictSame(resolve(directory(empty), callOf(empty), at).turnedAway, sales('s1', 'no-agent'));
});

test('behind a ring it counts when the call comes there', async (t) => {
  const behind = { ...office, numbers: [number(MAIN, { target: toUser('Ana') })] };
  const made = directory(behind);
  const call = callOf(behind);
  const decision = resolve(made, call, at);
  t.match(decision.steps, [{ action: 'ring' }, { id: 's2', action: 'voicemail' }]);
  const pending = begin(made, call, decision, at);
  if (pending === null) throw new Error('nothing is pending');
  t.strictSame(pending.turnedAway, sales('s2'));
  const answered = resume(made, pending, { stepId: 's1', outcome: 'answered' }, at);
  t.equal(answered.turnedAway, undefined);
  const resumed = resume(made, pending, { stepId: 's1', outcome: 'no-answer' }, at);
  t.match(resumed.next, { id: 's2', action: 'voicemail' });
  t.strictSame(resumed.turnedAway, sales('s2'));
  t.equal(resumed.pending?.turnedAway, undefined, 'and once only');
});

test('behind a menu it counts when the extension is dialled', async (t) => {
  const menu = {
    ...office,
    queues: [queue('Sales', ['Bo'], { waiting, extension: '300' })],
    numbers: [number(MAIN, { target: { type: 'menu' } as const })],
  };
  const made = directory(menu);
  const call = callOf(menu);
  const pending = begin(made, call, resolve(made, call, at), at);
  if (pending === null) throw new Error('nothing is pending');
  const dialled = { stepId: 's1', outcome: 'digits', digits: '300' } as const;
  const { next, turnedAway } = resume(made, pending, dialled, at, () => given(full));
  t.strictSame(turnedAway, sales(next?.id ?? ''));
});

test('two queues may turn the same caller away', async (t) => {
  const chain = {
    ...office,
    queues: [
      queue('Sales', ['Bo'], { waiting: { ...waiting, overflow: toQueue('Help') } }),
      queue('Help', ['Bo'], { waiting }),
    ],
    facts: { waiting: { [id('Sales')]: 2, [id('Help')]: 2 } },
  };
  const { turnedAway } = resolve(directory(chain), callOf(chain), at);
  t.strictSame(turnedAway, [...sales('s1'), { stepId: 's1', queueId: id('Help'), reason: 'length' }]);
});
