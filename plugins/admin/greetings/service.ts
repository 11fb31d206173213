import { problem } from '../../../services/routing/errors.ts';
import type { Transaction } from '../../../services/storage/database.ts';
import { change, read } from '../change.ts';
import { changedFields } from '../changed-fields.ts';
import type { AdminContext, AdminRequest, Answer } from '../context.ts';
import { formatInstant } from '../instants.ts';
import { readSound, type UploadedSound } from './audio.ts';
import type { Greeting, GreetingPut } from './schema.ts';
import {
  deleteFormerSounds,
  findGreeting,
  findSound,
  type GreetingRow,
  hasOwner,
  insertSound,
  type Owner,
  writeGreeting,
} from './store.ts';

export function readGreeting(
  context: AdminContext,
  request: AdminRequest,
  owner: Owner,
): Promise<Answer<Greeting>> {
  return read(context, request, async (trx) => ({
    body: toGreeting(await getGreeting(trx, request, owner)),
  }));
}

export function putText(
  context: AdminContext,
  request: AdminRequest,
  owner: Owner,
  { text }: GreetingPut,
): Promise<Answer<Greeting>> {
  return changeGreeting(context, request, owner, (row) => ({
    text: text === null ? null : text.trim(),
    soundId: row?.sound_id ?? null,
  }));
}

/** Nothing of its own any more: callers hear the organization's text. */
export async function removeGreeting(
  context: AdminContext,
  request: AdminRequest,
  owner: Owner,
): Promise<void> {
  await changeGreeting(context, request, owner, () => ({ text: null, soundId: null }));
}

/** The sound as it came; what it is, is seen from its bytes. */
export function putSound(
  context: AdminContext,
  request: AdminRequest,
  owner: Owner,
  body: unknown,
): Promise<Answer<Greeting>> {
  const soundId = context.newId();
  return changeGreeting(context, request, owner, (row) => ({
    text: row?.text ?? null,
    soundId,
    sound: readSound(body),
  }));
}

export async function removeSound(context: AdminContext, request: AdminRequest, owner: Owner): Promise<void> {
  await changeGreeting(context, request, owner, (row) => ({ text: row?.text ?? null, soundId: null }));
}

export function readSoundOf(context: AdminContext, request: AdminRequest, owner: Owner) {
  return read(context, request, async (trx) => {
    const { organizationId } = request.actor;
    const soundId = (await getGreeting(trx, request, owner))?.sound_id ?? null;
    const sound = soundId === null ? undefined : await findSound(trx, organizationId, soundId);
    if (sound === undefined) throw problem('greeting.not-found');
    return sound;
  });
}

type Wanted = {
  readonly text: string | null;
  readonly soundId: string | null;
  readonly sound?: UploadedSound;
};

function changeGreeting(
  context: AdminContext,
  request: AdminRequest,
  owner: Owner,
  want: (row: GreetingRow | undefined) => Wanted,
): Promise<Answer<Greeting>> {
  return change(context, request, async (trx, log) => {
    const { organizationId } = request.actor;
    const { instant } = request;
    const row = await getGreeting(trx, request, owner);
    const id = row?.id ?? context.newId();
    const { text, soundId, sound } = want(row);
    await writeGreeting(trx, organizationId, { id, owner, instant }, { text, soundId });
    if (sound !== undefined && soundId !== null) {
      const created_at = new Date(instant);
      await insertSound(trx, organizationId, { id: soundId, greeting_id: id, ...sound, created_at });
    }
    await deleteFormerSounds(trx, organizationId, id, soundId);
    const after = await findGreeting(trx, organizationId, owner);
    const changed = changedFields(toLogged(row), toLogged(after));
    if (changed === undefined) log.skip();
    else {
      const action = owner.type === 'user' ? 'users.greeting.set' : 'queues.greeting.set';
      log.record({ action, subjectType: owner.type, subjectId: owner.id, ...changed });
    }
    return { body: toGreeting(after) };
  });
}

async function getGreeting(
  trx: Transaction,
  { actor: { organizationId } }: AdminRequest,
  owner: Owner,
): Promise<GreetingRow | undefined> {
  if (!(await hasOwner(trx, organizationId, owner))) throw problem(`${owner.type}.not-found`);
  return findGreeting(trx, organizationId, owner);
}

/** What is said is the person's own, and is forgotten with the person. */
function toLogged(row: GreetingRow | undefined) {
  const { text: greeting, sound } = toGreeting(row);
  return { greeting, sound };
}

function toGreeting(row: GreetingRow | undefined): Greeting {
  const { text = null, sound_type: type, sound_bytes: bytes, sound_at: at } = row ?? {};
  if (!type || !bytes || !at) return { text, sound: null };
  return { text, sound: { type, bytes, uploadedAt: formatInstant(at) } };
}
