import { maskNumber } from '../calls/mask.ts';
import type { LiveEvent, LiveTopic } from './event.ts';

/** Whose events of a topic somebody sees. */
export type LiveReach = {
  readonly everybody: boolean;
  readonly userIds: ReadonlySet<string>;
  readonly queueIds: ReadonlySet<string>;
};

/** Who watches, as far as it decides what is shown. */
export type LiveViewer = {
  readonly organizationId: string;
  /** null: an API key. */
  readonly userId: string | null;
  /** A topic that is left out may not be watched at all. */
  readonly reach: { readonly [topic in LiveTopic]?: LiveReach };
  /** Callers' numbers in full; in one's own calls they are shown in any case. */
  readonly numbers: boolean;
};

type Parties = Pick<LiveEvent, 'topic' | 'userIds' | 'queueIds'>;

export function seesEvent(viewer: LiveViewer, { topic, userIds, queueIds }: Parties): boolean {
  const reach = viewer.reach[topic];
  if (reach === undefined) return false;
  if (reach.everybody) return true;
  return userIds.some((id) => reach.userIds.has(id)) || queueIds.some((id) => reach.queueIds.has(id));
}

export function showsNumbers(viewer: LiveViewer, { topic, userIds }: Parties): boolean {
  if (viewer.numbers || topic !== 'calls') return true;
  return viewer.userId !== null && userIds.includes(viewer.userId);
}

/** True where a viewer sees the same as every other one of whom this is true with the same `numbers`. */
export function seesEverything(viewer: LiveViewer, topics: Iterable<LiveTopic>): boolean {
  for (const topic of topics) if (viewer.reach[topic]?.everybody !== true) return false;
  return true;
}

/** Did somebody lose sight of something in these topics? Then the socket ends; more sight is no reason for that. */
export function isNarrower(before: LiveViewer, after: LiveViewer, topics: Iterable<LiveTopic>): boolean {
  for (const topic of topics) {
    const [had, has] = [before.reach[topic], after.reach[topic]];
    if (had === undefined) continue;
    if (has === undefined || (had.everybody && !has.everybody)) return true;
    if (has.everybody) continue;
    if (!had.userIds.isSubsetOf(has.userIds) || !had.queueIds.isSubsetOf(has.queueIds)) return true;
  }
  return before.numbers && !after.numbers;
}

export function isSameView(a: LiveViewer, b: LiveViewer, topics: Iterable<LiveTopic>): boolean {
  const list = [...topics];
  return !isNarrower(a, b, list) && !isNarrower(b, a, list);
}

/** `{ kind, value }` as events tell of who called. */
type Caller = { readonly kind: string; readonly value: unknown };

const outsideNumber = /^\+\d{5,15}$/;

/**
 * The data without callers: `from` as the lists show it (plugins/admin/calls), and any other telephone number. What was
 * dialled (`to`) is the organization's own.
 */
export function maskNumbers(data: unknown): unknown {
  if (typeof data === 'string') return outsideNumber.test(data) ? maskNumber(data) : data;
  if (Array.isArray(data)) return data.map(maskNumbers);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, maskMember(name, value)]));
}

function maskMember(name: string, value: unknown): unknown {
  if (name === 'to') return value;
  return name === 'from' && isCaller(value) ? maskCaller(value) : maskNumbers(value);
}

function isCaller(value: unknown): value is Caller {
  return (
    typeof value === 'object' &&
    value !== null &&
    'value' in value &&
    typeof Reflect.get(value, 'kind') === 'string'
  );
}

function maskCaller(from: Caller): Caller & { readonly masked: boolean } {
  const { kind, value } = from;
  if (typeof value !== 'string' || kind === 'extension' || kind === 'anonymous')
    return { ...from, masked: false };
  return { kind, value: kind === 'address' ? null : maskNumber(value), masked: true };
}
