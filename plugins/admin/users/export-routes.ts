import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { adminRequest } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { responses } from '../schemas.ts';
import { checkExport, exportUsers } from './export.ts';
import { UserFilters } from './schema.ts';

const csv = {
  description: 'A table in UTF-8, its first line the names of the columns.',
  content: { 'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
};

export const exportRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.get(
    '/users/export.csv',
    {
      config: { permission: 'users.export' },
      schema: {
        tags: ['users'],
        operationId: 'exportUsers',
        summary: 'All users as a table',
        description:
          'With the filters of the list. A session needs a fresh password. A cell that a spreadsheet would take for a formula, or that begins with an apostrophe, gets an apostrophe in front; POST /v1/users/import takes exactly one off, and imports the table back to the same users.',
        querystring: UserFilters,
        response: { ...responses({}), 200: csv },
      },
    },
    async (request, reply) => {
      const by = adminRequest(request);
      checkExport(by);
      return reply
        .type('text/csv; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('content-disposition', 'attachment; filename="users.csv"')
        .send(Readable.from(exportUsers(context, by, request.query)));
    },
  );
};
