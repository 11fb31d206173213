import { test } from 'tap';
import type { Outcome } from '../../../../services/routing/domain/decision.ts';
import { compileDirectory, type Directory } from '../../../../services/routing/domain/directory.ts';
import type { PendingCall } from '../../../../services/routing/domain/pending-call.ts';
import { resolve } from '../../../../services/routing/domain/resolve.ts';
import { begin, type Resumed, resume } from '../../../../services/routing/domain/resume.ts';
import {
  callOf,
  directory,
  directoryData,
  everyDay,
  hours,
  id,
  instantOf,
  inWords,
  MAIN,
  number,
  type Office,
  off,
  outside,
  type Question,
  queue,
  STRANGER,
  TUESDAY,
  toQueue,
  toUser,
  toVoicemail,
  user,
} from '../../../support/directory.ts';

/** A call from step to step: what was pinned, what is read again, and how it ends. */

type Played = {
  readonly made: Directory;
  readonly pending: PendingCall | null;
  readonly said: string;
  readonly trace: Resumed['trace'];
};

/** Decides a call, as far as its first step. */
function start(question: Question): Played {
  const made = directory(question);
  const call = callOf(question);
  const at = instantOf(question.at ?? TUESDAY);
  const decision = resolve(made, call, at);
  const [first] = decision.steps;
  return {
    made,
    pending: begin(made, call, decision, at),
    said: first === undefined ? '' : inWords(made, first),
    trace: decision.trace,
  };
}

/** The current step ends: what comes next, as the directory is by then. */
function then(
  before: Played,
  outcome: Outcome,
  changes: { office?: Office; digits?: string; at?: string } = {},
): Played {
  const made = changes.office === undefined ? before.made : compileDirectory(directoryData(changes.office));
  const { pending } = before;
  if (pending === null) throw new Error('the call is over');
  const result = {
    stepId: pending.current,
    outcome,
    ...(changes.digits === undefined ? {} : { digits: changes.digits }),
  };
  const resumed = resume(made, pending, result, instantOf(changes.at ?? TUESDAY));
  return {
    made,
    pending: resumed.pending,
    said: resumed.next === null ? 'over' : inWords(made, resumed.next),
    trace: resumed.trace,
  };
}

const toAna = [number(MAIN, { target: toUser('Ana') })];
const forwardToBo = { ifUnavailable: { action: 'forward', target: toUser('Bo') } } as const;
const chain: Office = {
  users: [user('Ana', forwardToBo), user('Bo', { ifUnavailable: { action: 'voicemail' } })],
  numbers: toAna,
};
/** The same chain with Bo as changed during the call. */
const withBo = (changes: Parameters<typeof user>[1]): Office => ({
  users: [user('Ana', forwardToBo), user('Bo', { ifUnavailable: { action: 'voicemail' }, ...changes })],
  numbers: toAna,
});

test('each step follows the one before, to the end', async (t) => {
  const first = start(chain);
  t.equal(first.said, 'rings Ana 20 s');
  const second = then(first, 'no-answer');
  t.equal(second.said, 'rings Bo 20 s');
  const third = then(second, 'busy');
  t.equal(third.said, "Ana's voicemail");
  const last = then(third, 'completed');
  t.equal(last.said, 'over');
  t.equal(last.pending, null);
});

for (const outcome of ['answered', 'canceled'] as const) {
  test(`${outcome} ends the call`, async (t) => {
    const last = then(start(chain), outcome);
    t.equal(last.said, 'over');
    t.equal(last.pending, null);
  });
}

test('after the hang-up nothing is pending, and after a reject nothing begins', async (t) => {
  const said = then(start({ users: [user('Ana')], numbers: toAna }), 'no-answer');
  t.match(said.said, /^says/);
  const end = then(said, 'completed');
  t.equal(end.said, 'hangs up');
  t.equal(end.pending, null);
  t.equal(start({ to: '+14155550111' }).pending, null);
});

