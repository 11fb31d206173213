import { test } from 'tap';
import type { UserData, WeekData } from '../../../services/routing/domain/directory-data.ts';
import type { Script } from '../../support/carrier-twin.ts';
import { idOf, number, OFFICE_NUMBER, office, queue, user } from '../../support/twilio-office.ts';
import { startTwilio } from '../../support/twilio-service.ts';

const CALL = { callSid: `CA${'1'.repeat(32)}`, from: '+34911234567', to: OFFICE_NUMBER };
const GREETING = 'hears "Nobody can take your call right now. Please leave a message after the tone."';
const UNAVAILABLE = 'hears "The person you are calling is not available. Please try again later. Goodbye."';
const names = {
  'sip:201@pbx.example': 'Ana',
  'sip:202@pbx.example': 'Bo',
  'sip:203@pbx.example': 'Cleo',
};
const [anaPhone, boPhone, cleoPhone] = Object.keys(names) as [string, string, string];

/** Weekdays 9:00-18:00 in Madrid. */
const officeHours: WeekData = Array.from({ length: 7 }, () => ({ available: true, windows: [[540, 1080]] }));

const voicemail = { ifUnavailable: { action: 'voicemail' } } as const satisfies Partial<UserData>;
const bo = user(2, 'Bo', voicemail);
const toAna = [number(1, OFFICE_NUMBER, { target: { type: 'user', id: idOf('user', 1) } })];

type Story = {
  readonly users: readonly UserData[];
  readonly at?: string;
  readonly from?: string;
  readonly script?: Script;
  readonly heard: readonly string[];
  readonly parts?: Omit<Parameters<typeof office>[0], 'users'>;
};

function tell(title: string, story: Story): void {
  test(title, async (t) => {
    const data = office({ users: story.users, numbers: toAna, ...story.parts });
    const service = await startTwilio(t, { data, ...(story.at === undefined ? {} : { at: story.at }) });
    const call = { ...CALL, ...(story.from === undefined ? {} : { from: story.from }) };
    const { heard } = await service.twin.call(call, { names, ...story.script });
    t.strictSame(heard, story.heard);
    t.equal(service.loads(), 0, 'no store was asked');
  });
}

tell('a call reaches the person it is for', {
  users: [user(1, 'Ana')],
  script: { callees: { [anaPhone]: 'answers' } },
  heard: ['rings Ana 20 s', 'talks to Ana', 'is hung up on'],
});

tell('after hours it goes to the fallback user, not to voicemail', {
  users: [user(1, 'Ana', { ...voicemail, weekly: officeHours, fallbackUserId: idOf('user', 2) }), bo],
  at: '2026-11-24T20:00:00Z',
  script: { callees: { [boPhone]: 'answers' } },
  heard: ['rings Bo 20 s', 'talks to Bo', 'is hung up on'],
});

tell('it rings Ana 20 s, then Bo, then records for Ana', {
  users: [
    user(1, 'Ana', { ifUnavailable: { action: 'forward', target: { type: 'user', id: idOf('user', 2) } } }),
    bo,
  ],
  script: { callees: { [boPhone]: 'declined' } },
  heard: ['rings Ana 20 s', 'rings Bo 20 s', GREETING, 'records voicemail', 'is hung up on'],
});

tell('who says nothing after the tone is hung up on', {
  users: [user(1, 'Ana', voicemail)],
  script: { messageSeconds: 0 },
  heard: ['rings Ana 20 s', GREETING, 'is hung up on'],
});

tell('busy has a rule of its own', {
  users: [
    user(1, 'Ana', {
      ifUnavailable: {
        ...voicemail.ifUnavailable,
        causes: { busy: { action: 'forward', target: { type: 'user', id: idOf('user', 2) } } },
      },
    }),
    bo,
  ],
  script: { callees: { [anaPhone]: 'busy', [boPhone]: 'answers' } },
  heard: ['rings Ana 20 s', 'rings Bo 20 s', 'talks to Bo', 'is hung up on'],
});

const mobile = '+14155550123';
const forwarding = user(1, 'Ana', {
  ifUnavailable: { action: 'forward', target: { type: 'external', number: mobile } },
});

tell('a forward to a mobile is joined when 1 is pressed there', {
  users: [forwarding],
  script: { names: { ...names, [mobile]: "Ana's mobile" }, callees: { [mobile]: 'answers' } },
  heard: ['rings Ana 20 s', "rings Ana's mobile 20 s", "talks to Ana's mobile", 'is hung up on'],
});

tell('a mailbox that answers and presses nothing is not Ana', {
  users: [forwarding],
  script: { names: { ...names, [mobile]: "Ana's mobile" }, callees: { [mobile]: 'mailbox' } },
  heard: ['rings Ana 20 s', "rings Ana's mobile 20 s", UNAVAILABLE, 'is hung up on'],
});

tell('a mobile without the question swallows the call: that is what the question is for', {
  users: [forwarding],
  parts: { organization: { forwarding: { countries: ['US'], kinds: ['fixed', 'mobile'], confirm: false } } },
  script: { names: { ...names, [mobile]: "Ana's mobile" }, callees: { [mobile]: 'mailbox' } },
  heard: [
    'rings Ana 20 s',
    "rings Ana's mobile 20 s",
    "talks to the mailbox of Ana's mobile",
    'is hung up on',
  ],
});

const menuNumbers = [number(1, OFFICE_NUMBER, { target: { type: 'menu', text: 'Dial the extension.' } })];

