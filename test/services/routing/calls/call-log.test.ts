import { test } from 'tap';
import {
  BufferedCallLog,
  type CallLogEntry,
  outcomeOf,
  toLine,
} from '../../../../services/routing/calls/call-log.ts';
import { describeCaller, describeDialled, maskNumber } from '../../../../services/routing/calls/mask.ts';
import { directory } from '../../../support/directory.ts';

const decided: CallLogEntry = {
  carrier: 'pbx',
  organizationId: 'o',
  callId: 'c',
  at: 1,
  type: 'decided',
  call: {
    callId: 'c',
    from: { kind: 'number', number: '+14155550123' },
    to: { kind: 'number', number: '+12025550100' },
  },
  decision: {
    callId: 'c',
    directoryVersion: 7,
    validUntil: null,
    answeredBy: null,
    steps: [{ id: 's1', action: 'reject', reason: 'not-found' }],
    trace: [],
  },
  directory: directory({}),
};

function build() {
  const lines: unknown[] = [];
  let counted = 0;
  let dropped = 0;
  const log = new BufferedCallLog({
    write: (written) => void lines.push(...written),
    count: () => {
      counted += 1;
    },
    countDropped: (entries) => {
      dropped += entries;
    },
  });
  return { log, lines, counts: () => ({ counted, dropped }) };
}

function read(line: string): unknown {
  return JSON.parse(`{${line}}`);
}

test('entries are written behind the answers, all of them before the end', async (t) => {
  const { log, lines, counts } = build();
  log.start();
  for (let call = 0; call < 1_200; call += 1) log.append(decided);
  t.equal(lines.length, 0, 'nothing is written on the way of a call');
  t.equal(counts().counted, 1_200);
  await log.close();
  t.equal(lines.length, 1_200);
});

test('what the buffer cannot hold is counted and dropped, never waited for', async (t) => {
  const { log, lines, counts } = build();
  for (let call = 0; call < 25_000; call += 1) log.append(decided);
  await log.close();
  t.equal(lines.length, 20_000);
  t.strictSame(counts(), { counted: 25_000, dropped: 5_000 });
});

test('a line tells what happened, without a number, a digit that was dialled or a place of a recording', async (t) => {
  t.strictSame(read(toLine(decided)), {
    event: 'call.decided',
    at: 1,
    carrier: 'pbx',
    organizationId: 'o',
    callId: 'c',
    from: '+141...23',
    to: '+120...00',
    directoryVersion: 7,
    steps: 1,
    next: 'reject.not-found',
    answeredBy: null,
  });
  const place = { carrier: 'twilio', organizationId: 'o', callId: 'c', at: 1 } as const;
  const ended = read(
    toLine({
      ...place,
      type: 'step-ended',
      stepId: 's1',
      outcome: 'digits',
      digits: '4155550123',
      next: null,
      trace: [],
    }),
  );
  t.match(ended, { event: 'call.step-ended', outcome: 'digits', next: null });
  const recorded = read(
    toLine({
      ...place,
      type: 'recorded',
      mailbox: { type: 'user', id: 'u' },
      from: { kind: 'number', number: '+14155550123' },
      recordingSid: 'RE1',
      url: 'https://api.twilio.example/RE1',
      status: 'completed',
      durationSeconds: 9,
    }),
  );
  t.match(recorded, { mailbox: 'user u', durationSeconds: 9 });
  t.notMatch(JSON.stringify([ended, recorded]), /4155550123|https/);
  t.match(read(toLine({ ...place, type: 'status', status: 'completed', durationSeconds: 61 })), {
    event: 'call.status',
    durationSeconds: 61,
  });
});

test('a line is JSON, whatever a PBX calls its calls', (t) => {
  const callId = 'c"1\\\n\u2028é';
  const from = { kind: 'extension', extension: '2"1' } as const;
  const { call, decision } = decided;
  const answeredBy = { type: 'queue', id: 'q\\', extension: null } as const;
  const line = { ...decided, callId, call: { ...call, from }, decision: { ...decision, answeredBy } };
  t.match(read(toLine(line)), { callId, from: 'ext 2"1', answeredBy: 'queue q\\' });
  t.end();
});

test('numbers are masked so that one knows them again and cannot call back', async (t) => {
  t.equal(maskNumber('+14155550123'), '+141…23');
  t.equal(maskNumber('112'), '…2');
  t.equal(describeCaller({ kind: 'anonymous' }), 'anonymous');
  t.equal(describeCaller({ kind: 'address', address: 'sip:4155550123@pbx' }), 'address');
  t.equal(describeCaller({ kind: 'extension', extension: '214' }), 'ext 214');
  t.equal(describeDialled({ kind: 'unparsable', raw: '4155550123x' }), 'unparsable');
  t.equal(describeDialled({ kind: 'extension', extension: '214' }), 'ext 214');
  t.equal(describeDialled({ kind: 'user', id: 'u' }), 'user u');
  t.equal(outcomeOf({ id: 's1', action: 'hangup' }), 'hangup');
});
