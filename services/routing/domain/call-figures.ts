import type { CallState } from './call-state.ts';

/** What a call adds to the figures of a day. */
export type Figures = {
  readonly offered: number;
  readonly handled: number;
  readonly missed: number;
  readonly abandoned: number;
  readonly handledInTime: number;
  readonly talkSeconds: number;
};

export type CallFigures = Figures & {
  readonly subjectType: 'user' | 'queue' | 'organization';
  readonly subjectId: string;
  /** `2026-11-24` */
  readonly day: string;
};

/** The usual service level. */
const inTimeMs = 20_000;

const figureNames = ['offered', 'handled', 'missed', 'abandoned', 'handledInTime', 'talkSeconds'] as const;

/** What the call adds up to now. Calls that are refused at the door are offered to nobody. */
export function figuresOf(organizationId: string, call: CallState): readonly CallFigures[] {
  if (call.outcome === 'rejected') return [];
  const { decided, outcome, answeredAt, startedAt } = call;
  const { day } = decided;
  const talkSeconds = talkOf(call);
  const timely = (since: number): number => Number(answeredAt !== null && answeredAt - since <= inTimeMs);
  const handled = Number(answeredAt !== null);
  const organization: CallFigures = {
    subjectType: 'organization',
    subjectId: organizationId,
    day,
    offered: 1,
    handled,
    missed: Number(outcome === 'missed' || outcome === 'voicemail'),
    abandoned: Number(outcome === 'abandoned'),
    handledInTime: timely(startedAt),
    talkSeconds,
  };
  const users = call.users.flatMap((user): CallFigures[] => {
    const took = user.userId === call.answeredBy;
    if (user.rungAt === null && !took) return [];
    return [
      {
        subjectType: 'user',
        subjectId: user.userId,
        day,
        offered: 1,
        handled: Number(took),
        missed: Number(user.missed),
        abandoned: Number(user.missed && outcome === 'abandoned'),
        handledInTime: took ? timely(user.rungAt ?? startedAt) : 0,
        talkSeconds: took ? talkSeconds : 0,
      },
    ];
  });
  const queues = call.queues.map(
    ({ queueId, enteredAt, end }): CallFigures => ({
      subjectType: 'queue',
      subjectId: queueId,
      day,
      offered: 1,
      handled: Number(end === 'handled'),
      missed: Number(end === 'missed'),
      abandoned: Number(end === 'abandoned'),
      handledInTime: end === 'handled' ? timely(enteredAt) : 0,
      talkSeconds: end === 'handled' ? talkSeconds : 0,
    }),
  );
  return [organization, ...users, ...queues];
}

function talkOf({ answeredAt, endedAt }: CallState): number {
  return answeredAt === null || endedAt === null ? 0 : Math.round((endedAt - answeredAt) / 1_000);
}

/** What is to be added to the days so that `after` stands in them instead of `before`; nothing where they are equal. */
export function differenceOf(
  before: readonly CallFigures[],
  after: readonly CallFigures[],
): readonly CallFigures[] {
  const sums = new Map<string, CallFigures>();
  addFigures(sums, after, 1);
  addFigures(sums, before, -1);
  return [...sums.values()].filter((sum) => figureNames.some((name) => sum[name] !== 0));
}

/** Adds to the sums of their subjects and days. */
export function addFigures(
  sums: Map<string, CallFigures>,
  figures: readonly CallFigures[],
  sign: 1 | -1,
): void {
  for (const figure of figures) {
    const { subjectType, subjectId, day } = figure;
    const key = `${subjectType}:${subjectId}:${day}`;
    const known = sums.get(key) ?? { subjectType, subjectId, day, ...nothing };
    const added = Object.fromEntries(figureNames.map((name) => [name, known[name] + sign * figure[name]]));
    sums.set(key, { ...known, ...added });
  }
}

const nothing: Figures = {
  offered: 0,
  handled: 0,
  missed: 0,
  abandoned: 0,
  handledInTime: 0,
  talkSeconds: 0,
};
