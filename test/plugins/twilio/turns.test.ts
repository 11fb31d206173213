import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'tap';
import { readFormBody } from '../../../plugins/twilio/form-body.ts';
import { buildTurns } from '../../../plugins/twilio/turns.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('work that came together is done one behind the other, in its order', async (t) => {
  const turns = buildTurns();
  const done: string[] = [];
  turns.add(() => {
    done.push('first');
    turns.add(() => done.push('given while it was worked'));
  });
  turns.add(() => done.push('second'));
  t.strictSame(done, [], 'nothing is done while requests are read');
  await turn();
  t.strictSame(done, ['first', 'second']);
  await turn();
  t.strictSame(done, ['first', 'second', 'given while it was worked']);
});

test('forms that come in together are all read before the first is worked on', async (t) => {
  const turns = buildTurns();
  const seen: string[] = [];
  for (const form of ['a=1', 'b=2']) {
    const payload = new IncomingMessage(new Socket());
    readFormBody(payload, turns, (_error, body) => seen.push(`worked on ${body}`));
    payload.on('end', () => seen.push(`read ${form}`));
    payload.push(form);
    payload.push(null);
  }
  await turn();
  await turn();
  t.strictSame(seen, ['read a=1', 'read b=2', 'worked on a=1', 'worked on b=2']);
});

test('a fault in one request is not that of the others', async (t) => {
  const turns = buildTurns();
  const done: string[] = [];
  const faults: unknown[] = [];
  const fault = new Error('a fault of ours');
  turns.add(() => done.push('before'));
  turns.add(() => {
    throw fault;
  });
  turns.add(() => done.push('behind'));
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => faults.push(error));
  await turn();
  await turn();
  for (const other of others) process.on('uncaughtException', other);
  t.strictSame(done, ['before', 'behind']);
  t.strictSame(faults, [fault], 'which is not swallowed either');
});
