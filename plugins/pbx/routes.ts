import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { answerResult, answerRoute, type PbxPorts } from './answers.ts';
import { registerKeyCheck } from './authentication.ts';
import {
  CallParams,
  DecisionDocument,
  ProblemDocument,
  ResultBody,
  ResultDocument,
  RouteBody,
} from './schema.ts';

const bodyLimit = 16 * 1024;
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

/** Any PBX that can send HTTP: asks where a call goes, and reports how each step ended. */
const pbx: FastifyPluginAsyncTypebox<PbxPorts> = async (scope, ports) => {
  registerKeyCheck(scope, ports);
  scope.post('/v1/route', { bodyLimit, schema: routeSchema }, async (request, reply) =>
    sendJson(reply, await answerRoute(ports, request.pbxOrganizationId, request.body)),
  );
  scope.post('/v1/route/:callId/result', { bodyLimit, schema: resultSchema }, async (request, reply) => {
    const { callId } = request.params;
    return sendJson(reply, await answerResult(ports, request.pbxOrganizationId, callId, request.body));
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
  const problem = { content: { 'application/problem+json': { schema: ProblemDocument } } };
  return {
    200: { description: 'OK', content: { 'application/json': { schema: good } } },
    ...Object.fromEntries(problems.map((status) => [status, { description: 'Refused.', ...problem }])),
  };
}