test('the same result twice gives the same answer', async (t) => {
  const first = start(chain);
  t.strictSame(then(first, 'busy'), then(first, 'busy'));
  t.strictSame(then(first, 'no-answer').pending, then(first, 'no-answer').pending);
});

test('the steps to come are pinned: hours, forwards, do-not-disturb and fallbacks set during the call do not count', async (t) => {
  const changes = {
    weekly: everyDay(hours('')),
    forwardAll: toUser('Cleo'),
    doNotDisturb: { on: true, until: null },
    fallbackUserId: id('Cleo'),
    devices: [],
  };
  const office = withBo(changes);
  t.equal(then(start(chain), 'no-answer', { office }).said, 'rings Bo 20 s');
});

test('the hours of another time of day do not count either', async (t) => {
  const office = withBo({ weekly: everyDay(hours('10:00-12:00')) });
  const first = start({ ...office });
  t.equal(then(first, 'no-answer', { at: '2026-11-24T11:30:00Z' }).said, 'rings Bo 20 s');
});

for (const [why, changes, rule] of [
  ['deactivated', { status: 'inactive' }, 'user.inactive'],
  ['deleted', { status: 'deleted' }, 'user.deleted'],
  [
    'marked not available by an override',
    { overrides: [{ ...off(), id: 'o', from: '2026-11-24', to: '2026-11-24' }] },
    'user.override',
  ],
] as const) {
  test(`a user who has been ${why} during the call is not rung, and the call goes on behind`, async (t) => {
    const next = then(start(chain), 'no-answer', { office: withBo(changes) });
    t.equal(next.said, "Ana's voicemail");
    t.match(next.trace, [{ rule, subject: { id: id('Bo'), name: 'Bo' }, outcome: 'applied' }]);
    t.equal(then(next, 'completed').said, 'over');
  });
}

test('a user who is gone altogether is not rung', async (t) => {
  const office = { users: [user('Ana', forwardToBo)], numbers: toAna };
  t.match(then(start(chain), 'no-answer', { office }).said, /voicemail$/);
});

test('of a group only those are rung who still may', async (t) => {
  const members = ['Ana', 'Bo', 'Cleo'];
  const sales: Office = {
    users: members.map((name) => user(name)),
    queues: [queue('Sales', ['Bo', 'Cleo'], { strategy: 'all' })],
    numbers: [number(MAIN, { target: toUser('Ana') })],
  };
  const before = {
    ...sales,
    users: [
      user('Ana', { ifUnavailable: { action: 'forward', target: toQueue('Sales') } }),
      user('Bo'),
      user('Cleo'),
    ],
  };
  const after = {
    ...before,
    users: [before.users[0] ?? user('Ana'), user('Bo', { status: 'inactive' }), user('Cleo')],
  };
  t.equal(then(start(before), 'busy', { office: after }).said, 'rings Cleo 15 s');
});

test('a user who was skipped counts as unreachable, by the rule for that cause', async (t) => {
  const causes = {
    ifUnavailable: {
      action: 'voicemail',
      causes: { unreachable: { action: 'forward', target: toVoicemail('Bo') } },
    },
  } as const;
  const first = start({ users: [user('Ana', forwardToBo), user('Bo', causes)], numbers: toAna });
  const office = {
    users: [user('Ana', forwardToBo), user('Bo', { ...causes, status: 'inactive' })],
    numbers: toAna,
  };
  t.equal(then(first, 'no-answer', { office }).said, "Bo's voicemail");
});

test('a caller who has been blocked during the call hears the hang-up at the next hop', async (t) => {
  const blocked = then(start(chain), 'no-answer', {
    office: { ...chain, organization: { blockList: [STRANGER] } },
  });
  t.equal(blocked.said, 'hangs up');
  t.equal(blocked.pending, null);
  t.match(blocked.trace, [
    { rule: 'caller.blocked', outcome: 'applied', because: `${STRANGER} is on the block list.` },
  ]);
});

