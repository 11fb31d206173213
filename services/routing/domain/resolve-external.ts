import { describeTarget } from './describe.ts';
import type { DirectNumber } from './directory.ts';
import { isExtension } from './e164.ts';
import { exhausted, lastResort } from './ends.ts';
import { refusalOf } from './forwarding.ts';
import { spokenText } from './texts.ts';
import type { Subject } from './trace.ts';
import { addStep, hasRoom, MAX_DEPTH, NOT_ANSWERED, type Path, type Walk } from './walk.ts';

/** Users, queues and numbers that one way comes to: own numbers that lead to own numbers are bounded as well. */
const MAX_VISITED = 2 * MAX_DEPTH;

/**
 * A number or extension as a target. One of our own re-enters at rule 7 or 8 inside the same resolution; an outside
 * number is dialled, if the organization allows forwards to such numbers.
 */
export function followExternal(
  walk: Walk,
  path: Path,
  number: string,
  seconds: number,
  otherwise: (path: Path) => void,
): void {
  const { directory } = walk;
  if (isExtension(number)) return followExtension(walk, path, number);
  const own = directory.numbers.get(number);
  if (own !== undefined) return reenter(walk, path, own);
  const subject: Subject = { type: 'number', id: number, name: number };
  const refusal = refusalOf(directory, number);
  if (refusal !== null) {
    walk.note?.('target', 'passed', subject, `The call may not be forwarded: ${refusal}.`);
    return otherwise(path);
  }
  if (path.visited.includes(number)) return exhausted(walk, path, `${number} has been called before`);
  if (!hasRoom(walk, 1)) return exhausted(walk, path, 'A decision has at most 12 steps');
  const { confirm } = directory.organization.forwarding;
  walk.note?.(
    'target',
    'applied',
    subject,
    `${number} is called for ${seconds} seconds${confirm ? ', and asked to press 1' : ''}.`,
  );
  const target = { type: 'external', number } as const;
  const called = addStep(
    walk,
    path,
    { action: 'forward', target, timeoutSeconds: seconds, confirm },
    NOT_ANSWERED,
  );
  otherwise({ ...called, visited: [...called.visited, number] });
}

/** Rule 8 for a user, rule 7 for a queue. */
export function followExtension(walk: Walk, path: Path, extension: string): void {
  const owner = walk.directory.extensions.get(extension);
  if (owner === undefined) return lastResort(walk, path, `Nobody has extension ${extension}`);
  walk.follow(walk, path, owner);
}

/** Rule 7: a number's own target, whatever its calendar and caller rules say. */
function reenter(walk: Walk, path: Path, own: DirectNumber): void {
  const { id, number } = own.data;
  if (path.visited.includes(id)) {
    walk.note?.('loop', 'applied', subjectOfNumber(own), `The call has come to ${number} before.`);
    return exhausted(walk, path, 'The call goes round in a circle');
  }
  if (path.visited.length >= MAX_VISITED) {
    walk.note?.(
      'depth',
      'applied',
      subjectOfNumber(own),
      `The call has come by too many numbers to ${number}.`,
    );
    return exhausted(walk, path, 'The call has been passed on too often');
  }
  followNumberTarget(walk, { ...path, visited: [...path.visited, id] }, own);
}

/** The number's target, or the last resort of a number that has none. */
export function followNumberTarget(walk: Walk, path: Path, own: DirectNumber): void {
  const { target } = own;
  if (target === null) {
    const { number } = own.data;
    walk.note?.('number.unassigned', 'applied', subjectOfNumber(own), `${number} is assigned to nobody.`);
    const text = spokenText(walk.directory.organization, 'noNumber');
    return lastResort(walk, path, `${number} has no target`, text);
  }
  walk.note?.(
    'target',
    'applied',
    subjectOfNumber(own),
    `${own.data.number} goes to ${describeTarget(walk.directory, target)}.`,
  );
  walk.follow(walk, path, target, own.user);
}

/** A number by its name, or by itself. */
export function subjectOfNumber(own: DirectNumber): Subject {
  return { type: 'number', id: own.data.id, name: own.data.name || own.data.number };
}
