import type { LiveTopic } from '../../services/routing/live/event.ts';
import type { LivePlace } from '../../services/routing/live/watcher.ts';

/** What a client may say. */
export type Subscribe = { readonly topics: ReadonlySet<LiveTopic>; readonly since?: LivePlace };

/** Longest message that is read, in bytes: ws closes with 1009 behind it. */
export const longestFrame = 4_096;

const topics: ReadonlySet<string> = new Set<LiveTopic>(['presence', 'calls', 'activity', 'jobs', 'coverage']);

function isTopic(name: unknown): name is LiveTopic {
  return typeof name === 'string' && topics.has(name);
}

/** Undefined: it is none of what is understood here. Unknown properties are refused like everywhere. */
export function parseFrame(text: string): Subscribe | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isClosed(value, ['type', 'topics', 'since']) || Reflect.get(value, 'type') !== 'subscribe')
    return undefined;
  const names: unknown = Reflect.get(value, 'topics');
  if (!Array.isArray(names) || names.length === 0 || names.length > topics.size) return undefined;
  const wanted = names.filter(isTopic);
  if (wanted.length !== names.length) return undefined;
  if (!Object.hasOwn(value, 'since')) return { topics: new Set(wanted) };
  const since = parsePlace(Reflect.get(value, 'since'));
  return since === undefined ? undefined : { topics: new Set(wanted), since };
}

function parsePlace(value: unknown): LivePlace | undefined {
  if (!isClosed(value, ['epoch', 'seq'])) return undefined;
  const epoch: unknown = Reflect.get(value, 'epoch');
  const seq: unknown = Reflect.get(value, 'seq');
  if (typeof epoch !== 'string' || epoch.length > 64) return undefined;
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return undefined;
  return { epoch, seq };
}

function isClosed(value: unknown, names: readonly string[]): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).every((name) => names.includes(name));
}

/** How fast a client may talk: ten messages at once, then two in a second. Pings count. */
export type TalkLimit = { take(now: number): boolean };

const burst = 10;
const perSecond = 2;

export function buildTalkLimit(now: number): TalkLimit {
  let left = burst;
  let at = now;
  return {
    take(instant) {
      left = Math.min(burst, left + ((instant - at) / 1_000) * perSecond);
      at = instant;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
