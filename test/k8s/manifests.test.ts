import { access, readFile } from 'node:fs/promises';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { test } from 'tap';
import { readConfig, variableNames } from '../../services/routing/config.ts';
import { parseDockerfile, textsOf } from '../image/dockerfile.ts';
import { kubernetesFolder, listOverlays, loadManifests, parseDocuments } from './load.ts';
import { environmentOf, getNamed, getPod, listOf, listPods, matches, validateDocument } from './objects.ts';
import { hasRoutes } from './routes.ts';

const service = 'Deployment linefinder';
const migrate = 'Job linefinder-migrate';
const example = getNamed(
  parseDocuments(await readFile(new URL('secret.example.yaml', kubernetesFolder), 'utf8')),
  Secret.is,
  'linefinder',
);
/** What an operator writes into the example. */
const filledIn = {
  DATABASE_URL: 'postgres://linefinder:p%40ss@pooler.example:6432/linefinder',
  DATABASE_LISTEN_URL: 'postgres://linefinder:p%40ss@postgres.example:5432/linefinder',
  REDIS_URL: 'redis+sentinel://sentinel-a.example:26379,sentinel-b.example:26379/main',
  LINEFINDER_SECRET_KEY: 'kF1kq0b7uV3l1Xk3m0p3n1m8p4yq6x2c8v5b7n9m1l0=',
  LINEFINDER_BOOTSTRAP_LOGIN: 'admin@example.com',
  LINEFINDER_BOOTSTRAP_PASSWORD: 'correct horse battery',
  LINEFINDER_BOOTSTRAP_API_KEY: '5f2b9c1e7a3d4f6081b2c3d4e5f60718',
  LINEFINDER_OPERATOR_KEY: '8a1b2c3d4e5f60718293a4b5c6d7e8f9',
  TWILIO_ACCOUNT_SID: 'AC0123456789abcdef0123456789abcdef',
  TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef',
  SMTP_URL: 'smtp://linefinder:p%40ss@mail.example:587',
};

test('the example secret names every setting that is secret, and stops the start until it is filled in', async (t) => {
  const values = example.stringData ?? {};
  t.strictSame(Object.keys(values), Object.keys(filledIn));
  const required = Object.keys(values).filter((name) => values[name] !== '');
  const asItIs = readConfig(values);
  t.strictSame(
    asItIs.ok ? [] : asItIs.problems.map((problem) => problem.split(' ')[0]),
    required,
    'one problem for each REPLACE_ME',
  );
  const filled = readConfig(filledIn);
  t.strictSame(filled.ok ? [] : filled.problems, []);
});

test('no secret is in the base or in the production overlay', async (t) => {
  for (const name of ['base', 'overlays/production']) {
    const { documents } = await loadManifests(name);
    t.strictSame(listOf(documents, Secret.is), [], name);
  }
});

