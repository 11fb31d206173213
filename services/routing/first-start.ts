import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type Database, inOrganization, type Transaction } from '../storage/database.ts';
import { listOrganizationVersions } from '../storage/lookups.ts';
import {
  type ActivityRecord,
  changeOrganization,
  insertActivities,
  raiseVersion,
} from '../storage/unit-of-work.ts';
import type { SecretBox } from './calls/secret-box.ts';
import type { Config } from './config.ts';
import { insertDemo } from './demo.ts';
import { insertUser, type WriteWords } from './new-user.ts';
import type { Clock, NewId } from './ports.ts';

export type FirstStartPorts = {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: NewId;
  /** Seals what the demo stores and nobody reads. */
  readonly box: Pick<SecretBox, 'encrypt'>;
  /** 256 bits, base64url. */
  readonly newToken: () => string;
  readonly hashPassword: (password: string) => Promise<string>;
  readonly writeWords: WriteWords;
  /** What stands for everything that an API key can be given. */
  readonly everyPermission: string;
  /** As the administration proposes one. */
  readonly findNextExtension: (trx: Transaction, organizationId: string) => Promise<string>;
};

/** What was made, and is shown once. */
export type Made = {
  /** With the one-time password; null: none was made, or it is the one of the settings. */
  readonly administrator: { readonly login: string; readonly password: string } | null;
  /** A key that may ask where calls go; only with the demo. */
  readonly demoKey: string | null;
};

const nothing: Made = { administrator: null, demoKey: null };
const demoPermissions = ['calls.route', 'simulate', 'coverage.read'];
const system = { type: 'system', id: null } as const;

/**
 * An empty database gets an organization (embedded: the demo; else one named Main) with an administrator. In any
 * database the administrator and the API key of the settings are made where they are missing. Replicas that start
 * together do it one after the other.
 */
export async function prepareFirstStart(
  ports: FirstStartPorts,
  config: Pick<Config, 'bootstrap' | 'databaseUrl'>,
): Promise<Made> {
  const isEmpty = (await listOrganizationVersions(ports.database)).length === 0;
  const made = isEmpty ? await createFirst(ports, config) : nothing;
  const [first] = await listOrganizationVersions(ports.database);
  if (first !== undefined) await addBootstrap(ports, config, first.id);
  return made;
}

async function createFirst(
  ports: FirstStartPorts,
  config: Pick<Config, 'bootstrap' | 'databaseUrl'>,
): Promise<Made> {
  const isDemo = config.databaseUrl === null;
  const organizationId = ports.newId();
  const given = config.bootstrap.administrator;
  const { login, password } = given ?? { login: 'admin', password: readablePassword(ports.newToken()) };
  const passwordHash = await ports.hashPassword(password);
  const administrator = { login, passwordHash, oneTime: given === null };
  const demoKey = isDemo ? `lf_${ports.newToken()}` : null;
  const isOurs = await inOrganization(ports.database, organizationId, async (trx) => {
    await sql`select pg_advisory_xact_lock(hashtext('linefinder first start'))`.execute(trx);
    const { rows } = await sql`select id from list_organization_versions() limit 1`.execute(trx);
    if (rows.length > 0) return false;
    if (demoKey === null) {
      await insertMain(trx, organizationId);
      await insertAdministrator(trx, ports, { organizationId, ...administrator });
    } else {
      const instant = ports.clock.now();
      await insertDemo(trx, { ...ports, organizationId, instant, administrator });
      await insertKey(trx, ports, {
        organizationId,
        name: 'Demo',
        key: demoKey,
        permissions: demoPermissions,
      });
    }
    await raiseVersion(trx, organizationId);
    await insertActivities(trx, contextOf(ports, organizationId), [createdRecord(organizationId)]);
    return true;
  });
  if (!isOurs) return nothing;
  return { administrator: given === null ? { login, password } : null, demoKey };
}

function createdRecord(organizationId: string): ActivityRecord {
  return { action: 'organization.create', subjectType: 'organization', subjectId: organizationId };
}

