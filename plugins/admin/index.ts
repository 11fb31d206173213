import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import cookie from '@fastify/cookie';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { MailBox } from '../../services/mail/queue.ts';
import type { FactsSource } from '../../services/routing/domain/facts.ts';
import { Problem } from '../../services/routing/errors.ts';
import type { CarrierPorts, Clock, Directories, NewId } from '../../services/routing/ports.ts';
import type { SchemaCompilers } from '../../services/routing/schema-compilers.ts';
import type { Database } from '../../services/storage/database.ts';
import { isUnavailable } from '../../services/storage/database-error.ts';
import type { VoicemailSounds } from '../../services/voicemail/sounds.ts';
import live, { acceptWebsockets, type LivePorts } from '../live/index.ts';
import { activityRoutes } from './activity/routes.ts';
import { apiKeyRoutes } from './api-keys/routes.ts';
import { storeApiKey } from './api-keys/service.ts';
import { registerAuthentication } from './authentication.ts';
import { availabilityRoutes } from './availability/routes.ts';
import { callRoutes } from './calls/routes.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import { carrierAccountRoutes } from './carrier-accounts/routes.ts';
import { checklistRoutes } from './checklists/routes.ts';
import type { AdminContext } from './context.ts';
import { coverageRoutes } from './coverage/routes.ts';
import { emailChangeRoutes } from './email-changes/routes.ts';
import { extensionRoutes } from './extensions/routes.ts';
import { flowRoutes } from './flow/routes.ts';
import { greetingRoutes } from './greetings/routes.ts';
import { groupRoutes } from './groups/routes.ts';
import { healthReportRoutes } from './health-report/routes.ts';
import { invitationRoutes } from './invitations/routes.ts';
import { runBatch } from './jobs/batch.ts';
import { bulkKind } from './jobs/bulk.ts';
import { importKind, undoKind } from './jobs/import.ts';
import { jobRoutes } from './jobs/routes.ts';
import { storeJob } from './jobs/service.ts';
import { buildJobWorker } from './jobs/worker.ts';
import { labelRoutes } from './labels/routes.ts';
import { leadRoutes } from './leads/routes.ts';
import { buildLimits } from './limits.ts';
import { mailAccountRoutes } from './mail-accounts/routes.ts';
import { numberRoutes } from './numbers/routes.ts';
import { webhookKind } from './numbers/sync.ts';
import { numberSyncRoutes } from './numbers/sync-routes.ts';
import { buildWebhookJob } from './numbers/webhook-job.ts';
import { organizationRoutes } from './organization/routes.ts';
import { answerOrganization } from './organization/service.ts';
import { organizationMailRoutes } from './organization-mail/routes.ts';
import { organizationsRoutes } from './organizations/routes.ts';
import { passwordRoutes } from './passwords/routes.ts';
import { profileRoutes } from './profile/routes.ts';
import type { ListActive } from './profile/service.ts';
import { queueRoutes } from './queues/routes.ts';
import { buildHashing } from './sessions/hashing.ts';
import { hashPassword, passwordRefusal } from './sessions/password.ts';
import { sessionRoutes } from './sessions/routes.ts';
import { getPerson, openSession } from './sessions/service.ts';
import { simulateRoutes } from './simulate/routes.ts';
import { statisticsRoutes } from './statistics/routes.ts';
import { twoStepRoutes } from './two-step/routes.ts';
import { userSessionRoutes } from './user-sessions/routes.ts';
import { parseBulk, runBulk, selectBulk } from './users/bulk.ts';
import { Eraser } from './users/eraser.ts';
import { eraseDueUser } from './users/erasure.ts';
import { exportRoutes } from './users/export-routes.ts';
import { hashFirstPassword } from './users/first-password.ts';
import { storeAdministrator } from './users/founding.ts';
import { buildImportRow, undoImportRow } from './users/import.ts';
import { readImport } from './users/import-file.ts';
import { inTwoSteps } from './users/import-order.ts';
import { lifeCycleRoutes } from './users/life-cycle-routes.ts';
import { listUserPage } from './users/list.ts';
import { userRoutes } from './users/routes.ts';
import { User, UserPatch } from './users/schema.ts';
import { answerUser, patchUser, readUser } from './users/service.ts';
import { voicemailRoutes } from './voicemails/routes.ts';

export type AdminOptions = {
  readonly database: Database;
  readonly directories: Directories;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly operatorKey: string | null;
  readonly publicUrl: string;
  readonly box: MailBox;
  /** Left out: no carrier is asked for anything. */
  readonly carrier?: CarrierPorts;
  /** Left out: a simulation knows nothing of this moment. */
  readonly factsOf?: FactsSource;
  /** Left out: nobody can watch. */
  readonly watching?: LivePorts;
  /** Left out: mail waits for the worker's next round. */
  readonly kickMail?: () => void;
  /** Left out: recordings cannot be played. */
  readonly sounds?: VoicemailSounds;
  /** Left out: sounds of deleted messages wait for the worker's next round. */
  readonly kickVoicemail?: () => void;
  /** 256 bits, base64url. Left out: from the system. */
  readonly newToken?: () => string;
  /** Left out: as expensive to guess as OWASP asks. */
  readonly hashPassword?: (password: string) => Promise<string>;
  /** Left out: a timer. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Left out: Fastify's own, which compile every schema at the start. */
  readonly compilers?: SchemaCompilers;
};

/** What a new organization is made of; the server's bootstrap makes the first one in the same way. */
export const founding = { storeAdministrator, storeApiKey, answerOrganization };

