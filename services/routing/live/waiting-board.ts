import { inTurn, type LeaveReason } from '../domain/waiting.ts';

/** Who waits in the queues of all organizations, as far as this process knows. Memory only. */

export type BoardCall = {
  readonly callId: string;
  readonly queueId: string;
  readonly priority: number;
  readonly enteredAt: number;
  readonly expiresAt: number;
  /** Why the caller is to leave; null: waits on. */
  readonly leaving: LeaveReason | null;
  /** A member is being rung for the caller. */
  readonly isOffered: boolean;
  /** Who declined the call. */
  readonly declined: readonly string[];
};

/** What a caller who waits is told. */
export type Place = {
  /** 1: the next one. */
  readonly position: number;
  /** How many wait in the queue. */
  readonly waiting: number;
  readonly leaving: LeaveReason | null;
  readonly isOffered: boolean;
};

/** What has come of a caller's wait so far. */
export type Standing = { readonly declined: readonly string[]; readonly leaving: LeaveReason | null };

export type WaitingBoard = {
  knows(organizationId: string, callId: string): boolean;
  /** False: is there already. */
  add(organizationId: string, call: BoardCall): boolean;
  remove(organizationId: string, callId: string): void;
  replace(organizationId: string, calls: readonly BoardCall[]): void;
  find(organizationId: string, callId: string): BoardCall | undefined;
  place(organizationId: string, callId: string): Place | undefined;
  standing(organizationId: string, callId: string): Standing;
  organizations(): readonly string[];
};

/** @param onCount told of the callers in each queue whose number has changed */
export function buildWaitingBoard(
  onCount: (organizationId: string, queueId: string, callers: number) => void,
): WaitingBoard {
  const boards = new Map<string, Map<string, BoardCall>>();
  const told = new Map<string, Map<string, number>>();

  const tellCounts = (organizationId: string): void => {
    const before = told.get(organizationId) ?? new Map<string, number>();
    const after = new Map<string, number>();
    for (const call of boards.get(organizationId)?.values() ?? []) {
      if (stays(call)) after.set(call.queueId, (after.get(call.queueId) ?? 0) + 1);
    }
    for (const queueId of new Set([...before.keys(), ...after.keys()])) {
      const count = after.get(queueId) ?? 0;
      if (count !== (before.get(queueId) ?? 0)) onCount(organizationId, queueId, count);
    }
    if (after.size === 0) told.delete(organizationId);
    else told.set(organizationId, after);
  };

  return {
    knows: (organizationId, callId) => boards.get(organizationId)?.has(callId) ?? false,
    add(organizationId, call) {
      const board = boards.get(organizationId) ?? new Map<string, BoardCall>();
      if (board.has(call.callId)) return false;
      boards.set(organizationId, board.set(call.callId, call));
      tellCounts(organizationId);
      return true;
    },
    remove(organizationId, callId) {
      if (boards.get(organizationId)?.delete(callId) === true) tellCounts(organizationId);
    },
    replace(organizationId, calls) {
      if (calls.length === 0) boards.delete(organizationId);
      else boards.set(organizationId, new Map(calls.map((call) => [call.callId, call])));
      tellCounts(organizationId);
    },
    find: (organizationId, callId) => boards.get(organizationId)?.get(callId),
    place(organizationId, callId) {
      const board = boards.get(organizationId);
      const own = board?.get(callId);
      if (board === undefined || own === undefined) return undefined;
      const others = [...board.values()].filter((call) => call.queueId === own.queueId && stays(call));
      const line = inTurn(stays(own) ? others : [...others, own]);
      const position = line.findIndex((call) => call.callId === callId) + 1;
      return { position, waiting: others.length, leaving: own.leaving, isOffered: own.isOffered };
    },
    standing(organizationId, callId) {
      const { declined = [], leaving = null } = boards.get(organizationId)?.get(callId) ?? {};
      return { declined, leaving };
    },
    organizations: () => [...boards.keys()],
  };
}

/** Who came when too many waited already takes nobody's place in the moment until they leave. */
export function stays({ leaving }: Pick<BoardCall, 'leaving'>): boolean {
  return leaving !== 'length';
}
