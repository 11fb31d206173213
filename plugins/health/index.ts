import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Registry } from 'prom-client';
import { Type } from 'typebox';
import type { HealthReport } from './report.ts';

export type HealthPorts = {
  readonly report: () => HealthReport;
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>;
};

const closed = { additionalProperties: false } as const;
const security: Readonly<Record<string, readonly string[]>>[] = [];
const query = Type.Object({}, closed);

const Report = Type.Object(
  {
    status: Type.String({
      description: '`ok`, `degraded` (calls are decided all the same) or `unavailable`.',
    }),
    degraded: Type.Array(Type.Object({ name: Type.String(), because: Type.String() }, closed)),
    directories: Type.Object(
      {
        organizations: Type.Integer(),
        behind: Type.Integer(),
        ageSeconds: Type.Union([Type.Integer(), Type.Null()]),
        sources: Type.Object(
          { postgres: Type.Integer(), redis: Type.Integer(), disk: Type.Integer() },
          closed,
        ),
      },
      closed,
    ),
    timeZoneData: Type.String({ description: 'Zone data of the runtime.', examples: ['2026c'] }),
  },
  closed,
);

/** For the platform that runs the service. Open: nothing here tells about a call or a person. */
const health: FastifyPluginAsyncTypebox<HealthPorts> = async (scope, ports) => {
  const tags = ['health'];
  scope.get(
    '/health/live',
    {
      schema: {
        tags,
        security,
        summary: 'Does the event loop run?',
        querystring: query,
        response: { 200: Type.Object({ status: Type.Literal('ok') }, closed) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
  scope.get(
    '/health/ready',
    {
      schema: {
        tags,
        security,
        summary: 'Can calls be decided?',
        description: 'Ready on last-known-good data too; `degraded` lists what is missing.',
        querystring: query,
        response: { 200: Report, 503: Report },
      },
    },
    async (_request, reply) => {
      const report = ports.report();
      const status = report.status === 'unavailable' ? 503 : 200;
      const { degraded, ...rest } = report;
      return reply
        .code(status)
        .header('cache-control', 'no-store')
        .send({ ...rest, degraded: [...degraded] });
    },
  );
  scope.get(
    '/metrics',
    { schema: { tags, security, summary: 'Metrics for Prometheus.', querystring: query } },
    async (_request, reply) => {
      return reply.type(ports.registry.contentType).send(await ports.registry.metrics());
    },
  );
};

export default health;
