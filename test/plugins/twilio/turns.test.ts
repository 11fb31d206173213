import { test } from 'tap';
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
