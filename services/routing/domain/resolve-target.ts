import type { User } from './directory.ts';
import { announceAndHangUp, exhausted, lastResort, takeVoicemail } from './ends.ts';
import { followExternal } from './resolve-external.ts';
import { followQueue } from './resolve-queue.ts';
import { followUser, followUserOf } from './resolve-user.ts';
import type { Target } from './target.ts';
import { builtInText, spokenText } from './texts.ts';
import { addStep, hasRoom, type Path, type Walk } from './walk.ts';

/** How long a menu waits for the first digit. */
const MENU_SECONDS = 8;

/** Rule 7: goes to a target of any kind. Always ends the way. `user`: of the target, where it is in hand. */
export function followTarget(walk: Walk, path: Path, target: Target, user?: User): void {
  if (user !== undefined) return followUser(walk, path, user);
  switch (target.type) {
    case 'user':
      return followUserOf(walk, path, target.id);
    case 'queue':
      return followQueue(walk, path, target.id);
    case 'external': {
      const gaveUp = (after: Path) => exhausted(walk, after, `${target.number} did not take the call`);
      const { ringSeconds } = walk.directory.organization;
      return followExternal(walk, path, target.number, ringSeconds, gaveUp);
    }
    case 'voicemail':
      return followMailbox(walk, path, target.id);
    case 'menu':
      return followMenu(walk, path, target.text);
    case 'announcement':
      return announceAndHangUp(
        walk,
        path,
        target.text ?? spokenText(walk.directory.organization, 'unavailable'),
      );
    case 'hangup':
      addStep(walk, path, { action: 'hangup' }, null);
  }
}

function followMailbox(walk: Walk, path: Path, id: string): void {
  const { users, queues } = walk.directory;
  if (users.has(id)) return takeVoicemail(walk, path, { type: 'user', id });
  if (queues.has(id)) return takeVoicemail(walk, path, { type: 'queue', id });
  lastResort(walk, path, 'The voicemail box does not exist any more');
}

/** Gathers an extension. Silence ends with the last resort; digits are resolved when they come (resume.ts). */
export function followMenu(walk: Walk, path: Path, text: string | undefined): void {
  if (!hasRoom(walk, 1)) return exhausted(walk, path, 'A decision has at most 12 steps');
  const prompt = text ?? builtInText(walk.directory.organization, 'menu');
  const asked = addStep(walk, path, { action: 'menu', prompt, timeoutSeconds: MENU_SECONDS }, ['no-answer']);
  lastResort(walk, asked, 'If no extension is dialled');
}
