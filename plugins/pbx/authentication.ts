import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem } from '../../services/routing/errors.ts';
import type { Clock, Directories } from '../../services/routing/ports.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The organization whose key came with the request; empty outside of the PBX routes. */
    pbxOrganizationId: string;
  }
}

const permission = 'calls.route';

/** An API key with the permission calls.route. Looked up in memory: it works while the stores are down. */
export function registerKeyCheck(
  scope: FastifyInstance,
  ports: { readonly clock: Clock; readonly directories: Directories },
): void {
  scope.decorateRequest('pbxOrganizationId', '');
  scope.addHook('onRequest', async (request) => {
    const found = ports.directories.findApiKey(hashOf(bearerOf(request)));
    if (found === undefined) throw problem('credential.invalid');
    const { expiresAt, permissions } = found.key;
    if (expiresAt !== null && expiresAt <= ports.clock.now()) throw problem('credential.invalid');
    // '*' is every permission, as in an administrator's key.
    if (!permissions.includes(permission) && !permissions.includes('*')) {
      throw problem('permission.missing', {
        detail: `The API key needs the permission ${permission}.`,
        extra: { permission },
      });
    }
    request.pbxOrganizationId = found.organizationId;
  });
}

function bearerOf(request: FastifyRequest): string {
  const { authorization } = request.headers;
  if (authorization === undefined) throw problem('credential.missing');
  const key = /^Bearer +([\x21-\x7e]{1,256})$/i.exec(authorization)?.[1];
  if (key === undefined) throw problem('credential.invalid');
  return key;
}

/** Keys have 256 bits, so a plain hash is enough. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}
