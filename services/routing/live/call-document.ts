import type { CallState } from '../domain/call-state.ts';
import { toRfc3339 } from '../domain/walk.ts';
import type { NewLiveEvent } from './event.ts';

/** What is told of a call while it goes on: all that a list shows of it, and nothing of why. */
export function toCallChanged(id: string, call: CallState): NewLiveEvent {
  const { decided, users, queues, timeline } = call;
  return {
    topic: 'calls',
    name: 'call.changed',
    at: timeline.at(-1)?.at ?? call.startedAt,
    data: {
      id,
      carrier: decided.carrier,
      from: decided.from,
      to: decided.to,
      numberId: decided.numberId,
      userId: decided.userId,
      queueId: decided.queueId,
      state: call.state,
      outcome: call.outcome,
      answeredBy: call.answeredBy,
      startedAt: toRfc3339(call.startedAt),
      answeredAt: instantOf(call.answeredAt),
      endedAt: instantOf(call.endedAt),
      users: users.map((user) => ({
        userId: user.userId,
        queueId: user.queueId,
        rungAt: instantOf(user.rungAt),
        answeredAt: instantOf(user.answeredAt),
        missed: user.missed,
      })),
    },
    userIds: users.map(({ userId }) => userId),
    queueIds: queueIdsOf(call, queues),
  };
}

function queueIdsOf({ decided }: CallState, queues: CallState['queues']): readonly string[] {
  const ids = queues.map(({ queueId }) => queueId);
  return decided.queueId === null || ids.includes(decided.queueId) ? ids : [...ids, decided.queueId];
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : toRfc3339(ms);
}
