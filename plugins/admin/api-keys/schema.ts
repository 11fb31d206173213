import { type Static, Type } from 'typebox';
import { permissionTable } from '../access.ts';
import { nullable } from '../merge-patch.ts';
import { pageOf, pageQuery } from '../paging.ts';
import { closed, Id, Instant, Name } from '../schemas.ts';

const PermissionName = Type.String({
  maxLength: 64,
  description: `* for all, also those that later releases add; or one of: ${Object.keys(permissionTable).join(', ')}.`,
  examples: ['calls.route'],
});

export const ApiKeyCreate = Type.Object(
  {
    name: Name,
    permissions: Type.Array(PermissionName, { minItems: 1, maxItems: 100, uniqueItems: true }),
    expiresAt: Type.Optional(nullable(Instant)),
  },
  closed,
);
export type ApiKeyCreate = Static<typeof ApiKeyCreate>;

const shown = {
  id: Id,
  name: Name,
  permissions: Type.Array(PermissionName),
  expiresAt: nullable(Instant),
  createdAt: Instant,
};

export const ApiKey = Type.Object(shown, closed);
export type ApiKey = Static<typeof ApiKey>;

export const ApiKeyWithSecret = Type.Object(
  { ...shown, secret: Type.String({ description: 'The key itself. Shown this once, and kept nowhere.' }) },
  closed,
);
export type ApiKeyWithSecret = Static<typeof ApiKeyWithSecret>;

export const ApiKeyPage = pageOf(ApiKey);
export const ApiKeyQuery = Type.Object(pageQuery, closed);
export type ApiKeyQuery = Static<typeof ApiKeyQuery>;
