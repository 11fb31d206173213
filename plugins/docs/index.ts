import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Described, DocumentationOptions } from './documentation.ts';

/** Collects every route that is registered after it and is to be described. */
function collect(app: FastifyInstance): readonly Described[] {
  const routes: Described[] = [];
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && route.schema?.hide !== true) routes.push(route);
  });
  return routes;
}

const paths = ['/openapi.json', '/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/*'];

/**
 * `/openapi.json` and `/docs`. The document and what serves the pages are made when somebody looks: few starts see one
 * who does, and reading the libraries alone takes a twentieth of a start.
 */
async function serve(app: FastifyInstance, options: DocumentationOptions): Promise<void> {
  let opened: Promise<FastifyInstance> | undefined;
  const open = async (): Promise<FastifyInstance> => {
    const { buildDocumentation } = await import('./documentation.ts');
    return buildDocumentation(options);
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    opened ??= open().catch((error: unknown) => {
      // Whoever looks next tries again.
      opened = undefined;
      throw error;
    });
    return forward(await opened, request, reply);
  };
  for (const path of paths) app.get(path, { schema: { hide: true } }, answer);
  app.addHook('onClose', async () => (await opened)?.close());
}

/** Of this connection, not of the answer. */
const ownHeaders: ReadonlySet<string> = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

async function forward(documentation: FastifyInstance, request: FastifyRequest, reply: FastifyReply) {
  const { url, headers } = request;
  // Also for HEAD: what is sent of it is this app's business.
  const answer = await documentation.inject({ method: 'GET', url, headers });
  if (answer.statusCode === 404) return reply.callNotFound();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !ownHeaders.has(name)) reply.header(name, value);
  }
  return reply.code(answer.statusCode).send(answer.rawPayload.length > 0 ? answer.rawPayload : undefined);
}

export default { collect, serve };
