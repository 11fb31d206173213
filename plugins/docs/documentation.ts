import swagger, { type SwaggerOptions } from '@fastify/swagger';
import swaggerUi, { type FastifySwaggerUiOptions } from '@fastify/swagger-ui';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { type ErrorRow, errorTable } from '../../services/routing/errors.ts';

export type Described = Pick<RouteOptions, 'method' | 'url' | 'schema' | 'config'>;

export type DocumentationOptions = {
  readonly publicUrl: string;
  readonly routes: readonly Described[];
  /** Schemas that others refer to, by their `$id`. */
  readonly shared: Readonly<Record<string, object>>;
};

/** An app in which every route is only described, with `/openapi.json` and the reference below `/docs`. */
export async function buildDocumentation(options: DocumentationOptions): Promise<FastifyInstance> {
  const app = Fastify();
  // Nobody calls these routes.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => JSON.stringify);
  for (const schema of Object.values(options.shared)) app.addSchema(schema);
  await app.register(swagger, swaggerOptions(options.publicUrl));
  for (const { method, url, schema = {}, config = {} } of options.routes) {
    app.route({ method, url, schema, config, exposeHeadRoute: false, handler: () => undefined });
  }
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.register(swaggerUi, uiOptions);
  return app;
}

function swaggerOptions(publicUrl: string) {
  return {
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
  } satisfies SwaggerOptions;
}

/** From our own files: nothing is fetched from elsewhere. */
const uiOptions = {
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
} satisfies FastifySwaggerUiOptions;

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
