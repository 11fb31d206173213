import { AsyncLocalStorage } from 'node:async_hooks';
import type { Test } from 'tap';
import { requirements } from './requirements.ts';

/**
 * What a test with the title of a requirement really does: whom it asks, whether it looks at the answer, and whether an
 * assertion follows. A title alone shows nothing.
 */

type Call = {
  /** POST /users/0199…/deactivate {"temporary":true} */
  readonly asked: string;
  seen: boolean;
  asserted: boolean;
};

const running = new AsyncLocalStorage<Call[]>();

/** An answer whose status or body counts as seen once somebody reads it. */
export function observed<T extends { readonly status: unknown; readonly body: unknown }>(
  answer: T,
  asked: string,
): T {
  const calls = running.getStore();
  if (calls === undefined) return answer;
  const call: Call = { asked, seen: false, asserted: false };
  calls.push(call);
  const { status, body } = answer;
  const read = (value: unknown) => () => {
    call.seen = true;
    return value;
  };
  return Object.defineProperties(answer, {
    status: { enumerable: true, configurable: true, get: read(status) },
    body: { enumerable: true, configurable: true, get: read(body) },
  });
}

/** Something that has no answer to look at but itself: a mail, a call. */
export function noteSeen(asked: string): void {
  running.getStore()?.push({ asked, seen: true, asserted: false });
}

/**
 * The body of a test that covers a requirement: at its end each of the things that are listed for it was asked, its
 * answer was looked at, and something was asserted afterwards.
 *
 * @param key the id; D3/1 for the second list of D3
 */
export function covers(key: string, run: (t: Test) => Promise<void>): (t: Test) => Promise<void> {
  const [id = '', part = '0'] = key.split('/');
  return async (t) => {
    const calls: Call[] = [];
    const restore = watchAssertions(t, calls);
    await running.run(calls, () => run(t));
    restore();
    const wanted = requirements[id]?.[Number(part)] ?? [];
    t.ok(t.name.startsWith(`${id} `) && wanted.length > 0, `the title says ${id}`);
    const asserted = calls.filter((call) => call.asserted);
    for (const one of wanted)
      t.ok(
        asserted.some(({ asked }) => fits(one, asked)),
        `${id}: ${one}, and what came of it`,
      );
  };
}

const assertions = [
  'match',
  'notMatch',
  'equal',
  'not',
  'same',
  'strictSame',
  'notSame',
  'ok',
  'notOk',
] as const;

/** What was seen before an assertion is what it may be about. */
function watchAssertions(t: Test, calls: readonly Call[]): () => void {
  const restores = assertions.map((name) => {
    const original: unknown = Reflect.get(t, name);
    if (typeof original !== 'function') return () => undefined;
    Reflect.set(t, name, (...values: unknown[]) => {
      const result: unknown = Reflect.apply(original, t, values);
      for (const call of calls) if (call.seen) call.asserted = true;
      return result;
    });
    return () => Reflect.set(t, name, original);
  });
  return () => {
    for (const restore of restores) restore();
  };
}

/** `PATCH /users/:id role`: method and path, and a word in the query or the body. */
function fits(wanted: string, asked: string): boolean {
  const [method = '', path = '', word] = wanted.split(' ');
  const pattern = path.replaceAll(/:id/g, '[^/?\\s]+');
  const isAsked = new RegExp(`^${method}${path === '' ? '' : ` ${pattern}`}(\\?|\\s|$)`).test(asked);
  return isAsked && (word === undefined || asked.includes(word));
}
