import fc from 'fast-check';
import { test } from 'tap';
import {
  type LegEvent,
  type OfferRecord,
  offerAfter,
  type WaitEvent,
  type WaitRecord,
  waitAfter,
} from '../../../../services/routing/domain/wait-record.ts';

/** What carriers tell of a wait comes late, twice and out of order, and adds up to the same. */

const seed = Number(process.env.FC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const begun: WaitRecord = {
  state: 'waiting',
  reason: null,
  answeredBy: null,
  answeredAt: null,
  endedAt: null,
};

const stories: Readonly<Record<string, { readonly events: readonly WaitEvent[]; readonly end: string }>> = {
  'somebody answers': {
    events: [
      { type: 'answered', userId: 'ana', at: 10 },
      { type: 'ended', outcome: 'answered', answeredBy: null, at: 90 },
      { type: 'gone', at: 91 },
    ],
    end: 'answered by ana',
  },
  'the caller hangs up': {
    events: [
      { type: 'ended', outcome: 'canceled', answeredBy: null, at: 30 },
      { type: 'gone', at: 31 },
    ],
    end: 'abandoned by nobody',
  },
  'the caller hangs up while somebody picks up': {
    events: [
      { type: 'answered', userId: 'ana', at: 29 },
      { type: 'ended', outcome: 'canceled', answeredBy: null, at: 30 },
      { type: 'gone', at: 31 },
    ],
    end: 'abandoned by nobody',
  },
  'the caller is let go while somebody picks up': {
    events: [
      { type: 'answered', userId: 'ana', at: 29 },
      { type: 'ended', outcome: 'no-answer', answeredBy: null, at: 30 },
      { type: 'gone', at: 300 },
    ],
    end: 'overflowed by nobody',
  },
  'the wait is too long': {
    events: [
      { type: 'ended', outcome: 'no-answer', answeredBy: null, at: 30 },
      { type: 'gone', at: 300 },
    ],
    end: 'overflowed by nobody',
  },
};

test('a wait ends in the same way in every order of what is told about it', async (t) => {
  t.comment(`FC_SEED=${seed}`);
  for (const [name, { events, end }] of Object.entries(stories)) {
    const told = fc.shuffledSubarray([...events, ...events], { minLength: events.length });
    fc.assert(
      fc.property(told, (list) => {
        const all = [...list, ...events.filter((event) => !list.includes(event))];
        const { state, answeredBy, endedAt } = all.reduce(waitAfter, begun);
        return `${state} by ${answeredBy ?? 'nobody'}` === end && endedAt !== null;
      }),
      { seed, numRuns: 200 },
    );
    t.pass(name);
  }
});

test('somebody who was given up and is seen again waits on', async (t) => {
  const gone = waitAfter(begun, { type: 'gone', at: 5 });
  t.match(gone, { state: 'abandoned', endedAt: 5 });
  t.strictSame(waitAfter(gone, { type: 'seen', at: 60 }), begun);
});

test('who picks up when the caller has left has not answered', async (t) => {
  const gone = waitAfter(begun, { type: 'gone', at: 5 });
  t.equal(waitAfter(gone, { type: 'answered', userId: 'ana', at: 6 }), gone);
  t.match(waitAfter(gone, { type: 'answered', userId: 'ana', at: 4 }), { state: 'answered', endedAt: 5 });
});

const offer: OfferRecord = { state: 'ringing', devices: 2, legs: {}, endedAt: null };
const leg = (legId: string, state: LegEvent['state'], outcome: LegEvent['outcome'] = null): LegEvent => ({
  legId,
  state,
  outcome,
  at: 10,
});

function check(title: string, legs: readonly LegEvent[], expected: OfferRecord['state']): void {
  test(title, async (t) => {
    t.comment(`FC_SEED=${seed}`);
    const twice = [...legs, ...legs];
    fc.assert(
      fc.property(
        fc.shuffledSubarray(twice, { minLength: twice.length }),
        (told) => told.reduce(offerAfter, offer).state === expected,
      ),
      { seed, numRuns: 100 },
    );
    t.pass(expected);
  });
}

check(
  'an offer rings as long as one of two telephones does',
  [leg('a', 'ringing'), leg('a', 'ended', 'no-answer')],
  'ringing',
);
check(
  'it ends with the last one',
  [leg('a', 'ended', 'no-answer'), leg('b', 'ended', 'unreachable')],
  'no-answer',
);
check(
  'busy is declined, because Twilio cannot tell them apart',
  [leg('a', 'ended', 'busy'), leg('b', 'ended', 'no-answer')],
  'declined',
);
check('one that answers is enough', [leg('a', 'ringing'), leg('a', 'answered')], 'answered');
check(
  'two that cannot be reached',
  [leg('a', 'ended', 'unreachable'), leg('b', 'ended', 'unreachable')],
  'unreachable',
);

test('nothing more comes of a telephone that picked up too late', async (t) => {
  const late: OfferRecord = { state: 'canceled', devices: 1, legs: { a: 'refused' }, endedAt: 9 };
  for (const told of [leg('a', 'ringing'), leg('a', 'answered'), leg('a', 'ended', 'no-answer')]) {
    t.equal(offerAfter(late, told), late, told.state);
  }
});
