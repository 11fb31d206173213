import { type Problem, problem } from '../../services/routing/errors.ts';
import type { Permission } from './access.ts';

/** 403 that names the permission, and the properties of the body that need it. */
export function missing(permission: Permission, fields: readonly string[] = []): Problem {
  const detail = `This needs the permission ${permission}.`;
  const errors = fields.map((field) => ({ pointer: `/${field}`, code: 'permission', message: detail }));
  return problem('permission.missing', {
    detail,
    extra: { permission },
    ...(errors.length === 0 ? {} : { errors }),
  });
}

/** 429 that says when to come back. */
export function limited(seconds: number): Problem {
  return problem('rate.limited', { headers: { 'retry-after': String(seconds) } });
}
