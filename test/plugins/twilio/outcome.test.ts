import { test } from 'tap';
import { dialOutcome, queueOutcome } from '../../../plugins/twilio/outcome.ts';
import type { Outcome } from '../../../services/routing/domain/decision.ts';

function check(title: string, [status, bridged]: readonly (string | undefined)[], outcome: Outcome): void {
  test(`a dial that ended ${title} is ${outcome}`, async (t) => {
    t.equal(dialOutcome(status, bridged), outcome);
  });
}

check('completed', ['completed'], 'answered');
check('completed and bridged', ['completed', 'true'], 'answered');
check('completed with nobody who pressed 1', ['completed', 'false'], 'no-answer');
check('answered', ['answered'], 'answered');
check('answered with nobody who pressed 1', ['answered', 'false'], 'no-answer');
check('busy', ['busy'], 'busy');
check('busy, not bridged', ['busy', 'false'], 'busy');
check('without an answer', ['no-answer'], 'no-answer');
check('failed', ['failed'], 'unreachable');
check('canceled', ['canceled'], 'canceled');
check('in a way that is new', ['__proto__'], 'no-answer');
check('without a word', [undefined], 'no-answer');

test('a queue ends as its result says', async (t) => {
  const results = [
    'bridged',
    'redirected-from-bridged',
    'hangup',
    'leave',
    'queue-full',
    'error',
    'system-error',
  ];
  const outcomes = ['answered', 'answered', 'canceled', 'no-answer', 'busy', 'unreachable', 'unreachable'];
  t.strictSame(results.map(queueOutcome), outcomes);
});
