import type { Mailbox, StepAction } from './decision.ts';
import type { Directory, User } from './directory.ts';
import type { GreetingData } from './directory-data.ts';
import { spokenText } from './texts.ts';

/**
 * What a voicemail box says before the tone, and for how long it listens then.
 *
 * @param known a user whose box it may be, so that they need not be looked up among all others
 */
export function voicemailAction(
  directory: Directory,
  mailbox: Mailbox,
  known?: User,
): Extract<StepAction, { readonly action: 'voicemail' }> {
  const own = known?.data.id === mailbox.id ? known.data.greeting : greetingOf(directory, mailbox);
  const { organization } = directory;
  // Most boxes have nothing of their own, and this is on the way of a call.
  if (own === undefined && organization.policies.voicemailMaxSeconds === undefined) {
    return { action: 'voicemail', mailbox, greeting: spokenText(organization, 'voicemailGreeting') };
  }
  const greeting = own?.text ?? spokenText(organization, 'voicemailGreeting');
  return { action: 'voicemail', mailbox, greeting, ...voicemailSettings(directory, mailbox) };
}

/** What the directory says of a box besides its text: a call token leaves it out. */
export function voicemailSettings(
  directory: Directory,
  mailbox: Mailbox,
): { readonly soundId?: string; readonly maxSeconds?: number } {
  const soundId = greetingOf(directory, mailbox)?.soundId ?? null;
  const { voicemailMaxSeconds: maxSeconds } = directory.organization.policies;
  return {
    ...(soundId === null ? {} : { soundId }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
  };
}

function greetingOf({ users, queues }: Directory, { type, id }: Mailbox): GreetingData | undefined {
  return type === 'user' ? users.get(id)?.data.greeting : queues.get(id)?.greeting;
}