async function addBootstrap(
  ports: FirstStartPorts,
  { bootstrap }: Pick<Config, 'bootstrap'>,
  organizationId: string,
): Promise<void> {
  const { administrator, apiKey } = bootstrap;
  if (administrator === null && apiKey === null) return;
  await changeOrganization(ports.database, contextOf(ports, organizationId), async (trx, change) => {
    let changed = false;
    if (administrator !== null && !(await hasLogin(trx, organizationId, administrator.login))) {
      const { login, password } = administrator;
      const passwordHash = await ports.hashPassword(password);
      const id = await insertAdministrator(trx, ports, {
        organizationId,
        login,
        passwordHash,
        oneTime: false,
      });
      change.record({ action: 'users.create', subjectType: 'user', subjectId: id });
      changed = true;
    }
    if (apiKey !== null && !(await hasKey(trx, organizationId, apiKey))) {
      const permissions = [ports.everyPermission];
      const id = await insertKey(trx, ports, { organizationId, name: 'Bootstrap', key: apiKey, permissions });
      change.record({ action: 'api-keys.create', subjectType: 'api-key', subjectId: id });
      changed = true;
    }
    if (!changed) change.skip();
  });
}

function contextOf(ports: FirstStartPorts, organizationId: string) {
  return { organizationId, actor: system, requestId: 'start', newId: ports.newId };
}

async function insertMain(trx: Transaction, id: string): Promise<void> {
  await trx
    .insertInto('organization')
    .values({
      id,
      slug: 'main',
      name: 'Main',
      time_zone: 'UTC',
      default_country: 'US',
      sip_domain: 'sip.invalid',
      forwarding: JSON.stringify({ countries: ['US'], kinds: ['fixed', 'mobile'], confirm: true }),
    })
    .execute();
}

type NewAdministrator = {
  readonly organizationId: string;
  readonly login: string;
  readonly passwordHash: string;
  /** The password must be changed at the first login. */
  readonly oneTime: boolean;
};

async function insertAdministrator(
  trx: Transaction,
  ports: FirstStartPorts,
  { organizationId, login, passwordHash, oneTime }: NewAdministrator,
): Promise<string> {
  const id = ports.newId();
  const extension = await ports.findNextExtension(trx, organizationId);
  const { sip_domain: sipDomain } = await trx
    .selectFrom('organization')
    .select('sip_domain')
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  await insertUser(
    trx,
    {
      organizationId,
      id,
      login,
      email: login.includes('@') ? login : null,
      firstName: 'First',
      lastName: 'Administrator',
      role: 'administrator',
      extension,
      passwordHash,
      mustChangePassword: oneTime,
      devices: [{ kind: 'sip', address: `sip:${extension}@${sipDomain}`, enabled: true }],
    },
    ports.writeWords,
  );
  return id;
}

async function hasLogin(trx: Transaction, organizationId: string, login: string): Promise<boolean> {
  const row = await trx
    .selectFrom('user')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('login_key', '=', sql<string>`lower(${login})`)
    .where('status', '<>', 'deleted')
    .executeTakeFirst();
  return row !== undefined;
}

async function hasKey(trx: Transaction, organizationId: string, key: string): Promise<boolean> {
  const row = await trx
    .selectFrom('api_key')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('hash', '=', hashOf(key))
    .executeTakeFirst();
  return row !== undefined;
}

type NewKey = {
  readonly organizationId: string;
  readonly name: string;
  readonly key: string;
  readonly permissions: readonly string[];
};

async function insertKey(trx: Transaction, ports: FirstStartPorts, key: NewKey): Promise<string> {
  const id = ports.newId();
  await trx
    .insertInto('api_key')
    .values({
      organization_id: key.organizationId,
      id,
      name: key.name,
      hash: hashOf(key.key),
      permissions: [...key.permissions],
      created_by: null,
    })
    .execute();
  return id;
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

/** 100 bits in groups that can be read aloud: no 0, 1, l or o. */
function readablePassword(token: string): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const bytes = createHash('sha256').update(token).digest().subarray(0, 20);
  const text = [...bytes].map((byte) => letters[byte % letters.length] ?? 'a').join('');
  return text.replace(/(.{5})(?=.)/g, '$1-');
}