for (const name of ['base', ...(await listOverlays())]) {
  const { documents, from } = await loadManifests(name);
  const pod = getPod(documents, service);
  const { container } = pod;
  const environment = environmentOf(documents, container, filledIn);

  test(`${name}: every document is valid, read from ${from === 'files' ? 'the files, because kubectl is missing' : from}`, async (t) => {
    t.ok(documents.length >= 10, `${documents.length} documents`);
    for (const document of documents) {
      const { kind, metadata } = Object(document);
      t.doesNotThrow(() => validateDocument(document), `${kind} ${metadata.name}`);
    }
  });

  test(`${name}: every variable is a setting, and all of them together are accepted`, async (t) => {
    const { container: job } = getPod(documents, migrate);
    t.strictSame(environmentOf(documents, job, filledIn), environment, 'the job has the same');
    const known: readonly string[] = variableNames;
    t.strictSame(
      Object.keys(environment).filter((variable) => !known.includes(variable)),
      [],
    );
    const read = readConfig(environment);
    t.strictSame(read.ok ? [] : read.problems, []);
    if (!read.ok) return;
    t.equal(read.config.migrate, false, 'the job migrates, not ten replicas at once');
    t.ok(read.config.databaseUrl, 'no embedded database');
    if (name === 'overlays/production') t.match(read.config.publicUrl, /^https:/);
  });

  test(`${name}: the ports meet, from PORT to the Service`, async (t) => {
    t.strictSame(container.ports, [{ name: 'http', containerPort: Number(environment.PORT) }]);
    t.equal(environment.HOST, '0.0.0.0');
    const { ports } = getNamed(documents, Service.is, 'linefinder').spec ?? {};
    t.strictSame(
      ports?.map((port) => port.targetPort),
      ['http'],
    );
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      t.equal(probe?.httpGet?.port, 'http');
    }
  });

  test(`${name}: the probes ask routes of the app, and liveness never the stores`, async (t) => {
    const read = readConfig(environment);
    if (!read.ok) throw new Error(read.problems.join('\n'));
    const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
      (probe) => probe?.httpGet?.path ?? '',
    );
    t.strictSame(paths, ['/health/live', '/health/live', '/health/ready']);
    t.strictSame(await hasRoutes(read.config, [...paths, '/health/nothing']), [true, true, true, false]);
  });

  test(`${name}: a pod has the time to leave: preStop, the drain of the service, and some to spare`, async (t) => {
    const source = await readFile(new URL('../services/routing/server.ts', kubernetesFolder), 'utf8');
    const drainSeconds = Number(/const graceMs = ([\d_]+);/.exec(source)?.[1]?.replaceAll('_', '')) / 1_000;
    const wait = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    t.ok(drainSeconds > 0, `${drainSeconds} s of drain`);
    t.ok(wait >= 2 * (container.readinessProbe?.periodSeconds ?? Infinity), 'long enough to be taken out');
    t.ok((pod.spec.terminationGracePeriodSeconds ?? 0) >= wait + drainSeconds + 10);
  });

  test(`${name}: every selector takes the pods of the service, and never the migrate job's`, async (t) => {
    const job = getPod(documents, migrate);
    const deployment = getNamed(documents, Deployment.is, 'linefinder').spec;
    const selectors = {
      deployment: deployment?.selector.matchLabels,
      service: getNamed(documents, Service.is, 'linefinder').spec?.selector,
      budget: getNamed(documents, PodDisruptionBudget.is, 'linefinder').spec?.selector?.matchLabels,
      network: getNamed(documents, NetworkPolicy.is, 'linefinder').spec?.podSelector?.matchLabels,
      ...Object.fromEntries(
        (pod.spec.topologySpreadConstraints ?? []).map((one) => [
          one.topologyKey,
          one.labelSelector?.matchLabels,
        ]),
      ),
    };
    t.equal(Object.keys(selectors).length, 6);
    for (const [title, selector] of Object.entries(selectors)) {
      t.ok(matches(selector, pod.labels), title);
      t.notOk(matches(selector, job.labels), `${title}, not the job`);
    }
    t.match(getNamed(documents, HorizontalPodAutoscaler.is, 'linefinder').spec?.scaleTargetRef, {
      kind: 'Deployment',
      name: 'linefinder',
    });
    t.equal(deployment?.replicas, undefined, 'the autoscaler owns the number');
  });

  test(`${name}: DATA_DIR is a volume that the user may write, and nothing else is`, async (t) => {
    t.strictSame(container.volumeMounts, [{ name: 'data', mountPath: environment.DATA_DIR }]);
    const volume = pod.spec.volumes?.find((one) => one.name === 'data');
    t.ok(volume?.emptyDir ?? volume?.persistentVolumeClaim, 'outlives a restart of the container');
    t.equal(pod.spec.securityContext?.fsGroup, pod.spec.securityContext?.runAsGroup);
    t.equal(container.securityContext?.readOnlyRootFilesystem, true);
  });

  test(`${name}: no pod has more rights than it needs`, async (t) => {
    for (const { owner, spec } of listPods(documents)) {
      t.equal(spec.enableServiceLinks, false, `${owner}: no LINEFINDER_PORT from the cluster`);
      t.equal(spec.automountServiceAccountToken, false, `${owner}: no token`);
      t.match(
        spec.securityContext,
        { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        owner,
      );
      for (const { securityContext, resources } of spec.containers) {
        t.match(securityContext, { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }, owner);
        t.ok(resources?.requests?.memory && resources.limits?.memory, `${owner}: memory`);
      }
    }
  });

  test(`${name}: the pods run as the user of the image`, async (t) => {
    const [, image] = parseDockerfile(await readFile(new URL('../Dockerfile', kubernetesFolder), 'utf8'));
    const user = image && textsOf(image, 'USER')[0];
    for (const owner of [service, migrate]) {
      const { runAsUser, runAsGroup } = getPod(documents, owner).spec.securityContext ?? {};
      t.equal(`${runAsUser}:${runAsGroup}`, user, owner);
    }
  });

  test(`${name}: the service and the migrate job run npm's commands from one image`, async (t) => {
    const job = getPod(documents, migrate).container;
    const { scripts } = JSON.parse(await readFile(new URL('../package.json', kubernetesFolder), 'utf8'));
    t.equal(job.image, container.image);
    // What the engine is told stands in the image's entry point.
    t.equal(['exec node', ...(container.args ?? [])].join(' '), scripts.start.replaceAll(/ --\S+/g, ''));
    t.equal(['node', ...(job.args ?? [])].join(' '), scripts.migrate);
    for (const file of [...(container.args ?? []), ...(job.args ?? [])]) {
      await t.resolves(access(new URL(`../${file}`, kubernetesFolder)), file);
    }
    if (from === 'kustomize' && name !== 'base') t.match(container.image, /:(?!latest$)[\w.-]+$/);
  });

  test(`${name}: the network lets the service reach what its settings name`, async (t) => {
    const policies = listOf(documents, NetworkPolicy.is);
    t.ok(
      policies.some(({ spec }) => Object.keys(spec?.podSelector ?? {}).length === 0),
      'all that is not named is denied',
    );
    for (const { owner, labels } of [pod, getPod(documents, migrate)]) {
      const open = policies
        .filter(({ spec }) => matches(spec?.podSelector?.matchLabels, labels))
        .flatMap(({ spec }) => spec?.egress ?? [])
        .flatMap(({ ports = [] }) => ports.map(({ port, protocol }) => `${port}/${protocol}`));
      const needed = owner === service ? [...portsOf(environment), 443] : [5432, 6432];
      for (const port of needed) t.ok(open.includes(`${port}/TCP`), `${owner} to ${port}`);
      t.ok(open.includes('53/UDP') && open.includes('53/TCP'), `${owner} to DNS`);
    }
    const { ingress } = getNamed(documents, NetworkPolicy.is, 'linefinder').spec ?? {};
    t.strictSame(
      ingress?.flatMap(({ ports }) => ports?.map(({ port }) => port)),
      ['http'],
    );
  });
}

/** Of all addresses that the settings name. */
function portsOf(environment: Readonly<Record<string, string>>): readonly number[] {
  return Object.entries(environment)
    .filter(([name]) => /^(DATABASE|REDIS|SMTP)_/.test(name))
    .flatMap(([, value]) => [...value.matchAll(/:(\d+)(?=[/,]|$)/g)].map((match) => Number(match[1])));
}
