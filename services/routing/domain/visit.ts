import { exhausted } from './ends.ts';
import type { Subject } from './trace.ts';
import { MAX_DEPTH, type Path, type Walk } from './walk.ts';

/** A user or queue that the call comes to. */
type Visited = Subject & { readonly type: 'user' | 'queue' };

/**
 * Takes a user or queue into the visited set. Undefined: the chain came back (`loop`) or is too long (`depth`), and the
 * way has been ended.
 */
export function enter(walk: Walk, path: Path, subject: Visited): Path | undefined {
  const { type, id, name } = subject;
  if (path.visited.includes(id)) {
    walk.note?.('loop', 'applied', subject, `The call has come to ${name} before.`);
    exhausted(walk, path, 'The call goes round in a circle');
    return undefined;
  }
  if (path.depth >= MAX_DEPTH) {
    walk.note?.('depth', 'applied', subject, `${name} would be the ninth to be looked at.`);
    exhausted(walk, path, `The call has been passed on ${MAX_DEPTH} times`);
    return undefined;
  }
  walk.entered?.(subject);
  const { after, when, visited, depth, firstCallee, rung, inLastResort } = path;
  return {
    after,
    when,
    visited: [...visited, id],
    depth: depth + 1,
    firstCallee: firstCallee ?? { type, id },
    rung,
    inLastResort,
  };
}
