import '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { problem } from '../../services/routing/errors.ts';
import { type Actor, can, keyPermissions, type Permission } from './access.ts';
import type { AdminContext, AdminRequest, Answer } from './context.ts';
import { readIdempotency } from './idempotency-header.ts';
import { recordRefusal } from './refusal-activity.ts';
import { limited, missing } from './refusals.ts';
import { findSessionActor, hashToken, sessionPrefix } from './session-lookup.ts';
import { checkText } from './validation.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route asks for: a permission, only somebody who is known (`known`), or nothing at all (`open`). */
    permission?: Permission | 'known' | 'open';
    /** The path's `id` is a user, over whom that user has some rights as well. */
    about?: 'user';
    /** Served also while the password must be changed. */
    duringPasswordChange?: boolean;
  }
  interface FastifyRequest {
    admin: AdminRequest | null;
  }
}

export const sessionCookie = 'linefinder_session';

/** Most requests in a second by one API key, by one session; refused credentials in a minute from one address. */
const mostPerKey = 1_000;
const mostPerSession = 1_000;
const mostRefused = 300;

/** The one hook through which every administration request comes. A route that does not say what it asks for stops the start. */
export function registerAuthentication(scope: FastifyInstance, context: AdminContext): void {
  scope.decorateRequest('admin', null);
  scope.addHook('onRoute', requirePermissionName);
  scope.addHook('onRequest', async (request) => {
    const { permission, duringPasswordChange } = request.routeOptions.config;
    if (permission === 'open' || permission === undefined) return;
    const actor = await authenticate(context, request);
    if (actor.type === 'user' && actor.mustChangePassword && duringPasswordChange !== true) {
      throw problem('password.change-required', actor.passwordTooShort === true ? tooShort : {});
    }
    request.admin = {
      actor,
      requestId: request.id,
      instant: context.clock.now(),
      ifMatch: request.headers['if-match'],
      idempotency: undefined,
    };
    checkPermission(actor, permission, request);
  });
  scope.addHook('onError', async (request, _reply, error) => recordRefusal(context, request, error));
  scope.addHook('preHandler', async (request) => {
    checkText(request.body, 'body.invalid');
    checkText(request.query, 'query.invalid');
    if (request.admin !== null) request.admin = { ...request.admin, idempotency: readIdempotency(request) };
  });
}

const tooShort = {
  detail:
    'The password has fewer than 15 characters, which is enough only with two-step verification, and that is off now: POST /v1/me/password with a longer one.',
};

/** For an action whose settings can all be left out: no body at all is an empty one. */
export async function readMissingBody(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

function requirePermissionName(route: RouteOptions): void {
  if (route.config?.permission === undefined) {
    throw new Error(`${String(route.method)} ${route.url} does not say which permission it needs`);
  }
}

/** The request after the hook. */
export function adminRequest(request: FastifyRequest): AdminRequest {
  if (request.admin === null) throw new Error('this route is open: it has no actor');
  return request.admin;
}

export function send<T>(reply: FastifyReply, status: 200 | 201 | 202, answer: Answer<T>): FastifyReply {
  if (answer.etag !== undefined) reply.header('etag', answer.etag);
  // What an administrator reads is nobody's business in a shared cache.
  return reply.code(status).header('cache-control', 'no-store').send(answer.body);
}

function checkPermission(actor: Actor, permission: Permission | 'known', request: FastifyRequest): void {
  if (permission === 'known') return;
  const subject = request.routeOptions.config.about === 'user' ? userOf(request.params) : {};
  if (!can(actor, permission, subject)) throw missing(permission);
}

function userOf(params: unknown): { readonly userId?: string } {
  const id: unknown = Reflect.get(Object(params), 'id');
  return typeof id === 'string' ? { userId: id } : {};
}

async function authenticate(context: AdminContext, request: FastifyRequest): Promise<Actor> {
  const instant = context.clock.now();
  const credential = readCredential(request);
  if (credential === undefined) throw refuse(context, request, 'credential.missing', instant);
  const actor = await findActor(context, credential, instant);
  if (actor === undefined) throw refuse(context, request, 'credential.invalid', instant);
  if (credential.carriedBy === 'cookie') checkOrigin(context, request);
  const most = actor.type === 'api-key' ? mostPerKey : mostPerSession;
  const wait = context.limits.take(`${actor.type}:${actor.id}`, most, 1_000, instant);
  if (wait > 0) throw limited(wait);
  return actor;
}

type Credential = { readonly token: string; readonly carriedBy: 'bearer' | 'cookie' };

function readCredential(request: FastifyRequest): Credential | undefined {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization);
    return match?.[1] === undefined ? undefined : { token: match[1], carriedBy: 'bearer' };
  }
  const token = request.cookies[sessionCookie];
  return token === undefined || token === '' ? undefined : { token, carriedBy: 'cookie' };
}

async function findActor(
  context: AdminContext,
  { token, carriedBy }: Credential,
  instant: number,
): Promise<Actor | undefined> {
  if (token.startsWith(sessionPrefix)) {
    return findSessionActor(context.database, token, carriedBy, instant);
  }
  if (carriedBy === 'cookie') return undefined;
  const found = context.directories.findApiKey(hashToken(token));
  if (found === undefined) return undefined;
  const { organizationId, key } = found;
  if (key.expiresAt !== null && key.expiresAt <= instant) return undefined;
  return {
    type: 'api-key',
    id: key.id,
    organizationId,
    permissions: keyPermissions(key.permissions),
  };
}

/** A browser sends the cookie with every request, also one that another site made up: only ours may use it. */
function checkOrigin(context: AdminContext, request: FastifyRequest): void {
  const { origin } = request.headers;
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (origin === undefined && reads) return;
  if (origin !== new URL(context.publicUrl).origin) throw problem('origin.refused');
}

/** Guessing is slowed down by address; a good credential from the same address is not counted. */
function refuse(
  context: AdminContext,
  request: FastifyRequest,
  code: 'credential.missing' | 'credential.invalid',
  instant: number,
): Error {
  const wait = context.limits.take(`refused:${request.ip}`, mostRefused, 60_000, instant);
  return wait > 0 ? limited(wait) : problem(code);
}
