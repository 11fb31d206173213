import { type Problem, problem } from '../../services/routing/errors.ts';
import type { Permission } from './access.ts';

/** 403 that names the permission. */
export function missing(permission: Permission): Problem {
  return problem('permission.missing', {
    detail: `This needs the permission ${permission}.`,
    extra: { permission },
  });
}

/** 429 that says when to come back. */
export function limited(seconds: number): Problem {
  return problem('rate.limited', { headers: { 'retry-after': String(seconds) } });
}
