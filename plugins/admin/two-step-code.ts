import { createHash } from 'node:crypto';
import type { MailBox } from '../../services/mail/queue.ts';
import type { Transaction } from '../../services/storage/database.ts';

/** The second step of a login: a code of the authenticator (TOTP, RFC 6238, 30 s, one step of tolerance), or a backup code. */

export type Owner = { readonly organizationId: string; readonly userId: string };

const toleranceSeconds = 30;

/** `off`: two-step is not on, whatever was sent. Each time step and each backup code is taken once. */
export async function takeCode(
  trx: Transaction,
  box: Pick<MailBox, 'decrypt'>,
  owner: Owner,
  code: string | undefined,
  instant: number,
): Promise<'off' | 'missing' | 'refused' | 'taken'> {
  const row = await trx
    .selectFrom('two_step')
    .select(['secret', 'last_step'])
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .executeTakeFirst();
  if (row === undefined || row.secret === null) return 'off';
  if (code === undefined) return 'missing';
  const secret = openSecret(box, owner, row.secret);
  const step = secret === undefined ? undefined : await findStep(secret, code, instant, row.last_step);
  if (step !== undefined) return (await takeStep(trx, owner, step)) ? 'taken' : 'refused';
  return (await takeBackupCode(trx, owner, code)) ? 'taken' : 'refused';
}

/** The time step that this code belongs to; undefined: it is none of the steps around now that are after `lastStep`. */
export async function findStep(
  secret: string,
  code: string,
  instant: number,
  lastStep: number,
): Promise<number | undefined> {
  const token = code.replace(/\s/g, '');
  if (!/^\d{6}$/.test(token)) return undefined;
  const epoch = Math.floor(instant / 1000);
  const { verifySync } = await import('otplib/functional');
  const found = verifySync({ secret, token, epoch, epochTolerance: toleranceSeconds });
  if (!found.valid || !('timeStep' in found)) return undefined;
  return found.timeStep > lastStep ? found.timeStep : undefined;
}

/** Two logins with the same code at the same moment: one gets in. */
async function takeStep(trx: Transaction, owner: Owner, step: number): Promise<boolean> {
  const taken = await trx
    .updateTable('two_step')
    .set({ last_step: step })
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .where('last_step', '<', step)
    .returning('user_id')
    .executeTakeFirst();
  return taken !== undefined;
}

async function takeBackupCode(trx: Transaction, owner: Owner, code: string): Promise<boolean> {
  const taken = await trx
    .deleteFrom('backup_code')
    .where('organization_id', '=', owner.organizationId)
    .where('user_id', '=', owner.userId)
    .where('hash', '=', hashBackupCode(owner, code))
    .returning('hash')
    .executeTakeFirst();
  return taken !== undefined;
}

/** 80 random bits: a plain hash is enough. With whom it belongs to, so that the same code elsewhere is another hash. */
export function hashBackupCode({ organizationId, userId }: Owner, code: string): string {
  const plain = code.toLowerCase().replace(/[\s-]/g, '');
  return createHash('sha256').update(`${organizationId}:${userId}:${plain}`).digest('base64url');
}

export function sealSecret(box: Pick<MailBox, 'encrypt'>, owner: Owner, secret: string): string {
  return box.encrypt(secret, secretContext(owner));
}

export function openSecret(box: Pick<MailBox, 'decrypt'>, owner: Owner, sealed: string): string | undefined {
  return box.decrypt(sealed, secretContext(owner));
}

function secretContext({ organizationId, userId }: Owner): string {
  return `totp:${organizationId}:${userId}`;
}
