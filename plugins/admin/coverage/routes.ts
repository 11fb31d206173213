import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { problem } from '../../../services/routing/errors.ts';
import { adminRequest } from '../authentication.ts';
import type { AdminContext } from '../context.ts';
import { responses } from '../schemas.ts';
import { CoverageQuery, CoverageReport } from './schema.ts';
import { reportCoverage } from './service.ts';

export const coverageRoutes: FastifyPluginAsyncTypebox<{ readonly context: AdminContext }> = async (
  app,
  { context },
) => {
  app.get(
    '/coverage',
    {
      config: { permission: 'coverage.read' },
      schema: {
        tags: ['routing'],
        operationId: 'getCoverage',
        summary: 'Which hours of a user, queue or number are covered, and by whom',
        querystring: CoverageQuery,
        response: responses({ 200: CoverageReport }, 404, 422),
      },
    },
    async (request) => {
      const { actor, instant } = adminRequest(request);
      const entry = await context.directories.load(actor.organizationId);
      if (entry === undefined) throw problem('store.unavailable');
      return reportCoverage(entry.directory, request.query, instant);
    },
  );
};