export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The administration under /v1: one scope, one auth hook, a folder for each resource. */
export default async function admin(app: FastifyInstance, options: AdminOptions): Promise<void> {
  const context: AdminContext = {
    newToken,
    hashPassword,
    pause: (ms) => sleep(ms),
    kickMail: () => undefined,
    noteChange: (organizationId) => options.watching?.changes.tell(organizationId),
    sounds: null,
    kickVoicemail: () => undefined,
    carrier: null,
    reportError: (error, what) => app.log.error({ err: error }, what),
    ...options,
    limits: buildLimits(),
  };
  await app.register(
    async (scope) => {
      await scope.register(cookie);
      const parseJson = scope.getDefaultJsonParser('error', 'error');
      scope.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, parseJson);
      if (options.compilers !== undefined) {
        scope.setValidatorCompiler(options.compilers.validator);
        scope.setSerializerCompiler(options.compilers.serializer);
      }
      const { watching } = options;
      const connections = watching === undefined ? null : await acceptWebsockets(scope, context.clock);
      registerAuthentication(scope, context);
      await registerResources(scope, context);
      if (watching !== undefined && connections !== null)
        await scope.register(live, { ...watching, context, connections });
      startEraser(scope, context);
    },
    { prefix: '/v1' },
  );
}

/** Runs as long as the app does. */
function startEraser(scope: FastifyInstance, context: AdminContext): void {
  const { database, clock } = context;
  const eraser = new Eraser({
    database: database.background,
    clock,
    erase: (organizationId, userId) => eraseDueUser(context, organizationId, userId),
    onError: (error) => {
      if (!isUnavailable(error)) scope.log.error({ err: error }, 'a deleted user could not be erased');
    },
  });
  scope.addHook('onReady', async () => eraser.start());
  scope.addHook('onClose', () => eraser.close());
}

/**
 * Two resources talk through functions that are handed over here. Those that read other bodies have a scope of their own;
 * forty more of them would be a sixth of the work of building the app.
 */
async function registerResources(scope: FastifyInstance, context: AdminContext): Promise<void> {
  const routes = scope.withTypeProvider<TypeBoxTypeProvider>();
  const { hashChecked, hashFirst } = buildHashing(context.hashPassword);
  await organizationsRoutes(routes, { context, founding, hashPassword: hashFirst });
  await organizationRoutes(routes, { context });
  await sessionRoutes(routes, { context, answerUser });
  await invitationRoutes(routes, { context, answerUser, hashChecked, openSession });
  await passwordRoutes(routes, { context, answerUser, hashChecked });
  await twoStepRoutes(routes, { context, answerUser, getPerson });
  await userSessionRoutes(routes, { context, getPerson });
  await campaignRoutes(routes, { context });
  await emailChangeRoutes(routes, { context });
  await organizationMailRoutes(routes, { context });
  await mailAccountRoutes(routes, { context });
  await apiKeyRoutes(routes, { context });
  await availabilityRoutes(routes, { context });
  await extensionRoutes(routes, { context });
  await numberRoutes(routes, { context });
  await carrierAccountRoutes(routes, { context });
  await queueRoutes(routes, { context });
  await profileRoutes(routes, { context, readUser, patchUser, listActive, User, UserPatch });
  const imports = { read: readUsers(context), run: buildImportRow(context) };
  const kickJobs = startJobs(scope, context);
  await numberSyncRoutes(routes, { context, storeJob, kickJobs });
  await scope.register(jobRoutes, { context, users: bulk, imports, kickJobs });
  await exportRoutes(routes, { context });
  await groupRoutes(routes, { context });
  await labelRoutes(routes, { context });
  await scope.register(leadRoutes, { context });
  await simulateRoutes(routes, { context });
  await coverageRoutes(routes, { context });
  await flowRoutes(routes, { context });
  await activityRoutes(routes, { context });
  await callRoutes(routes, { context });
  await statisticsRoutes(routes, { context });
  await voicemailRoutes(routes, { context });
  await scope.register(greetingRoutes, { context });
  await checklistRoutes(routes, { context });
  await healthReportRoutes(routes, { context });
  await lifeCycleRoutes(routes, { context });
  await userRoutes(routes, {
    context,
    hashFirstPassword: (body) => hashFirstPassword(body, hashFirst),
  });
}

const listActive: ListActive = (context, request, query) =>
  listUserPage(context, request, { ...query, status: 'active' });

/** A password is hashed before its row is written down anywhere; a dry run needs none. */
function readUsers({ hashPassword }: AdminContext) {
  return async (text: string, dryRun: boolean) => {
    const hash = dryRun ? async () => '' : hashPassword;
    return inTwoSteps(await readImport(text, { refusal: passwordRefusal, hash }));
  };
}

const bulk = { parse: parseBulk, select: selectBulk, run: runBulk };

/** The worker lives as long as the app. Gives what wakes it. */
function startJobs(scope: FastifyInstance, context: AdminContext): () => void {
  const onError = (error: unknown) => scope.log.warn({ err: error }, 'a job could not go on');
  const kinds = {
    [bulkKind]: runBulk,
    [importKind]: buildImportRow(context),
    [undoKind]: undoImportRow,
  };
  const outside = { [webhookKind]: buildWebhookJob(context) };
  const parts = { kinds, outside, onError };
  const worker = buildJobWorker({
    database: context.database.background,
    runBatch: (organizationId, id) => runBatch(context, parts, organizationId, id),
    onError: (error) => {
      // The database is away: that is said elsewhere, and the timer tries again.
      if (!(error instanceof Problem) && !isUnavailable(error)) onError(error);
    },
  });
  scope.addHook('onReady', async () => worker.start());
  scope.addHook('onClose', () => worker.close());
  return () => worker.kick();
}