const switchedTo = (target: Parameters<typeof number>[1], until: number | null = null): Office => ({
  ...chain,
  users: [...(chain.users ?? []), user('Cleo'), user('Dan')],
  queues: [queue('Desk', ['Ana', 'Cleo'])],
  numbers: [
    number(MAIN, { target: toUser('Ana'), override: { target: target?.target ?? toUser('Cleo'), until } }),
  ],
});

test('a switch set during the call takes it at the next hop', async (t) => {
  const office = switchedTo({ target: toUser('Cleo') });
  const next = then(start(chain), 'no-answer', { office });
  t.equal(next.said, 'rings Cleo 20 s');
  t.match(next.trace[0], { rule: 'number.override', outcome: 'applied' });
  t.match(next.pending, { current: 's4', overrideAtStart: true });
  const after = then(next, 'no-answer', { office });
  t.match(after.said, /^says/, 'and its own steps follow, not the switch again');
  t.equal(then(after, 'completed', { office }).said, 'hangs up');
});

test('a switch to an announcement is heard once', async (t) => {
  const office = switchedTo({ target: { type: 'announcement' } });
  const said = then(start(chain), 'no-answer', { office });
  t.match(said.said, /We are closed/);
  t.equal(then(said, 'completed', { office }).said, 'hangs up');
});

test('a switch rings nobody twice', async (t) => {
  const office = switchedTo({ target: toQueue('Desk') });
  t.equal(then(start(chain), 'declined', { office }).said, 'rings Cleo 15 s');
});

test('a switch that has expired by the next hop is none', async (t) => {
  const office = switchedTo({ target: toUser('Cleo') }, instantOf(TUESDAY));
  t.equal(then(start(chain), 'no-answer', { office }).said, 'rings Bo 20 s');
});

test('a switch that was on from the start is not followed a second time', async (t) => {
  const office = switchedTo({ target: toUser('Dan') });
  const first = start(office);
  t.equal(first.said, 'rings Dan 20 s');
  t.match(then(first, 'no-answer').said, /^says/);
});

test('a switch set during the last words of a call does not wake it', async (t) => {
  const office = switchedTo({ target: toUser('Cleo') });
  const said = then(then(start(chain), 'no-answer'), 'no-answer');
  t.equal(said.said, "Ana's voicemail");
  t.equal(then(said, 'completed', { office }).said, 'over');
  const goodbye = then(start({ users: [user('Ana')], numbers: toAna }), 'no-answer');
  t.equal(then(goodbye, 'completed', { office }).said, 'hangs up');
});

const menu: Office = {
  users: [
    user('Ana', { extension: '101' }),
    user('Bo', { extension: '102', doNotDisturb: { on: true, until: null } }),
  ],
  queues: [queue('Sales', ['Ana'], { extension: '500' })],
  numbers: [number(MAIN, { target: { type: 'menu', text: 'Which extension?' } })],
};

