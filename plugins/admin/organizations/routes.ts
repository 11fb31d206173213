import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { problem } from '../../../services/routing/errors.ts';
import { send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { readIdempotency } from '../idempotency-header.ts';
import { limited } from '../refusals.ts';
import { NoQuery, responses } from '../schemas.ts';
import { OrganizationCreate, OrganizationCreated } from './schema.ts';
import { checkOrganization, createOrganization, type Founding } from './service.ts';

export type OrganizationsRouteOptions = {
  readonly context: AdminContext;
  readonly founding: Founding;
  /** Refuses a weak password, else gives its hash. */
  readonly hashPassword: (login: string, password: string, pointer: string) => Promise<string>;
};

/** Wrong operator keys from one address in a minute. */
const mostRefused = 10;

export const organizationsRoutes: FastifyPluginAsyncTypebox<OrganizationsRouteOptions> = async (
  app,
  { context, founding, hashPassword },
) => {
  app.post(
    '/organizations',
    {
      config: { permission: 'open' },
      onRequest: async (request) => checkOperator(context, request),
      schema: {
        tags: ['organizations'],
        operationId: 'createOrganization',
        summary: 'Create an organization',
        description:
          'For the operator of the installation: Authorization: Bearer with LINEFINDER_OPERATOR_KEY. Where that is not set, there is nothing here (404).',
        body: OrganizationCreate,
        querystring: NoQuery,
        response: responses({ 201: OrganizationCreated }, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const { body } = request;
      checkOrganization(body);
      const { login, password } = body.administrator;
      const passwordHash = await hashPassword(login, password, '/administrator/password');
      const asked = {
        requestId: request.id,
        instant: context.clock.now(),
        idempotency: readIdempotency(request),
      };
      return send(reply, 201, await createOrganization(context, founding, asked, body, passwordHash));
    },
  );
};

function checkOperator(context: AdminContext, request: FastifyRequest): void {
  if (context.operatorKey === null) throw problem('route.not-found');
  const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && timingSafeEqual(digest(given), digest(context.operatorKey))) return;
  const wait = context.limits.take(`operator:${request.ip}`, mostRefused, 60_000, context.clock.now());
  if (wait > 0) throw limited(wait);
  throw problem(given === undefined ? 'credential.missing' : 'credential.invalid');
}

/** Of equal length whatever was sent, as the comparison in constant time needs it. */
function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
