import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { adminRequest, send } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { EmptyBody, IdParams, NoQuery, responses } from '../schemas.ts';
import { type BulkUsers, bulkUsers } from './bulk.ts';
import { type ImportUsers, importUsers, undoImport } from './import.ts';
import { Bulk, ImportFile, ImportQuery, Job, JobQuery } from './schema.ts';
import { cancelJob, readJob } from './service.ts';

export type JobRouteOptions = {
  readonly context: AdminContext;
  readonly users: BulkUsers;
  readonly imports: ImportUsers;
  /** The worker need not wait for its timer. */
  readonly kickJobs: () => void;
};

/** Ten thousand users fit. */
const importLimit = 4 * 1_024 * 1_024;

export const jobRoutes: FastifyPluginAsyncTypebox<JobRouteOptions> = async (
  app,
  { context, users, imports, kickJobs },
) => {
  const tags = ['jobs'];
  app.addContentTypeParser(
    'text/csv',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => body,
  );

  app.post(
    '/users/import',
    {
      config: { permission: 'users.write' },
      bodyLimit: importLimit,
      schema: {
        tags,
        consumes: ['text/csv'],
        operationId: 'importUsers',
        summary: 'Make and change users from a table',
        description:
          'A job, with a result for each row. The first line names the columns; a row with an `id`, or a `login` or `email` that somebody has, changes that user, any other makes one. Columns that are left out stay as they are, an empty cell takes away what can be taken away. One apostrophe at the beginning of a cell is taken off. `status` is shown and not read.',
        querystring: ImportQuery,
        body: ImportFile,
        response: responses({ 202: Job }, 409, 422),
      },
    },
    async (request, reply) => {
      const onError = (error: unknown) => request.log.error({ err: error }, 'a row of an import failed');
      const by = adminRequest(request);
      const answer = await importUsers(context, by, imports, request.body, request.query, onError);
      kickJobs();
      return send(reply, 202, answer);
    },
  );

  app.post(
    '/jobs/:id/undo',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'undoJob',
        summary: 'Take an import back',
        description:
          'Another job: users whom the import made are deleted, settings are as before. What somebody changed since stays, and its result says so.',
        params: IdParams,
        querystring: NoQuery,
        body: EmptyBody,
        response: responses({ 202: Job }, 404, 409, 422),
      },
    },
    async (request, reply) => {
      const answer = await undoImport(context, adminRequest(request), request.params.id);
      kickJobs();
      return send(reply, 202, answer);
    },
  );

  app.post(
    '/users/bulk',
    {
      config: { permission: 'users.write' },
      schema: {
        tags,
        operationId: 'bulkChangeUsers',
        summary: 'Change many users',
        description:
          'A job: the answer comes at once, GET /v1/jobs/{id} shows its progress and a result for each user. A user for whom it is refused does not keep the others. `dryRun` changes nothing, and answers how many, who, and what would come of it.',
        querystring: NoQuery,
        body: Bulk,
        response: responses({ 202: Job }, 422),
      },
    },
    async (request, reply) => {
      const onError = (error: unknown) => request.log.error({ err: error }, 'a row of a bulk change failed');
      const answer = await bulkUsers(context, adminRequest(request), users, request.body, onError);
      kickJobs();
      return send(reply, 202, answer);
    },
  );

  app.get(
    '/jobs/:id',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'getJob',
        summary: 'Progress and results of a job',
        description: "One's own, and with `jobs.read` everybody's. Kept for 30 days after its end.",
        params: IdParams,
        querystring: JobQuery,
        response: responses({ 200: Job }, 404),
      },
    },
    async (request, reply) =>
      send(reply, 200, await readJob(context, adminRequest(request), request.params.id, request.query)),
  );

  app.post(
    '/jobs/:id/cancel',
    {
      config: { permission: 'known' },
      schema: {
        tags,
        operationId: 'cancelJob',
        summary: 'Cancel a job',
        description: 'What is done stays done; the rest is not begun.',
        params: IdParams,
        querystring: NoQuery,
        body: EmptyBody,
        response: responses({ 200: Job }, 404, 409, 422),
      },
    },
    async (request, reply) =>
      send(reply, 200, await cancelJob(context, adminRequest(request), request.params.id)),
  );
};
