import { type CallSummary, mailboxOf, queueIn, rings, type Story } from './call-story.ts';
import type { Mailbox } from './decision.ts';

/** Who had to do with a call. */

export type CallUser = {
  readonly userId: string;
  readonly queueId: string | null;
  readonly rungAt: number | null;
  readonly answeredAt: number | null;
  readonly endedAt: number | null;
  /** Rung, and nobody at all took the call. */
  readonly missed: boolean;
};

export type CallQueue = {
  readonly queueId: string;
  readonly enteredAt: number;
  readonly end: 'handled' | 'missed' | 'abandoned' | null;
};

type Draft = { queueId: string | null; rungAt: number | null };

/** By id. */
export function usersOf(story: Story, summary: CallSummary): readonly CallUser[] {
  const users = new Map<string, Draft>();
  const rung = (userId: string, at: number | null, queueId: string | null): void => {
    const known = users.get(userId);
    if (known === undefined) {
      users.set(userId, { queueId, rungAt: at });
      return;
    }
    known.queueId ??= queueId;
    if (known.rungAt === null || (at !== null && at < known.rungAt)) known.rungAt = at;
  };
  for (const { step, at } of story.begun) {
    if (step.action !== 'ring') continue;
    for (const { userId } of step.targets) rung(userId, at, step.queueId ?? null);
  }
  for (const event of story.events) {
    if (event.type === 'leg') rung(event.data.userId, event.at, null);
    if (event.type !== 'waiting' || event.data.userId === null) continue;
    rung(event.data.userId, event.at, event.data.queueId);
  }
  const box = summary.outcome === 'voicemail' ? mailboxOf(story) : greetingHeard(story);
  if (box?.type === 'user') users.set(box.id, users.get(box.id) ?? { queueId: null, rungAt: null });
  const { answeredBy } = summary;
  for (const userId of [answeredBy, story.decided.callerUserId]) {
    if (typeof userId === 'string' && !users.has(userId)) users.set(userId, { queueId: null, rungAt: null });
  }
  return [...users.keys()].sort().map((userId) => toCallUser(story, summary, userId, users.get(userId)));
}

/** Who hangs up while the greeting is spoken has called the owner of the box all the same. */
function greetingHeard({ begun }: Story): Mailbox | undefined {
  const step = begun.find((one) => one.step.action === 'voicemail')?.step;
  return step?.action === 'voicemail' ? step.mailbox : undefined;
}

function toCallUser(story: Story, summary: CallSummary, userId: string, draft: Draft | undefined): CallUser {
  const { queueId, rungAt } = draft ?? { queueId: null, rungAt: null };
  const took = summary.answeredBy === userId;
  const taken = summary.outcome === 'answered' || summary.outcome === 'forwarded';
  const stopped = story.begun.find(({ step }) => rings(step, userId))?.ended?.at ?? summary.endedAt;
  return {
    userId,
    queueId,
    rungAt,
    answeredAt: took ? summary.answeredAt : null,
    endedAt: took ? summary.endedAt : stopped,
    missed: rungAt !== null && summary.state === 'ended' && !taken,
  };
}

/** By id. */
export function queuesOf(
  story: Story,
  summary: CallSummary,
  users: readonly CallUser[],
): readonly CallQueue[] {
  const entered = new Map<string, number>();
  const enter = (queueId: string | undefined, at: number): void => {
    if (queueId !== undefined && !entered.has(queueId)) entered.set(queueId, at);
  };
  for (const { step, at } of story.begun) enter(queueIn(step), at);
  for (const event of story.events) if (event.type === 'waiting') enter(event.data.queueId, event.at);
  const answerer = users.find(({ userId }) => userId === summary.answeredBy);
  const answered = story.begun.find(({ ended }) => ended?.data.outcome === 'answered');
  const handled = answerer?.queueId ?? (answered === undefined ? undefined : queueIn(answered.step));
  const last = story.begun.at(-1);
  const left = summary.outcome === 'abandoned' && last !== undefined ? queueIn(last.step) : undefined;
  const endOf = (queueId: string): CallQueue['end'] => {
    if (summary.answeredAt !== null && queueId === handled) return 'handled';
    if (summary.state !== 'ended') return null;
    return queueId === left ? 'abandoned' : 'missed';
  };
  return [...entered.keys()].sort().map((queueId) => ({
    queueId,
    enteredAt: entered.get(queueId) ?? summary.startedAt,
    end: endOf(queueId),
  }));
}
