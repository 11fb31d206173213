import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { adminRequest, readMissingBody, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { Empty, EmptyBody, IdParams, NoQuery, responses } from '../schemas.ts';
import { Enrolment, Person, TwoStep, Verified, Verify } from './schema.ts';
import {
  type AnswerUser,
  disableOwn,
  enrol,
  type GetPerson,
  readTwoStep,
  renewBackupCodes,
  resetTwoStep,
  verify,
} from './service.ts';

export type TwoStepRouteOptions = {
  readonly context: AdminContext;
  readonly answerUser: AnswerUser;
  readonly getPerson: GetPerson;
};

export const twoStepRoutes: FastifyPluginAsyncTypebox<TwoStepRouteOptions> = async (
  app,
  { context, answerUser, getPerson },
) => {
  const tags = ['two-step'];

  app.get(
    '/me/two-step',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'getTwoStep',
        summary: 'Is two-step verification on?',
        querystring: NoQuery,
        response: responses({ 200: TwoStep }),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      return send(reply, 200, await readTwoStep(context, asked, getPerson(asked)));
    },
  );

  app.post(
    '/me/two-step',
    {
      config: { permission: 'known' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'enrolTwoStep',
        summary: 'Begin two-step verification',
        description:
          'Answers a secret for an authenticator app (TOTP). It is on when POST /v1/me/two-step/verify proved it. A sensitive act: it wants a password typed in the last five minutes.',
        body: EmptyBody,
        querystring: NoQuery,
        response: responses({ 201: Enrolment }, 409, 422),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      return send(reply, 201, await enrol(context, asked, getPerson(asked)));
    },
  );

  app.post(
    '/me/two-step/verify',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'verifyTwoStep',
        summary: 'Turn two-step verification on',
        description: 'With a code of the authenticator. Answers ten backup codes, which are shown once.',
        body: Verify,
        querystring: NoQuery,
        response: responses({ 200: Verified }, 409, 422),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      return send(reply, 200, await verify(context, asked, getPerson(asked), request.body));
    },
  );

  app.post(
    '/me/two-step/backup-codes',
    {
      config: { permission: 'known' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'renewBackupCodes',
        summary: 'Make new backup codes',
        description: 'The former ones are worth nothing any more.',
        body: EmptyBody,
        querystring: NoQuery,
        response: responses({ 200: Verified }, 409, 422),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      return send(reply, 200, await renewBackupCodes(context, asked, getPerson(asked)));
    },
  );

  app.delete(
    '/me/two-step',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'disableTwoStep',
        summary: 'Turn two-step verification off',
        querystring: NoQuery,
        response: responses({ 204: Empty }, 409),
      },
    },
    async (request, reply) => {
      const asked = adminRequest(request);
      await disableOwn(context, asked, getPerson(asked));
      return reply.code(204).send();
    },
  );

  app.post(
    '/users/:id/reset-two-step',
    {
      config: { permission: 'users.reset' },
      preValidation: readMissingBody,
      schema: {
        tags,
        operationId: 'resetTwoStep',
        summary: "Turn a user's two-step verification off",
        description:
          'For somebody who lost the authenticator: it and the backup codes are gone, the sessions end, and the user sets it up again. 409 where it is not on.',
        params: IdParams,
        querystring: NoQuery,
        body: EmptyBody,
        response: responses({ 200: Person }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await resetTwoStep(context, adminRequest(request), answerUser, request.params.id)),
  );
};