tell('a menu takes an extension', {
  users: [user(1, 'Ana')],
  parts: { numbers: menuNumbers },
  script: { digits: ['201'], callees: { [anaPhone]: 'answers' } },
  heard: ['hears "Dial the extension."', 'presses 201', 'rings Ana 20 s', 'talks to Ana', 'is hung up on'],
});

tell('a menu says that an extension does not exist, and asks again', {
  users: [user(1, 'Ana')],
  parts: { numbers: menuNumbers },
  script: { digits: ['999#', '201'], callees: { [anaPhone]: 'answers' } },
  heard: [
    'hears "Dial the extension."',
    'presses 999#',
    'hears "There is no such extension. Dial the extension."',
    'presses 201',
    'rings Ana 20 s',
    'talks to Ana',
    'is hung up on',
  ],
});

tell('silence at a menu ends with the last resort, never in silence', {
  users: [user(1, 'Ana')],
  parts: { numbers: menuNumbers },
  heard: ['hears "Dial the extension."', UNAVAILABLE, 'is hung up on'],
});

tell('a queue rings everybody at once, and then nobody is left', {
  users: [user(1, 'Ana'), bo, user(3, 'Cleo')],
  parts: {
    numbers: [number(1, OFFICE_NUMBER, { target: { type: 'queue', id: idOf('queue', 1) } })],
    queues: [queue(1, 'Sales', [user(1, 'Ana'), bo, user(3, 'Cleo')])],
  },
  script: { callees: { [anaPhone]: 'busy', [cleoPhone]: 'no-answer' } },
  heard: ['rings Ana, Bo, Cleo 15 s', UNAVAILABLE, 'is hung up on'],
});

tell('a number that nobody knows is refused with words', {
  users: [],
  parts: { numbers: [] },
  heard: ['hears that the number is not in service'],
});

tell('a number of another organization is not known here', {
  users: [user(1, 'Ana')],
  parts: { numbers: [number(2, '+14155550999', { target: { type: 'user', id: idOf('user', 1) } })] },
  heard: ['hears that the number is not in service'],
});

tell('a number without a target speaks', {
  users: [],
  parts: { numbers: [number(1, OFFICE_NUMBER)] },
  heard: ['hears "This number is not in service. Goodbye."', 'is hung up on'],
});

tell('a withheld number rings where it is welcome', {
  users: [user(1, 'Ana')],
  from: 'Anonymous',
  script: { callees: { [anaPhone]: 'answers' } },
  heard: ['rings Ana 20 s', 'talks to Ana', 'is hung up on'],
});

tell('a withheld number is refused where it is not', {
  users: [user(1, 'Ana')],
  from: '+266696687',
  parts: { organization: { anonymousCallers: 'reject' } },
  heard: ['hears that the number is not in service'],
});

tell('a text of the organization is spoken as it was written, whatever it holds', {
  users: [],
  parts: {
    organization: { language: 'es' },
    numbers: [
      number(1, OFFICE_NUMBER, {
        target: { type: 'announcement', text: 'Él & <Ella> "sí"\u0007\uD83D\uDE00' },
      }),
    ],
  },
  heard: ['hears "Él & <Ella> "sí"\uD83D\uDE00"', 'is hung up on'],
});

test('the recording is kept for the first callee, once, and with its place', async (t) => {
  const data = office({
    users: [
      user(1, 'Ana', { ...voicemail, weekly: officeHours, fallbackUserId: idOf('user', 2) }),
      user(2, 'Bo', voicemail),
    ],
    numbers: toAna,
  });
  const service = await startTwilio(t, { data, at: '2026-11-24T20:00:00Z' });
  const { heard, exchanges } = await service.twin.call(CALL, { names });
  t.strictSame(heard, ['rings Bo 20 s', GREETING, 'records voicemail', 'is hung up on']);
  const callback = exchanges.find((exchange) => exchange.request.path.includes('c=1'));
  if (callback === undefined) throw new Error('No recording callback');
  t.equal(callback.reply.status, 204);
  t.equal((await service.twin.repeat(callback)).status, 204);
  const recorded = service.log.filter((entry) => entry.type === 'recorded');
  // By the status report and by the end of the recording; neither twice. Who keeps it goes by its id.
  t.equal(recorded.length, 2);
  for (const entry of recorded) {
    t.match(entry, {
      mailbox: { type: 'user', id: idOf('user', 1) },
      from: { kind: 'number', number: CALL.from },
      recordingSid: `RE${CALL.callSid.slice(2)}`,
      status: 'completed',
      durationSeconds: 7,
    });
  }
});

test('the log tells the call from its decision to its end', async (t) => {
  const service = await startTwilio(t, { data: office({ users: [user(1, 'Ana')], numbers: toAna }) });
  await service.twin.call(CALL, { names, callees: { [anaPhone]: 'answers' } });
  t.match(service.log, [
    {
      type: 'decided',
      callId: CALL.callSid,
      call: { from: { number: CALL.from } },
      decision: { directoryVersion: 7 },
    },
    { type: 'leg', callId: CALL.callSid, userId: idOf('user', 1), state: 'ringing', outcome: null },
    { type: 'leg', callId: CALL.callSid, userId: idOf('user', 1), state: 'answered', outcome: null },
    { type: 'leg', callId: CALL.callSid, userId: idOf('user', 1), state: 'ended', outcome: null },
    {
      type: 'step-ended',
      stepId: 's1',
      outcome: 'answered',
      answeredBy: idOf('user', 1),
      next: null,
    },
  ]);
});
