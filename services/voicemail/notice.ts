import { insertMail } from '../mail/queue.ts';
import { renderMail } from '../mail/templates.ts';
import { mailTexts } from '../mail/texts.ts';
import type { Language } from '../routing/domain/directory-data.ts';
import type { Transaction } from '../storage/database.ts';
import { callerValue, type Message, type RecordingPorts } from './message.ts';
import type { Owners } from './owners.ts';

/** A mail to everybody whose box it is, as the organization's policy says. False: nobody gets one. */
export async function queueVoicemailMail(
  trx: Transaction,
  ports: RecordingPorts,
  message: Message,
  { name: box, people }: Owners,
): Promise<boolean> {
  const { organizationId, entry } = message;
  const organization = await trx
    .selectFrom('organization')
    .select(['name', 'language', 'policies'])
    .where('id', '=', organizationId)
    .executeTakeFirstOrThrow();
  const { language } = organization;
  const { voicemailMail = 'link' } = organization.policies;
  if (voicemailMail === 'none') return false;
  const link = `${ports.publicUrl}/console/voicemail#id=${message.id}`;
  let hasMailed = false;
  for (const { firstName, email } of people) {
    if (email === null) continue;
    const values = { name: firstName, login: '', address: email, organization: organization.name, box };
    const said = { caller: callerOf(message, language), duration: durationOf(entry.durationSeconds ?? 0) };
    const content = renderMail('voicemail', language, { ...values, ...said }, link);
    const attached = voicemailMail === 'attachment' ? { voicemailId: message.id } : {};
    await insertMail(trx, ports.box, organizationId, {
      id: ports.newId(),
      kind: 'voicemail',
      recipient: email,
      content: { ...content, ...attached },
      instant: entry.at,
    });
    hasMailed = true;
  }
  return hasMailed;
}

function callerOf({ entry: { from } }: Message, language: Language): string {
  return (from === null ? null : callerValue(from)) ?? mailTexts[language].anonymous;
}

/** 67 is `1:07`. */
function durationOf(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
