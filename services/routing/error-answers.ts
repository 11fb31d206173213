import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailableError, isUnavailable } from '../storage/database-error.ts';
import { type ErrorCode, Problem, problem, problemMediaType, toProblemDocument } from './errors.ts';
import { type SchemaError, toFieldErrors } from './field-errors.ts';

/** Every answer that is not a success, as a problem document. Scopes with a language of their own (TwiML) set theirs. */
export function registerErrorAnswers(app: FastifyInstance): void {
  const methodsOf = watchRoutes(app);
  const missing = (path: string): Problem => {
    const allow = methodsOf(path).join(', ');
    if (allow === '') return problem('route.not-found');
    return problem('method.not-allowed', { detail: `This address serves ${allow}.`, headers: { allow } });
  };
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // A body that cannot be read, sent to where nothing is: the address is what is wrong.
    const answer = request.is404 ? missing(pathOf(request)) : toProblem(error);
    if (answer.status >= 500) request.log.error({ err: error, requestId: request.id }, answer.code);
    return sendProblem(reply, request, answer);
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, request, missing(pathOf(request))));
}

export function sendProblem(reply: FastifyReply, request: FastifyRequest, answer: Problem): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .header('x-request-id', request.id)
    .type(problemMediaType)
    .serializer((document: unknown) => JSON.stringify(document))
    .send(toProblemDocument(answer, pathOf(request)));
}

/** What is no HTTP, or never comes to its end: there is no request to reply to, so the answer is written by hand. */
export function answerBrokenConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const answer = problem(error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'body.timeout' : 'request.malformed');
  const body = JSON.stringify(toProblemDocument(answer, '/'));
  socket.end(
    `HTTP/1.1 ${answer.status} ${reasonPhrase(answer.status)}\r\nContent-Type: ${problemMediaType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Not imported: Node then loads its whole HTTP client too, 45 ms of every start. */
function reasonPhrase(status: number): string {
  return process.getBuiltinModule('node:http').STATUS_CODES[status] ?? '';
}

/** What went wrong, in the words of the table. Whatever is not known is an internal error, without a word of it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailableError || isUnavailable(error)) {
    return problem('store.unavailable', { cause: error });
  }
  if (isSchemaFailure(error)) return toSchemaProblem(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = frameworkErrors[code];
  if (known !== undefined) return problem(known, { cause: error });
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  return problem(status >= 400 && status < 500 ? 'request.malformed' : 'internal.error', { cause: error });
}

type SchemaFailure = { readonly validation: readonly SchemaError[]; readonly validationContext?: string };

function isSchemaFailure(error: unknown): error is SchemaFailure {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation);
}

function toSchemaProblem(failure: SchemaFailure): Problem {
  const code = schemaCodes[failure.validationContext ?? 'body'] ?? 'body.invalid';
  const errors = toFieldErrors(failure.validation);
  const first = errors[0];
  const detail = first === undefined ? undefined : `${first.pointer || 'The body'}: ${first.message}`;
  return problem(code, { errors, ...(detail === undefined ? {} : { detail }) });
}

const schemaCodes: Readonly<Record<string, ErrorCode>> = {
  body: 'body.invalid',
  querystring: 'query.invalid',
  headers: 'header.invalid',
  // An id that cannot be one is an id that nothing has.
  params: 'resource.not-found',
};

const frameworkErrors: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body.too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type.unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body.malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body.malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body.malformed',
  FST_ERR_CTP_EMPTY_TYPE: 'media-type.unsupported',
  FST_ERR_BAD_URL: 'request.malformed',
  FST_ERR_HANDLER_TIMEOUT: 'store.unavailable',
};

function pathOf(request: FastifyRequest): string {
  const [path = '/'] = request.url.split('?', 1);
  return path;
}

/** Which methods are served at a path: the difference between 404 and 405. Asked only where no route was found. */
function watchRoutes(app: FastifyInstance): (path: string) => readonly string[] {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', (route) => {
    const methods = routes.get(route.url) ?? new Set();
    for (const method of [route.method].flat()) methods.add(method);
    routes.set(route.url, methods);
  });
  return (path) => {
    const found = new Set<string>();
    for (const [url, methods] of routes) {
      if (toPattern(url).test(path)) for (const method of methods) found.add(method);
    }
    return [...found].sort();
  };
}

function toPattern(url: string): RegExp {
  const source = url
    .split('/')
    .map((part) =>
      part.startsWith(':') ? '[^/]+' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '.*'),
    )
    .join('/');
  return new RegExp(`^${source}/?$`);
}
