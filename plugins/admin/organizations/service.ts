import { isCountry } from '../../../services/routing/domain/e164.ts';
import { inOrganization, type Transaction } from '../../../services/storage/database.ts';
import { findOrganizationForLogin } from '../../../services/storage/lookups.ts';
import { insertActivities, raiseVersion } from '../../../services/storage/unit-of-work.ts';
import { everyPermission } from '../access.ts';
import type { ApiKeyWithSecret } from '../api-keys/schema.ts';
import { guarded } from '../change.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { checkZone } from '../hours.ts';
import { findKept, insertKept, repeatAnswer } from '../idempotency.ts';
import { buildIssues } from '../issues.ts';
import type { Organization } from '../organization/schema.ts';
import type { OrganizationCreate, OrganizationCreated } from './schema.ts';
import { insertOrganization } from './store.ts';

/** What of the other resources a new organization needs, handed over in admin/index.ts. */
export type Founding = {
  readonly storeAdministrator: (
    trx: Transaction,
    organizationId: string,
    administrator: {
      readonly id: string;
      readonly login: string;
      readonly firstName: string;
      readonly lastName: string;
      readonly passwordHash: string;
    },
    sipDomain: string,
  ) => Promise<void>;
  readonly storeApiKey: (
    trx: Transaction,
    context: Pick<AdminContext, 'newId' | 'newToken'>,
    organizationId: string,
    key: {
      readonly name: string;
      readonly permissions: readonly string[];
      readonly expiresAt: number | null;
      readonly createdBy: string | null;
      readonly createdAt: number;
    },
  ) => Promise<ApiKeyWithSecret>;
  readonly answerOrganization: (trx: Transaction, organizationId: string) => Promise<Answer<Organization>>;
};

export type OperatorRequest = Pick<AdminRequest, 'requestId' | 'instant' | 'idempotency'>;

/** Everything that has to be right before a password is hashed. */
export function checkOrganization(body: OrganizationCreate): void {
  const issues = buildIssues();
  checkZone(issues, '/timeZone', body.timeZone);
  if (!isCountry(body.defaultCountry)) {
    issues.add('/defaultCountry', 'country', 'Use the two letters of a country, such as US or ES.');
  }
  issues.refuse();
}

/** The organization, its first administrator and a key with every permission, in one transaction. */
export async function createOrganization(
  context: Pick<AdminContext, 'database' | 'directories' | 'newId' | 'newToken'>,
  founding: Founding,
  request: OperatorRequest,
  body: OrganizationCreate,
  passwordHash: string,
): Promise<Answer<OrganizationCreated>> {
  await refuseRepeat(context, request, body.slug);
  const id = context.newId();
  const { answer, version } = await guarded(() =>
    inOrganization(context.database, id, async (trx) => {
      // A name that nobody else can own until the administrator says where the telephones are.
      const sipDomain = `${body.slug}.pbx.example`;
      await insertOrganization(trx, { id, ...body, name: body.name.trim(), sipDomain });
      const administrator = { id: context.newId(), login: body.administrator.login };
      await founding.storeAdministrator(
        trx,
        id,
        { ...administrator, firstName: 'Administrator', lastName: body.name.trim(), passwordHash },
        sipDomain,
      );
      const apiKey = await founding.storeApiKey(trx, context, id, {
        name: 'Administrator',
        permissions: [everyPermission],
        expiresAt: null,
        createdBy: null,
        createdAt: request.instant,
      });
      await recordFounding(trx, context, request, id, body, administrator);
      const { body: organization, etag } = await founding.answerOrganization(trx, id);
      const created: Answer<OrganizationCreated> = {
        body: { organization, administrator, apiKey },
        secret: true,
        ...(etag === undefined ? {} : { etag }),
      };
      if (request.idempotency !== undefined) {
        await insertKept(trx, id, 'operator', request.idempotency, created, request.instant);
      }
      return { answer: created, version: await raiseVersion(trx, id) };
    }),
  );
  await context.directories.advance(id, version);
  return answer;
}

function recordFounding(
  trx: Transaction,
  context: Pick<AdminContext, 'newId'>,
  request: OperatorRequest,
  organizationId: string,
  body: OrganizationCreate,
  administrator: { readonly id: string; readonly login: string },
): Promise<void> {
  const { slug, name, timeZone, defaultCountry } = body;
  return insertActivities(
    trx,
    {
      organizationId,
      actor: { type: 'operator', id: null },
      requestId: request.requestId,
      newId: context.newId,
    },
    [
      {
        action: 'organizations.create',
        subjectType: 'organization',
        subjectId: organizationId,
        // By id: a login in a row about the organization would outlive the person.
        after: { slug, name, timeZone, defaultCountry, administratorId: administrator.id },
      },
    ],
  );
}

/** A repeat finds the organization of its slug; every answer showed a secret, so it never comes twice. */
async function refuseRepeat(
  context: Pick<AdminContext, 'database'>,
  request: OperatorRequest,
  slug: string,
): Promise<void> {
  const { idempotency, instant } = request;
  if (idempotency === undefined) return;
  const existing = await guarded(() => findOrganizationForLogin(context.database, slug));
  if (existing === undefined) return;
  const kept = await guarded(() =>
    inOrganization(context.database, existing, (trx) =>
      findKept(trx, existing, 'operator', idempotency.key, instant),
    ),
  );
  if (kept !== undefined) repeatAnswer(kept, idempotency.requestHash);
}
