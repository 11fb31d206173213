import { pino } from 'pino';
import { test } from 'tap';
import { buildRefusalLog } from '../../../plugins/twilio/refusal-log.ts';

test('a flood of forged requests is one line a second, which counts the others', async (t) => {
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const clock = { instant: 5000, now: () => clock.instant };
  const refusals = buildRefusalLog(clock);
  for (const instant of [5000, 5001, 5999, 6000, 6001, 100]) {
    clock.instant = instant;
    refusals.note(log, 'the signature does not fit');
  }
  const counts = lines.map((line) => JSON.parse(line).leftOut);
  t.strictSame(counts, [0, 2, 1], 'the last one after the clock was set back');
  t.match(lines[0], /the signature does not fit/);
});