test("a menu leads to the user who was dialled, by that user's own rules", async (t) => {
  const asked = start(menu);
  t.equal(asked.said, 'asks "Which extension?"');
  const next = then(asked, 'digits', { digits: '101' });
  t.equal(next.said, 'rings Ana 20 s');
  t.match(
    next.trace.map((entry) => entry.rule),
    ['target', 'user.inactive'],
  );
  t.match(then(asked, 'digits', { digits: '102' }).said, /^says "The person/);
});

test('the steps behind a menu have numbers of their own', async (t) => {
  const asked = start(menu);
  t.equal(asked.pending?.lastStep, 3);
  const next = then(asked, 'digits', { digits: '500' });
  t.equal(next.said, 'rings Ana 15 s');
  t.strictSame(
    next.pending?.steps.map((step) => step.id),
    ['s4', 's5', 's6'],
  );
  t.equal(next.pending?.lastStep, 6);
});

test('silence in a menu goes on with the last resort', async (t) => {
  t.match(then(start(menu), 'no-answer').said, /^says/);
});

test('wrong digits are asked again twice, each time with one apology, then the last resort', async (t) => {
  let asked = start(menu);
  for (const digits of ['999', '']) {
    asked = then(asked, 'digits', { digits });
    t.equal(asked.said, 'asks "There is no such extension. Which extension?"');
  }
  t.match(then(asked, 'digits', { digits: '77' }).said, /^says "The person/);
  t.equal(then(asked, 'digits', { digits: '101' }).said, 'rings Ana 20 s', 'a right one is still taken');
});

test('a menu as last resort ends too, whatever is dialled', async (t) => {
  const office: Office = { ...menu, organization: { lastResort: { type: 'menu', text: 'Last chance?' } } };
  let asked = start(office);
  const heard: string[] = [];
  for (let turn = 0; turn < 20 && asked.pending !== null; turn += 1) {
    asked = then(asked, asked.said.startsWith('asks') ? 'digits' : 'completed', { digits: '999' });
    heard.push(asked.said);
  }
  t.equal(asked.pending, null, heard.join(' | '));
  t.equal(heard.at(-1), 'hangs up');
});

test('the extension of a deleted user cannot be dialled in a menu', async (t) => {
  const office: Office = { ...menu, users: [user('Ana', { extension: '101', status: 'deleted' })] };
  t.match(then(start(menu), 'digits', { digits: '101', office }).said, /no such extension/);
});

test('digits that come while a telephone rings reach nobody', async (t) => {
  const office: Office = { users: [user('Ana'), user('Bo', { extension: '102' })], numbers: toAna };
  t.equal(then(start(office), 'digits', { digits: '102' }).said, 'over');
});

test('a user who declined is not rung again by a menu or an extension later in the call', async (t) => {
  const office: Office = {
    ...menu,
    users: [
      user('Ana', { extension: '101', ifUnavailable: { action: 'forward', target: { type: 'menu' } } }),
    ],
    numbers: [number(MAIN, { target: toUser('Ana') })],
  };
  const asked = then(start(office), 'declined');
  t.match(asked.said, /^asks/);
  t.notMatch(then(asked, 'digits', { digits: '101' }).said, /rings Ana/);
  t.notMatch(then(asked, 'digits', { digits: '500' }).said, /rings Ana/);
});

test('an outside forward follows the ring, and its own failure the last resort', async (t) => {
  const office: Office = {
    users: [user('Ana', { ifUnavailable: { action: 'forward', target: outside('+34611234567') } })],
    numbers: toAna,
  };
  const called = then(start(office), 'unreachable');
  t.equal(called.said, 'calls +34611234567 20 s with press 1');
  t.match(then(called, 'no-answer').said, /^says/);
});

test('digits that come during an announcement do not turn it into a menu', async (t) => {
  const office: Office = { users: [user('Ana', { extension: '101' })], numbers: [number(MAIN)] };
  t.equal(then(start(office), 'digits', { digits: '101' }).said, 'hangs up');
});

test('a call that lasts over midnight into a weekday that is not available rings as it was pinned', async (t) => {
  const office = withBo({ weekly: [null, null, off(), null, null, null, null] });
  const first = start({ ...office, at: '2026-11-24T22:59:50Z' });
  t.equal(then(first, 'no-answer', { at: '2026-11-24T23:00:10Z' }).said, 'rings Bo 20 s');
});

test('who declined is remembered through two menus', async (t) => {
  const toMenu = { ifUnavailable: { action: 'forward', target: { type: 'menu' } } } as const;
  const office: Office = {
    users: [user('Ana', { extension: '101', ...toMenu }), user('Bo', { extension: '102', ...toMenu })],
    numbers: toAna,
  };
  const bo = then(then(start(office), 'declined'), 'digits', { digits: '102' });
  t.equal(bo.said, 'rings Bo 20 s');
  const asked = then(bo, 'no-answer');
  t.match(asked.said, /^asks/);
  t.notMatch(then(asked, 'digits', { digits: '101' }).said, /rings/);
});
