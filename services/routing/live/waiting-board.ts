import { inTurn } from '../domain/waiting.ts';

/** Who waits in the queues of all organizations, as far as this process knows. Memory only. */

export type BoardCall = {
  readonly callId: string;
  readonly queueId: string;
  readonly priority: number;
  readonly enteredAt: number;
  /** The caller is to leave: waited too long, or nobody is left who could answer. */
  readonly isLeaving: boolean;
  /** A member is being rung for the caller. */
  readonly isOffered: boolean;
  /** Who declined the call. */
  readonly declined: readonly string[];
};

/** What a caller who waits is told. */
export type Place = {
  /** 1: the next one. */
  readonly position: number;
  readonly isLeaving: boolean;
  readonly isOffered: boolean;
};

export type WaitingBoard = {
  knows(organizationId: string, callId: string): boolean;
  /** False: is there already. */
  add(organizationId: string, call: BoardCall): boolean;
  remove(organizationId: string, callId: string): void;
  replace(organizationId: string, calls: readonly BoardCall[]): void;
  place(organizationId: string, callId: string): Place | undefined;
  declinedBy(organizationId: string, callId: string): readonly string[];
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
    for (const { queueId } of boards.get(organizationId)?.values() ?? []) {
      after.set(queueId, (after.get(queueId) ?? 0) + 1);
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
    place(organizationId, callId) {
      const board = boards.get(organizationId);
      const own = board?.get(callId);
      if (board === undefined || own === undefined) return undefined;
      const line = inTurn([...board.values()].filter((call) => call.queueId === own.queueId));
      const position = line.findIndex((call) => call.callId === callId) + 1;
      return { position, isLeaving: own.isLeaving, isOffered: own.isOffered };
    },
    declinedBy: (organizationId, callId) => boards.get(organizationId)?.get(callId)?.declined ?? [],
    organizations: () => [...boards.keys()],
  };
}
