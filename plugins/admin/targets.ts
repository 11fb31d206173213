import { isExtension, parseNumber } from '../../services/routing/domain/e164.ts';
import type { Target } from '../../services/routing/domain/target.ts';
import type { Issues } from './issues.ts';
import type { TargetBody } from './schemas.ts';

const members: Readonly<Record<Target['type'], { readonly needs?: 'id' | 'number'; readonly may?: 'text' }>> =
  {
    user: { needs: 'id' },
    queue: { needs: 'id' },
    voicemail: { needs: 'id' },
    external: { needs: 'number' },
    menu: { may: 'text' },
    announcement: { may: 'text' },
    hangup: {},
  };

/** A target of its type and nothing else; numbers in E.164, extensions as they are. */
export function parseTarget(issues: Issues, pointer: string, body: TargetBody, country: string): Target {
  const { needs, may } = members[body.type];
  for (const name of ['id', 'number', 'text'] as const) {
    if (body[name] !== undefined && name !== needs && name !== may) {
      issues.add(
        `${pointer}/${name}`,
        'contradiction',
        `Leave this out: a target ${body.type} has no ${name}.`,
      );
    }
    if (body[name] === undefined && name === needs) {
      issues.add(`${pointer}/${name}`, 'required', `Add this: a target ${body.type} needs it.`);
    }
  }
  const text = body.text === undefined ? {} : { text: body.text };
  switch (body.type) {
    case 'external':
      return { type: 'external', number: parseOutside(issues, `${pointer}/number`, body.number, country) };
    case 'menu':
    case 'announcement':
      if (body.text?.trim() === '')
        issues.add(`${pointer}/text`, 'length', 'Say something, or leave this out.');
      return { type: body.type, ...text };
    case 'hangup':
      return { type: 'hangup' };
    default:
      return { type: body.type, id: body.id?.toLowerCase() ?? '' };
  }
}

/** In E.164, or an extension as it is; empty where it is neither. */
export function parseOutside(
  issues: Issues,
  pointer: string,
  number: string | undefined,
  country: string,
): string {
  if (number === undefined) return '';
  const text = number.trim();
  if (isExtension(text)) return text;
  const parsed = parseNumber(text, country);
  if (parsed === undefined) {
    issues.add(pointer, 'number', 'Use a complete number such as +14155550123, or one of your extensions.');
  }
  return parsed ?? '';
}

/** Member by member: a document comes back from Postgres with its members in another order. */
export function isSameTarget(previous: TargetBody | null | undefined, target: Target): boolean {
  const now: TargetBody = target;
  return (['type', 'id', 'number', 'text'] as const).every((name) => previous?.[name] === now[name]);
}
