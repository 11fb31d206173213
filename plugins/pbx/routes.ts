import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { answerResult, answerRoute } from './answers.ts';
import { registerKeyCheck } from './authentication.ts';
import {
  CallParams,
  DecisionDocument,
  ProblemDocument,
  ResultBody,
  ResultDocument,
  RouteBody,
} from './schema.ts';
import { registerSounds } from './sounds.ts';
import { type StatusPorts, takePresence, takeStatus } from './status.ts';
import { PresenceBody, StatusBody } from './status-schema.ts';
import { answerWaiting, WaitingDocument, type WaitingPorts } from './waiting.ts';

const bodyLimit = 16 * 1024;
/** Some hundred telephones at once. */
const presenceLimit = 64 * 1024;
const tags = ['calls'];

const routeSchema = {
  tags,
  summary: 'Where does this call go?',
  description:
    'The same question again gets the same answer for 24 hours. An unknown number is answered with one reject step.',
  body: RouteBody,
  response: documented(DecisionDocument, [401, 403, 409, 422]),
};

const resultSchema = {
  tags,
  summary: 'A step has ended; what comes next?',
  description: 'The same result again gets the same answer.',
  params: CallParams,
  body: ResultBody,
  response: documented(ResultDocument, [401, 403, 404, 409, 422]),
};

const statusSchema = {
  tags,
  summary: 'How does a telephone of this call stand?',
  description:
    'That it rings, was picked up or has ended; without a user: that the call is over. By this everybody sees who is on a call, and the limit of simultaneous calls counts it. Without it somebody who answered counts as on the call for 15 minutes.',
  params: CallParams,
  body: StatusBody,
  response: taken([401, 403, 404, 422]),
};

const waitingSchema = {
  tags,
  summary: 'How does a caller stand who waits in a queue?',
  description:
    'The place in the line and what to say, for as long as a `queue` step is carried out: ask every ten to thirty seconds. `leave` is the result to report at once.',
  params: CallParams,
  response: documented(WaitingDocument, [401, 403, 404, 503]),
};

const presenceSchema = {
  tags,
  summary: 'How do telephones stand?',
  description:
    'Registered, ringing, on a call, not to be disturbed: as the PBX sees them, also for calls that did not come from here. It holds for `expiresSeconds`. The do-not-disturb that users set here wins.',
  body: PresenceBody,
  response: taken([401, 403, 422]),
};

/** Any PBX that can send HTTP: asks where a call goes, and reports how each step ended. */
const pbx: FastifyPluginAsyncTypebox<StatusPorts & WaitingPorts> = async (scope, ports) => {
  registerKeyCheck(scope, ports);
  registerSounds(scope, ports.sounds);
  scope.post('/v1/route', { bodyLimit, schema: routeSchema }, async (request, reply) =>
    sendJson(reply, await answerRoute(ports, request.pbxOrganizationId, request.body)),
  );
  scope.post('/v1/route/:callId/result', { bodyLimit, schema: resultSchema }, async (request, reply) => {
    const { callId } = request.params;
    return sendJson(reply, await answerResult(ports, request.pbxOrganizationId, callId, request.body));
  });
  scope.post('/v1/route/:callId/status', { bodyLimit, schema: statusSchema }, async (request, reply) => {
    await takeStatus(ports, request.pbxOrganizationId, request.params.callId, request.body);
    return reply.code(204).send();
  });
  scope.get('/v1/route/:callId/waiting', { schema: waitingSchema }, (request) =>
    answerWaiting(ports, request.pbxOrganizationId, request.params.callId),
  );
  const options = { bodyLimit: presenceLimit, schema: presenceSchema };
  scope.post('/v1/presence', options, async (request, reply) => {
    await takePresence(ports, request.pbxOrganizationId, request.body);
    return reply.code(204).send();
  });
};

export default pbx;

/** The bytes as they were kept, so that a repeat gets the very same ones. */
function sendJson(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').serializer(asItIs).send(json);
}

function asItIs(payload: unknown): string {
  return String(payload);
}

function documented(good: object, problems: readonly number[]) {
  return {
    200: { description: 'OK', content: { 'application/json': { schema: good } } },
    ...refusals(problems),
  };
}

function taken(problems: readonly number[]) {
  return { 204: { description: 'Taken.', type: 'null' }, ...refusals(problems) };
}

function refusals(problems: readonly number[]) {
  const problem = { content: { 'application/problem+json': { schema: ProblemDocument } } };
  return Object.fromEntries(problems.map((status) => [status, { description: 'Refused.', ...problem }]));
}
