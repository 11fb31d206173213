import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { type ErrorRow, errorTable } from '../../services/routing/errors.ts';

/** Collects the schema of every route that is registered after it. */
async function collect(app: FastifyInstance, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Linefinder',
        version: '1',
        description: `Decides who gets a call, and says why.\n\n${describeErrors()}`,
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key or a session token.' },
        },
      },
      security: [{ bearer: [] }],
    },
    hideUntagged: false,
    // Shared schemas by their own names: a generated client has a Problem, and no def-0.
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `def-${index}`,
    },
  });
}

/** `/openapi.json`, and `/docs` from our own files: nothing is fetched from elsewhere. */
async function serve(app: FastifyInstance): Promise<void> {
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, docExpansion: 'list', deepLinking: true },
    staticCSP: {
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'connect-src': "'self'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    },
  });
}

/** The table of errors, so that the document and the code cannot differ. */
function describeErrors(): string {
  const rows = Object.entries<ErrorRow>(errorTable).map(
    ([code, row]) => `| \`${code}\` | ${row.status} | ${row.title} | ${row.fix} |`,
  );
  return [
    '## Errors',
    'Every error is `application/problem+json` (RFC 9457) with one of these codes.',
    '',
    '| code | status | meaning | what to do |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

export default { collect, serve };
